/**
 * The life of an order after it was placed. Every step is safe to repeat, and what is done stands in the order's row, so
 * that any server goes on behind a crash:
 *
 * 1 recorded in the ledger at every site - 2 cooling over, live keys dead - 3 rows and files removed - 4 execution
 * recorded in the ledger - 5 the epoch closed by a rollover - 6 the receipt.
 *
 * For a record, a file or a collection its person goes on living: instead of 2 the person gets a new key before the
 * rollover, once for all of its orders.
 */
import { changeRider } from '../../journal/change.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { createElapsed } from '../../platform/clock/elapsed.ts';
import type { Database } from '../../platform/database/database.ts';
import type { CustomerId } from '../../platform/ids/ids.ts';
import type { Followers } from './followers.ts';
import type { Ledger, OrderFact } from './ledger.ts';
import { isDestruction, obhut, wholeOf } from './order.ts';
import { findReceipt, receiptEntry } from './receipt.ts';
import type { Milestone, OrderStore, StoredOrder } from './store.ts';
import type { Sweep } from './sweep.ts';

export interface Saga {
  /** Says in the ledger what is not said yet, and gives back what was taken back in time. */
  record(): Promise<void>;
  /** Carries out what is due, as far as it goes without a rollover. */
  carryOut(): Promise<void>;
  /** Removes files at sites that were away when their order was carried out. */
  catchUp(): Promise<void>;
  /** Before a rollover: new keys for persons of whom parts were erased. */
  rekey(): Promise<void>;
  /** After a rollover: the receipts of what is closed with it. */
  finish(): Promise<number>;
}

export interface SagaOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly store: OrderStore;
  readonly ledger: Ledger;
  readonly sweep: Sweep;
  readonly clock: Clock;
  readonly safes: number;
  /** Says in the ledger which holds were placed and lifted. */
  readonly recordHolds: () => Promise<void>;
  /** Tells the product that an order is carried out. */
  readonly tellProduct: Followers['tell'];
  /** Orders away who belonged to a customer that is gone: its admins are persons of the operator's. */
  readonly customerGone: (customer: CustomerId) => Promise<void>;
}

const batch = 100;
/** The longest cooling is eight hours, and a thousand orders an hour are many. */
const coolingAtOnce = 10_000;

const milestones = {
  ordered: 'recorded_at',
  withdrawn: 'withdrawal_recorded_at',
  executed: 'execution_recorded_at',
} as const satisfies Record<OrderFact['kind'], Milestone>;

