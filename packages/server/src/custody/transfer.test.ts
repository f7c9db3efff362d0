import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createHouse, type House } from '../testing/household.ts';

interface Line {
  readonly line?: number;
  readonly status?: string;
  readonly code?: string;
  readonly field?: string;
  readonly person?: string;
  readonly record?: string;
  readonly version?: number;
  readonly done?: boolean;
  readonly errors?: number;
}

let test: TestApp;
let house: House;

beforeAll(async () => {
  test = await createTestApp({
    cluster: inject('cluster'),
    settings: {
      limits: { recordBytes: 4_096, fileBytes: 1_048_576, signInsPerNetwork: 30, requestsPerSecond: 20_000 },
    },
  });
});
afterAll(() => test.close());

async function importLines(
  lines: readonly unknown[],
  query = '',
  headers: Record<string, string> = {},
): Promise<Line[]> {
  const body = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const answer = await test.http.post(`${house.base}/import?collection=contacts${query}`, body, { headers });
  expect(answer.status, answer.text).toBe(200);
  return answer.lines<Line>();
}

describe('import', () => {
  beforeAll(async () => {
    house = await createHouse(test.http);
  });

  it('answers each line in order; a bad one never loses the good ones', async () => {
    const person = await house.person();
    const record = randomUUID();
    const results = await importLines([
      { data: { name: 'one' } },
      'not json',
      { data: { name: 5 } },
      '',
      { data: { name: 'x'.repeat(5_000) } },
      { person, record, data: { name: 'two' } },
      { person: randomUUID(), data: { name: 'nobody' } },
      { person: 'A', data: { name: 'bad id' } },
      { data: { name: 'three' }, extra: 1 },
      [1],
    ]);
    const summary = results.at(-1);
    expect(results.slice(0, -1).map(({ line, status, code, field }) => [line, code ?? status, field])).toEqual([
      [1, 'created', undefined],
      [2, 'input_invalid', '/'],
      [3, 'data_invalid', '/data/name'],
      [5, 'too_large', undefined],
      [6, 'created', undefined],
      [7, 'not_found', '/person'],
      [8, 'input_invalid', '/person'],
      [9, 'input_invalid', '/'],
      [10, 'input_invalid', '/'],
    ]);
    expect(summary).toMatchObject({ done: true, lines: 9, created: 2, errors: 7 });
    expect((await test.http.get(house.recordUrl(person, record))).json()).toEqual({ name: 'two' });
  });

  it('lets the last line of a record win, also over batches', async () => {
    const person = await house.person();
    const record = randomUUID();
    const lines = Array.from({ length: 1_100 }, (_, i) => ({ person, record, data: { name: `line ${i}` } }));
    const results = await importLines(lines);
    expect(results.at(-1)).toMatchObject({ done: true, lines: 1_100, errors: 0 });
    expect((await test.http.get(house.recordUrl(person, record))).json()).toEqual({ name: 'line 1099' });
  });

  it('goes on after a broken connection: the same key makes the same records', async () => {
    const key = randomUUID();
    const lines = Array.from({ length: 50 }, (_, i) => ({ data: { name: `n${i}`, mail: `${key}-${i}@example.org` } }));
    const first = await importLines(lines.slice(0, 30), '', { 'idempotency-key': key });
    const second = await importLines(lines, '', { 'idempotency-key': key });
    expect(second.slice(0, 30).map(({ status }) => status)).toEqual(Array(30).fill('already'));
    expect(second.slice(30, 50).map(({ status }) => status)).toEqual(Array(20).fill('created'));
    expect(second.slice(0, 30).map(({ record }) => record)).toEqual(first.slice(0, 30).map(({ record }) => record));
    for (const i of [0, 29, 30, 49]) expect(await house.find(`${key}-${i}@example.org`)).toHaveLength(1);
    const other = await importLines(lines.slice(0, 1), '', { 'idempotency-key': randomUUID() });
    expect(other[0]).toMatchObject({ status: 'created' });
  });

  it('finds the person by a lookup field, and makes one only where nobody has it', async () => {
    const person = await house.person();
    const known = `${randomUUID()}@example.org`;
    const record = await house.put(person, { name: 'old', mail: known });
    const fresh = `${randomUUID()}@example.org`;
    const results = await importLines(
      [
        { data: { name: 'new', mail: known.toUpperCase() } },
        { data: { name: 'first', mail: fresh } },
        { data: { name: 'second', mail: fresh } },
      ],
      '&match=mail',
    );
    expect(results[0]).toMatchObject({ status: 'updated', person, record });
    expect(results[1]?.person).toBe(results[2]?.person);
    expect((await house.find(known)).map((match) => match.record)).toEqual([record]);
    expect(await house.find(fresh)).toHaveLength(1);
    expect((await test.http.get(house.recordUrl(person, record))).json()).toMatchObject({ name: 'new' });
  });

  it('refuses an unknown collection or customer before the first line', async () => {
    const nothing = await test.http.post(`${house.base}/import?collection=nothing`, '{}');
    expect(nothing.status).toBe(404);
    const nobody = await test.http.post(`/v1/customers/${randomUUID()}/import?collection=contacts`, '{}');
    expect(nobody.status).toBe(404);
  });

  it('matching is a release: it wants a purpose', async () => {
    const url = `${house.base}/import?collection=contacts&match=mail`;
    expect((await test.http.post(url, '{}', { purpose: null })).status).toBe(428);
  });

  it('takes an empty body as no line', async () => {
    expect(await importLines([''])).toEqual([{ done: true, lines: 0, created: 0, updated: 0, already: 0, errors: 0 }]);
    const none = await test.http.call('POST', `${house.base}/import?collection=contacts`);
    expect(none.status, none.text).toBe(200);
  });

  it('takes many lines with the same lookup value', async () => {
    const mail = `${randomUUID()}@example.org`;
    const results = await importLines(Array.from({ length: 30 }, (_, i) => ({ data: { name: `n${i}`, mail } })));
    expect(results.filter(({ status }) => status === 'error')).toEqual([]);
    expect(await house.find(mail)).toHaveLength(30);
  });
});

