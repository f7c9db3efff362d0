/** Orders by their own clocks: what the tables say about every one of them. */
import type { Observation, ProbeContext } from '../../claims/probe.ts';
import { dayMs, minuteMs } from '../../claims/vocabulary.ts';
import type { PracticeNeeds } from '../needs.ts';

/** How long the servers may take after the time to take it back is over. */
const carryOutMs = 15 * minuteMs;
const lookBackMs = 30 * dayMs;

/** How long orders took, in minutes: the median, the 99th percentile, the longest; and of how many. */
interface Quantiles {
  readonly of: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

const quantiles = (took: string) => `
  coalesce(percentile_cont(0.5) within group (order by extract(epoch from ${took})) / 60, 0)::float8 as p50,
  coalesce(percentile_cont(0.99) within group (order by extract(epoch from ${took})) / 60, 0)::float8 as p99,
  coalesce(max(extract(epoch from ${took})) / 60, 0)::float8 as longest`;

/** Nothing where no order got so far. Rounded up: nothing is told as faster than it was. */
const inMinutes = (row: Quantiles | undefined) =>
  row === undefined || row.of === 0
    ? {}
    : {
        medianMinutes: Math.ceil(row.p50),
        p99Minutes: Math.ceil(row.p99),
        longestMinutes: Math.ceil(row.longest),
      };

/** Orders whose time is over are carried out: keys of persons and customers dead, rows removed. */
export async function ordersAreCarriedOut({ clock, database }: ProbeContext): Promise<Observation> {
  const now = clock.now();
  const [row] = await database.query<{ orders: number; behind: number } & Quantiles>(
    `select count(*) as orders,
            count(*) filter (where removed_at is null and state not in ('withdrawn', 'held') and cooling_until < $2) as behind,
            count(dead_at) as of,
            ${quantiles('dead_at - ordered_at')}
     from custody.erasure_order where ordered_at > $1`,
    [new Date(now.getTime() - lookBackMs), new Date(now.getTime() - carryOutMs)],
  );
  const counts = { orders: row?.orders ?? 0, behind: row?.behind ?? 0, ...inMinutes(row) };
  if (counts.orders === 0) return { verdict: 'unknown', counts, reason: 'nothing-yet' };
  return { verdict: counts.behind === 0 ? 'holds' : 'fails', counts };
}

/** No order is open beyond its promise, and none of the last 30 days was closed after it. */
export async function ordersEndInTime({ clock, database }: ProbeContext): Promise<Observation> {
  const now = clock.now();
  const [row] = await database.query<{ final: number; late: number; overdue: number } & Quantiles>(
    `with ended as (
       select o.*, e.closed_at
       from custody.erasure_order o join keyring.booking b using (customer_id, order_id)
       join keyring.epoch e on e.epoch_id = b.epoch_id and e.state = 'closed'
       where o.state = 'final' and o.ordered_at > $1
     )
     select count(*) as final, count(*) filter (where closed_at > due_at) as late,
            count(*) as of,
            ${quantiles('closed_at - ordered_at')},
            (select count(*) from custody.erasure_order where state in ('ordered', 'executed') and due_at < $2) as overdue
     from ended`,
    [new Date(now.getTime() - lookBackMs), now],
  );
  const counts = {
    final: row?.final ?? 0,
    late: row?.late ?? 0,
    overdue: row?.overdue ?? 0,
    ...inMinutes(row),
  };
  if (counts.late + counts.overdue > 0) return { verdict: 'fails', counts };
  return counts.final > 0 ? { verdict: 'holds', counts } : { verdict: 'unknown', counts, reason: 'nothing-yet' };
}

/** Each site has every line of the ledger that was ever written, signed and chained. */
export const ledgerIsWhole = (state: PracticeNeeds['ledger']) => async (): Promise<Observation> => {
  const { lines, sites, behind } = await state();
  const counts = { lines, sites, behind };
  if (lines === 0) return { verdict: 'unknown', counts, reason: 'nothing-yet' };
  return { verdict: behind === 0 ? 'holds' : 'fails', counts };
};

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
