/** A repository from its bundles, with every ref where it was, checked through. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Site } from '../../../platform/sites/site.ts';
import type { Git } from './git.ts';
import type { NightList, Shelf } from './shelf.ts';
import { openWorkingCopy } from './working-copy.ts';

export interface RebuildOptions {
  readonly git: Git;
  readonly shelf: Shelf;
  /** After each bundle. */
  readonly progress?: (done: number, of: number) => void;
}

/**
 * @param folder that is not there yet. @param scratch where bundles lie meanwhile.
 * @throws Damaged, GitError
 */
export async function rebuild(
  { git, shelf, progress }: RebuildOptions,
  site: Site,
  { bundles, tips, head }: NightList,
  folder: string,
  scratch: string,
): Promise<void> {
  const copy = await openWorkingCopy(git, folder);
  for (const [i, bundle] of bundles.entries()) {
    const path = join(scratch, `${randomUUID()}.bundle`);
    try {
      await shelf.fetch(site, bundle, path);
      await copy.take(path, String(i));
    } finally {
      await rm(path, { force: true });
    }
    progress?.(i + 1, bundles.length);
  }
  await copy.become({ tips, head });
}