describe('export', () => {
  it("hands out a person's data with its definitions, and a customer's data line by line", async () => {
    house = await createHouse(test.http);
    const [ada, bea] = [await house.person(), await house.person()];
    const record = await house.put(ada, { name: 'Ada', mail: 'ada@example.org' });
    await house.put(bea, { name: 'Bea' });
    await test.http.put(`${house.base}/people/${ada}/files/${randomUUID()}`, 'content');

    const person = await test.http.get(`${house.base}/people/${ada}/export`);
    expect(person.json()).toMatchObject({
      person: ada,
      collections: {
        contacts: {
          definition: { fields: { mail: { lookup: true } } },
          records: [{ record, version: 1, data: { name: 'Ada', mail: 'ada@example.org' } }],
        },
      },
      files: [{ version: 1, bytes: 7 }],
    });
    expect(person.text).not.toContain('Bea');

    const all = (await test.http.get(`${house.base}/export`)).lines();
    expect(all[0]).toMatchObject({ export: { customer: house.customer, collections: { contacts: {} } } });
    expect(all.at(-1)).toEqual({ done: true, people: 2, records: 2 });
    const names = all.flatMap((line) => ('data' in line ? [(line.data as { name: string }).name] : []));
    expect(names.sort()).toEqual(['Ada', 'Bea']);
  });

  it('of an unknown customer or person does not exist', async () => {
    expect((await test.http.get(`/v1/customers/${randomUUID()}/export`)).status).toBe(404);
    expect((await test.http.get(`${house.base}/people/${randomUUID()}/export`)).status).toBe(404);
    expect((await test.http.get(`${house.base}/export?collection=nothing`)).status).toBe(404);
    expect((await test.http.get(`${house.base}/export`, { purpose: null })).status).toBe(428);
  });
});
