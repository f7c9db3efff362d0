/** An attacker who can write to the database or to a site: what was changed is named and never served. */
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createHouse, type House } from '../testing/household.ts';

let test: TestApp;
let house: House;
let person: string;
let record: string;

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster'), nodes: 1 });
});
afterAll(() => test.close());
beforeEach(async () => {
  house = await createHouse(test.http);
  person = await house.person();
  record = await house.put(person, { name: 'Ada', mail: 'ada@example.org' });
});

const owner = (sql: string, values: readonly (string | Buffer | number)[] = []) =>
  test.database.owner.query(sql, values);
const flip = (column: string) =>
  `set_byte(${column}, length(${column}) / 2, get_byte(${column}, length(${column}) / 2) # 1)`;

/** Reads as a server that has no key in memory. */
async function freshRead(url: string) {
  const app = await test.start(`reader-${randomUUID()}`);
  return app.server.inject({
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${test.token.text}`, 'obhut-purpose': 'service' },
  });
}

describe('a flipped bit', () => {
  it.each([
    ['custody.record', 'sealed'],
    ['custody.record', 'data_key'],
    ['custody.record', 'data_key_commitment'],
    ['keyring.person', 'wrapped'],
    ['keyring.person', 'commitment'],
    ['keyring.customer_key', 'wrapped'],
    ['keyring.customer_key', 'commitment'],
    ['keyring.lookup_key', 'wrapped'],
  ])('in %s.%s is found out', async (table, column) => {
    await owner(`update ${table} set ${column} = ${flip(column)} where customer_id = $1`, [house.customer]);
    const read = await freshRead(house.recordUrl(person, record));
    expect(read.statusCode, read.body).toBe(500);
    expect(read.json()).toMatchObject({ code: 'damaged' });
    expect(read.body).not.toContain('Ada');
  });

  it('in one record keeps the others of its person readable', async () => {
    const other = await house.put(person, { name: 'Bea' });
    await owner(`update custody.record set sealed = ${flip('sealed')} where record_id = $1`, [record]);
    expect((await test.http.get(house.recordUrl(person, record))).json()).toMatchObject({ code: 'damaged' });
    expect((await test.http.get(house.recordUrl(person, other))).json()).toEqual({ name: 'Bea' });
  });

  it('in a file ends its stream before a byte of that segment leaves', async () => {
    const content = randomBytes(200_000);
    const url = `${house.base}/people/${person}/files/${randomUUID()}`;
    await test.http.put(url, content);
    const [row] = await test.database.owner.query<{ object: string }>(
      'select object from custody.file where customer_id = $1',
      [house.customer],
    );
    for (const site of test.sites) {
      const path = join(site.folder('objects'), row?.object ?? '');
      const sealed = (await site.read('objects', row?.object ?? '')) ?? Buffer.alloc(0);
      sealed[100_000] = (sealed[100_000] ?? 0) ^ 1;
      await writeFile(path, sealed);
    }
    const first = await test.http.get(url, { headers: { range: 'bytes=0-65535' } });
    expect(first.bytes.equals(content.subarray(0, 65_536))).toBe(true);
    const second = await test.http
      .get(url, { headers: { range: 'bytes=65536-65540' } })
      .then((answer) => answer.text)
      .catch(() => 'broken off');
    expect(second.includes(content.toString('latin1', 65_536, 65_541))).toBe(false);
    expect(second).toMatch(/damaged|broken off/);
    const address = await test.app.server.listen({ port: 0 });
    const headers = { authorization: `Bearer ${test.token.text}`, 'obhut-purpose': 'service' };
    const whole = await fetch(`${address}${url}`, { headers })
      .then(
        (answer) => answer.arrayBuffer(),
        () => undefined,
      )
      .catch(() => undefined);
    // Never a whole body: whoever checks the length sees that it is none.
    expect(whole).toBeUndefined();
  });

  it('in a file at one site only is no loss when that file is cut short there', async () => {
    const url = `${house.base}/people/${person}/files/${randomUUID()}`;
    await test.http.put(url, 'content');
    const [row] = await test.database.owner.query<{ object: string }>(
      'select object from custody.file where customer_id = $1',
      [house.customer],
    );
    await writeFile(join(test.sites[0]?.folder('objects') ?? '', row?.object ?? ''), 'short');
    expect((await test.http.get(url)).text).toBe('content');
  });
});

describe('a row in another place', () => {
  it('does not open: two records of one person, their ciphertexts swapped', async () => {
    const other = await house.put(person, { name: 'Bea' });
    await owner(
      `update custody.record r set sealed = o.sealed, data_key = o.data_key, data_key_id = o.data_key_id,
         data_key_commitment = o.data_key_commitment
       from custody.record o where r.customer_id = $1 and o.customer_id = $1 and r.record_id <> o.record_id`,
      [house.customer],
    );
    for (const one of [record, other])
      expect((await test.http.get(house.recordUrl(person, one))).json(), one).toMatchObject({ code: 'damaged' });
  });

  it('does not open: an older version of a record put back under the newer number', async () => {
    const [old] = await test.database.owner.query<{ sealed: Buffer }>(
      'select sealed from custody.record where record_id = $1',
      [record],
    );
    await house.put(person, { name: 'Eve' }, record);
    await owner('update custody.record set sealed = $2 where record_id = $1', [record, old?.sealed ?? '']);
    expect((await test.http.get(house.recordUrl(person, record))).json()).toMatchObject({ code: 'damaged' });
  });

  it("does not open: one person's row under another person", async () => {
    const other = await house.person();
    await owner('update custody.record set person_id = $2 where record_id = $1', [record, other]);
    expect((await test.http.get(house.recordUrl(other, record))).json()).toMatchObject({ code: 'damaged' });
    const listed = await test.http.get(`${house.base}/people/${other}/records/contacts`);
    expect(listed.json()).toMatchObject({ code: 'damaged' });
  });

  it("does not open: a customer's key under another customer", async () => {
    const other = await createHouse(test.http);
    const theirs = await other.person();
    await owner(
      `update keyring.customer_key k set wrapped = o.wrapped, commitment = o.commitment
       from keyring.customer_key o where k.customer_id = $1 and o.customer_id = $2`,
      [other.customer, house.customer],
    );
    const read = await freshRead(`${other.base}/people/${theirs}/records/contacts`);
    expect(read.json()).toMatchObject({ code: 'damaged' });
  });
});
