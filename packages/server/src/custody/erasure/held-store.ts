/** SQL of orders that wait for the end of a hold. No rules. */
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { CustomerId, PersonId } from '../../platform/ids/ids.ts';
import type { ErasureOrder, Wish } from './order.ts';
import { asOrder, type OrderRow, type StoredOrder } from './store.ts';

export interface HeldStore {
  /** The order for exactly this that waits. */
  waiting(wish: Wish): Promise<StoredOrder | undefined>;
  /** Those that were not looked at for longest, whose cooling is over. */
  toLookAt(now: Date, limit: number): Promise<readonly StoredOrder[]>;
  lookedAt(order: ErasureOrder, at: Date): Promise<void>;
  /** People of a customer that no order of their own is about yet. */
  people(customer: CustomerId, limit: number): Promise<readonly PersonId[]>;
  /** It waits no more: from here it is an order like any other, with the clock of one. */
  release(
    connection: Queryable,
    order: Pick<StoredOrder, 'customer' | 'order' | 'keys' | 'extent' | 'dueAt'>,
    at: Date,
  ): Promise<void>;
  /** What was left by an order that is taken back is not to go later either. */
  withdrawRest(connection: Queryable, order: ErasureOrder, at: Date): Promise<void>;
}

export function createHeldStore(database: Database): HeldStore {
  const select = async (where: string, values: readonly (string | number | Date | null)[]) =>
    (
      await database.query<OrderRow>(
        `select o.* from custody.erasure_order o where state = 'held' and ${where}`,
        values,
      )
    ).map(asOrder);
  return {
    waiting: async ({ customer, scope, person, collection }) =>
      (
        await select(
          `customer_id = $1 and scope = $2 and person_id is not distinct from $3::uuid
             and collection is not distinct from $4::text limit 1`,
          [customer, scope, person ?? null, collection ?? null],
        )
      )[0],
    toLookAt: (now, limit) =>
      select('cooling_until <= $1 and recorded_at is not null order by looked_at nulls first limit $2', [now, limit]),
    async lookedAt({ customer, order }, at) {
      await database.query('update custody.erasure_order set looked_at = $3 where customer_id = $1 and order_id = $2', [
        customer,
        order,
        at,
      ]);
    },
    async people(customer, limit) {
      const rows = await database.query<{ person_id: PersonId }>(
        `select p.person_id from keyring.person p where p.customer_id = $1 and not p.locked
           and not exists (select 1 from custody.erasure_order o where o.customer_id = p.customer_id
             and o.person_id = p.person_id and o.scope = 'person' and o.state = 'held')
         order by p.person_id limit $2`,
        [customer, limit],
      );
      return rows.map(({ person_id: person }) => person);
    },
    async release(connection, { customer, order, keys, extent, dueAt }, at) {
      await connection.query(
        `update custody.erasure_order set state = 'ordered', released_at = $3, ordered_at = $3, cooling_until = $3,
           due_at = $4, key_ids = $5, extent = $6 where customer_id = $1 and order_id = $2 and state = 'held'`,
        [customer, order, at, dueAt, keys, extent === undefined ? null : { ...extent }],
      );
    },
    async withdrawRest(connection, { customer, rest }, at) {
      if (rest === undefined) return;
      await connection.query(
        `update custody.erasure_order set state = 'withdrawn', withdrawn_at = $3
         where customer_id = $1 and order_id = $2 and state = 'held'`,
        [customer, rest, at],
      );
    },
  };
}
