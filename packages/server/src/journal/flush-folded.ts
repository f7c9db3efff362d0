/**
 * A busy customer's writes in one statement: lock the head, make the rider's changes, number and insert the entries. It is
 * optimistic: when a fence is old, or a change was not made because somebody else was first, the division below fails, and
 * nothing is kept of it; the batch then goes the general way (`flushWithRiders`), which sorts out who is who.
 */
import { bigintArray, byteaArray } from '../platform/database/arrays.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { FlushItem, FlushOutcome, Folded, Rider } from './flush.ts';

const statement = (ridden: string) => `
  with head as materialized (
    select next, fence from journal.head where customer_id = $1 and log_id = $2 for update
  ),
  ridden as (${ridden}),
  raised as (
    update journal.head set next = next + cardinality($4::bytea[]) where customer_id = $1 and log_id = $2
  ),
  inserted as (
    insert into journal.entry (customer_id, log_id, idx, leaf, body)
    select $1, $2, head.next + i.o - 1, i.leaf, i.body
    from head, unnest($4::bytea[], $5::bytea[]) with ordinality as i (leaf, body, o)
  )
  select head.next as base, head.fence,
         1 / case when (select count(*) from ridden) = $6::bigint
                   and not exists (select 1 from unnest($3::bigint[]) as f (fence) where f.fence <> head.fence)
             then 1 else 0 end as whole
  from head`;

const firstRiderParameter = 7;
const divisionByZero = '22012';

/** The one rider of the batch, where everything in it can go into one statement. */
function commonRider(items: readonly FlushItem[]): Rider<unknown> | undefined {
  const [first] = items;
  let rider: Rider<unknown> | undefined;
  for (const item of items) {
    if (item.log !== first?.log || item.also !== undefined) return undefined;
    if (item.subjectPart !== undefined || item.actorPart !== undefined) return undefined;
    if (item.rider === undefined) continue;
    rider ??= item.rider.rider;
    if (rider !== item.rider.rider) return undefined;
  }
  return rider;
}

/** @returns `undefined` when the batch is not of this kind, or did not go through whole: then nothing was changed. */
export async function flushFolded(
  connection: Queryable,
  items: readonly FlushItem[],
): Promise<FlushOutcome[] | undefined> {
  const [first] = items;
  const rider = commonRider(items);
  const payloads = items.flatMap((item) => (item.rider === undefined ? [] : [item.rider.payload]));
  const folded: Folded | undefined = rider?.fold?.(payloads, firstRiderParameter);
  if (first === undefined || rider === undefined || folded === undefined) return undefined;
  try {
    const [row] = await connection.query<{ base: number; fence: number }>(
      statement(folded.sql),
      [
        first.customer,
        first.log,
        bigintArray(items.map(({ fence }) => fence ?? null)),
        byteaArray(items.map(({ leaf }) => leaf)),
        byteaArray(items.map(({ body }) => body)),
        folded.expected,
        ...folded.values,
      ],
      `journal-folded-${rider.name}`,
    );
    if (row === undefined) return undefined;
    folded.done();
    return items.map((_item, position) => ({ state: 'appended', index: row.base + position, fence: row.fence }));
  } catch (error) {
    if ((error as { code?: string }).code === divisionByZero) return undefined;
    throw error;
  }
}
