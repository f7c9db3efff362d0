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
  /** Breaks it off: while it waits, and in the reading. */
  readonly signal?: AbortSignal;
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
/** Nor is the lock held longer by whoever has it and does not come back: PostgreSQL ends the session. */
const heldMs = 1_000;
const attempts = 30;
const pauseMs = 4_000;
/** lock_not_available, query_canceled, deadlock_detected: somebody was at it. */
const busy = new Set(['55P03', '57014', '40P01']);

/** The lock was lost while this process stood still: what was seen since may be of no one moment. */
class Lost extends Error {
  override readonly name = 'Lost';
}

interface Place {
  readonly at: Date;
  readonly place: Lsn;
}

async function still(owner: Database, tables: readonly string[], look: () => Promise<void>): Promise<Place> {
  return owner.transaction(async (connection) => {
    await connection.query(`set local lock_timeout = ${lockMs}`);
    await connection.query(`set local statement_timeout = ${allLocksMs}`);
    await connection.query(`set local idle_in_transaction_session_timeout = ${heldMs}`);
    await connection.query(`lock table ${tables.map((name) => `only ${name}`).join(', ')} in share mode`);
    const lockedMs = performance.now();
    await look();
    const [row] = await connection
      .query<{ at: Date; lsn: string }>('select clock_timestamp() as at, pg_current_wal_insert_lsn()::text as lsn')
      .catch((error: unknown) => {
        throw performance.now() - lockedMs < heldMs / 2 ? error : new Lost();
      });
    if (row === undefined) throw new NoMoment('the database says no place');
    return { at: row.at, place: parseLsn(row.lsn) };
  });
}

async function attempt({ asOwner, seed, reached, signal }: MarkOptions): Promise<Mark> {
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
      return {
        at,
        place,
        seed,
        shows: await readIn(snapshot, { asOwner, seed, ...(signal !== undefined && { signal }) }),
      };
    }),
  );
}

/** All of it takes as long as the database is large: whoever breaks it off ends the question that is under way. */
async function readIn(
  snapshot: Queryable,
  { asOwner, seed, signal }: Pick<MarkOptions, 'asOwner' | 'seed' | 'signal'>,
): Promise<Fingerprint> {
  const [row] = await snapshot.query<{ pid: number }>('select pg_backend_pid() as pid');
  // Between two tables it would find nothing to end, and the next one would be read: the session goes as a whole.
  const end = () =>
    void asOwner((owner) => owner.query('select pg_terminate_backend($1)', [row?.pid ?? 0])).catch(() => undefined);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', end, { once: true });
  try {
    return await fingerprint(snapshot, seed);
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

/** @throws NoMoment, or the signal's reason */
export async function takeMark(options: MarkOptions): Promise<Mark> {
  const { signal } = options;
  for (let tries = 0; tries < attempts; tries += 1) {
    signal?.throwIfAborted();
    try {
      return await attempt(options);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Lost) && !busy.has((error as { code?: string }).code ?? '')) throw error;
      await setTimeout(options.pauseMs ?? pauseMs, undefined, {
        ref: false,
        ...(signal !== undefined && { signal }),
      }).catch(() => undefined);
    }
  }
  throw new NoMoment('nobody stood still');
}
