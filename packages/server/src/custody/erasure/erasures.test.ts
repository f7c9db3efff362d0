import { randomUUID } from 'node:crypto';
import { parseVerifierKey, verifyTlogProof } from '@obhut/proof';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import type { Actor } from '../../journal/entry.ts';
import { asId, asName, type CustomerId, type OrderId, type PersonId } from '../../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTestClock } from '../../testing/clock.ts';
import { contacts, createHouse, type House } from '../../testing/household.ts';
import { createTeam } from '../../testing/team.ts';

const hourMs = 3_600_000;
const actor: Actor = { kind: 'system', id: 'obhut' };
let clock: ReturnType<typeof createTestClock>;
let test: TestApp;
let house: House;
let customer: CustomerId;

beforeEach(async () => {
  clock = createTestClock();
  test = await createTestApp({ cluster: inject('cluster'), clock, nodes: 2 });
  house = await createHouse(test.http);
  customer = asId(house.customer);
});
afterEach(() => test.close());

const erasures = () => test.app.erasures;
const orderPerson = (person: string, coolingMs = hourMs) =>
  erasures().place({ customer, scope: 'person', person: asId(person) }, coolingMs, actor, 'api');

async function somebody(mail: string): Promise<{ person: string; record: string; file: string }> {
  const person = await house.person();
  const record = await house.put(person, { name: 'Ada', mail });
  const file = `${house.base}/people/${person}/files/${randomUUID()}`;
  expect((await test.http.put(file, 'a letter')).status).toBe(201);
  return { person, record, file };
}

async function rowsOf(person: string): Promise<number> {
  const counts = await Promise.all(
    ['keyring.person', 'custody.record', 'custody.file', 'custody.lookup'].map((table) =>
      test.database.owner.query<{ n: number }>(`select count(*) as n from ${table} where person_id = $1`, [person]),
    ),
  );
  return counts.reduce((sum, [row]) => sum + (row?.n ?? 0), 0);
}

async function objects(): Promise<number> {
  const lists = await Promise.all(
    test.sites.filter(({ purposes }) => purposes.includes('objects')).map((site) => site.list('objects')),
  );
  return lists.flat().length;
}

/** Either server may be the one that signs; the receipt is there a moment later. */
const receiptOf = async (order: OrderId): Promise<string> =>
  vi.waitFor(() => erasures().receipt(customer, order), { timeout: 10_000, interval: 100 });

describe('an order for a person', () => {
  it('refuses access at once, at every server, and says before what will go', async () => {
    const { person, record, file } = await somebody('ada@example.org');
    expect(await erasures().preview({ customer, scope: 'person', person: asId(person) })).toMatchObject({
      records: 1,
      files: 1,
      people: 1,
      collections: [{ collection: 'contacts', records: 1 }],
    });
    const order = await orderPerson(person);
    expect(order).toMatchObject({ state: 'ordered', scope: 'person' });
    for (const http of [test.http, test.httpOf(1)]) {
      expect((await http.get(house.recordUrl(person, record))).status).toBe(404);
      expect((await http.get(file)).status).toBe(404);
      expect((await http.put(house.recordUrl(person), { name: 'x' })).status).toBe(404);
    }
    expect(await house.find('ada@example.org')).toEqual([]);
    expect((await test.http.get(`${house.base}/people`)).text).not.toContain(person);
  });

  it('can be taken back while it cools, and then everything is as before', async () => {
    const { person, record, file } = await somebody('ada@example.org');
    const { order } = await orderPerson(person);
    await erasures().tick();
    for (const http of [test.http, test.httpOf(1)])
      expect((await http.get(house.recordUrl(person, record))).status).toBe(404);
    expect(await erasures().withdraw(customer, order, actor, 'api')).toMatchObject({ state: 'withdrawn' });
    expect((await test.httpOf(1).get(house.recordUrl(person, record))).json()).toMatchObject({ name: 'Ada' });
    expect((await test.http.get(file)).text).toBe('a letter');
    expect(await house.find('ada@example.org')).toEqual([{ person, record }]);
    clock.advance(2 * hourMs);
    await erasures().rollOver();
    expect((await test.http.get(house.recordUrl(person, record))).status).toBe(200);
    await expect(erasures().withdraw(customer, order, actor, 'api')).rejects.toMatchObject({ code: 'order_closed' });
  });

  it('is carried out after the cooling, is final with the rollover, and has a receipt', async () => {
    const { person } = await somebody('ada@example.org');
    const other = await somebody('eve@example.org');
    const { order } = await orderPerson(person);
    await erasures().tick();
    expect(await erasures().get(customer, order)).toMatchObject({ state: 'ordered' });
    clock.advance(hourMs + 1);
    await erasures().tick();
    expect(await erasures().get(customer, order)).toMatchObject({ state: 'executed' });
    expect(await rowsOf(person)).toBe(0);
    expect(await objects()).toBe(test.sites.filter(({ purposes }) => purposes.includes('objects')).length);
    await expect(erasures().receipt(customer, order)).rejects.toMatchObject({ code: 'not_yet' });
    await expect(erasures().withdraw(customer, order, actor, 'api')).rejects.toMatchObject({ code: 'order_closed' });
    await erasures().rollOver();
    expect(await erasures().get(customer, order)).toMatchObject({ state: 'final', missed: [] });
    const receipt = await receiptOf(order);
    const extra = Buffer.from(/^extra (.+)$/m.exec(receipt)?.[1] ?? '', 'base64').toString();
    expect(JSON.parse(extra)).toMatchObject({
      kind: 'erasure.final',
      refs: { order, scope: 'person', records: 1, files: 1, people: 1, inTime: 1, sitesMissed: 0 },
    });
    expect(extra).not.toContain(person);
    // Verified by somebody who has nothing but the log's key.
    const log = await test.app.journal.logs.of(customer, 'orders');
    const key = parseVerifierKey(test.app.journal.verifierKey(log?.origin ?? ''));
    const verified = await verifyTlogProof({ file: Buffer.from(receipt), keys: [key] });
    expect(JSON.parse(Buffer.from(verified.entry).toString())).toEqual(JSON.parse(extra));
    expect((await test.http.get(house.recordUrl(other.person, other.record))).status).toBe(200);
    expect(await house.find('eve@example.org')).toHaveLength(1);
  });
});

