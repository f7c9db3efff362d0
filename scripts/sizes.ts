/** No source file has more than 500 lines: a file that long has more than one subject. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const mostLines = 500;
const isSource = (path: string) => /\.(ts|tsx|css|cjs)$/.test(path) && !/(^|\/)(node_modules|dist)\//.test(path);

const files = ['packages', 'bench', 'e2e', 'scripts'].flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter(isSource),
);
const long = files
  .map((path) => ({ path, lines: readFileSync(path, 'utf8').split('\n').length - 1 }))
  .filter(({ lines }) => lines > mostLines);
for (const { path, lines } of long) console.error(`${path} has ${lines} lines; ${mostLines} at the most`);
console.log(`sizes: ${files.length} files looked at`);
process.exit(long.length === 0 && files.length > 0 ? 0 : 1);
