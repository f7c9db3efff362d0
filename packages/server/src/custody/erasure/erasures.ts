/** Erasure, put together: orders, their saga, the rollovers that end them. */
import type { Finding } from '../../alerts/alarm.ts';
import type { Actor, Entry } from '../../journal/entry.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { ClosedEpoch, Rollover } from '../../keyring/rollover.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { TableDeclaration } from '../../platform/database/tables.ts';
import { Problem } from '../../platform/http/problem.ts';
import type { AccountId, CustomerId, OrderId, PersonId } from '../../platform/ids/ids.ts';
import type { Site } from '../../platform/sites/site.ts';
import { createLookupStore } from '../lookup-store.ts';
import { lateOrders } from './alarm.ts';
import type { Preview } from './extent.ts';
import { createFollowers, type Followers, type FollowersOptions } from './followers.ts';
import { createWaiting } from './held.ts';
import { createHeldStore } from './held-store.ts';
import { createHoldLedger } from './hold-ledger.ts';
import { createHolds, type Holds } from './holds.ts';
import type { Ledger } from './ledger.ts';
import { type ErasureOrder, obhut, type Wish } from './order.ts';
import { createPlacing } from './place.ts';
import { replay } from './replay.ts';
import { createRequests, type Requests, type RequestsOptions } from './requests.ts';
import { createRetention } from './retention.ts';
import { createSaga } from './saga.ts';
import { createOrderStore, type Overview } from './store.ts';
import { createSweep } from './sweep.ts';

export interface Erasures {
  readonly holds: Holds;
  readonly followers: Followers;
  readonly requests: Requests;
  preview(wish: Wish): Promise<Preview>;
  /** Access is refused when it resolves. */
  place(wish: Wish, coolingMs: number, actor: Actor, client: Entry['client']): Promise<ErasureOrder>;
  withdraw(customer: CustomerId, order: OrderId, actor: Actor, client: Entry['client']): Promise<ErasureOrder>;
  /** @throws Problem `not_found` */
  get(customer: CustomerId, order: OrderId): Promise<ErasureOrder>;
  list(customer: CustomerId, before: Date | undefined, limit: number): Promise<readonly ErasureOrder[]>;
  /** The receipt as a `.tlog-proof`. @throws Problem `not_found`, `not_yet` */
  receipt(customer: CustomerId, order: OrderId): Promise<string>;
  /** Says in the ledger at every site what was ordered, taken back or held. Where none answers, the next turn does; it does not reject. */
  record(): Promise<void>;
  /** Before anything is served: what the ledger says and this database does not know. */
  replay(): Promise<number>;
  /** Carries out what is due; a rollover only where one is. */
  tick(): Promise<void>;
  /** Everything that is due now, with a rollover, through to the receipts. */
  rollOver(): Promise<ClosedEpoch | undefined>;
  /** Open orders, and how old the oldest is. */
  /** Orders that come close to their promise. */
  late(): Promise<readonly Finding[]>;
  overview(): Promise<Overview>;
  start(): void;
  stop(): Promise<void>;
}

export interface ErasuresOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly rollover: Rollover;
  readonly ledger: Ledger;
  readonly sites: readonly Site[];
  readonly tables: readonly TableDeclaration[];
  readonly clock: Clock;
  /** In how many safes epoch keys are. */
  readonly safes: number;
  /** The admins of a customer, as persons of the operator's own. */
  readonly adminsOf: (
    customer: CustomerId,
  ) => Promise<{ readonly of: CustomerId; readonly persons: readonly PersonId[] }>;
  /** Who is told of an order that comes close to its promise. */
  readonly team: () => Promise<readonly AccountId[]>;
  /** Who decides for a customer. */
  readonly admins: (customer: CustomerId) => Promise<readonly AccountId[]>;
  readonly tell: FollowersOptions['tell'] & RequestsOptions['tell'];
  readonly listens: FollowersOptions['listens'];
  /** Told when a turn of the background work failed. It goes on at the next one. */
  /** A turn came to its end. */
  readonly ticked: () => void;
  readonly failed: (error: unknown) => void;
  readonly everyMs?: number;
}

const defaultEveryMs = 5_000;
/** With an hour of cooling an order is final 14 hours after it was placed, at the latest. */
const epochMs = 12 * 3_600_000;
/** An order that is due so soon does not wait for the next regular rollover. */
const marginMs = 4 * 3_600_000;

