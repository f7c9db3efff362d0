import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createHouse, type House } from '../testing/household.ts';

let test: TestApp;
let house: House;

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster'), nodes: 2 });
});
afterAll(() => test.close());

interface Row {
  readonly digest: Buffer;
  readonly person_id: string | null;
  readonly record_id: string | null;
  readonly seed: Buffer | null;
}
const rows = () =>
  test.database.owner.query<Row>(
    'select digest, person_id, record_id, seed from custody.lookup where customer_id = $1',
    [house.customer],
  );
const recordsAt = async (mail: string) => (await house.find(mail)).map(({ record }) => record).sort();

describe('finding by an identifying value', () => {
  beforeAll(async () => {
    house = await createHouse(test.http);
  });

  it('folds case, spaces and forms of Unicode', async () => {
    const record = await house.put(await house.person(), { name: 'x', mail: 'Jürgen  Groß@Example.org' });
    for (const form of ['jürgen groß@example.org', '  JÜRGEN   GROß@example.ORG ', 'Ju\u0308rgen Groß@example.org'])
      expect(await recordsAt(form), form).toEqual([record]);
    for (const other of ['jurgen gross@example.org', 'jürgen', '%']) expect(await recordsAt(other), other).toEqual([]);
  });

  it('follows an update and a deletion', async () => {
    const person = await house.person();
    const record = await house.put(person, { name: 'x', mail: 'first@example.org' });
    await house.put(person, { name: 'x', mail: 'second@example.org' }, record);
    expect(await recordsAt('first@example.org')).toEqual([]);
    expect(await recordsAt('second@example.org')).toEqual([record]);
    await house.put(person, { name: 'x' }, record);
    expect(await recordsAt('second@example.org')).toEqual([]);
    await house.put(person, { name: 'x', mail: 'third@example.org' }, record);
    await test.http.delete(house.recordUrl(person, record));
    expect(await recordsAt('third@example.org')).toEqual([]);
  });

  it('finds all of more equal values than one block holds, and still after some are gone', async () => {
    const mail = 'many@example.org';
    const people = await Promise.all(Array.from({ length: 20 }, () => house.person()));
    const records: string[] = [];
    for (const person of people) records.push(await house.put(person, { name: 'x', mail }));
    expect(await recordsAt(mail)).toEqual([...records].sort());
    // All of the first block: tombstones count as hits, or the rest would be lost.
    for (let i = 0; i < 8; i += 1) await test.http.delete(house.recordUrl(people[i] ?? '', records[i]));
    expect(await recordsAt(mail)).toEqual(records.slice(8).sort());
  });

  it('finds both when two write one value at the same moment, at two servers', async () => {
    const mail = `${randomUUID()}@example.org`;
    const people = await Promise.all(Array.from({ length: 6 }, () => house.person()));
    const urls = people.map((person) => house.recordUrl(person));
    const written = await Promise.all(urls.map((url, i) => test.httpOf(i % 2).put(url, { name: 'x', mail })));
    const taken = urls.filter((_, i) => written[i]?.status === 201);
    expect(taken.length).toBeGreaterThan(1);
    expect(written.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(await recordsAt(mail)).toEqual(taken.map((url) => url.split('/').at(-1)).sort());
  });

  it('is by equality on a declared field, and by nothing else', async () => {
    const ask = (body: object) => test.http.post(`${house.base}/records/find`, { collection: 'contacts', ...body });
    expect((await ask({ field: 'name', value: 'x' })).json()).toMatchObject({ status: 400, field: 'field' });
    expect((await ask({ field: 'mail', value: { gt: 'a' } })).status).toBe(400);
    expect((await ask({ field: 'mail', value: 'x'.repeat(1_001) })).status).toBe(400);
  });
});

describe('what is stored for it', () => {
  beforeAll(async () => {
    house = await createHouse(test.http);
  });

  it('shows neither the value nor that two values are equal, nor that two customers share one', async () => {
    const mail = 'shared@example.org';
    for (let i = 0; i < 3; i += 1) await house.put(await house.person(), { name: 'x', mail });
    const first = await rows();
    house = await createHouse(test.http);
    await house.put(await house.person(), { name: 'x', mail });
    const all = [...first, ...(await rows())];
    expect(all).toHaveLength(4);
    expect(new Set(all.map(({ digest }) => digest.toString('hex'))).size).toBe(4);
    expect(new Set(all.map(({ seed }) => seed?.toString('hex'))).size).toBe(4);
    for (const { digest, seed } of all) {
      expect(digest).toHaveLength(32);
      expect(seed?.includes('shared')).toBe(false);
    }
  });

  it('keeps its digest over an update that keeps the value', async () => {
    const person = await house.person();
    const record = await house.put(person, { name: 'one', mail: 'stays@example.org' });
    const before = await rows();
    await house.put(person, { name: 'two', mail: 'stays@example.org' }, record);
    expect(await rows()).toEqual(before);
  });

  it('leaves an empty tombstone that is never used again', async () => {
    const person = await house.person();
    const mail = 'tomb@example.org';
    const record = await house.put(person, { name: 'x', mail });
    const [living] = (await rows()).filter((row) => row.record_id === record);
    await test.http.delete(house.recordUrl(person, record));
    const grave = (await rows()).find(({ digest }) => living !== undefined && digest.equals(living.digest));
    expect(grave).toMatchObject({ person_id: null, record_id: null, seed: null });
    await house.put(person, { name: 'x', mail });
    const after = (await rows()).find(({ digest }) => living !== undefined && digest.equals(living.digest));
    expect(after).toEqual(grave);
    expect(await house.find(mail)).toHaveLength(1);
  });
});
