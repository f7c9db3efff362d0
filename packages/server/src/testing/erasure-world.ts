/**
 * A house in which everything about erasure happens, and beside it a model of what has to be true: which records are there,
 * which are gone, which copies must be dead. The five invariants of the design are looked at in `check`.
 */
import { randomUUID } from 'node:crypto';
import type { KeptCopy } from '../keyring/prober.ts';
import { adminUser } from '../platform/database/embedded.ts';
import { asId, asName, type CustomerId, type OrderId, type PersonId } from '../platform/ids/ids.ts';
import { createTestApp, type TestApp } from './app.ts';
import { createTestClock } from './clock.ts';
import { type ClusterAddress, connect } from './cluster.ts';
import { createHouse, type House } from './household.ts';
import { createHttp, type Http } from './http.ts';

export type Deed =
  | {
      readonly do: 'insert' | 'update' | 'erasePerson' | 'eraseRecord' | 'withdraw' | 'endHold';
      readonly which: number;
    }
  | { readonly do: 'holdPerson' | 'holdRecord'; readonly which: number; readonly hours: number }
  | { readonly do: 'pass'; readonly hours: number }
  | { readonly do: 'rollOver' | 'snapshot' | 'restore' };

interface Kept {
  readonly person: string;
  readonly record: string;
  readonly mail: string;
  name: string;
}

interface Ordered {
  readonly order: OrderId;
  readonly person: string;
  /** The records that go with it; of one that waits they are found when it goes on. */
  readonly takes: Set<string>;
  readonly wholePerson: boolean;
  /** What waits is not looked at before: so long it can be taken back without a trace. */
  coolingUntilMs: number;
  waits: boolean;
  withdrawn: boolean;
}

interface Held {
  readonly hold: string;
  readonly person: string;
  readonly record: string | undefined;
  readonly untilMs: number;
}

interface Model {
  /** What is acknowledged to be in the database. */
  readonly records: Map<string, Kept>;
  readonly people: Set<string>;
  readonly holds: Map<string, Held>;
}

const hourMs = 3_600_000;
/** What waits for a hold has its own day after it. */
export const longestHoldHours = 60;
const actor = { kind: 'system', id: 'obhut' } as const;
const pick = <Thing>(things: readonly Thing[], which: number): Thing | undefined => things[which % things.length];

/** What did not hold. */
export class Broken extends Error {
  override readonly name = 'Broken';
  readonly code = 'invariant_broken';
}

function needs(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Broken(what);
}

