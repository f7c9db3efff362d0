/** Against guessing: one counter per account over all factors and ways in, and a limit per network before anything is looked up. */
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { AccountId, CustomerId } from '../../platform/ids/ids.ts';

/** BSI, Passwortrichtlinie 1.0.2: locked after at most ten failures. */
export const maxFailures = 10;
/** The first lock; each failure after it doubles it, up to a day. A colleague can lift it. */
const lockMinutes = 30;
const longestLockMinutes = 1_440;

export interface Attempts {
  /**
   * Counts an attempt as failed before it is looked at, so that many at once are not more than ten.
   * @returns `locked` when no attempt is taken now; `last` when a failure of this one locks the account.
   */
  begin(account: AccountId): Promise<'counted' | 'last' | 'locked'>;
  /** It went well: nothing is counted any more. */
  clear(connection: Queryable, account: AccountId): Promise<void>;
}

export function createAttempts(database: Database, clock: Clock, operator: () => Promise<CustomerId>): Attempts {
  return {
    async begin(account) {
      const [row] = await database.query<{ failures: number }>(
        `update identity.account set failures = failures + 1,
           locked_until = case when failures + 1 >= ${maxFailures} then $3::timestamptz + make_interval(mins =>
             least(${longestLockMinutes}, ${lockMinutes} * 2 ^ least(10, failures + 1 - ${maxFailures}))::int) end
         where customer_id = $1 and account_id = $2 and state = 'active' and (locked_until is null or locked_until <= $3)
         returning failures`,
        [await operator(), account, clock.now()],
      );
      if (row === undefined) return 'locked';
      return row.failures >= maxFailures ? 'last' : 'counted';
    },
    async clear(connection, account) {
      await connection.query(
        'update identity.account set failures = 0, locked_until = null where customer_id = $1 and account_id = $2',
        [await operator(), account],
      );
    },
  };
}

/** So many attempts of one network, refilled over ten minutes. In this process. */
const burst = 30;
const refillMs = 600_000;
const maxNetworks = 100_000;

export interface NetworkLimit {
  /** Takes one attempt. @returns seconds to wait, or 0. */
  take(network: string): number;
}

export function createNetworkLimit(clock: Clock, size = burst): NetworkLimit {
  const buckets = new Map<string, { level: number; at: number }>();
  return {
    take(network) {
      const now = clock.monotonicMs();
      // The oldest go first; whoever fills the table with networks has to own that many.
      if (buckets.size >= maxNetworks)
        for (const [oldest] of buckets) {
          buckets.delete(oldest);
          break;
        }
      const before = buckets.get(network) ?? { level: size, at: now };
      const level = Math.min(size, before.level + ((now - before.at) / refillMs) * size);
      buckets.set(network, { level: level < 1 ? level : level - 1, at: now });
      return level < 1 ? Math.ceil(((1 - level) / size) * (refillMs / 1_000)) : 0;
    },
  };
}
