/** An export brought back gives people, records and files their old ids again, and nothing that was ordered away since. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createTestClock } from '../testing/clock.ts';
import { createHouse, type House } from '../testing/household.ts';

const minuteMs = 60_000;
interface Line {
  readonly status?: string;
  readonly code?: string;
  readonly person?: string;
  readonly record?: string;
}
interface ExportedLine {
  readonly export?: { readonly at: string };
  readonly person?: string;
  readonly collection?: string;
  readonly record?: string;
  readonly data?: unknown;
}

let clock: ReturnType<typeof createTestClock>;
let test: TestApp;
let house: House;

beforeEach(async () => {
  clock = createTestClock();
  test = await createTestApp({ cluster: inject('cluster'), clock });
  house = await createHouse(test.http);
});
afterEach(() => test.close());

const put = async (person: string, name: string) => {
  const record = randomUUID();
  await house.put(person, { name, mail: `${name}@example.org` }, record);
  return record;
};
const fileUrl = (person: string, file: string, base = house.base) => `${base}/people/${person}/files/${file}`;

/** The export, and a moment in which nothing happens: orders of the same millisecond count as later. */
async function exported(): Promise<{ readonly at: string; readonly records: readonly ExportedLine[] }> {
  clock.advance(1);
  const lines = (await test.http.get(`${house.base}/export`)).lines<ExportedLine>();
  clock.advance(1);
  return {
    at: lines[0]?.export?.at ?? '',
    records: lines.filter(({ record, data }) => record !== undefined && data !== undefined),
  };
}

const bringBack = async (records: readonly ExportedLine[], at: string | undefined, to = house) => {
  const body = records.map(({ person, record, data }) => JSON.stringify({ person, record, data })).join('\n');
  const answer = await test.http.post(`${to.base}/import?collection=contacts`, body, {
    headers: { 'content-type': 'application/x-ndjson', ...(at !== undefined && { 'obhut-exported-at': at }) },
  });
  return answer.lines<Line>().slice(0, -1);
};
const nameOf = async (person: string, record: string, to = house) =>
  (await test.http.get(`${to.base}/people/${person}/records/contacts/${record}`)).json<{ name?: string }>().name;

