/** Orders by their own clocks: what the tables say about every one of them. */
import type { Observation, ProbeContext } from '../../claims/probe.ts';
import { dayMs, minuteMs } from '../../claims/vocabulary.ts';

/** How long the servers may take after the time to take it back is over. */
const carryOutMs = 15 * minuteMs;
const lookBackMs = 30 * dayMs;

/** Orders whose time is over are carried out: keys of persons and customers dead, rows removed. */
export async function ordersAreCarriedOut({ clock, database }: ProbeContext): Promise<Observation> {
  const now = clock.now();
  const [row] = await database.query<{ orders: number; behind: number }>(
    `select count(*) as orders,
            count(*) filter (where removed_at is null and state not in ('withdrawn', 'held') and cooling_until < $2) as behind
     from custody.erasure_order where ordered_at > $1`,
    [new Date(now.getTime() - lookBackMs), new Date(now.getTime() - carryOutMs)],
  );
  const counts = { orders: row?.orders ?? 0, behind: row?.behind ?? 0 };
  if (counts.orders === 0) return { verdict: 'unknown', counts, reason: 'nothing-yet' };
  return { verdict: counts.behind === 0 ? 'holds' : 'fails', counts };
}

/** No order is open beyond its promise, and none of the last 30 days was closed after it. How long they took goes with it. */
export async function ordersEndInTime({ clock, database }: ProbeContext): Promise<Observation> {
  const now = clock.now();
  const [row] = await database.query<Ended>(
    `with ended as (
       select o.due_at, e.closed_at, extract(epoch from o.dead_at - o.ordered_at) / 60 as dead,
              extract(epoch from e.closed_at - o.ordered_at) / 60 as minutes
       from custody.erasure_order o join keyring.booking b using (customer_id, order_id)
       join keyring.epoch e on e.epoch_id = b.epoch_id and e.state = 'closed'
       where o.state = 'final' and o.ordered_at > $1
     )
     select count(*) as final, count(*) filter (where closed_at > due_at) as late,
            percentile_cont(array[0.5, 0.99, 1]) within group (order by dead)::float8[] as dead,
            percentile_cont(array[0.5, 0.99, 1]) within group (order by minutes)::float8[] as minutes,
            (select count(*) from custody.erasure_order where state in ('ordered', 'executed') and due_at < $2) as overdue
     from ended`,
    [new Date(now.getTime() - lookBackMs), now],
  );
  const [deadP50, deadP99, deadMax] = (row?.dead ?? []).map(Math.round);
  const [p50, p99, max] = (row?.minutes ?? []).map(Math.round);
  const counts = {
    final: row?.final ?? 0,
    late: row?.late ?? 0,
    overdue: row?.overdue ?? 0,
    // Of no order there is no time: not nought.
    ...(deadMax !== undefined && { deadMedianMinutes: deadP50, deadP99Minutes: deadP99, deadLongestMinutes: deadMax }),
    ...(max !== undefined && { medianMinutes: p50, p99Minutes: p99, longestMinutes: max }),
  } as Record<string, number>;
  if (counts.late !== 0 || counts.overdue !== 0) return { verdict: 'fails', counts };
  return counts.final !== 0 ? { verdict: 'holds', counts } : { verdict: 'unknown', counts, reason: 'nothing-yet' };
}

interface Ended {
  readonly final: number;
  readonly late: number;
  readonly overdue: number;
  /** Median, 99 of 100, the longest, in minutes. */
  readonly dead: readonly number[] | null;
  readonly minutes: readonly number[] | null;
}

/** Each epoch that the database calls closed is in no safe. */
export const closedEpochsAreGone =
  (living: () => Promise<ReadonlySet<string>>) =>
  async ({ database }: ProbeContext): Promise<Observation> => {
    const rows = await database.query<{ epoch_id: string }>(
      "select epoch_id from keyring.epoch where state = 'closed'",
    );
    const inSafes = await living();
    const kept = rows.filter(({ epoch_id: epoch }) => inSafes.has(epoch)).length;
    const counts = { closed: rows.length, living: inSafes.size, kept };
    if (rows.length === 0) return { verdict: 'unknown', counts, reason: 'nothing-yet' };
    return { verdict: kept === 0 ? 'holds' : 'fails', counts };
  };
