/**
 * Servers that hold keys in memory. A server says every few seconds that it lives, learns which epoch closes, wipes what
 * belongs to it and says so. One that could not say anything for a minute wipes everything: its keys are not waited for.
 */
import type { Clock } from '../platform/clock/clock.ts';
import type { Database } from '../platform/database/database.ts';
import type { CustomerId, EpochId } from '../platform/ids/ids.ts';
import { leaseSeconds } from './rollover-store.ts';

export interface Nodes {
  /** Says that this server lives, and drops what it has to. */
  beat(): Promise<void>;
  /** Which living servers have not dropped the epoch yet. */
  behind(epoch: EpochId): Promise<{ readonly waiting: readonly string[]; readonly living: number }>;
  start(): void;
  stop(): Promise<void>;
}

export interface NodesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly node: string;
  /** Wipes an epoch's key and whatever this process has of these customers. */
  readonly drop: (epoch: EpochId, customers: ReadonlySet<CustomerId>) => void;
  /** Wipes every key of this process. */
  readonly wipe: () => void;
  readonly everyMs?: number;
}

/** From this step on nothing names the old epoch any more. */
const dropFromStep = 4;
const defaultEveryMs = 2_000;

export function createNodes({ database, clock, node, drop, wipe, everyMs = defaultEveryMs }: NodesOptions): Nodes {
  let dropped: EpochId | undefined;
  let heardAtMs = clock.monotonicMs();
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> | undefined;

  async function customersOf(epoch: EpochId): Promise<ReadonlySet<CustomerId>> {
    const rows = await database.query<{ customer_id: CustomerId }>(
      'select distinct customer_id from keyring.booking where epoch_id = $1',
      [epoch],
    );
    return new Set(rows.map(({ customer_id: customer }) => customer));
  }

  async function once(): Promise<void> {
    if (clock.monotonicMs() - heardAtMs > leaseSeconds * 1_000) wipe();
    const [row] = await database.query<{ epoch: EpochId | null }>(
      `with said as (
         insert into keyring.node (node, seen_at, dropped) values ($1, now(), $2)
         on conflict (node) do update set seen_at = now(), dropped = coalesce($2, keyring.node.dropped)
       )
       select (select epoch_id from keyring.rollover where finished_at is null and step >= ${dropFromStep}) as epoch`,
      [node, dropped ?? null],
      'keyring-beat',
    );
    heardAtMs = clock.monotonicMs();
    if (row?.epoch == null || row.epoch === dropped) return;
    drop(row.epoch, await customersOf(row.epoch));
    dropped = row.epoch;
    await database.query('update keyring.node set dropped = $2, seen_at = now() where node = $1', [node, dropped]);
  }

  function beat(): Promise<void> {
    beating ??= once().finally(() => {
      beating = undefined;
    });
    return beating;
  }

  return {
    beat,
    async behind(epoch) {
      const rows = await database.query<{ node: string; dropped: EpochId | null }>(
        `select node, dropped from keyring.node where seen_at > now() - interval '${leaseSeconds} seconds'`,
      );
      return {
        waiting: rows.filter((one) => one.dropped !== epoch).map((one) => one.node),
        living: rows.length,
      };
    },
    start() {
      timer = setInterval(() => {
        beat().catch(() => {
          // Cut off from the database: after a minute nobody waits for this server, so it must not hold keys either.
          if (clock.monotonicMs() - heardAtMs > leaseSeconds * 1_000) wipe();
        });
      }, everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await beating?.catch(() => undefined);
      // Nobody has to wait for a server that has gone.
      await database.query('delete from keyring.node where node = $1', [node]).catch(() => undefined);
    },
  };
}
