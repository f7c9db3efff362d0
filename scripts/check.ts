/** `npm run check`: types, Biome, the floors, knip and the sizes of files, each run even when an earlier one failed. */
import { spawnSync } from 'node:child_process';

const failed = ['types', 'lint', 'depcruise', 'knip', 'sizes'].filter((name) => {
  console.log(`\n— ${name}`);
  return spawnSync('npm', ['run', '--silent', name], { stdio: 'inherit' }).status !== 0;
});
console.log(failed.length === 0 ? '\ncheck: all clean' : `\ncheck: failed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
