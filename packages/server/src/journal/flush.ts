/**
 * One flush: a batch of entries becomes durable in one commit, gap-free. The head row of each log is locked in the
 * order of log ids until the commit, so two servers cannot deadlock, and a rolled-back number is given back.
 */
import { bigintArray, byteaArray, uuidArray } from '../platform/database/arrays.ts';
import type { Pipelined, Queryable, Value } from '../platform/database/database.ts';
import type { CustomerId, LogId } from '../platform/ids/ids.ts';

/** What a caller changes together with its entries: all items of one kind in one multi-row statement. */
export interface Rider<Payload> {
  readonly name: string;
  /**
   * Applies the payloads inside the journal's transaction, after the customers' head rows are locked.
   * @returns for each payload whether it was applied; those that were not leave no entry behind.
   */
  apply(connection: Queryable, payloads: readonly Payload[]): Promise<readonly boolean[]>;
  /** The same as part of the flush's one statement, where all can be expected to go well; `undefined` where not. */
  fold?(payloads: readonly Payload[], firstParameter: number): Folded | undefined;
}

/** A rider's change as a common table expression of the flush. */
export interface Folded {
  /** Selects from `head` (the locked head row), and returns one row for each change made. */
  readonly sql: string;
  readonly values: readonly Value[];
  /** How many rows it returns when everything was applied. With fewer, nothing is kept of the whole flush. */
  readonly expected: number;
  /** Told when it was. */
  readonly done: () => void;
}

/** A second entry that stands or falls with the first. */
export interface Companion {
  readonly log: LogId;
  readonly body: Buffer;
  readonly leaf: Buffer;
}

export interface FlushItem {
  readonly customer: CustomerId;
  readonly log: LogId;
  /** The fence that the caller's keys were loaded at; `undefined` where no key is involved. */
  readonly fence: number | undefined;
  readonly body: Buffer;
  readonly leaf: Buffer;
  readonly subjectPart?: Buffer;
  readonly actorPart?: Buffer;
  /** Riders know their own payload; the flush only hands it back. */
  readonly rider?: { readonly rider: Rider<unknown>; readonly payload: unknown };
  /** Must not share a batch with another item of the same key (two writes of one record). */
  readonly exclusive?: string;
  readonly also?: Companion;
}

export type FlushOutcome =
  | { readonly state: 'appended'; readonly index: number; readonly fence: number }
  | { readonly state: 'stale' }
  | { readonly state: 'declined' }
  | { readonly state: 'no-log' };

interface Head {
  readonly customer_id: string;
  readonly log_id: string;
  readonly next: number;
  readonly fence: number;
}

function distinctLogs(items: readonly FlushItem[]): { readonly customers: string[]; readonly logs: string[] } {
  const logs = new Map(items.map((item) => [item.log, item.customer]));
  for (const { also, customer } of items) if (also !== undefined) logs.set(also.log, customer);
  return { customers: [...logs.values()], logs: [...logs.keys()] };
}

const lockHeads = `
  select h.customer_id, h.log_id, h.next, h.fence from journal.head h
  join unnest($1::uuid[], $2::uuid[]) as want (customer_id, log_id) using (customer_id, log_id)
  order by h.log_id for update of h`;

/** Lock, check the fence, number, insert: one statement, one commit, one fsync. For batches without riders. */
const appendOnly = `
  with head as materialized (${lockHeads}),
  item as (
    select i.*, h.fence as current, h.next + row_number() over (partition by h.log_id order by i.o) - 1 as idx
    from unnest($3::uuid[], $4::bigint[], $5::bytea[], $6::bytea[]) with ordinality as i (log_id, fence, leaf, body, o)
    join head h on h.log_id = i.log_id
    where i.fence is null or i.fence = h.fence
  ),
  raised as (
    update journal.head h set next = h.next + c.n
    from (select h.customer_id, h.log_id, count(*) as n from item i join head h on h.log_id = i.log_id group by 1, 2) c
    where h.customer_id = c.customer_id and h.log_id = c.log_id
  ),
  inserted as (
    insert into journal.entry (customer_id, log_id, idx, leaf, body)
    select h.customer_id, h.log_id, i.idx, i.leaf, i.body from item i join head h on h.log_id = i.log_id
  ),
  details as (
    insert into journal.sealed (customer_id, log_id, idx, subject_part, actor_part)
    select h.customer_id, h.log_id, i.idx, s.subject_part, s.actor_part
    from unnest($7::bigint[], $8::bytea[], $9::bytea[]) as s (o, subject_part, actor_part)
    join item i on i.o = s.o join head h on h.log_id = i.log_id
  )
  select o, idx, current from item`;

