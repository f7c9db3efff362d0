/** The content of the files of an export, into a folder: each under its name only when it is whole. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CustomerHandle, type ExportedFile, exportedFilePath, ObhutError } from '@obhut/client';
import type { Progress } from './progress.ts';
import { writeWhole } from './whole-file.ts';

export interface FetchedFiles {
  readonly fetched: number;
  /** Whole from an earlier attempt. */
  readonly there: number;
  /** Erased since they were listed. */
  readonly gone: number;
}

const atOnce = 4;

/** @throws what the server or the disk says; what was fetched stays, and the next attempt goes on behind it. */
export async function fetchFiles(
  customer: CustomerHandle,
  files: readonly ExportedFile[],
  { folder, purpose, progress }: { readonly folder: string; readonly purpose: string; readonly progress: Progress },
  said: (files: number) => string,
): Promise<FetchedFiles> {
  const result = { fetched: 0, there: 0, gone: 0 };
  const count = (what: keyof typeof result) => {
    result[what] += 1;
    const done = result.fetched + result.there + result.gone;
    progress.update(done / files.length, () => said(done));
  };
  const waiting = files.values();
  const broken = new AbortController();
  async function work(): Promise<void> {
    for (const file of waiting) {
      if (broken.signal.aborted) return;
      const path = join(folder, exportedFilePath(file));
      if (await isThere(path)) {
        count('there');
        continue;
      }
      try {
        const opened = await customer.person(file.person).file(file.file).get({ purpose, signal: broken.signal });
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await writeWhole(path, opened.body);
        count('fetched');
      } catch (error) {
        if (!(error instanceof ObhutError) || error.code !== 'not_found') throw error;
        count('gone');
      }
    }
  }
  const workers = Array.from({ length: atOnce }, () =>
    work().catch((error: unknown) => {
      broken.abort();
      throw error;
    }),
  );
  // Nobody writes any more when this ends.
  const failed = (await Promise.allSettled(workers)).find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return result;
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
