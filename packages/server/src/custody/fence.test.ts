import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { purposeOf } from '../access/purposes.ts';
import { createWholeSafes } from '../keyring/safes.ts';
import { unwrapKey, wrapKey } from '../platform/crypto/aead.ts';
import { SecretKey } from '../platform/crypto/key.ts';
import { asId, type CustomerId, type EpochId, newId, type PersonId } from '../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createHouse, type House } from '../testing/household.ts';
import type { Call } from './call.ts';

const call: Call = {
  actor: { kind: 'system', id: 'obhut' },
  purpose: purposeOf('service'),
  reference: undefined,
  onBehalfOf: undefined,
};

let test: TestApp;
let house: House;
let customer: CustomerId;

beforeEach(async () => {
  test = await createTestApp({ cluster: inject('cluster'), nodes: 2 });
  house = await createHouse(test.http);
  customer = asId(house.customer);
});
afterEach(() => test.close());

/** What a rollover does, in one step: a new customer key, all that hung on the old one rewrapped, the fence raised. */
async function renewCustomerKey(): Promise<void> {
  const safes = createWholeSafes(
    test.sites.filter(({ purposes }) => purposes.includes('safe')),
    test.rootKey,
  );
  await test.database.owner.transaction(async (connection) => {
    const [row] = await connection.query<{
      key_id: string;
      epoch_id: EpochId;
      wrapped: Buffer;
      commitment: Buffer;
      ec: Buffer;
    }>(
      `select k.key_id, k.epoch_id, k.wrapped, k.commitment, e.commitment as ec
       from keyring.customer_key k join keyring.epoch e using (epoch_id) where customer_id = $1 and k.state = 'current'`,
      [customer],
    );
    if (row === undefined) throw new Error('no key');
    const epoch = await safes.load(row.epoch_id, row.ec);
    const place = (object: string) => ({ use: 'wrap-customer-key', customer, object }) as const;
    const old = unwrapKey(epoch, place(row.key_id), row).key;
    const fresh = SecretKey.generate();
    const freshId = newId();
    const own = wrapKey(epoch, place(freshId), fresh);
    await connection.query('delete from keyring.customer_key where customer_id = $1', [customer]);
    await connection.query(
      "insert into keyring.customer_key (customer_id, key_id, epoch_id, wrapped, commitment, state) values ($1, $2, $3, $4, $5, 'current')",
      [customer, freshId, row.epoch_id, own.wrapped, own.commitment],
    );
    const rewrap = async (
      table: string,
      id: string,
      placeOf: (row: Record<string, string>) => Parameters<typeof wrapKey>[1],
    ) => {
      const rows = await connection.query<Record<string, string> & { wrapped: Buffer; commitment: Buffer }>(
        `select * from keyring.${table} where customer_id = $1`,
        [customer],
      );
      for (const one of rows) {
        const { key, attached } = unwrapKey(old, placeOf(one), one);
        const { wrapped } = wrapKey(fresh, placeOf(one), key, attached);
        await connection.query(
          `update keyring.${table} set wrapped = $3, customer_key_id = $4 where customer_id = $1 and ${id} = $2`,
          [customer, one[id] ?? '', wrapped, freshId],
        );
      }
    };
    await rewrap('lookup_key', 'key_id', (one) => ({ use: 'wrap-lookup-key', customer, object: one.key_id ?? '' }));
    await rewrap('person', 'person_id', (one) => ({
      use: 'wrap-person-key',
      customer,
      person: one.person_id ?? '',
      object: one.key_id ?? '',
    }));
    await test.app.journal.raiseFence(connection, customer);
  });
}

/** Entries of the customer, without those of who called from where, which come in their own time. */
async function accesses(): Promise<number> {
  const [row] = await test.database.owner.query<{ n: number }>(
    "select count(*) as n from journal.entry where customer_id = $1 and position('service.seen'::bytea in body) = 0",
    [customer],
  );
  return row?.n ?? -1;
}

describe('two servers, and a key that was closed', () => {
  it('the stale one neither opens nor writes with what it still holds', async () => {
    const person: PersonId = asId(await house.person());
    const { keyring, custody } = test.apps[1] ?? test.app;
    const handle = await keyring.person(customer, person);
    if (handle === undefined) throw new Error('no such person');
    await renewCustomerKey();
    const before = await accesses();
    const read = await custody.log.authorise(handle, call, {
      kind: 'record.read',
      scope: {},
      release: { collection: undefined, what: 'records' },
    });
    expect(read).toBe('stale');
    let applied = false;
    const rider = {
      name: 'test',
      apply: async (_: unknown, payloads: readonly unknown[]) => {
        applied = true;
        return payloads.map(() => true);
      },
    };
    const written = await custody.log.change(handle, call, { kind: 'record.write', scope: {} }, { rider, payload: 1 });
    expect(written).toBe('stale');
    expect(applied).toBe(false);
    expect(await accesses()).toBe(before);
  });

  it('loads the new keys by itself: its callers see nothing of it', async () => {
    const person = await house.person();
    const record = await house.put(person, { name: 'Ada', mail: 'ada@example.org' });
    const stale = test.httpOf(1);
    expect((await stale.get(house.recordUrl(person, record))).status).toBe(200);
    await renewCustomerKey();
    expect((await stale.get(house.recordUrl(person, record))).json()).toMatchObject({ name: 'Ada' });
    await renewCustomerKey();
    expect((await stale.put(house.recordUrl(person, record), { name: 'Eve', mail: 'eve@example.org' })).status).toBe(
      200,
    );
    await renewCustomerKey();
    const found = await stale.post(`${house.base}/records/find`, {
      collection: 'contacts',
      field: 'mail',
      value: 'eve@example.org',
    });
    expect(found.json()).toMatchObject({ matches: [{ person, record }] });
    await renewCustomerKey();
    const file = `${house.base}/people/${person}/files/${randomUUID()}`;
    const [first, again] = [await stale.put(file, 'x'), await stale.put(file, 'x')];
    expect([first.status, again.status]).toContain(201);
    await renewCustomerKey();
    expect((await stale.get(file)).text).toBe('x');
    await renewCustomerKey();
    expect((await stale.get(`${house.base}/people/${person}/export`)).status).toBe(200);
  });

  it('an order placed at one server is in force at the other at once', async () => {
    const person = await house.person();
    const record = await house.put(person, { name: 'Ada' });
    expect((await test.httpOf(1).get(house.recordUrl(person, record))).status).toBe(200);
    expect((await test.http.delete(house.recordUrl(person, record))).status).toBe(202);
    expect((await test.httpOf(1).get(house.recordUrl(person, record))).status).toBe(404);
  });

  it('a person or customer made at one server is there at the other', async () => {
    const person = await house.person();
    expect((await test.httpOf(1).put(house.recordUrl(person), { name: 'x' })).status).toBe(201);
    const other = await createHouse(test.httpOf(1));
    expect((await test.http.get(`${other.base}/people`)).status).toBe(200);
  });
});
