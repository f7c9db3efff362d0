import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { asId, type CustomerId, newId, type OrderId, type PersonId } from '../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createFaults } from '../testing/faults.ts';
import { createHouse, type House } from '../testing/household.ts';

const faults = createFaults();
const stride = process.env.OBHUT_SOAK === undefined ? 5 : 1;
let test: TestApp;
let house: House;
let customer: CustomerId;

beforeEach(async () => {
  test = await createTestApp({ cluster: inject('cluster'), nodes: 2, wrap: faults.wrap });
  house = await createHouse(test.http);
  customer = asId(house.customer);
});
afterEach(() => test.close());

const epochs = () =>
  test.database.owner.query<{ epoch_id: string; state: string }>(
    'select epoch_id, state from keyring.epoch order by created_at',
  );

const keyOf = async () =>
  (
    await test.database.owner.query<{ key_id: string; epoch_id: string }>(
      'select key_id, epoch_id from keyring.customer_key where customer_id = $1',
      [customer],
    )
  )[0];

async function safeFiles(): Promise<readonly string[]> {
  const safes = test.sites.filter(({ purposes }) => purposes.includes('safe'));
  return (await Promise.all(safes.map((site) => readdir(site.folder('safe'))))).flat();
}

interface Entry {
  readonly person: string;
  readonly record: string;
}

let filled = 0;

async function fill(count: number): Promise<readonly Entry[]> {
  const made: Entry[] = [];
  for (const last = filled + count; filled < last; filled += 1) {
    const person = await house.person();
    made.push({ person, record: await house.put(person, { name: 'x', mail: `own-${filled}@example.org` }) });
  }
  return made;
}

/** As an order will: the person's key dies, booked on the newest epoch. */
function kill(person: string): Promise<void> {
  return test.database.app.transaction((connection) =>
    test.app.keyring.deaths.kill(connection, customer, asId<PersonId>(person), newId<OrderId>()),
  );
}

async function allReadable(entries: readonly Entry[]): Promise<void> {
  for (const server of [test.http, test.httpOf(1)])
    for (const [i, { person, record }] of entries.entries()) {
      const read = await server.get(house.recordUrl(person, record));
      expect(read.status, read.text).toBe(200);
      expect(await house.find(read.json<{ mail: string }>().mail), `find ${i}`).toEqual([{ person, record }]);
    }
}

describe('a rollover', () => {
  it('leaves a customer without a death its key, under an epoch that is new; the old one is nowhere', async () => {
    const entries = await fill(3);
    const before = await keyOf();
    const closed = await test.app.erasures.rollOver();
    expect(closed).toMatchObject({ customers: 2, renewed: 0, nodes: 2 });
    const after = await keyOf();
    expect(after?.key_id).toBe(before?.key_id);
    expect(after?.epoch_id).toBe(closed?.next);
    expect(after?.epoch_id).not.toBe(before?.epoch_id);
    expect((await epochs()).map(({ state }) => state).sort()).toEqual(['closed', 'open']);
    const files = await safeFiles();
    expect(files.some((name) => name.startsWith(String(before?.epoch_id)))).toBe(false);
    expect(files.some((name) => name.startsWith(String(after?.epoch_id)))).toBe(true);
    await allReadable(entries);
  });

  it('gives a customer with a death a new key and new lookups, and everybody else stays readable', async () => {
    const entries = await fill(6);
    const before = await keyOf();
    await kill(entries[0]?.person ?? '');
    expect((await test.http.get(house.recordUrl(entries[0]?.person ?? '', entries[0]?.record))).status).toBe(404);
    const closed = await test.app.erasures.rollOver();
    expect(closed).toMatchObject({ renewed: 1, persons: 5 });
    expect((await keyOf())?.key_id).not.toBe(before?.key_id);
    const generations = await test.database.owner.query(
      "select 1 from keyring.lookup_key where customer_id = $1 and kind = 'generation'",
      [customer],
    );
    expect(generations).toHaveLength(1);
    await allReadable(entries.slice(1));
    // And once more: what was renewed is an ordinary customer again.
    expect(await test.app.erasures.rollOver()).toMatchObject({ renewed: 0 });
    await allReadable(entries.slice(1));
  });

  it('books a death on the newest epoch whose row is there, also while one is being prepared', async () => {
    const entries = await fill(2);
    const [open] = await epochs();
    await kill(entries[0]?.person ?? '');
    const preparing = newId();
    await test.database.owner.query(
      "insert into keyring.epoch (epoch_id, commitment, state) values ($1, '\\x00', 'preparing')",
      [preparing],
    );
    await kill(entries[1]?.person ?? '');
    const booked = await test.database.owner.query<{ epoch_id: string }>('select epoch_id from keyring.booking');
    expect(booked.map(({ epoch_id: id }) => id).sort()).toEqual([open?.epoch_id, preparing].sort());
  });

  it('goes on while people read, write and are added', async () => {
    const entries = await fill(12);
    await kill(entries[0]?.person ?? '');
    const written: Entry[] = [];
    let going = true;
    const busy = (async () => {
      for (let i = 0; going; i += 1) {
        const server = test.httpOf(i % 2);
        const at = entries[1 + (i % 11)] as Entry;
        const read = await server.get(house.recordUrl(at.person, at.record));
        expect(read.status, read.text).toBe(200);
        const person = (await server.post(`${house.base}/people`, {})).json<{ person: string }>().person;
        const record = await house.put(person, { name: 'new', mail: `new-${i}@example.org` });
        written.push({ person, record });
      }
    })();
    await test.app.erasures.rollOver();
    going = false;
    await busy;
    expect(written.length).toBeGreaterThan(2);
    await allReadable([...entries.slice(1), ...written]);
  });

  it('is led by one server at a time', async () => {
    await fill(2);
    const results = await Promise.all(test.apps.map((app) => app.erasures.rollOver().catch((error: unknown) => error)));
    expect(results.filter((one) => one !== undefined && !(one instanceof Error)).length).toBeGreaterThan(0);
    expect((await epochs()).filter(({ state }) => state === 'open')).toHaveLength(1);
  });

  // Every fifth step of the database before it ran and another fifth after: the long run takes each.
  it.each([
    ['before', 0],
    ['after', 1],
  ] as const)('ends well after an error %s a step', { timeout: 120_000 }, async (fault, first) => {
    let left = await fill(3);
    let step: number = first;
    for (let reached = true; reached; step += stride) {
      expect(step).toBeLessThan(400);
      const [gone, ...rest] = left.length > 2 ? left : [...left, ...(await fill(1))];
      await kill(gone?.person ?? '');
      left = rest;
      faults.arm(step, fault);
      await test.app.erasures.rollOver().catch(() => undefined);
      reached = faults.disarm();
      // Whoever comes next finishes it: another server, once the first has been silent for long enough.
      await test.database.owner.query("update keyring.rollover set lease_until = now() - interval '1 second'");
      const unfinished = await test.database.owner.query('select 1 from keyring.rollover where finished_at is null');
      if (unfinished.length > 0) await (test.apps[step % 2] ?? test.app).erasures.rollOver();
      for (const { person, record } of left)
        expect((await test.http.get(house.recordUrl(person, record))).status).toBe(200);
      expect((await epochs()).filter(({ state }) => state !== 'closed')).toHaveLength(1);
      expect(await safeFiles()).toHaveLength(test.sites.filter(({ purposes }) => purposes.includes('safe')).length);
    }
    expect(step).toBeGreaterThan(30);
    await allReadable(left);
  });
});
