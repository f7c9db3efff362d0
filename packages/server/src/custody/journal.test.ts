import { hash } from 'node:crypto';
import { parseVerifierKey, verifyTlogProof } from '@obhut/proof';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createTestClock } from '../testing/clock.ts';
import { createHouse, type House } from '../testing/household.ts';

interface Entry {
  readonly kind: string;
  readonly subject?: string;
  readonly purpose?: string;
  readonly outcome: string;
  readonly scope?: { readonly collection?: string; readonly count?: number };
  readonly actor: { readonly kind: string; readonly id: string };
  readonly sealed?: readonly string[];
  readonly refs?: Readonly<Record<string, unknown>>;
}

interface Page {
  readonly origin: string;
  readonly key: string;
  readonly entries: readonly { readonly index: number; readonly entry: Entry }[];
  readonly next: number | null;
}

const clock = createTestClock();
let test: TestApp;
let house: House;

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster'), clock });
});
afterAll(() => test.close());

const journal = async (query = '') => (await test.http.get(`${house.base}/journal?limit=1000${query}`)).json<Page>();
const entriesOf = async (query = '') => (await journal(query)).entries.map(({ entry }) => entry);

describe("a customer's journal", () => {
  beforeAll(async () => {
    house = await createHouse(test.http);
  });

  it('tells of every access: who, whom, why, what; and holds no value', async () => {
    const person = await house.person();
    const url = house.recordUrl(person);
    await test.http.put(url, { name: 'Ada Müller', mail: 'ada@example.org' });
    await test.http.get(url, { purpose: 'billing' });
    await house.find('ada@example.org');
    await house.find('nobody@example.org');
    await test.http.get(`${house.base}/people/${person}/records/contacts`);
    await test.http.get(house.recordUrl(person));
    await test.http.get(`${house.base}/people/${person}/export`, { purpose: 'portability' });
    await test.http.delete(url);
    const entries = await entriesOf();
    const told = entries.filter(({ kind }) => !['service.seen', 'journal.read'].includes(kind));
    expect(told.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      'collection.change done',
      'person.create done',
      'record.write done',
      'record.read authorised',
      'records.find authorised',
      'records.find authorised',
      'records.list authorised',
      'record.read authorised',
      'person.export authorised',
      'record.delete ordered',
    ]);
    expect(told[3]).toMatchObject({
      purpose: 'billing',
      legalBasis: 'gdpr-6-1-b',
      actor: { kind: 'service', id: test.token.id },
      scope: { collection: 'contacts', count: 1 },
    });
    const subjects = new Set(told.flatMap(({ subject }) => subject ?? []));
    expect(subjects.size).toBe(1);
    const text = JSON.stringify(entries);
    for (const secret of [person, 'Ada', 'Müller', 'example.org']) expect(text).not.toContain(secret);
  });

  it('tells in the orders log of an order by its random id, and of no subject', async () => {
    const person = await house.person();
    const record = await house.put(person, { name: 'x' });
    const { order } = (await test.http.delete(house.recordUrl(person, record))).json<{ order: string }>();
    const entries = await entriesOf('&log=orders');
    expect(entries.at(-1)).toMatchObject({ kind: 'erasure.ordered', refs: { order, scope: 'record' } });
    const subjects = (await entriesOf()).flatMap(({ subject }) => subject ?? []);
    const text = JSON.stringify(entries);
    for (const secret of [person, record, ...subjects]) expect(text).not.toContain(secret);
    expect(entries.every(({ subject }) => subject === undefined)).toBe(true);
  });

  it('notes its own readers once a minute', async () => {
    const reads = async () => (await entriesOf()).filter(({ kind }) => kind === 'journal.read').length;
    clock.advance(60_000);
    const before = await reads();
    for (let i = 0; i < 5; i += 1) await reads();
    expect(await reads()).toBe(before);
    clock.advance(60_000);
    expect(await reads()).toBe(before + 1);
  });

  it('notes where a service calls from once a minute, sealed', async () => {
    const seen = async () => (await entriesOf()).filter(({ kind }) => kind === 'service.seen');
    clock.advance(60_000);
    const before = (await seen()).length;
    const call = () => test.http.get(`${house.base}/people`, { headers: { 'user-agent': 'secret-agent/1.0' } });
    await Promise.all([call(), call(), call()]);
    await expect.poll(async () => (await seen()).length).toBeGreaterThan(before);
    const after = await seen();
    // One for this agent, one for the agent that reads the journal here.
    expect(after.length).toBeLessThanOrEqual(before + 2);
    expect(after.every(({ sealed, actor }) => sealed?.length === 1 && actor.id === test.token.id)).toBe(true);
    const rows = await test.database.owner.query<{ part: Buffer | null }>(
      'select actor_part as part from journal.sealed',
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { part } of rows) expect(part?.includes('secret-agent')).toBe(false);
    expect(JSON.stringify(after)).not.toContain('secret-agent');
  });

  it("seals a caller's own words, and only digests stand in the entry", async () => {
    const person = await house.person();
    const record = await house.put(person, { name: 'x' });
    const headers = {
      'obhut-reference': encodeURIComponent('Ticket für Ada'),
      'obhut-on-behalf-of': encodeURIComponent('berater@praxis.example'),
    };
    expect((await test.http.get(house.recordUrl(person, record), { headers })).status).toBe(200);
    const { entries } = await journal();
    const { index, entry } = entries.filter(({ entry: { kind } }) => kind === 'record.read').at(-1) ?? {};
    expect(entry?.sealed).toHaveLength(2);
    expect(JSON.stringify(entry)).not.toMatch(/Ticket|praxis/);
    const [row] = await test.database.owner.query<{ s: Buffer; a: Buffer }>(
      'select subject_part as s, actor_part as a from journal.sealed where customer_id = $1 and idx = $2 and subject_part is not null',
      [house.customer, index ?? -1],
    );
    expect(row?.s.includes('Ticket')).toBe(false);
    expect(row?.a.includes('praxis')).toBe(false);
    const tooLong = await test.http.get(house.recordUrl(person, record), {
      headers: { 'obhut-reference': 'x'.repeat(501) },
    });
    expect(tooLong.json()).toMatchObject({ status: 400, field: 'header obhut-reference' });
  });

  it('proves an access offline, with the receipt that the caller was handed', async () => {
    const person = await house.person();
    const record = await house.put(person, { name: 'x' });
    const { headers } = await test.http.get(house.recordUrl(person, record));
    const [origin, index, leaf] = (headers['obhut-receipt'] ?? '').split(' ');
    const ask = () => test.http.get(`${house.base}/journal/${index}/proof`);
    // Until the next round it is told to wait.
    await expect.poll(async () => (await ask()).status, { timeout: 20_000 }).toBe(200);
    const answer = await ask();
    const { key, origin: told } = await journal();
    expect(told).toBe(origin);
    const verified = await verifyTlogProof({ file: answer.bytes, keys: [parseVerifierKey(key)] });
    expect(String(verified.index)).toBe(index);
    const { entries } = await journal(`&after=${Number(index) - 1}`);
    expect(entries[0]?.entry).toMatchObject({ kind: 'record.read' });
    const [stored] = await test.database.owner.query<{ body: Buffer }>(
      'select body from journal.entry where customer_id = $1 and leaf = $2',
      [house.customer, Buffer.from(leaf ?? '', 'base64')],
    );
    expect(hash('sha256', Buffer.concat([Buffer.from([0]), stored?.body ?? Buffer.alloc(0)]), 'base64')).toBe(leaf);
  });

  it('has no proof for what is not there, and none of a checkpoint that is no checkpoint of it', async () => {
    expect((await test.http.get(`${house.base}/journal/999999/proof`)).status).toBe(404);
    expect((await test.http.get(`${house.base}/journal/consistency?from=999999`)).status).toBe(400);
    expect((await test.http.get(`${house.base}/logs/access/tile/nonsense`)).status).toBe(404);
  });
});
