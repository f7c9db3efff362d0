/** The long form of the tests that have one: every step instead of some, whole days, many more stories. `npm run soak -- NAME`. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const erasure = 'packages/server/src/custody/erasure';
const suites: Readonly<Record<string, readonly string[]>> = {
  custody: ['packages/server/src/killed.test.ts'],
  erasure: [
    'packages/server/src/keyring/rollover.test.ts',
    ...['steps', 'kill', 'away', 'properties', 'day'].map((name) => `${erasure}/${name}.test.ts`),
    'packages/server/src/attack.test.ts',
  ],
  recovery: ['packages/server/src/practices/recovery/killed.test.ts'],
};

const root = join(import.meta.dirname, '..');
const [name] = process.argv.slice(2);
const files = name === undefined ? Object.values(suites).flat() : suites[name];
if (files === undefined) {
  console.error(`There is no long run called "${name}". There are: ${Object.keys(suites).join(', ')}.`);
  process.exit(2);
}
// A file that was renamed would be left out in silence.
const missing = files.filter((file) => !existsSync(join(root, file)));
if (missing.length > 0) {
  console.error(`Not there: ${missing.join(', ')}`);
  process.exit(2);
}
const hourMs = 3_600_000;
const { status } = spawnSync('vitest', ['run', '--testTimeout', String(hourMs), ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, OBHUT_SOAK: '1' },
});
process.exit(status ?? 1);