export function createErasures(options: ErasuresOptions): Erasures {
  const { database, journal, keyring, rollover, ledger, tables, clock, everyMs = defaultEveryMs } = options;
  const sites = options.sites.filter(({ purposes }) => purposes.includes('objects'));
  const store = createOrderStore(database);
  const sweep = createSweep({ database, tables, sites, lookups: createLookupStore(database) });
  const held = createHeldStore(database);
  const placing = createPlacing({ database, journal, keyring, store, held, sites, clock });
  const lookAtWaiting = createWaiting({ store: held, placing, clock });
  const followers = createFollowers(options);
  const saga = createSaga({
    database,
    journal,
    keyring,
    store,
    ledger,
    sweep,
    clock,
    safes: options.safes,
    recordHolds: createHoldLedger(database, ledger, clock),
    tellProduct: followers.tell,
    async customerGone(customer) {
      const { of, persons } = await options.adminsOf(customer);
      for (const person of persons)
        await placing.place({ customer: of, scope: 'person', person }, 0, obhut, undefined).catch((error: unknown) => {
          // Ordered before a crash: it is locked already.
          if (!(error instanceof Problem && error.code === 'not_found')) throw error;
        });
    },
  });
  const retention = createRetention({ database, journal, keyring, clock });
  let timer: NodeJS.Timeout | undefined;
  let turning: Promise<void> | undefined;
  let rolling: Promise<ClosedEpoch | undefined> | undefined;

  async function get(customer: CustomerId, id: OrderId): Promise<ErasureOrder> {
    const order = await store.find(customer, id);
    if (order === undefined) throw new Problem('not_found');
    return order;
  }

  const record = () => saga.record().catch(options.failed);

  async function place(wish: Wish, coolingMs: number, actor: Actor, client: Entry['client']): Promise<ErasureOrder> {
    const order = await placing.place(wish, coolingMs, actor, client);
    // Durable and refused already; nothing dies before the ledger knows.
    await record();
    return get(wish.customer, order);
  }

  const requests = createRequests({
    ...options,
    place,
    goingOf: store.goingOf,
    watchers: async (customer) => [...(await options.admins(customer)), ...(await options.team())],
  });

  async function roll(): Promise<ClosedEpoch | undefined> {
    await retention.daily();
    await lookAtWaiting();
    await saga.carryOut();
    await saga.rekey();
    await saga.record();
    const closed = await rollover.run();
    await saga.finish();
    return closed;
  }

  function rollOver(): Promise<ClosedEpoch | undefined> {
    rolling ??= roll().finally(() => {
      rolling = undefined;
    });
    return rolling;
  }

  async function isDue(): Promise<boolean> {
    if (await rollover.due(epochMs)) return true;
    const due = await store.earliestDue();
    return due !== undefined && due.getTime() - clock.now().getTime() < marginMs;
  }

  async function turn(): Promise<void> {
    try {
      await retention.daily();
      await lookAtWaiting();
      await saga.carryOut();
      await saga.finish();
      await saga.catchUp();
      if (await isDue()) await rollOver();
    } finally {
      // Above all when something does not go on.
      await followers.remind();
      await requests.remind();
    }
  }

  function tick(): Promise<void> {
    turning ??= turn().finally(() => {
      turning = undefined;
    });
    return turning;
  }

  return {
    async replay() {
      const lines = await ledger.lines();
      const lookups = createLookupStore(database);
      const replayed = await replay({ database, journal, keyring, store, lookups }, lines, await ledger.known());
      await ledger.settle(lines.length);
      if (replayed > 0) await saga.carryOut();
      return replayed;
    },
    record,
    holds: createHolds({ database, journal, keyring, clock, record }),
    followers,
    requests,
    preview: placing.preview,
    place,
    async withdraw(customer, order, actor, client) {
      await placing.withdraw(customer, order, actor, client);
      // Access returns only when every reachable site knows.
      await record();
      return get(customer, order);
    },
    get,
    list: store.list,
    async receipt(customer, id) {
      const order = await get(customer, id);
      const log = await journal.logs.of(customer, 'orders');
      if (log === undefined || order.receiptIndex === undefined)
        throw new Problem('not_yet', { retryAfterSeconds: 60 });
      const proof = await journal.read.proof(log, order.receiptIndex);
      if (proof === undefined) throw new Problem('not_yet', { retryAfterSeconds: 1 });
      return proof;
    },
    tick,
    rollOver,
    late: () => lateOrders(store, clock),
    overview: () => store.overview(clock.now()),
    start() {
      timer = setInterval(() => void tick().then(options.ticked, options.failed), everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await turning?.catch(() => undefined);
      await rolling?.catch(() => undefined);
    },
  };
}
