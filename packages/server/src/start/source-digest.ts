/** A digest of source files: of what the console is built from, and of the program that measures. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '../../../..');
const lockFile = join(root, 'package-lock.json');

export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(folder, path).startsWith('node_modules'))
    .sort();
}

/** @param packages folders below `packages/`, with all their files. @returns SHA-256 in hexadecimal, over paths, lengths and contents, with the lock file's. */
export async function digestOfSources(...packages: readonly string[]): Promise<string> {
  const digest = createHash('sha256');
  const files = await Promise.all(packages.map((folder) => filesIn(join(root, 'packages', folder))));
  for (const path of [...files.flat(), lockFile]) {
    const content = await readFile(path).catch(() => Buffer.alloc(0));
    digest.update(`${relative(root, path)}\0${content.length}\0`).update(content);
  }
  return digest.digest('hex');
}