export function createSaga(options: SagaOptions): Saga {
  const { database, journal, keyring, store, ledger, sweep, clock } = options;
  const elapsed = createElapsed(clock);

  const factOf = (kind: OrderFact['kind'], order: StoredOrder): OrderFact => ({
    kind,
    order: order.order,
    customer: order.customer,
    scope: order.scope,
    at:
      (kind === 'executed'
        ? order.deadAt
        : kind === 'withdrawn'
          ? order.withdrawnAt
          : order.orderedAt
      )?.toISOString() ?? '',
    keys: order.keys,
    ...(kind === 'ordered' && order.held !== undefined && { heldUntil: order.held.until.toISOString() }),
    ...(kind === 'executed' && order.rekeyed !== undefined && { rekeyed: order.rekeyed }),
  });

  /** What was taken back is open again, in the commit that says that every site knows. */
  async function giveBack(order: StoredOrder): Promise<void> {
    await database.transaction(async (connection) => {
      await journal.raiseFence(connection, order.customer);
      if (!(await store.reach(connection, order, 'withdrawal_recorded_at', clock.now()))) return;
      if (!order.isClosed) return;
      const whose = wholeOf(order);
      if (!isDestruction(order.scope))
        for (const table of ['custody.record', 'custody.file'])
          await connection.query(
            `update ${table} set order_id = null where customer_id = $1 and person_id = $2 and order_id = $3`,
            [order.customer, order.person ?? null, order.order],
          );
      else if (whose !== undefined) await keyring.deaths.lock(connection, order.customer, whose, false);
    });
  }

  async function recordKind(kind: OrderFact['kind']): Promise<void> {
    for (;;) {
      const orders = await store.unrecorded(kind, batch);
      await ledger.append(orders.map((order) => factOf(kind, order)));
      for (const order of orders)
        if (kind === 'withdrawn') await giveBack(order);
        else await store.reach(database, order, milestones[kind], clock.now());
      if (orders.length < batch) return;
    }
  }

  async function recordAll(): Promise<void> {
    for (const kind of ['ordered', 'withdrawn', 'executed'] as const) await recordKind(kind);
    await options.recordHolds();
  }

  let recording: Promise<void> | undefined;
  let waiting: Promise<void> | undefined;

  /** Who comes while it is going on shares the next one with all others: what they ordered may have been missed by this. */
  function record(): Promise<void> {
    if (recording === undefined) {
      recording = recordAll().finally(() => {
        recording = undefined;
      });
      return recording;
    }
    waiting ??= recording
      .catch(() => undefined)
      .then(() => {
        waiting = undefined;
        return record();
      });
    return waiting;
  }

  /**
   * Step 2, all of a customer in one commit: each raises its fence, and whoever reads meanwhile has to look again. The head
   * row is locked first, then the order's: who takes it back in the same moment wins or loses whole.
   */
  async function kill(customer: CustomerId, orders: readonly StoredOrder[]): Promise<void> {
    await database.transaction(async (connection) => {
      await journal.raiseFence(connection, customer);
      for (const order of orders) {
        if (!(await store.execute(connection, order))) continue;
        await options.tellProduct(connection, order);
        if (!isDestruction(order.scope)) continue;
        await keyring.deaths.kill(connection, customer, wholeOf(order), order.order);
        await store.reach(connection, order, 'dead_at', clock.now());
      }
    });
    keyring.stale(customer);
  }

  /** Noted before their rows go: after a crash nothing else names them. */
  async function withFound(order: StoredOrder, found: readonly string[]): Promise<readonly string[]> {
    if (found.length === 0) return order.objects;
    const objects = [...new Set([...order.objects, ...found])];
    await store.keepObjects(order, objects);
    return objects;
  }

  /** Step 3. Where no site answers, it is tried again; where some do not, the receipt names them. */
  async function remove(order: StoredOrder): Promise<void> {
    let { objects } = order;
    const whose = wholeOf(order);
    if (isDestruction(order.scope)) {
      if (whose !== undefined) {
        objects = await withFound(order, await sweep.objects(order.customer, whose));
        await sweep.rows(order.customer, whose);
      }
    } else if (order.person !== undefined && order.object === undefined) {
      objects = await withFound(order, await sweep.hiddenObjects(order.customer, order.person, order.order));
      await sweep.hidden(order.customer, order.person, order.order);
    }
    if (order.scope === 'customer') await options.customerGone(order.customer);
    await store.missed(order, await sweep.files(objects));
    await store.reach(database, order, 'removed_at', clock.now());
  }

  /** Files at a site that was away go when it is back. Its receipt says that it was; the order says where it is still so. */
  async function catchUp(): Promise<void> {
    for (const order of await store.toCatchUp(batch)) {
      const missed = await sweep.files(order.objects, order.missed);
      // Still away: the others would find the same.
      if (missed.length === order.missed.length) return;
      await store.missed(order, missed);
    }
  }

  /** Their cooling is over, by the wall clock or by the time that has passed since this server saw them first. */
  async function readyOnes(): Promise<readonly StoredOrder[]> {
    const now = clock.now().getTime();
    return (await store.cooling(coolingAtOnce))
      .filter(({ order, coolingUntil, orderedAt }) => {
        const left = Math.min(coolingUntil.getTime() - now, coolingUntil.getTime() - orderedAt.getTime());
        return elapsed.isOver(order, left) || left <= 0;
      })
      .slice(0, batch);
  }

  async function carryOut(): Promise<void> {
    // Until there is nothing more: a customer's end orders its admins away.
    for (;;) {
      await record();
      const ready = await readyOnes();
      for (const [customer, orders] of Map.groupBy(ready, (one) => one.customer)) await kill(customer, orders);
      const left = await store.toRemove(batch);
      for (const order of left) await remove(order);
      if (ready.length + left.length === 0) return;
    }
  }

  async function rekey(): Promise<void> {
    for (let due = await store.toRekey(batch); due.length > 0; due = await store.toRekey(batch))
      for (const { customer, person } of due) {
        await database.transaction(async (connection) => {
          await journal.raiseFence(connection, customer);
          const orders = await store.ofPersonToRekey(connection, customer, person);
          const ids = orders.map(({ order }) => order);
          const keys = await keyring.deaths.rekeyPerson(connection, customer, person, ids);
          for (const order of orders)
            if (keys === undefined) await store.reach(connection, order, 'dead_at', clock.now());
            else await store.rekeyed(connection, order, keys, clock.now());
        });
        keyring.stale(customer);
      }
  }

  async function finish(): Promise<number> {
    let finished = 0;
    for (let orders = await store.closed(batch); orders.length > 0; orders = await store.closed(batch)) {
      const before = finished;
      for (const order of orders) {
        const at = clock.now();
        const outcome = await journal.append({
          customer: order.customer,
          log: 'orders',
          entry: receiptEntry(order, { at, actor: obhut, safes: options.safes }),
          rider: { rider: changeRider, payload: (connection) => store.finish(connection, order, at) },
        });
        if (outcome.state !== 'appended') continue;
        await store.keepReceipt(order, outcome.position.index);
        finished += 1;
      }
      // What could not be finished now would be found again at once; the next turn tries it.
      if (finished === before) break;
    }
    // A crash between the entry and the note of where it stands.
    for (const order of await store.withoutReceipt(batch)) {
      const index = await findReceipt(journal, order);
      if (index !== undefined) await store.keepReceipt(order, index);
    }
    return finished;
  }

  return { record, carryOut, catchUp, rekey, finish };
}
