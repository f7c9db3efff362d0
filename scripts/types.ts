/** Type-checks every package with its own settings and names the one that fails. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const folders = ['.', 'bench', 'e2e', ...readdirSync('packages').map((name) => join('packages', name))];
const projects = folders
  .flatMap((folder) => [join(folder, 'tsconfig.json'), join(folder, 'tsconfig.test.json')])
  .filter((project) => existsSync(project));
let failed = false;
for (const project of projects) {
  const { status } = spawnSync('tsc', ['--noEmit', '-p', project], { stdio: 'inherit' });
  if (status !== 0) {
    failed = true;
    console.error(`types: ${project} fails`);
  }
}
console.log(`types: ${projects.length} projects checked`);
process.exit(failed ? 1 : 0);