describe('an order for less than a person', () => {
  it('of a record or a file: the person gets a new key, and what is left stays readable', async () => {
    const { person, record, file } = await somebody('ada@example.org');
    const second = await house.put(person, { name: 'Second', mail: 'second@example.org' });
    expect((await test.http.delete(house.recordUrl(person, record))).status).toBe(202);
    expect((await test.http.delete(file)).status).toBe(202);
    const keyOf = async () =>
      (
        await test.database.owner.query<{ key_id: string }>('select key_id from keyring.person where person_id = $1', [
          person,
        ])
      )[0]?.key_id;
    const before = await keyOf();
    await erasures().rollOver();
    expect(await keyOf()).not.toBe(before);
    for (const http of [test.http, test.httpOf(1)])
      expect((await http.get(house.recordUrl(person, second))).json()).toMatchObject({ name: 'Second' });
    expect(await house.find('second@example.org')).toHaveLength(1);
    expect((await erasures().list(customer, undefined, 10)).map(({ state, scope }) => [scope, state]).sort()).toEqual([
      ['file', 'final'],
      ['record', 'final'],
    ]);
    // One new key for both.
    const [row] = await test.database.owner.query<{ n: number }>(
      'select count(distinct rekeyed_to) as n from custody.erasure_order where person_id = $1',
      [person],
    );
    expect(row?.n).toBe(1);
  });

  it('of a collection: hidden while it cools, back when it is taken back, gone when it is not', async () => {
    const { person, record } = await somebody('ada@example.org');
    await test.http.put(`${house.base}/collections/notes`, contacts);
    const noteUrl = `${house.base}/people/${person}/records/notes/${randomUUID()}`;
    expect((await test.http.put(noteUrl, { name: 'a note' })).status).toBe(201);
    const wish = {
      customer,
      scope: 'collection',
      person: asId<PersonId>(person),
      collection: asName('contacts'),
    } as const;
    const first = await erasures().place(wish, hourMs, actor, 'api');
    expect((await test.http.get(house.recordUrl(person, record))).status).toBe(404);
    expect(await house.find('ada@example.org')).toEqual([]);
    await erasures().withdraw(customer, first.order, actor, 'api');
    expect((await test.http.get(house.recordUrl(person, record))).status).toBe(200);
    expect(await house.find('ada@example.org')).toHaveLength(1);
    const { order } = await erasures().place(wish, hourMs, actor, 'api');
    clock.advance(hourMs + 1);
    await erasures().rollOver();
    expect(await erasures().get(customer, order)).toMatchObject({ state: 'final' });
    expect((await test.http.get(house.recordUrl(person, record))).status).toBe(404);
    expect((await test.http.get(noteUrl)).status).toBe(200);
  });
});