export async function createErasureWorld(cluster: ClusterAddress) {
  const clock = createTestClock();
  const test: TestApp = await createTestApp({ cluster, clock });
  const house: House = await createHouse(test.http);
  const customer = asId<CustomerId>(house.customer);
  const copies = new Map<string, KeptCopy>();
  /** Every order ever: what the ledger knows outlives every restore. */
  const orders: Ordered[] = [];
  let { app } = test;
  let http: Http = test.http;
  let model: Model = { records: new Map(), people: new Set(), holds: new Map() };
  let snapshot: Model | undefined;
  /** How many of the orders the snapshot has. */
  let ordersInSnapshot = 0;

  const now = () => clock.now().getTime();
  const inForce = () => [...model.holds.values()].filter(({ untilMs }) => untilMs > now());
  const isHeld = ({ person, record }: Kept) =>
    inForce().some((hold) => hold.person === person && (hold.record === undefined || hold.record === record));
  const personGone = (person: string) =>
    orders.some((one) => one.person === person && one.wholePerson && !one.waits && !one.withdrawn);
  const isGone = ({ person, record }: Kept) =>
    personGone(person) || orders.some(({ takes, withdrawn }) => takes.has(record) && !withdrawn);
  const living = () => [...model.records.values()].filter((one) => !isGone(one));
  const livingPeople = () => [...model.people].filter((person) => !personGone(person));

  async function put(person: string, record: string, name: string, mail: string): Promise<void> {
    const answer = await http.put(house.recordUrl(person, record), { name, mail });
    needs(answer.status < 300, `put ${answer.status} ${answer.text}`);
    model.records.set(record, { person, record, name, mail });
    const copy = await app.keyring.prober.keep(customer, asId(person), asName('contacts'), asId(record));
    needs(copy !== undefined && (await app.keyring.prober.opens(copy)), 'a copy of what is alive does not open');
    copies.set(record, copy);
  }

  /** What waits goes on as far as it is free; the model says the same as the product is to do. */
  async function turn(): Promise<void> {
    await app.erasures.tick();
    const ripe = orders.filter(
      ({ waits, withdrawn, coolingUntilMs }) => waits && !withdrawn && coolingUntilMs <= now(),
    );
    for (const order of ripe) {
      const own = living().filter(({ person }) => person === order.person);
      const free = own.filter((one) => !isHeld(one));
      if (!inForce().some(({ person }) => person === order.person)) order.waits = false;
      // A part of it goes under an order of its own, which nobody takes back: it has no cooling.
      else for (const { record } of free) order.takes.add(record);
    }
  }

  async function ordersOf(person: string) {
    return (await app.erasures.list(customer, undefined, 200)).filter((one) => one.person === person);
  }

  async function place(person: string): Promise<void> {
    const own = living().filter((one) => one.person === person);
    const held = inForce().filter((hold) => hold.person === person);
    const keepsAll = held.some(({ record }) => record === undefined);
    const keeps = held.filter(({ record }) => record === undefined || own.some((one) => one.record === record));
    if (orders.some((one) => one.person === person && one.waits && !one.withdrawn)) return;
    const placed = await app.erasures.place({ customer, scope: 'person', person: asId(person) }, hourMs, actor, 'api');
    const free = keepsAll ? [] : own.filter((one) => !isHeld(one));
    const add = (order: OrderId, takes: readonly Kept[], wholePerson: boolean, waits: boolean) =>
      orders.push({
        order,
        person,
        takes: new Set(takes.map(({ record }) => record)),
        wholePerson,
        coolingUntilMs: now() + hourMs,
        waits,
        withdrawn: false,
      });
    if (keeps.length === 0) add(placed.order, own, true, false);
    else if (free.length === 0) add(placed.order, [], true, true);
    else {
      add(placed.order, free, false, false);
      needs(placed.rest !== undefined, 'what is held waits for nothing');
      add(placed.rest, [], true, true);
    }
  }

  async function withdraw(which: number): Promise<void> {
    const order = pick(orders, which);
    if (order === undefined || order.withdrawn) return;
    const { state, rest } = await app.erasures.get(customer, order.order);
    const done = await app.erasures.withdraw(customer, order.order, actor, 'api').then(
      () => true,
      () => false,
    );
    needs(done || (state !== 'held' && state !== 'ordered') || !order.waits, 'what waits could not be taken back');
    if (!done) return;
    order.withdrawn = true;
    const left = orders.find((one) => one.order === rest);
    if (left?.waits) left.withdrawn = true;
  }

  async function hold(person: string, record: string | undefined, hours: number): Promise<void> {
    const until = new Date(now() + hours * hourMs);
    const target = {
      customer,
      person: asId<PersonId>(person),
      collection: record === undefined ? undefined : asName('contacts'),
      record: record === undefined ? undefined : asId<never>(record),
    };
    const placed = await app.erasures.holds.place(target, until, 'a law suit', actor, 'api');
    model.holds.set(placed.hold, { hold: placed.hold, person, record, untilMs: until.getTime() });
  }

  async function copyDatabase(from: string, to: string): Promise<void> {
    const admin = connect(cluster, 'postgres', adminUser, 1);
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = any($1)', [[from, to]]);
    await admin.query(`drop database if exists ${to} with (force)`);
    await admin.query(`create database ${to} template ${from}`);
    await admin.close();
  }

  async function restart(work: () => Promise<void>, reason?: 'restored'): Promise<void> {
    await app.close();
    await work();
    app = await test.start('node-0', reason);
    http = createHttp(() => app.server, test.token.text);
  }

  const backup = `${test.database.name}_backup`;
  const copyOf = ({ records, people, holds }: Model): Model => ({
    records: new Map([...records].map(([id, one]) => [id, { ...one }])),
    people: new Set(people),
    holds: new Map(holds),
  });

  async function restore(): Promise<void> {
    if (snapshot === undefined) return;
    const holds = [...model.holds.values()];
    await restart(() => copyDatabase(backup, test.database.name), 'restored');
    model = copyOf(snapshot);
    // The ledger knows every hold and the end of it, whatever the snapshot says: of whom and what is there.
    model.holds.clear();
    for (const one of holds)
      if (model.people.has(one.person) && (one.record === undefined || model.records.has(one.record)))
        model.holds.set(one.hold, one);
    const listed = await app.erasures.holds.list(customer);
    for (const { hold: id, person, record } of inForce())
      needs(
        listed.some((one) => one.hold === id && one.liftedAt === undefined) ||
          personGone(person) ||
          orders.some(({ takes, withdrawn }) => record !== undefined && takes.has(record) && !withdrawn),
        `the hold ${id} is lost`,
      );
    needs(
      listed.every(
        ({ hold: id, liftedAt, until }) => liftedAt !== undefined || until <= clock.now() || model.holds.has(id),
      ),
      'a hold that was lifted is there again',
    );
    // An order that waits, and that the snapshot does not have, has no time to be taken back any more.
    for (const one of orders.slice(ordersInSnapshot)) if (one.waits) one.coolingUntilMs = now();
    await turn();
  }

  /** Death, survival, release: what is gone opens nowhere, what is not is there, and each opening has its entry. */
  async function check(): Promise<void> {
    const before = app.keyring.openings().total;
    let read = 0;
    for (const one of model.records.values()) {
      const { status, text } = await http.get(house.recordUrl(one.person, one.record));
      const there = !isGone(one);
      if (status === 200) read += 1;
      needs(status === (there ? 200 : 404), `${one.record} answers ${status} where it ${there ? 'lives' : 'is gone'}`);
      if (there) needs(text.includes(one.name), `${one.record} is not what was last written`);
      const found = await http.post(`${house.base}/records/find`, {
        collection: 'contacts',
        field: 'mail',
        value: one.mail,
      });
      needs(found.text.includes(one.record) === there, `${one.record} is ${there ? 'not ' : ''}found by its lookup`);
    }
    needs(app.keyring.openings().total - before === read, 'something was opened that nobody was given');
    for (const order of orders) {
      const { state } = await app.erasures.get(customer, order.order);
      needs(!order.withdrawn || state === 'withdrawn', `an order that was taken back is ${state}`);
      if (state !== 'final') continue;
      for (const record of order.takes) {
        const copy = copies.get(record);
        needs(copy === undefined || !(await app.keyring.prober.opens(copy)), `a copy of ${record} opens again`);
      }
    }
  }

  /** Order and bound: everything that does not wait for a hold ends in time, and each site knows of it. */
  async function end(): Promise<void> {
    for (let hours = 0; hours < longestHoldHours + 26; hours += 2) {
      clock.advance(2 * hourMs);
      await turn();
    }
    await check();
    for (const { order, state, finalAt, dueAt } of await app.erasures.list(customer, undefined, 200)) {
      if (state === 'held' || state === 'withdrawn') continue;
      needs(state === 'final', `${order} is still ${state} at the end`);
      needs(finalAt !== undefined && finalAt <= dueAt, `${order} was final too late`);
      for (const site of test.sites) {
        const ledger = (await site.read('ledger', 'erasures.ndjson'))?.toString() ?? '';
        const lines = ledger.split('\n').filter((line) => line.includes(order));
        for (const kind of ['ordered', 'executed'])
          needs(
            lines.some((line) => line.includes(`"kind":"${kind}"`)),
            `site ${site.name} does not know that ${order} is ${kind}`,
          );
      }
    }
  }

  async function deed(one: Deed): Promise<void> {
    switch (one.do) {
      case 'insert': {
        const people = livingPeople();
        // Every third goes to somebody who is there already.
        let person = one.which % 3 === 0 ? pick(people, one.which) : undefined;
        if (person === undefined) {
          const made = await http.post(`${house.base}/people`, {});
          needs(made.status === 201, `a person: ${made.text}`);
          ({ person } = made.json<{ person: string }>());
          model.people.add(person);
        }
        const record = randomUUID();
        return put(person, record, `name-${record.slice(0, 8)}`, `m${one.which % 4}@example.org`);
      }
      case 'update': {
        const found = pick(living(), one.which);
        return found && put(found.person, found.record, `changed-${randomUUID().slice(0, 8)}`, found.mail);
      }
      case 'erasePerson': {
        const person = pick(livingPeople(), one.which);
        return person === undefined ? undefined : place(person);
      }
      case 'eraseRecord': {
        const found = pick(living(), one.which);
        if (found === undefined) return;
        const answer = await http.delete(house.recordUrl(found.person, found.record));
        needs(answer.status === (isHeld(found) ? 409 : 202), `a record's deletion answers ${answer.status}`);
        if (answer.status !== 202) return;
        const { order } = answer.json<{ order: OrderId }>();
        const takes = new Set([found.record]);
        orders.push({
          order,
          person: found.person,
          takes,
          wholePerson: false,
          coolingUntilMs: now(),
          waits: false,
          withdrawn: false,
        });
        return;
      }
      case 'withdraw':
        return withdraw(one.which);
      case 'holdPerson': {
        const person = pick(livingPeople(), one.which);
        return person === undefined ? undefined : hold(person, undefined, one.hours);
      }
      case 'holdRecord': {
        const found = pick(living(), one.which);
        return found && hold(found.person, found.record, one.hours);
      }
      case 'endHold': {
        const found = pick(inForce(), one.which);
        if (found === undefined) return;
        await app.erasures.holds.lift(customer, asId(found.hold), actor, 'api');
        model.holds.delete(found.hold);
        return turn();
      }
      case 'pass':
        clock.advance(one.hours * hourMs);
        return turn();
      case 'rollOver':
        await app.erasures.rollOver();
        return turn();
      case 'snapshot':
        await restart(() => copyDatabase(test.database.name, backup));
        snapshot = copyOf(model);
        ordersInSnapshot = orders.length;
        return;
      case 'restore':
        return restore();
    }
  }

  return {
    deed,
    check,
    end,
    ordersOf,
    async close() {
      await app.close();
      const admin = connect(cluster, 'postgres', adminUser, 1);
      await admin.query(`drop database if exists ${backup} with (force)`);
      await admin.close();
      await test.close();
    },
  };
}
