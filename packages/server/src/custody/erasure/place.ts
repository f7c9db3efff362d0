/**
 * Ordering an erasure, and taking it back.
 *
 * What is held stays: of a person or a collection everything else goes now, under an order of its own, and what was asked
 * for waits as an order that goes on by itself when the last hold ends. A customer with a hold waits whole; its people go
 * one by one meanwhile (`held.ts`).
 */
import { changeRider } from '../../journal/change.ts';
import type { Actor, Entry } from '../../journal/entry.ts';
import type { Journal } from '../../journal/journal.ts';
import { personOf, withCurrentKeys } from '../../keyring/current.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { Problem } from '../../platform/http/problem.ts';
import { type CustomerId, type KeyId, newId, type OrderId } from '../../platform/ids/ids.ts';
import type { Site } from '../../platform/sites/site.ts';
import { extentOf, type Preview } from './extent.ts';
import type { HeldStore } from './held-store.ts';
import { hide } from './hide.ts';
import { holdsOver, lastEnd } from './holds.ts';
import { dueAfterMs, type ErasureOrder, longestCoolingMs, obhut, type Scope, type Wish } from './order.ts';
import { insertOrder, type NewOrder, type OrderStore, type StoredOrder } from './store.ts';

export interface Placing {
  /** @throws Problem `not_found` */
  preview(wish: Wish): Promise<Preview>;
  /** Access is refused from the commit on, save to what is held. @throws Problem `not_found` */
  place(wish: Wish, coolingMs: number, actor: Actor, client: Entry['client']): Promise<OrderId>;
  /** An order that waits for a hold: takes what is free by now. @throws Problem `not_found` when nothing is left. */
  goOn(waiting: StoredOrder, wish: Wish): Promise<void>;
  /** @throws Problem `not_found`, `order_closed` when the cooling is over. */
  withdraw(customer: CustomerId, order: OrderId, actor: Actor, client: Entry['client']): Promise<void>;
}

export interface PlacingOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly store: OrderStore;
  readonly held: HeldStore;
  /** For objects. */
  readonly sites: readonly Site[];
  readonly clock: Clock;
}

/** Who asks, how, and for how long it can be taken back. */
interface Asking {
  readonly coolingMs: number;
  readonly actor: Actor;
  readonly client: Entry['client'];
  /** The order that has waited so far. */
  readonly waiting?: StoredOrder;
}

/** What goes now, and until when the rest waits. */
function planOf(wish: Wish, { holds, records, files }: Preview): { now: Scope | undefined; until: Date | undefined } {
  const until = lastEnd(holds);
  if (until === undefined) return { now: wish.scope, until };
  if (wish.scope === 'customer' || records + files === 0) return { now: undefined, until };
  return { now: wish.scope === 'person' ? 'part' : 'collection', until };
}

