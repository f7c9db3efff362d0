/** SQL of erasure orders. No rules. */
import type { Database, Queryable, Value } from '../../platform/database/database.ts';
import type { CustomerId, FileId, KeyId, Name, OrderId, PersonId, RecordId } from '../../platform/ids/ids.ts';
import type { ErasureOrder, Extent, OrderState, Scope } from './order.ts';

export interface OrderRow {
  readonly customer_id: CustomerId;
  readonly order_id: OrderId;
  readonly scope: Scope;
  readonly person_id: PersonId | null;
  readonly collection: Name | null;
  readonly object_id: RecordId | FileId | null;
  readonly key_ids: KeyId[];
  readonly objects: string[];
  readonly missed: string[];
  readonly state: OrderState;
  readonly ordered_at: Date;
  readonly due_at: Date;
  readonly cooling_until: Date;
  readonly held_until: Date | null;
  readonly asked_at: Date | null;
  readonly released_at: Date | null;
  readonly rest_id: OrderId | null;
  readonly follow_asked_at: Date | null;
  readonly followed_at: Date | null;
  readonly withdrawn_at: Date | null;
  readonly dead_at: Date | null;
  readonly removed_at: Date | null;
  readonly final_at: Date | null;
  readonly extent: Extent | null;
  readonly receipt_index: number | null;
  readonly rekeyed_from: KeyId | null;
  readonly rekeyed_to: KeyId | null;
}

/** An order with what only the saga needs of it. */
export interface StoredOrder extends ErasureOrder {
  /** Sealed files that are still to be removed at the sites, or were. */
  readonly objects: readonly string[];
  /** Something of it was closed: it never waited for a hold, or does so no more. */
  readonly isClosed: boolean;
  readonly rekeyed: { readonly from: KeyId; readonly to: KeyId } | undefined;
}

/** An order whose epoch is closed, and in which safes. */
export interface ClosedOrder extends StoredOrder {
  readonly epoch: string;
  readonly closedAt: Date;
  readonly destroyedIn: readonly string[];
}

export type NewOrder = Pick<
  ErasureOrder,
  | 'order'
  | 'customer'
  | 'scope'
  | 'person'
  | 'collection'
  | 'object'
  | 'keys'
  | 'orderedAt'
  | 'dueAt'
  | 'coolingUntil'
  | 'extent'
> & {
  readonly removedAt?: Date;
  readonly objects?: readonly string[];
  /** It waits: until then a hold is in force. */
  readonly heldUntil?: Date;
  readonly rest?: OrderId | undefined;
};

/** Times that the saga sets, one after the other; each of them once. */
export type Milestone = 'recorded_at' | 'withdrawal_recorded_at' | 'dead_at' | 'removed_at' | 'execution_recorded_at';

export const asOrder = (row: OrderRow): StoredOrder => ({
  order: row.order_id,
  customer: row.customer_id,
  scope: row.scope,
  person: row.person_id ?? undefined,
  collection: row.collection ?? undefined,
  object: row.object_id ?? undefined,
  keys: row.key_ids,
  state: row.state,
  orderedAt: row.ordered_at,
  dueAt: row.due_at,
  coolingUntil: row.cooling_until,
  held: row.held_until === null ? undefined : { until: row.held_until, askedAt: row.asked_at ?? row.ordered_at },
  rest: row.rest_id ?? undefined,
  follow:
    row.follow_asked_at === null
      ? undefined
      : { askedAt: row.follow_asked_at, followedAt: row.followed_at ?? undefined },
  isClosed: row.held_until === null || row.released_at !== null,
  withdrawnAt: row.withdrawn_at ?? undefined,
  deadAt: row.dead_at ?? undefined,
  removedAt: row.removed_at ?? undefined,
  finalAt: row.final_at ?? undefined,
  extent: row.extent ?? undefined,
  receiptIndex: row.receipt_index ?? undefined,
  objects: row.objects,
  missed: row.missed,
  rekeyed:
    row.rekeyed_from === null || row.rekeyed_to === null ? undefined : { from: row.rekeyed_from, to: row.rekeyed_to },
});

