/** Legal holds: an admin sees what stays and until when, an order takes the rest now and what was held when the hold ends. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Actor } from '../../journal/entry.ts';
import { asId, type CustomerId } from '../../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTestClock } from '../../testing/clock.ts';
import { contacts, createHouse, type House } from '../../testing/household.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const actor: Actor = { kind: 'system', id: 'obhut' };
let clock: ReturnType<typeof createTestClock>;
let test: TestApp;
let house: House;
let customer: CustomerId;

beforeEach(async () => {
  clock = createTestClock();
  test = await createTestApp({ cluster: inject('cluster'), clock });
  house = await createHouse(test.http);
  customer = asId(house.customer);
});
afterEach(() => test.close());

interface Answer {
  readonly order: string;
  readonly state: string;
  readonly scope: string;
  readonly rest: string | null;
  readonly heldUntil: string | null;
  readonly finalAt: string | null;
  readonly extent: { readonly records: number; readonly files: number; readonly held: number } | null;
}

const inDays = (days: number) => new Date(clock.now().getTime() + days * dayMs).toISOString();

async function hold(target: object, days = 30): Promise<string> {
  const answer = await test.http.post(`${house.base}/holds`, { ...target, until: inDays(days), reason: 'law suit 17' });
  expect(answer.status, answer.text).toBe(201);
  return answer.json<{ hold: string }>().hold;
}
const lift = (id: string) => test.http.post(`${house.base}/holds/${id}/end`, {});
const preview = async (wish: object) => (await test.http.post(`${house.base}/erasures/preview`, wish)).json();
async function order(wish: object): Promise<Answer> {
  const answer = await test.http.post(`${house.base}/erasures`, { ...wish, coolingMinutes: 0 });
  expect(answer.status, answer.text).toBe(202);
  return answer.json<Answer>();
}
const shown = async (id: string | null) => (await test.http.get(`${house.base}/erasures/${id}`)).json<Answer>();
const statusOf = async (person: string, record: string) =>
  (await test.http.get(house.recordUrl(person, record))).status;
const rollOver = () => test.app.erasures.rollOver();

async function somebody() {
  const person = await house.person();
  const kept = await house.put(person, { name: 'Ada', mail: 'kept@example.org' });
  const other = await house.put(person, { name: 'Ada', mail: 'other@example.org' });
  const file = `${house.base}/people/${person}/files/${randomUUID()}`;
  expect((await test.http.put(file, 'a letter')).status).toBe(201);
  return { person, kept, other, file };
}

describe('a held record', () => {
  it('stays while the rest of its person goes, is seen before, and goes when the hold ends', async () => {
    const { person, kept, other, file } = await somebody();
    await hold({ person, collection: 'contacts', record: kept });
    expect(await preview({ scope: 'person', person })).toMatchObject({
      people: 0,
      records: 1,
      files: 1,
      held: 1,
      holds: [{ records: 1, until: inDays(30), reason: 'law suit 17' }],
    });
    const part = await order({ scope: 'person', person });
    expect(part).toMatchObject({ scope: 'part', state: 'ordered', extent: { records: 1, files: 1, held: 1 } });
    expect(await statusOf(person, other)).toBe(404);
    expect((await test.http.get(file)).status).toBe(404);
    expect((await test.http.get(`${house.base}/people/${person}/files`)).json()).toMatchObject({ files: [] });
    expect(await statusOf(person, kept)).toBe(200);
    await rollOver();
    expect(await shown(part.order)).toMatchObject({ state: 'final' });
    expect(await shown(part.rest)).toMatchObject({ state: 'held', scope: 'person', heldUntil: inDays(30) });
    expect(await statusOf(person, kept)).toBe(200);
    expect(await house.find('kept@example.org')).toHaveLength(1);
    expect(await house.find('other@example.org')).toHaveLength(0);

    clock.advance(30 * dayMs + 1);
    await rollOver();
    expect(await shown(part.rest)).toMatchObject({ state: 'final', extent: { records: 1, held: 0 } });
    expect(await statusOf(person, kept)).toBe(404);
    const left = await test.database.owner.query('select 1 from keyring.person where person_id = $1', [person]);
    expect(left).toEqual([]);
  });

  it('cannot be deleted by itself, and its neighbours can', async () => {
    const { person, kept, other, file } = await somebody();
    await hold({ person, collection: 'contacts', record: kept });
    const refused = await test.http.delete(house.recordUrl(person, kept));
    expect(refused.json()).toMatchObject({ status: 409, code: 'held', until: inDays(30) });
    expect(await statusOf(person, kept)).toBe(200);
    expect((await test.http.delete(house.recordUrl(person, other))).status).toBe(202);
    expect((await test.http.delete(file)).status).toBe(202);
  });

  it('can be deleted again when the hold is ended before its day; the journal tells of both without the reason', async () => {
    const { person, kept } = await somebody();
    const id = await hold({ person, collection: 'contacts', record: kept });
    expect((await lift(id)).json()).toMatchObject({ liftedAt: clock.now().toISOString() });
    expect((await lift(id)).status).toBe(404);
    expect((await test.http.delete(house.recordUrl(person, kept))).status).toBe(202);
    await test.app.journal.integrator.round();
    const log = await test.app.journal.logs.of(customer, 'orders');
    const entries = log && (await test.app.journal.read.newest(log, undefined, 10));
    const bodies = (entries ?? []).map(({ body }) => body.toString());
    expect(bodies.filter((body) => body.includes(id)).map((body) => JSON.parse(body).kind)).toEqual([
      'hold.lifted',
      'hold.placed',
    ]);
    expect(bodies.join()).not.toContain('law suit');
    expect(bodies.join()).not.toContain(person);
  });
});

describe('a held person', () => {
  it('waits whole, and can be taken back until the hold ends', async () => {
    const { person, kept, file } = await somebody();
    await hold({ person });
    expect(await preview({ scope: 'person', person })).toMatchObject({ people: 0, records: 0, files: 0, held: 2 });
    const waiting = await order({ scope: 'person', person });
    expect(waiting).toMatchObject({ state: 'held', scope: 'person', rest: null });
    // Asked for twice: the same order.
    expect((await order({ scope: 'person', person })).order).toBe(waiting.order);
    clock.advance(29 * dayMs);
    await rollOver();
    expect(await statusOf(person, kept)).toBe(200);
    expect((await test.http.get(file)).status).toBe(200);
    expect((await test.http.delete(file)).json()).toMatchObject({ code: 'held' });
    const back = await test.http.post(`${house.base}/erasures/${waiting.order}/withdrawal`, {});
    expect(back.json()).toMatchObject({ state: 'withdrawn' });
    clock.advance(2 * dayMs);
    await rollOver();
    expect(await statusOf(person, kept)).toBe(200);
  });

  it('goes at once when the hold is ended before its day', async () => {
    const { person, kept } = await somebody();
    const id = await hold({ person });
    const waiting = await order({ scope: 'person', person });
    await lift(id);
    await rollOver();
    expect(await shown(waiting.order)).toMatchObject({ state: 'final' });
    expect(await statusOf(person, kept)).toBe(404);
  });
});

describe('a held collection', () => {
  it('is kept of everybody; an order for it waits, one for another collection does not', async () => {
    await test.http.put(`${house.base}/collections/notes`, contacts);
    const { person, kept } = await somebody();
    const note = `${house.base}/people/${person}/records/notes/${randomUUID()}`;
    await test.http.put(note, { name: 'a note' });
    await hold({ collection: 'contacts' });
    expect(await order({ scope: 'collection', person, collection: 'contacts' })).toMatchObject({ state: 'held' });
    expect(await order({ scope: 'collection', person, collection: 'notes' })).toMatchObject({ state: 'ordered' });
    expect((await test.http.get(note)).status).toBe(404);
    await rollOver();
    expect(await statusOf(person, kept)).toBe(200);
    clock.advance(31 * dayMs);
    await rollOver();
    expect(await statusOf(person, kept)).toBe(404);
    expect((await test.app.erasures.list(customer, undefined, 10)).map(({ state }) => state)).toEqual([
      'final',
      'final',
    ]);
  });
});

describe('a customer with a hold', () => {
  it('waits, its people go one by one, and it goes itself with the end of the last hold', async () => {
    const [ada, eve] = [await somebody(), await somebody()];
    await hold({ person: ada.person, collection: 'contacts', record: ada.kept });
    const { order: whole } = await test.app.erasures.place({ customer, scope: 'customer' }, hourMs, actor, 'api');
    expect(await statusOf(eve.person, eve.kept)).toBe(200);
    clock.advance(hourMs + 1);
    await rollOver();
    expect(await statusOf(eve.person, eve.kept)).toBe(404);
    expect(await statusOf(ada.person, ada.other)).toBe(404);
    expect(await statusOf(ada.person, ada.kept)).toBe(200);
    expect(await shown(whole)).toMatchObject({ state: 'held', scope: 'customer' });
    clock.advance(31 * dayMs);
    await rollOver();
    expect(await shown(whole)).toMatchObject({ state: 'final' });
    const keys = await test.database.owner.query('select 1 from keyring.customer_key where customer_id = $1', [
      customer,
    ]);
    expect(keys).toEqual([]);
    for (const { state } of await test.app.erasures.list(customer, undefined, 20)) expect(state).toBe('final');
  });
});

describe('taking back', () => {
  it('of what goes now takes back what waits, too', async () => {
    const { person, kept, other, file } = await somebody();
    await hold({ person, collection: 'contacts', record: kept });
    const { order: id } = await test.app.erasures.place(
      { customer, scope: 'person', person: asId(person) },
      hourMs,
      actor,
      'api',
    );
    const { rest } = await shown(id);
    expect((await test.http.post(`${house.base}/erasures/${id}/withdrawal`, {})).status).toBe(200);
    expect(await shown(rest)).toMatchObject({ state: 'withdrawn' });
    clock.advance(31 * dayMs);
    await rollOver();
    for (const record of [kept, other]) expect(await statusOf(person, record)).toBe(200);
    expect((await test.http.get(file)).text).toBe('a letter');
  });
});

describe('what cannot be held', () => {
  it('is refused and names the field; what is ordered away already is not there', async () => {
    const { person, kept } = await somebody();
    const post = async (body: object) => (await test.http.post(`${house.base}/holds`, body)).json();
    const more = { until: inDays(1), reason: 'x' };
    expect(await post({ ...more })).toMatchObject({ code: 'input_invalid', field: 'person' });
    expect(await post({ ...more, person, record: kept })).toMatchObject({ code: 'input_invalid', field: 'record' });
    expect(await post({ ...more, person, until: inDays(-1) })).toMatchObject({ field: 'until' });
    expect(await post({ ...more, person, until: inDays(20_000) })).toMatchObject({ field: 'until' });
    expect(await post({ ...more, collection: 'nothing' })).toMatchObject({ code: 'not_found' });
    await order({ scope: 'collection', person, collection: 'contacts' });
    expect(await post({ ...more, person, collection: 'contacts', record: kept })).toMatchObject({ code: 'not_found' });
    await order({ scope: 'person', person });
    expect(await post({ ...more, person })).toMatchObject({ code: 'not_found' });
  });
});