describe('an order for a whole customer', () => {
  it('takes everything of it, and nothing of another one', async () => {
    const { person, record } = await somebody('ada@example.org');
    const neighbour = await createHouse(test.http);
    const friend = await neighbour.person();
    const kept = await neighbour.put(friend, { name: 'Bea', mail: 'ada@example.org' });
    const { order } = await erasures().place({ customer, scope: 'customer' }, hourMs, actor, 'api');
    expect((await test.httpOf(1).get(house.recordUrl(person, record))).status).toBe(404);
    expect((await test.http.get(`${house.base}/people`)).status).toBe(404);
    clock.advance(hourMs + 1);
    await erasures().rollOver();
    expect(await erasures().get(customer, order)).toMatchObject({ state: 'final' });
    const [left] = await test.database.owner.query<{ n: number }>(
      `select (select count(*) from keyring.customer_key where customer_id = $1) + (select count(*) from keyring.log_key where customer_id = $1)
         + (select count(*) from custody.record where customer_id = $1) + (select count(*) from custody.collection where customer_id = $1)
         + (select count(*) from customers.customer where customer_id = $1) as n`,
      [customer],
    );
    expect(left?.n).toBe(0);
    expect(await receiptOf(order)).toContain('c2sp.org/tlog-proof');
    expect((await test.http.get(neighbour.recordUrl(friend, kept))).status).toBe(200);
    expect(await neighbour.find('ada@example.org')).toHaveLength(1);
  });

  it('takes its admins with it, and nobody else of the operator', async () => {
    const team = await createTeam(test);
    const admin = await team.inviteAdmin(house.customer);
    const staff = await team.invite(['security']);
    expect((await admin.browser.get('/v1/session')).status).toBe(200);
    await erasures().place({ customer, scope: 'customer' }, 0, actor, 'api');
    await erasures().rollOver();
    expect((await admin.browser.get('/v1/session')).status).toBe(401);
    expect((await staff.browser.get('/v1/session')).status).toBe(200);
    const left = await test.database.owner.query('select 1 from identity.account where of_customer_id = $1', [
      customer,
    ]);
    expect(left).toEqual([]);
  });
});

describe('an order that cannot be carried out', () => {
  it('stays open and refused while no site takes the ledger, and is found late from 16 hours on, urgently from 22', async () => {
    const { person, record } = await somebody('ada@example.org');
    const sites = test.sites.map((site) => ({ site, append: site.append, replace: site.replace }));
    const fail = async () => {
      throw new Error('the volume is not there');
    };
    for (const { site } of sites) Object.assign(site, { append: fail, replace: fail });
    const order = await orderPerson(person);
    expect((await test.http.get(house.recordUrl(person, record))).status).toBe(404);
    const found: unknown[] = [];
    for (const hours of [15, 2, 2, 2, 2]) {
      clock.advance(hours * hourMs);
      await expect(erasures().tick()).rejects.toMatchObject({ code: 'ledger_unavailable' });
      found.push(...(await erasures().late()));
    }
    expect(found).toEqual([
      { code: 'erasure_late', severity: 'warning', refs: { hours: 17, orders: 1 } },
      { code: 'erasure_late', severity: 'warning', refs: { hours: 19, orders: 1 } },
      { code: 'erasure_late', severity: 'warning', refs: { hours: 21, orders: 1 } },
      { code: 'erasure_late', severity: 'critical', refs: { hours: 23, orders: 1 } },
    ]);
    expect(await erasures().get(customer, order.order)).toMatchObject({ state: 'ordered' });
    expect(await rowsOf(person)).toBeGreaterThan(0);
    for (const { site, append, replace } of sites) Object.assign(site, { append, replace });
    await erasures().rollOver();
    expect(await erasures().get(customer, order.order)).toMatchObject({ state: 'final' });
    expect(await erasures().late()).toEqual([]);
  });

  it('goes on with one site away, names it, and catches its ledger up when it is back', async () => {
    const { person } = await somebody('ada@example.org');
    const away = test.sites[1];
    if (away === undefined) throw new Error('there are two');
    const kept = { ...away };
    const fail = async () => {
      throw new Error('the volume is not there');
    };
    Object.assign(away, {
      append: fail,
      replace: fail,
      read: fail,
      remove: fail,
      size: fail,
      writer: fail,
      list: fail,
    });
    const { order } = await orderPerson(person, 0);
    await erasures().tick();
    expect(await erasures().get(customer, order)).toMatchObject({ state: 'executed', missed: ['b'] });
    Object.assign(away, kept);
    await erasures().rollOver();
    expect(await erasures().get(customer, order)).toMatchObject({ state: 'final', missed: ['b'] });
    const [first, second] = await Promise.all(test.sites.map((site) => site.read('ledger', 'erasures.ndjson')));
    const next = await house.person();
    await orderPerson(next);
    const ledgers = await Promise.all(test.sites.map((site) => site.read('ledger', 'erasures.ndjson')));
    expect(ledgers[0]?.equals(ledgers[1] ?? Buffer.alloc(0))).toBe(true);
    expect(first?.length).toBeGreaterThanOrEqual(second?.length ?? 0);
  });
});
