import { resolve, sep } from 'node:path';

/** Those of the folders that lie in no other of them. */
export function outermost(folders: readonly string[]): readonly string[] {
  const all = [...new Set(folders.map((folder) => resolve(folder)))];
  return all.filter((folder) => !all.some((other) => folder.startsWith(`${other}${sep}`)));
}
