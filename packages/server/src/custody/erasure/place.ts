/** Ordering an erasure, seeing before what will go, and taking it back. */
import { changeRider } from '../../journal/change.ts';
import type { Actor, Entry } from '../../journal/entry.ts';
import type { Journal } from '../../journal/journal.ts';
import { personOf, withCurrentKeys } from '../../keyring/current.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { Problem } from '../../platform/http/problem.ts';
import { type CustomerId, type KeyId, type Name, newId, type OrderId, type PersonId } from '../../platform/ids/ids.ts';
import type { Site } from '../../platform/sites/site.ts';
import { dueAfterMs, type ErasureOrder, type Extent, longestCoolingMs } from './order.ts';
import { insertOrder, type OrderStore } from './store.ts';

export type Wish = { readonly customer: CustomerId } & (
  | { readonly scope: 'customer'; readonly person?: undefined; readonly collection?: undefined }
  | { readonly scope: 'person'; readonly person: PersonId; readonly collection?: undefined }
  | { readonly scope: 'collection'; readonly person: PersonId; readonly collection: Name }
);

export interface Preview extends Extent {
  readonly collections: readonly { readonly collection: Name; readonly records: number }[];
}

export interface Placing {
  /** @throws Problem `not_found` */
  preview(wish: Wish): Promise<Preview>;
  /** Access is refused from the commit on. @throws Problem `not_found` */
  place(wish: Wish, coolingMs: number, actor: Actor, client: Entry['client']): Promise<OrderId>;
  /** @throws Problem `not_found`, `order_closed` when the cooling is over. */
  withdraw(customer: CustomerId, order: OrderId, actor: Actor, client: Entry['client']): Promise<void>;
}

export interface PlacingOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly store: OrderStore;
  /** For objects. */
  readonly sites: readonly Site[];
  readonly clock: Clock;
}

export function createPlacing({ database, journal, keyring, store, sites, clock }: PlacingOptions): Placing {
  async function extentOf({ customer, person, collection }: Wish): Promise<Preview> {
    const values = [customer, person ?? null, collection ?? null];
    const collections = await database.query<{ collection: Name; records: number; bytes: number }>(
      `select collection, count(*) as records, sum(octet_length(sealed))::bigint as bytes from custody.record
       where customer_id = $1 and ($2::uuid is null or person_id = $2) and ($3::text is null or collection = $3)
         and order_id is null group by collection order by collection`,
      values,
    );
    const files = await database.query<{ object: string }>(
      `select object from custody.file
       where customer_id = $1 and ($2::uuid is null or person_id = $2) and $3::text is null`,
      values,
    );
    const [people] = await database.query<{ n: number }>(
      'select count(*) as n from keyring.person where customer_id = $1 and ($2::uuid is null or person_id = $2) and $3::text is null',
      values,
    );
    let bytes = collections.reduce((sum, one) => sum + one.bytes, 0);
    for (const { object } of files) bytes += (await sites[0]?.size('objects', object)) ?? 0;
    return {
      people: people?.n ?? 0,
      records: collections.reduce((sum, { records }) => sum + records, 0),
      files: files.length,
      bytes,
      collections: collections.map(({ collection: name, records }) => ({ collection: name, records })),
    };
  }

  /** Hides what was ordered and notes the keys that will die. @returns false when there is nothing (any more). */
  async function close(connection: Queryable, wish: Wish, order: OrderId): Promise<readonly KeyId[] | undefined> {
    if (wish.scope === 'collection') {
      await journal.raiseFence(connection, wish.customer);
      const rows = await connection.query<{ data_key_id: KeyId }>(
        `update custody.record set order_id = $4 where customer_id = $1 and person_id = $2 and collection = $3
           and order_id is null returning data_key_id`,
        [wish.customer, wish.person, wish.collection, order],
      );
      return rows.length === 0 ? undefined : rows.map(({ data_key_id: key }) => key);
    }
    if (!(await keyring.deaths.lock(connection, wish.customer, wish.person, true))) return undefined;
    const key = await keyring.deaths.keyOf(connection, wish.customer, wish.person);
    return key && [key];
  }

  const entries = (
    kind: 'erasure.ordered' | 'erasure.withdrawn',
    at: Date,
    actor: Actor,
    client: Entry['client'],
    order: Pick<ErasureOrder, 'order' | 'scope' | 'collection'>,
    subject?: Entry['subject'],
  ) => {
    const shared = {
      kind,
      at,
      actor,
      outcome: kind === 'erasure.ordered' ? 'ordered' : 'done',
      ...(client !== undefined && { client }),
      refs: { order: order.order, scope: order.scope },
    } as const;
    const scope = order.collection === undefined ? {} : { collection: order.collection };
    // The access log tells whose data; the orders log tells of the order by its random id alone.
    return {
      entry: { ...shared, scope, ...(subject !== undefined && { subject }) },
      also: { log: 'orders', entry: shared },
    } as const;
  };

  return {
    async preview(wish) {
      return withCurrentKeys(keyring, wish.customer, async () => {
        if (wish.person !== undefined) await personOf(keyring, wish.customer, wish.person);
        return extentOf(wish);
      });
    },
    async place(wish, coolingMs, actor, client) {
      return withCurrentKeys(keyring, wish.customer, async (customer) => {
        const person = wish.person === undefined ? undefined : await personOf(keyring, wish.customer, wish.person);
        const { collections: _, ...extent } = await extentOf(wish);
        const at = clock.now();
        const order = newId<OrderId>();
        const outcome = await journal.append({
          customer: wish.customer,
          log: 'access',
          fence: person?.fence ?? customer.fence,
          ...entries(
            'erasure.ordered',
            at,
            actor,
            client,
            { ...wish, order, collection: wish.collection },
            person?.subject,
          ),
          rider: {
            rider: changeRider,
            payload: async (connection) => {
              const keys = await close(connection, wish, order);
              if (keys === undefined) return false;
              await insertOrder(connection, {
                ...wish,
                order,
                person: wish.person,
                collection: wish.collection,
                object: undefined,
                keys,
                orderedAt: at,
                dueAt: new Date(at.getTime() + dueAfterMs),
                coolingUntil: new Date(at.getTime() + Math.min(coolingMs, longestCoolingMs)),
                extent,
              });
              return true;
            },
          },
        });
        if (outcome.state === 'stale') return 'stale';
        if (outcome.state !== 'appended') throw new Problem('not_found');
        // The other servers learn it from the fence.
        keyring.stale(wish.customer);
        return order;
      });
    },
    async withdraw(customer, id, actor, client) {
      const order = await store.find(customer, id);
      if (order === undefined) throw new Problem('not_found');
      const at = clock.now();
      const outcome = await journal.append({
        customer,
        log: 'access',
        ...entries('erasure.withdrawn', at, actor, client, order),
        rider: { rider: changeRider, payload: (connection) => store.withdraw(connection, order, at) },
      });
      if (outcome.state !== 'appended') throw new Problem('order_closed');
    },
  };
}
