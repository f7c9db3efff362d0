/**
 * A moment that both sides share: what the living database shows, and the place in its log up to which a restore has to come.
 *
 * Snapshot and log do not agree by themselves: a commit lies in the log before it can be seen. So for a few milliseconds
 * nobody writes: a lock on every table waits until the writes under way are over and holds back the next ones; then the
 * snapshot is taken and the place is read, and the lock goes. The reading of everything follows in the snapshot, and holds
 * nobody up.
 */
import { setTimeout } from 'node:timers/promises';
import type { Database, Queryable } from '../../../platform/database/database.ts';
import { type Lsn, parseLsn } from '../../../platform/replication/lsn.ts';
import { type Fingerprint, fingerprint, tablesOf } from './digests.ts';

export interface Mark {
  readonly at: Date;
  /** Everything that was committed lies before it, everything that comes behind it. */
  readonly place: Lsn;
  readonly seed: bigint;
  readonly shows: Fingerprint;
}

export interface MarkOptions {
  /** As the owner of the tables, on a connection of its own. */
  readonly asOwner: <Result>(work: (owner: Database) => Promise<Result>) => Promise<Result>;
  readonly seed: bigint;
  readonly pauseMs?: number;
  /** In the moment itself, for tests. */
  readonly reached?: () => Promise<void>;
}

/** There is always somebody who writes for long: another time. */
export class NoMoment extends Error {
  override readonly name = 'NoMoment';
  readonly code = 'drill_no_moment';
}

/** Nobody waits longer than this for a table, and no longer than that for all of them. */
const lockMs = 250;
const allLocksMs = 1_000;
const attempts = 30;
const pauseMs = 4_000;
/** lock_not_available, query_canceled, deadlock_detected: somebody was at it. */
const busy = new Set(['55P03', '57014', '40P01']);

interface Place {
  readonly at: Date;
  readonly place: Lsn;
}

async function still(owner: Database, tables: readonly string[], look: () => Promise<void>): Promise<Place> {
  return owner.transaction(async (connection) => {
    await connection.query(`set local lock_timeout = ${lockMs}`);
    await connection.query(`set local statement_timeout = ${allLocksMs}`);
    await connection.query(`lock table ${tables.map((name) => `only ${name}`).join(', ')} in share mode`);
    await look();
    const [row] = await connection.query<{ at: Date; lsn: string }>(
      'select clock_timestamp() as at, pg_current_wal_insert_lsn()::text as lsn',
    );
    if (row === undefined) throw new NoMoment('the database says no place');
    return { at: row.at, place: parseLsn(row.lsn) };
  });
}

async function attempt({ asOwner, seed, reached }: MarkOptions): Promise<Mark> {
  return asOwner((reader) =>
    reader.transaction(async (snapshot: Queryable) => {
      await snapshot.query('set transaction isolation level repeatable read, read only');
      await snapshot.query('set local max_parallel_workers_per_gather = 0');
      const tables = await asOwner(async (owner) => (await tablesOf(owner)).map(({ name }) => name));
      const { at, place } = await asOwner((owner) =>
        still(owner, tables, async () => {
          // The first question of this transaction takes its snapshot.
          await snapshot.query('select pg_current_snapshot()');
          await reached?.();
        }),
      );
      return { at, place, seed, shows: await fingerprint(snapshot, seed) };
    }),
  );
}

/** @throws NoMoment */
export async function takeMark(options: MarkOptions): Promise<Mark> {
  for (let tries = 0; tries < attempts; tries += 1) {
    try {
      return await attempt(options);
    } catch (error) {
      if (!busy.has((error as { code?: string }).code ?? '')) throw error;
      await setTimeout(options.pauseMs ?? pauseMs, undefined, { ref: false });
    }
  }
  throw new NoMoment('nobody stood still');
}
