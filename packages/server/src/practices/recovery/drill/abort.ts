/** How a drill is broken off: promptly, wherever it stands, because the end of the server waits for it. */
import { setTimeout } from 'node:timers/promises';
import { abortEmbedded } from '../../../platform/database/embedded.ts';
import type { Site } from '../../../platform/sites/site.ts';

/** The server is being stopped. */
export class BrokenOff extends Error {
  override readonly name = 'BrokenOff';
  readonly code = 'broke_off';
}

/** Waits no longer than until the signal; what was begun goes on by itself and is of no use to anybody. */
export async function orAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  // Nobody listens any more where it fails after that.
  work.catch(() => undefined);
  signal.throwIfAborted();
  let leave = () => {};
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** The site, until the signal: nothing is read from it any more. */
export const readUntil = (signal: AbortSignal, site: Site): Site => ({
  ...site,
  async list(purpose) {
    signal.throwIfAborted();
    return site.list(purpose);
  },
  async read(purpose, name) {
    signal.throwIfAborted();
    return site.read(purpose, name);
  },
});

const againMs = 100;

/**
 * Does the work with a copy of the database, and ends the copy's PostgreSQL as soon as the signal comes: whatever asks it, or
 * waits until its log is replayed, fails then. It may be just about to start: so again, until the work has come to its end.
 */
export async function endingCopy<Result>(
  { signal, data, folder }: { readonly signal: AbortSignal; readonly data: string; readonly folder: string },
  work: () => Promise<Result>,
): Promise<Result> {
  let isOver = false;
  async function endIt(): Promise<void> {
    while (!isOver) {
      await abortEmbedded(data, folder).catch(() => undefined);
      await setTimeout(againMs);
    }
  }
  let ending: Promise<void> | undefined;
  const begin = () => {
    ending = endIt();
  };
  signal.addEventListener('abort', begin, { once: true });
  try {
    return await work();
  } finally {
    isOver = true;
    signal.removeEventListener('abort', begin);
    await ending;
  }
}