/**
 * The same for a batch of one log without details, which is what a busy customer's reads are: no joins, and one row comes
 * back. The entries taken are numbered in their order from `base`.
 */
const appendToOne = `
  with head as materialized (
    select next, fence from journal.head where customer_id = $1 and log_id = $2 for update
  ),
  item as (
    select i.o, i.leaf, i.body, h.fence, h.next, h.next + row_number() over (order by i.o) - 1 as idx
    from unnest($3::bigint[], $4::bytea[], $5::bytea[]) with ordinality as i (fence, leaf, body, o), head h
    where i.fence is null or i.fence = h.fence
  ),
  raised as (
    update journal.head set next = next + (select count(*) from item) where customer_id = $1 and log_id = $2
  ),
  inserted as (
    insert into journal.entry (customer_id, log_id, idx, leaf, body) select $1, $2, idx, leaf, body from item
  )
  select min(next) as base, min(fence) as fence, count(*) as taken,
         case when count(*) < cardinality($4::bytea[]) then string_agg(o::text, ',') end as only
  from item`;

interface AppendedToOne {
  readonly base: number | null;
  readonly fence: number | null;
  readonly taken: number;
  readonly only: string | null;
}

async function flushToOne(
  connection: Queryable,
  items: readonly FlushItem[],
  first: FlushItem,
): Promise<FlushOutcome[]> {
  const [row] = await connection.query<AppendedToOne>(
    appendToOne,
    [
      first.customer,
      first.log,
      bigintArray(items.map(({ fence }) => fence ?? null)),
      byteaArray(items.map(({ leaf }) => leaf)),
      byteaArray(items.map(({ body }) => body)),
    ],
    'journal-append-one',
  );
  const { base, fence, only } = row ?? {};
  // Nothing taken: no head at all, or every fence old. (An item without a fence is only left out for want of a head.)
  if (base == null || fence == null)
    return items.map((item) => ({ state: item.fence === undefined ? 'no-log' : 'stale' }));
  const taken = only == null ? undefined : new Set(only.split(',').map(Number));
  let index = base;
  return items.map((_item, position) =>
    taken === undefined || taken.has(position + 1) ? { state: 'appended', index: index++, fence } : { state: 'stale' },
  );
}

/** Appends a batch without riders in a single statement. The caller's connection commits it by itself. */
export async function flushAppends(connection: Queryable, items: readonly FlushItem[]): Promise<FlushOutcome[]> {
  const { customers, logs } = distinctLogs(items);
  const [first] = items;
  if (first !== undefined && logs.length === 1 && !items.some(hasDetails)) return flushToOne(connection, items, first);
  const details = items.map((item, index) => ({ item, o: index + 1 })).filter(({ item }) => hasDetails(item));
  const rows = await connection.query<{ o: number; idx: number; current: number }>(
    appendOnly,
    [
      uuidArray(customers),
      uuidArray(logs),
      uuidArray(items.map(({ log }) => log)),
      bigintArray(items.map(({ fence }) => fence ?? null)),
      byteaArray(items.map(({ leaf }) => leaf)),
      byteaArray(items.map(({ body }) => body)),
      bigintArray(details.map(({ o }) => o)),
      byteaArray(details.map(({ item }) => item.subjectPart ?? null)),
      byteaArray(details.map(({ item }) => item.actorPart ?? null)),
    ],
    'journal-append',
  );
  const outcomes: FlushOutcome[] = items.map(({ fence }) => ({ state: fence === undefined ? 'no-log' : 'stale' }));
  for (const { o, idx, current } of rows) outcomes[o - 1] = { state: 'appended', index: idx, fence: current };
  return outcomes;
}

const hasDetails = (item: FlushItem) => item.subjectPart !== undefined || item.actorPart !== undefined;