describe('an export brought back', () => {
  it('replaces what was spoilt since', async () => {
    const person = await house.person();
    const record = await put(person, 'ada');
    const { at, records } = await exported();
    await house.put(person, { name: 'spoilt', mail: 'x@example.org' }, record);
    expect(await bringBack(records, at)).toEqual([expect.objectContaining({ status: 'updated', person, record })]);
    expect(await nameOf(person, record)).toBe('ada');
  });

  it('makes people and records under their ids in another house, and people without records, and files', async () => {
    const [person, bare, file] = [await house.person(), await house.person(), randomUUID()];
    const record = await put(person, 'ada');
    const { at, records } = await exported();
    const other = await createHouse(test.http);
    expect((await bringBack(records, undefined, other)).map(({ code }) => code)).toEqual(['not_found']);
    expect((await bringBack(records, at, other)).map(({ status }) => status)).toEqual(['created']);
    expect(await nameOf(person, record, other)).toBe('ada');
    const headers = { 'obhut-exported-at': at };
    const made = await test.http.post(`${other.base}/people`, { person: bare }, { headers });
    expect([made.status, made.json()]).toEqual([201, expect.objectContaining({ person: bare })]);
    expect((await test.http.post(`${other.base}/people`, { person: bare }, { headers })).json()).toEqual({
      person: bare,
    });
    expect((await test.http.put(fileUrl(bare, file, other.base), 'content', { headers })).status).toBe(201);
  });

  it('leaves away who was erased since, at once and for ever', async () => {
    const [person, other] = [await house.person(), await house.person()];
    await put(person, 'ada');
    const kept = await put(other, 'bea');
    const { at, records } = await exported();
    await test.http.post(`${house.base}/erasures`, { scope: 'person', person, coolingMinutes: 0 });
    const statuses = async () =>
      Object.fromEntries(
        (await bringBack(records, at)).map(({ status, code }, i) => [records[i]?.person, code ?? status]),
      );
    expect(await statuses()).toEqual({ [person]: 'ordered_away', [other]: 'updated' });
    await test.app.erasures.rollOver();
    expect(await statuses()).toEqual({ [person]: 'ordered_away', [other]: 'updated' });
    // Nor with another moment: an older copy of the database exports who was erased in the living one.
    const later = await bringBack(records, new Date(clock.now().getTime() + minuteMs).toISOString());
    expect(later.map(({ status, code }, i) => [records[i]?.person === person, code ?? status])).toEqual(
      expect.arrayContaining([
        [true, 'ordered_away'],
        [false, 'updated'],
      ]),
    );
    const headers = { 'obhut-exported-at': at };
    const again = await test.http.post(`${house.base}/people`, { person }, { headers });
    expect([again.status, again.json()]).toEqual([410, expect.objectContaining({ code: 'ordered_away' })]);
    expect(await nameOf(other, kept)).toBe('bea');
  });

  it('leaves away a record, a collection, a file that was ordered away since, and what was taken back it brings', async () => {
    const [first, second, third] = [await house.person(), await house.person(), await house.person()];
    const [one, two] = [await put(first, 'one'), await put(first, 'two')];
    const whole = await put(second, 'whole');
    const back = await put(third, 'back');
    const file = randomUUID();
    await test.http.put(fileUrl(first, file), 'content');
    const { at, records } = await exported();
    await test.http.delete(`${house.base}/people/${first}/records/contacts/${one}`);
    await test.http.delete(fileUrl(first, file));
    const wish = { coolingMinutes: 60 };
    await test.http.post(`${house.base}/erasures`, {
      scope: 'collection',
      person: second,
      collection: 'contacts',
      ...wish,
    });
    const order = (await test.http.post(`${house.base}/erasures`, { scope: 'person', person: third, ...wish })).json<{
      order: string;
    }>().order;
    expect((await test.http.post(`${house.base}/erasures/${order}/withdrawal`, {})).status).toBeLessThan(300);
    const results = await bringBack(records, at);
    expect(Object.fromEntries(results.map(({ status, code }, i) => [records[i]?.record, code ?? status]))).toEqual({
      [one]: 'ordered_away',
      [two]: 'updated',
      [whole]: 'ordered_away',
      [back]: 'updated',
    });
    const headers = { 'obhut-exported-at': at };
    expect((await test.http.put(fileUrl(first, file), 'content', { headers })).status).toBe(410);
    // What comes newly after the order is new.
    clock.advance(minuteMs);
    expect((await test.http.put(fileUrl(first, file), 'another')).status).toBe(201);
  });

  it('leaves them away in another customer of the installation too', async () => {
    const person = await house.person();
    await put(person, 'ada');
    const { at, records } = await exported();
    await test.http.post(`${house.base}/erasures`, { scope: 'person', person, coolingMinutes: 0 });
    expect((await bringBack(records, at, await createHouse(test.http))).map(({ code }) => code)).toEqual([
      'ordered_away',
    ]);
  });

  it('knows an order whose object the backup does not have as one for anything', async () => {
    const [person, other] = [await house.person(), await house.person()];
    await put(person, 'ada');
    await put(other, 'bea');
    const { at, records } = await exported();
    const order = (id: string | null, after: string) =>
      test.database.owner.query(
        `insert into custody.erasure_order (customer_id, order_id, scope, person_id, key_ids, state, ordered_at, due_at, cooling_until)
         values ($1, gen_random_uuid(), 'record', $2, '{}', 'final', $3, now(), $3)`,
        [house.customer, id, after],
      );
    const codes = async () => (await bringBack(records, at)).map(({ code, status }) => code ?? status).sort();
    await order(person, new Date(Date.parse(at) - minuteMs).toISOString());
    expect(await codes()).toEqual(['updated', 'updated']);
    await order(person, at);
    expect(await codes()).toEqual(['ordered_away', 'updated']);
    await order(null, at);
    expect(await codes()).toEqual(['ordered_away', 'ordered_away']);
  });

  it.each(['yesterday', '2026-11-25', '2026-11-25T03:00:00+01:00'])('refuses the moment %s', async (at) => {
    const answer = await test.http.post(`${house.base}/people`, {}, { headers: { 'obhut-exported-at': at } });
    expect([answer.status, answer.json()]).toEqual([
      400,
      expect.objectContaining({ field: 'header obhut-exported-at' }),
    ]);
    expect((await test.http.post(`${house.base}/people`, { person: randomUUID() })).json()).toMatchObject({
      field: 'person',
    });
  });
});