export async function insertOrder(connection: Queryable, order: NewOrder): Promise<void> {
  await connection.query(
    `insert into custody.erasure_order
       (customer_id, order_id, scope, person_id, collection, object_id, data_key_id, key_ids, state,
        ordered_at, due_at, cooling_until, removed_at, extent, objects, held_until, asked_at, rest_id)
     values ($1, $2, $3, $4, $5, $6, null, $7, $14, $8, $9, $10, $11, $12, $13, $15, $8, $16)`,
    [
      order.customer,
      order.order,
      order.scope,
      order.person ?? null,
      order.collection ?? null,
      order.object ?? null,
      order.keys,
      order.orderedAt,
      order.dueAt,
      order.coolingUntil,
      order.removedAt ?? null,
      order.extent === undefined ? null : { ...order.extent },
      order.objects ?? [],
      order.heldUntil === undefined ? 'ordered' : 'held',
      order.heldUntil ?? null,
      order.rest ?? null,
    ],
  );
}

type OrderKey = Pick<ErasureOrder, 'customer' | 'order'>;

/** Median, 99 of 100 and the longest, in seconds. */
export interface Took {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Of orders; how long the ones of the last 30 days took since they were ordered. `undefined`: none is final. */
export interface Overview {
  readonly open: number;
  readonly oldestSeconds: number;
  /** Until no living key opened it. */
  readonly dead: Took | undefined;
  /** Until no copy could be read. */
  readonly final: Took | undefined;
}

export interface OrderStore {
  find(customer: CustomerId, order: OrderId): Promise<StoredOrder | undefined>;
  /** The newest order under which all of a person goes or has gone, their customer's too; not one that waits. */
  goingOf(customer: CustomerId, person: PersonId): Promise<StoredOrder | undefined>;
  /** Newest first, before this one. */
  list(customer: CustomerId, before: Date | undefined, limit: number): Promise<readonly StoredOrder[]>;
  /** What has to be said in the ledger. */
  unrecorded(what: 'ordered' | 'withdrawn' | 'executed', limit: number): Promise<readonly StoredOrder[]>;
  /** Recorded and not executed, what is over first at the top. */
  cooling(limit: number): Promise<readonly StoredOrder[]>;
  /** Persons with removed rows whose keys are still wrapped by the person's key. */
  toRekey(limit: number): Promise<readonly { readonly customer: CustomerId; readonly person: PersonId | undefined }[]>;
  /** `undefined`: of people whom this database does not know. */
  ofPersonToRekey(
    connection: Queryable,
    customer: CustomerId,
    person: PersonId | undefined,
  ): Promise<readonly StoredOrder[]>;
  /** Executed, and their epoch is closed. */
  closed(limit: number): Promise<readonly ClosedOrder[]>;
  /** @returns false when somebody else has set it. */
  reach(connection: Queryable, order: OrderKey, milestone: Milestone, at: Date): Promise<boolean>;
  /** Executed, with rows or files that are still there. */
  toRemove(limit: number): Promise<readonly StoredOrder[]>;
  /** Removed, with files at a site that was away. The newest first: what is there is soon done. */
  toCatchUp(limit: number): Promise<readonly StoredOrder[]>;
  /** Final, and its receipt's place in the log is not kept yet. */
  withoutReceipt(limit: number): Promise<readonly StoredOrder[]>;
  keepObjects(order: ErasureOrder, objects: readonly string[]): Promise<void>;
  missed(order: ErasureOrder, sites: readonly string[]): Promise<void>;
  withdraw(connection: Queryable, order: ErasureOrder, at: Date): Promise<boolean>;
  execute(connection: Queryable, order: OrderKey): Promise<boolean>;
  rekeyed(connection: Queryable, order: ErasureOrder, keys: { from: KeyId; to: KeyId }, at: Date): Promise<void>;
  finish(connection: Queryable, order: ErasureOrder, at: Date): Promise<boolean>;
  /** Of an order that was found in the ledger: whose part it is, and the files that went with it. */
  bindPerson(
    connection: Queryable,
    order: OrderKey,
    person: PersonId | undefined,
    objects: readonly string[],
  ): Promise<void>;
  keepReceipt(order: ErasureOrder, index: number): Promise<void>;
  /** The earliest promise to keep among what waits for a rollover. */
  earliestDue(): Promise<Date | undefined>;
  /** Not final and ordered before this: how many, and when the first. */
  olderThan(before: Date): Promise<{ readonly orders: number; readonly oldest: Date | undefined }>;
  /** Counts and ages for metrics and alarms, in seconds. */
  overview(now: Date): Promise<Overview>;
}

const whereOrder = 'customer_id = $1 and order_id = $2';

export function createOrderStore(database: Database): OrderStore {
  const select = async (where: string, values: readonly Value[], on: Queryable = database) =>
    (await on.query<OrderRow>(`select o.* from custody.erasure_order o where ${where}`, values)).map(asOrder);
  const changed = async (connection: Queryable, set: string, and: string, values: readonly Value[]) =>
    (
      await connection.query(
        `update custody.erasure_order set ${set} where ${whereOrder} and ${and} returning 1`,
        values,
      )
    ).length > 0;

  return {
    find: async (customer, order) => (await select(whereOrder, [customer, order]))[0],
    goingOf: async (customer, person) =>
      (
        await select(
          `customer_id = $1 and (scope = 'customer' or (scope = 'person' and person_id = $2))
             and state in ('ordered', 'executed', 'final') order by ordered_at desc limit 1`,
          [customer, person],
        )
      )[0],
    list: (customer, before, limit) =>
      select('customer_id = $1 and ($2::timestamptz is null or ordered_at < $2) order by ordered_at desc limit $3', [
        customer,
        before ?? null,
        limit,
      ]),
    unrecorded(what, limit) {
      const where = {
        ordered: 'recorded_at is null',
        withdrawn: "state = 'withdrawn' and recorded_at is not null and withdrawal_recorded_at is null",
        executed: "state in ('executed', 'final') and dead_at is not null and execution_recorded_at is null",
      }[what];
      return select(`${where} order by ordered_at limit $1`, [limit]);
    },
    cooling: (limit) =>
      select("state = 'ordered' and recorded_at is not null order by cooling_until limit $1", [limit]),
    async toRekey(limit) {
      const rows = await database.query<{ customer_id: CustomerId; person_id: PersonId | null }>(
        `select distinct customer_id, person_id from custody.erasure_order
         where state = 'executed' and scope not in ('customer', 'person') and dead_at is null limit $1`,
        [limit],
      );
      return rows.map((row) => ({ customer: row.customer_id, person: row.person_id ?? undefined }));
    },
    ofPersonToRekey: (connection, customer, person) =>
      select(
        `customer_id = $1 and person_id is not distinct from $2::uuid and state = 'executed' and scope not in ('customer', 'person')
           and dead_at is null for update`,
        [customer, person ?? null],
        connection,
      ),
    async closed(limit) {
      const rows = await database.query<OrderRow & { epoch: string; closed_at: Date; destroyed_in: string[] }>(
        `select o.*, e.epoch_id as epoch, e.closed_at, e.destroyed_in from custody.erasure_order o
         join keyring.booking b using (customer_id, order_id) join keyring.epoch e on e.epoch_id = b.epoch_id
         where o.state = 'executed' and o.dead_at is not null and o.removed_at is not null
           and o.execution_recorded_at is not null and e.state = 'closed' order by o.due_at limit $1`,
        [limit],
      );
      return rows.map((row) => ({
        ...asOrder(row),
        epoch: row.epoch,
        closedAt: row.closed_at,
        destroyedIn: row.destroyed_in,
      }));
    },
    reach: (connection, { customer, order }, milestone, at) =>
      changed(connection, `${milestone} = $3`, `${milestone} is null`, [customer, order, at]),
    toRemove: (limit) => select("state = 'executed' and removed_at is null order by due_at limit $1", [limit]),
    toCatchUp: (limit) =>
      select("removed_at is not null and missed <> '{}' order by removed_at desc limit $1", [limit]),
    withoutReceipt: (limit) => select("state = 'final' and receipt_index is null limit $1", [limit]),
    async keepObjects({ customer, order }, objects) {
      await database.query(`update custody.erasure_order set objects = $3 where ${whereOrder}`, [
        customer,
        order,
        objects,
      ]);
    },
    async missed({ customer, order }, names) {
      await database.query(`update custody.erasure_order set missed = $3 where ${whereOrder}`, [
        customer,
        order,
        names,
      ]);
    },
    withdraw: (connection, { customer, order }, at) =>
      changed(
        connection,
        "state = 'withdrawn', withdrawn_at = $3",
        "(state = 'held' or (state = 'ordered' and cooling_until > $3))",
        [customer, order, at],
      ),
    execute: (connection, { customer, order }) =>
      changed(connection, "state = 'executed'", "state in ('ordered', 'held')", [customer, order]),
    async rekeyed(connection, { customer, order }, { from, to }, at) {
      await connection.query(
        `update custody.erasure_order set dead_at = $5, rekeyed_from = $3, rekeyed_to = $4 where ${whereOrder}`,
        [customer, order, from, to, at],
      );
    },
    finish: (connection, { customer, order }, at) =>
      changed(connection, "state = 'final', final_at = $3", "state = 'executed'", [customer, order, at]),
    async bindPerson(connection, { customer, order }, person, objects) {
      await connection.query(
        `update custody.erasure_order set person_id = coalesce(person_id, $3), objects = objects || $4::uuid[] where ${whereOrder}`,
        [customer, order, person ?? null, objects],
      );
    },
    async keepReceipt({ customer, order }, index) {
      await database.query(`update custody.erasure_order set receipt_index = $3 where ${whereOrder}`, [
        customer,
        order,
        index,
      ]);
    },
    async earliestDue() {
      const [row] = await database.query<{ due: Date | null }>(
        "select min(due_at) as due from custody.erasure_order where state = 'executed'",
      );
      return row?.due ?? undefined;
    },
    async olderThan(before) {
      const [row] = await database.query<{ orders: number; oldest: Date | null }>(
        `select count(*) as orders, min(ordered_at) as oldest from custody.erasure_order
         where state in ('ordered', 'executed') and ordered_at <= $1`,
        [before],
      );
      return { orders: row?.orders ?? 0, oldest: row?.oldest ?? undefined };
    },
    async overview(now) {
      const [row] = await database.query<{
        open: number;
        oldest: Date | null;
        dead: number[] | null;
        final: number[] | null;
      }>(
        `with took as (
           select extract(epoch from dead_at - ordered_at)::float8 as dead,
                  extract(epoch from final_at - ordered_at)::float8 as final from custody.erasure_order
           where state = 'final' and ordered_at > $1::timestamptz - interval '30 days'
         )
         select (select count(*) from custody.erasure_order where state in ('ordered', 'executed')) as open,
                (select min(ordered_at) from custody.erasure_order where state in ('ordered', 'executed')) as oldest,
                percentile_cont(array[0.5, 0.99, 1]) within group (order by dead)::float8[] as dead,
                percentile_cont(array[0.5, 0.99, 1]) within group (order by final)::float8[] as final from took`,
        [now],
      );
      const oldest = row?.oldest ?? undefined;
      const took = ([p50, p99, max]: readonly number[]): Took | undefined =>
        p50 === undefined || p99 === undefined || max === undefined ? undefined : { p50, p99, max };
      return {
        open: row?.open ?? 0,
        oldestSeconds: oldest === undefined ? 0 : (now.getTime() - oldest.getTime()) / 1_000,
        dead: took(row?.dead ?? []),
        final: took(row?.final ?? []),
      };
    },
  };
}