export function createPlacing({ database, journal, keyring, store, held, sites, clock }: PlacingOptions): Placing {
  const preview = (wish: Wish, at: Date) => extentOf(database, sites[0], wish, at);

  /** Refuses access to what was ordered and notes the keys that will die; none: there is nothing (any more). */
  async function close(connection: Queryable, wish: Wish, scope: Scope, order: OrderId, at: Date) {
    if (wish.person !== undefined && scope !== 'person') {
      await journal.raiseFence(connection, wish.customer);
      return hide(connection, { ...wish, collection: wish.collection }, order, at);
    }
    if (!(await keyring.deaths.lock(connection, wish.customer, wish.person ?? 'everybody', true))) return [];
    return keysOf(connection, wish);
  }

  async function keysOf(connection: Queryable, wish: Wish): Promise<readonly KeyId[]> {
    if (wish.scope === 'collection')
      return (
        await connection.query<{ data_key_id: KeyId }>(
          `select data_key_id from custody.record where customer_id = $1 and person_id = $2 and collection = $3
             and order_id is null`,
          [wish.customer, wish.person, wish.collection],
        )
      ).map(({ data_key_id: key }) => key);
    const key = await keyring.deaths.keyOf(connection, wish.customer, wish.person ?? 'everybody');
    return key === undefined ? [] : [key];
  }

  const entries = (
    kind: 'erasure.ordered' | 'erasure.withdrawn',
    at: Date,
    { actor, client }: Pick<Asking, 'actor' | 'client'>,
    order: Pick<ErasureOrder, 'order' | 'scope' | 'collection'>,
    more: Readonly<Record<string, string>> = {},
  ) => {
    const shared = {
      kind,
      at,
      actor,
      outcome: kind === 'erasure.ordered' ? 'ordered' : 'done',
      ...(client !== undefined && { client }),
      refs: { order: order.order, scope: order.scope, ...more },
    } as const;
    const scope = order.collection === undefined ? {} : { collection: order.collection };
    // The access log tells whose data; the orders log tells of the order by its random id alone.
    return { entry: { ...shared, scope }, also: { log: 'orders', entry: shared } } as const;
  };

  /** One commit: what is free goes, what is held waits. @returns the order that goes, else the one that waits. */
  async function order(wish: Wish, asking: Asking): Promise<OrderId> {
    const { waiting } = asking;
    return withCurrentKeys(keyring, wish.customer, async (customer) => {
      const person = wish.person === undefined ? undefined : await personOf(keyring, wish.customer, wish.person);
      const at = clock.now();
      const seen = await preview(wish, at);
      const { now, until } = planOf(wish, seen);
      if (now === undefined && waiting !== undefined) return waiting.order;
      const rest = until === undefined ? undefined : (waiting?.order ?? newId<OrderId>());
      const id = now === undefined ? undefined : until === undefined ? (waiting?.order ?? newId()) : newId<OrderId>();
      const { collections: _, holds, ...extent } = seen;
      let moved = false;
      const placed: Omit<NewOrder, 'order' | 'scope' | 'keys' | 'coolingUntil'> = {
        customer: wish.customer,
        person: wish.person,
        collection: wish.collection,
        object: undefined,
        orderedAt: at,
        dueAt: new Date(at.getTime() + dueAfterMs),
        extent,
      };
      const coolingUntil = new Date(at.getTime() + Math.min(asking.coolingMs, longestCoolingMs));

      async function apply(connection: Queryable): Promise<boolean> {
        // Again, now that nobody else can hold or order anything of this customer.
        const ids = (found: Preview['holds']) => found.map(({ hold }) => hold).join();
        moved = ids(await holdsOver(connection, wish, at)) !== ids(holds);
        if (moved) return false;
        if (now !== undefined && id !== undefined) {
          const keys = await close(connection, wish, now, id, at);
          if (keys.length === 0) return false;
          if (id === waiting?.order)
            await held.release(connection, { ...waiting, keys, extent, dueAt: placed.dueAt }, at);
          else await insertOrder(connection, { ...placed, order: id, scope: now, keys, coolingUntil, rest });
        }
        if (rest !== undefined && rest !== waiting?.order && until !== undefined)
          await insertOrder(connection, {
            ...placed,
            order: rest,
            scope: wish.scope,
            keys: await keysOf(connection, wish),
            // Nothing of it is closed before; until the hold ends it can be taken back.
            coolingUntil,
            heldUntil: until,
            dueAt: new Date(until.getTime() + dueAfterMs),
          });
        return true;
      }

      const left = rest === undefined || until === undefined ? {} : { rest, heldUntil: until.toISOString() };
      const told = { order: id ?? rest ?? newId<OrderId>(), scope: now ?? wish.scope, collection: wish.collection };
      const { entry, also } = entries('erasure.ordered', at, asking, told, left);
      const outcome = await journal.append({
        customer: wish.customer,
        log: 'access',
        fence: person?.fence ?? customer.fence,
        entry: { ...entry, ...(person !== undefined && { subject: person.subject }) },
        also,
        rider: { rider: changeRider, payload: apply },
      });
      if (outcome.state === 'stale') return 'stale';
      if (outcome.state !== 'appended') {
        if (moved) return 'conflict';
        throw new Problem('not_found');
      }
      // The other servers learn it from the fence.
      keyring.stale(wish.customer);
      return told.order;
    });
  }

  return {
    preview: (wish) =>
      withCurrentKeys(keyring, wish.customer, async () => {
        if (wish.person !== undefined) await personOf(keyring, wish.customer, wish.person);
        return preview(wish, clock.now());
      }),
    async place(wish, coolingMs, actor, client) {
      // Asked for again: the same order goes on, if it can.
      const waiting = await held.waiting(wish);
      return order(wish, { coolingMs, actor, client, ...(waiting !== undefined && { waiting }) });
    },
    async goOn(waiting, wish) {
      await order(wish, { coolingMs: 0, actor: obhut, client: undefined, waiting });
    },
    async withdraw(customer, id, actor, client) {
      const found = await store.find(customer, id);
      if (found === undefined) throw new Problem('not_found');
      const at = clock.now();
      const outcome = await journal.append({
        customer,
        log: 'access',
        ...entries('erasure.withdrawn', at, { actor, client }, found),
        rider: {
          rider: changeRider,
          payload: async (connection) => {
            await held.withdrawRest(connection, found, at);
            return store.withdraw(connection, found, at);
          },
        },
      });
      if (outcome.state !== 'appended') throw new Problem('order_closed');
    },
  };
}
