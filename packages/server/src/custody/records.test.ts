import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createHouse, type House } from '../testing/household.ts';

let test: TestApp;
let house: House;

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster') });
  house = await createHouse(test.http);
});
afterAll(() => test.close());

describe('the life of a record', () => {
  it('is written, read for a purpose, changed by version, ordered away, and then gone', async () => {
    const person = await house.person();
    const url = house.recordUrl(person);
    const created = await test.http.put(url, { name: 'Ada Müller', mail: 'ada@example.org' });
    expect(created.status).toBe(201);
    expect(created.headers).toMatchObject({
      etag: '"1"',
      'obhut-receipt': expect.stringContaining('obhut.example/log/'),
    });

    const read = await test.http.get(url);
    expect(read.status).toBe(200);
    expect(read.json()).toEqual({ name: 'Ada Müller', mail: 'ada@example.org' });
    expect(read.headers).toMatchObject({ etag: '"1"', 'cache-control': 'no-store' });

    expect((await test.http.put(url, { name: 'Ada' }, { headers: { 'if-none-match': '*' } })).status).toBe(412);
    expect((await test.http.put(url, { name: 'Ada' }, { headers: { 'if-match': '"1"' } })).status).toBe(200);
    const late = await test.http.put(url, { name: 'Eve' }, { headers: { 'if-match': '"1"' } });
    expect(late.json()).toMatchObject({ status: 412, code: 'version_mismatch', version: 2 });

    expect((await test.http.delete(url, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    const ordered = await test.http.delete(url, { headers: { 'if-match': '"2"' } });
    expect(ordered.status).toBe(202);
    const { orderedAt, dueAt, ...order } = ordered.json<Record<string, string>>();
    expect(order).toMatchObject({ scope: 'record', state: 'ordered' });
    expect(Date.parse(dueAt ?? '') - Date.parse(orderedAt ?? '')).toBe(24 * 3_600_000);

    expect((await test.http.get(url)).status).toBe(404);
    expect((await test.http.delete(url)).status).toBe(404);
    expect(await house.find('ada@example.org')).toEqual([]);
  });

  it('is not released without a purpose, and the answer lists the purposes', async () => {
    const person = await house.person();
    const record = await house.put(person, { name: 'Ada' });
    for (const [purpose, code] of [
      [null, 'purpose_required'],
      ['curiosity', 'purpose_unknown'],
    ] as const) {
      const refused = await test.http.get(house.recordUrl(person, record), { purpose });
      expect(refused.json()).toMatchObject({ status: 428, code });
      expect(refused.json<{ purposes: { code: string }[] }>().purposes.map((one) => one.code)).toContain('service');
    }
  });

  it('names the field that does not fit, never the value', async () => {
    const person = await house.person();
    const refused = await test.http.put(house.recordUrl(person), { name: 'Ada', mail: 4711_0815 });
    expect(refused.json()).toMatchObject({ status: 422, code: 'data_invalid', field: '/mail' });
    expect(refused.text).not.toContain('4711');
    const extra = await test.http.put(house.recordUrl(person), { name: 'Ada', secret: 'x' });
    expect(extra.json()).toMatchObject({ status: 422, code: 'data_invalid', field: '/secret' });
  });

  it('takes the same record id for two people as two records', async () => {
    const [one, two] = [await house.person(), await house.person()];
    const record = randomUUID();
    await house.put(one, { name: 'one' }, record);
    await house.put(two, { name: 'two' }, record);
    expect((await test.http.get(house.recordUrl(one, record))).json()).toEqual({ name: 'one' });
    expect((await test.http.get(house.recordUrl(two, record))).json()).toEqual({ name: 'two' });
  });

  it('loses no write when ten write the same record at once', async () => {
    const person = await house.person();
    const url = house.recordUrl(person);
    const written = await Promise.all(
      Array.from({ length: 10 }, (_, i) => test.http.put(url, { name: `writer ${i}` })),
    );
    const taken = written
      .filter(({ status }) => status < 300)
      .map((answer) => answer.json<{ version: number }>().version);
    expect(new Set(taken).size).toBe(taken.length);
    expect(written.every(({ status }) => status < 300 || status === 409)).toBe(true);
    const { headers } = await test.http.get(url);
    expect(headers.etag).toBe(`"${Math.max(...taken)}"`);
  });
});

describe('several at once', () => {
  it('gets records of many people, with one receipt a person, and says what is not there', async () => {
    const [one, two] = [await house.person(), await house.person()];
    const a = await house.put(one, { name: 'a' });
    const b = await house.put(one, { name: 'b' });
    const c = await house.put(two, { name: 'c' });
    const missing = randomUUID();
    const item = (person: string, record: string) => ({ person, collection: 'contacts', record });
    const answer = await test.http.post(`${house.base}/records/get`, {
      items: [item(one, a), item(two, c), item(one, missing), item(randomUUID(), a), item(one, b)],
    });
    const { records, receipts } = answer.json<{
      records: Record<string, unknown>[];
      receipts: Record<string, string>;
    }>();
    expect(records.map(({ data, error }) => data ?? error)).toEqual([
      { name: 'a' },
      { name: 'c' },
      'not_found',
      'not_found',
      { name: 'b' },
    ]);
    expect(Object.keys(receipts).sort()).toEqual([one, two].sort());
  });

  it("lists a person's records page by page", async () => {
    const person = await house.person();
    const records = await Promise.all(Array.from({ length: 7 }, (_, i) => house.put(person, { name: `n${i}` })));
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const url: string = `${house.base}/people/${person}/records/contacts?limit=3${after === null ? '' : `&after=${after}`}`;
      const page = (await test.http.get(url)).json<{ records: { record: string }[]; next: string | null }>();
      expect(page.records.length).toBeLessThanOrEqual(3);
      seen.push(...page.records.map(({ record }) => record));
      after = page.next;
    } while (after !== null);
    expect(seen).toEqual([...records].sort());
  });
});
