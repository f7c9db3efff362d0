/**
 * Builds the console when its sources have changed, into a folder named by their digest. No network, no step by hand: at the
 * first start it takes a second or two, after that nothing.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { StartError } from '../platform/config/start-error.ts';
import { digestOfSources, filesIn } from './source-digest.ts';

/** Beside this package in the project. */
const sources = join(import.meta.dirname, '../../../console');
/** Built into it: what checks proofs in the browser. */
const builtIn = ['console', 'client/src', 'proof/src'];
const compressible = new Set(['.js', '.css', '.svg', '.html', '.json']);
const done = '.complete';

function build(into: string): Promise<void> {
  const vite = join(dirname(createRequire(join(sources, 'package.json')).resolve('vite/package.json')), 'bin/vite.js');
  const words = [vite, 'build', '--configLoader', 'native', '--outDir', into, '--emptyOutDir'];
  return new Promise((resolve, reject) => {
    // Whatever the server runs as: with another word here the pages would get the slower, larger React for developers.
    const env = { ...process.env, NODE_ENV: 'production' };
    const child = spawn(process.execPath, words, { cwd: sources, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said = `${said}${String(chunk)}`.slice(-2_000);
    });
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new StartError('console_failed', `The console could not be built.\n${said}`, 'Run npm ci once more.')),
    );
  });
}

/** Smaller forms beside each file, so that nothing is compressed while somebody waits. */
async function compress(folder: string): Promise<void> {
  for (const path of await filesIn(folder)) {
    if (!compressible.has(extname(path))) continue;
    const content = await readFile(path);
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
    await writeFile(`${path}.br`, await promisify(brotliCompress)(content, quality));
    await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
  }
}

/**
 * @param cache a folder for builds; older ones in it are removed.
 * @returns the folder of the built console; `undefined` where its sources are not there.
 * @throws StartError `console_failed`
 */
export async function builtConsole(cache: string): Promise<string | undefined> {
  if (!existsSync(join(sources, 'package.json'))) return undefined;
  const name = `console-${(await digestOfSources(...builtIn)).slice(0, 32)}`;
  const folder = join(cache, name);
  if (existsSync(join(folder, done))) return folder;
  await mkdir(cache, { recursive: true });
  const fresh = join(cache, `${name}.${process.pid}`);
  await build(fresh);
  await compress(fresh);
  await writeFile(join(fresh, done), '');
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
  for (const old of await readdir(cache))
    if (old.startsWith('console-') && old !== name) await rm(join(cache, old), { recursive: true, force: true });
  return folder;
}