const insertEntries = `
  with raised as (
    update journal.head h set next = h.next + c.n
    from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as c (customer_id, log_id, n)
    where h.customer_id = c.customer_id and h.log_id = c.log_id
  ),
  details as (
    insert into journal.sealed (customer_id, log_id, idx, subject_part, actor_part)
    select * from unnest($9::uuid[], $10::uuid[], $11::bigint[], $12::bytea[], $13::bytea[])
  )
  insert into journal.entry (customer_id, log_id, idx, leaf, body)
  select * from unnest($4::uuid[], $5::uuid[], $6::bigint[], $7::bytea[], $8::bytea[])`;

/**
 * Applies riders and appends their entries, inside the caller's transaction; the last statement is handed back unawaited:
 * 1. lock the heads; 2. leave out what has an old fence; 3. riders; 4. number and insert what they took.
 */
export async function flushWithRiders(
  connection: Queryable,
  items: readonly FlushItem[],
): Promise<Pipelined<FlushOutcome[]>> {
  const { customers, logs } = distinctLogs(items);
  const heads = new Map(
    (await connection.query<Head>(lockHeads, [uuidArray(customers), uuidArray(logs)], 'journal-lock')).map((head) => [
      head.log_id,
      head,
    ]),
  );
  const outcomes: FlushOutcome[] = items.map((item) => {
    const head = heads.get(item.log);
    if (head === undefined) return { state: 'no-log' };
    if (item.fence !== undefined && item.fence !== head.fence) return { state: 'stale' };
    return { state: 'appended', index: -1, fence: head.fence };
  });
  await applyRiders(connection, items, outcomes);
  return { result: outcomes, last: insertNumbered(connection, items, outcomes, heads) };
}

async function applyRiders(
  connection: Queryable,
  items: readonly FlushItem[],
  outcomes: FlushOutcome[],
): Promise<void> {
  const byRider = new Map<Rider<unknown>, number[]>();
  for (const [index, item] of items.entries()) {
    if (item.rider === undefined || outcomes[index]?.state !== 'appended') continue;
    const indexes = byRider.get(item.rider.rider);
    if (indexes === undefined) byRider.set(item.rider.rider, [index]);
    else indexes.push(index);
  }
  for (const [rider, indexes] of byRider) {
    const applied = await rider.apply(
      connection,
      indexes.map((index) => items[index]?.rider?.payload),
    );
    for (const [position, index] of indexes.entries()) if (!applied[position]) outcomes[index] = { state: 'declined' };
  }
}

function insertNumbered(
  connection: Queryable,
  items: readonly FlushItem[],
  outcomes: FlushOutcome[],
  heads: ReadonlyMap<string, Head>,
): Promise<unknown> | undefined {
  const next = new Map([...heads].map(([log, head]) => [log, head.next]));
  const taken: { readonly item: FlushItem; readonly index: number }[] = [];
  for (const [position, item] of items.entries()) {
    const outcome = outcomes[position];
    const index = next.get(item.log);
    if (outcome?.state !== 'appended' || index === undefined) continue;
    next.set(item.log, index + 1);
    outcomes[position] = { ...outcome, index };
    taken.push({ item, index });
    if (item.also === undefined) continue;
    const second = next.get(item.also.log);
    if (second === undefined) throw new Error('the log of a second entry was not locked');
    next.set(item.also.log, second + 1);
    taken.push({ item: { customer: item.customer, fence: undefined, ...item.also }, index: second });
  }
  if (taken.length === 0) return undefined;
  const raised = [...heads.values()]
    .map((head) => ({ head, n: (next.get(head.log_id) ?? head.next) - head.next }))
    .filter(({ n }) => n > 0);
  const details = taken.filter(({ item }) => hasDetails(item));
  return connection.query(
    insertEntries,
    [
      uuidArray(raised.map(({ head }) => head.customer_id)),
      uuidArray(raised.map(({ head }) => head.log_id)),
      bigintArray(raised.map(({ n }) => n)),
      uuidArray(taken.map(({ item }) => item.customer)),
      uuidArray(taken.map(({ item }) => item.log)),
      bigintArray(taken.map(({ index }) => index)),
      byteaArray(taken.map(({ item }) => item.leaf)),
      byteaArray(taken.map(({ item }) => item.body)),
      uuidArray(details.map(({ item }) => item.customer)),
      uuidArray(details.map(({ item }) => item.log)),
      bigintArray(details.map(({ index }) => index)),
      byteaArray(details.map(({ item }) => item.subjectPart ?? null)),
      byteaArray(details.map(({ item }) => item.actorPart ?? null)),
    ],
    'journal-insert',
  );
}
