/**
 * Looks after what a durable entry rests on, once a minute: settings of the database that could lose it, and room on the
 * disk. What is unsafe refuses entries, and with them every release of personal data.
 */
import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { Journal } from '../journal/journal.ts';
import { StartError } from '../platform/config/start-error.ts';
import type { Database } from '../platform/database/database.ts';
import { checkDurability } from '../platform/database/safety.ts';

export interface Watch {
  /** One look now. */
  look(): Promise<void>;
  start(): void;
  stop(): void;
  /** Share of the fullest disk in use, 0 to 1. */
  diskUsed(): number;
}

/** From here on nothing is taken any more, so that the journal never meets a full disk. */
const refuseAt = 0.97;
const everyMs = 60_000;
/** While nothing is served: whoever made room should not have to wait. */
const againMs = 5_000;

export interface WatchOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly folders: readonly string[];
  /** How many blocks a folder's disk has, and how many of them are free; asks the system when absent. */
  readonly room?: (folder: string) => Promise<Pick<StatsFs, 'blocks' | 'bfree' | 'bavail'>>;
}

export function createWatch({ database, journal, folders, room = statfs }: WatchOptions): Watch {
  let timer: NodeJS.Timeout | undefined;
  let used = 0;
  let refusedFor: string | undefined;

  async function fullestDisk(): Promise<number> {
    const shares = await Promise.all(
      folders.map(async (folder) => {
        const { blocks, bavail, bfree } = await room(folder);
        // What only root may use does not count as free, nor as used.
        const usable = blocks - (bfree - bavail);
        return usable === 0 ? 1 : 1 - bavail / usable;
      }),
    );
    return Math.max(...shares);
  }

  async function reasonToRefuse(): Promise<string | undefined> {
    used = await fullestDisk();
    if (used >= refuseAt) return 'the disk is full';
    try {
      await checkDurability(database);
      return (await journal.isSameDatabase()) ? undefined : 'the database is another one than was signed over';
    } catch (error) {
      // Not reachable is seen by the journal itself, at once.
      return error instanceof StartError ? 'the database could lose entries' : undefined;
    }
  }

  async function look(): Promise<void> {
    const reason = await reasonToRefuse();
    journal.refuse(reason);
    refusedFor = reason;
  }

  function lookLater(): void {
    timer = setTimeout(
      () => {
        look()
          .catch(() => undefined)
          .finally(() => {
            if (timer !== undefined) lookLater();
          });
      },
      refusedFor === undefined ? everyMs : againMs,
    );
    timer.unref();
  }

  return {
    look,
    start: lookLater,
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
    diskUsed: () => used,
  };
}
