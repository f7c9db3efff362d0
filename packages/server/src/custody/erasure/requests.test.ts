/** Requests of people (Article 17 GDPR): a month, its end, the order that comes of one, and the answer. */
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createHouse, type House } from '../../testing/household.ts';
import { createTeam } from '../../testing/team.ts';
import { monthsAfter } from './requests.ts';

const dayMs = 86_400_000;
let clock: ReturnType<typeof createTestClock>;
let test: TestApp;
let house: House;

beforeEach(async () => {
  clock = createTestClock();
  test = await createTestApp({ cluster: inject('cluster'), clock });
  house = await createHouse(test.http);
});
afterEach(() => test.close());

interface Answer {
  readonly request: string;
  readonly order: string;
  readonly dueAt: string;
}
const post = (path: string, body: object) => test.http.post(`${house.base}/erasure-requests${path}`, body);
async function note(person: string, receivedAt?: string): Promise<Answer> {
  const answer = await post('', { person, ...(receivedAt !== undefined && { receivedAt }) });
  expect(answer.status, answer.text).toBe(201);
  return answer.json<Answer>();
}
const listed = async () =>
  (await test.http.get(`${house.base}/erasure-requests`)).json<{ requests: Answer[] }>().requests;

describe('a month', () => {
  it.each([
    // Received, in Berlin; due by the end of that day, in Berlin.
    ['2026-11-23T09:00:00Z', 1, '2026-12-23T23:00:00.000Z'],
    ['2027-01-31T09:00:00Z', 1, '2027-02-28T23:00:00.000Z'],
    ['2028-01-31T09:00:00Z', 1, '2028-02-29T23:00:00.000Z'],
    // The clock goes forward in between, and back again.
    ['2027-03-01T09:00:00Z', 1, '2027-04-01T22:00:00.000Z'],
    ['2027-10-15T09:00:00Z', 1, '2027-11-15T23:00:00.000Z'],
    // Half past midnight in Berlin is the day before in UTC.
    ['2027-05-31T22:30:00Z', 1, '2027-07-01T22:00:00.000Z'],
    ['2026-11-30T09:00:00Z', 3, '2027-02-28T23:00:00.000Z'],
  ])('from %s, %i later, ends at %s', (received, months, due) => {
    expect(monthsAfter(new Date(received), months).toISOString()).toBe(due);
  });
});

describe('a request', () => {
  it('is noted, ordered, and answered; the journal names neither the person nor more than ids', async () => {
    const person = await house.person();
    const record = await house.put(person, { name: 'Ada' });
    const { request, dueAt } = await note(person);
    expect(dueAt).toBe('2026-12-23T23:00:00.000Z');
    expect((await post(`/${request}/answer`, { outcome: 'erased' })).json()).toMatchObject({ field: 'outcome' });
    const ordered = await post(`/${request}/order`, { coolingMinutes: 0 });
    expect(ordered.json()).toMatchObject({ state: 'ordered', scope: 'person' });
    expect((await test.http.get(house.recordUrl(person, record))).status).toBe(404);
    await test.app.erasures.rollOver();
    const answered = await post(`/${request}/answer`, { outcome: 'erased' });
    expect(answered.json()).toMatchObject({
      outcome: 'erased',
      answeredAt: clock.now().toISOString(),
      order: ordered.json<Answer>().order,
    });
    expect((await post(`/${request}/answer`, { outcome: 'erased' })).json()).toMatchObject({ code: 'request_closed' });
    expect((await post(`/${request}/order`, {})).json()).toMatchObject({ code: 'request_closed' });
    const log = (await test.http.get(`${house.base}/journal?log=orders&limit=20`)).text;
    for (const kind of ['request.noted', 'request.ordered', 'request.answered']) expect(log).toContain(kind);
    expect(log).not.toContain(person);
  });

  it('takes the order that was placed by hand, and is not answered as erased when that was taken back', async () => {
    const person = await house.person();
    const { request } = await note(person);
    const placed = await test.http.post(`${house.base}/erasures`, { scope: 'person', person, coolingMinutes: 60 });
    const { order } = placed.json<Answer>();
    expect((await post(`/${request}/order`, {})).json()).toMatchObject({ order });
    expect((await test.http.post(`${house.base}/erasures/${order}/withdrawal`, {})).status).toBe(200);
    expect((await post(`/${request}/answer`, { outcome: 'erased' })).json()).toMatchObject({ field: 'outcome' });
    await test.app.erasures.tick();
    const again = (await post(`/${request}/order`, { coolingMinutes: 0 })).json<Answer>();
    expect(again.order).not.toBe(order);
    expect((await post(`/${request}/answer`, { outcome: 'erased' })).json()).toMatchObject({ order: again.order });
  });

  it('can be refused, on a ground of the law and on no other', async () => {
    const { request } = await note(await house.person());
    expect((await post(`/${request}/answer`, { outcome: 'refused' })).json()).toMatchObject({ field: 'ground' });
    expect((await post(`/${request}/answer`, { outcome: 'refused', ground: 'we like it' })).status).toBe(400);
    const refused = await post(`/${request}/answer`, { outcome: 'refused', ground: 'legal_claims' });
    expect(refused.json()).toMatchObject({ outcome: 'refused', ground: 'legal_claims' });
  });

  it('can be extended once, to three months from its arrival', async () => {
    const { request } = await note(await house.person());
    expect((await post(`/${request}/extension`, { reason: 'complex' })).json()).toMatchObject({
      extension: 'complex',
      dueAt: '2027-02-23T23:00:00.000Z',
    });
    expect((await post(`/${request}/extension`, { reason: 'many' })).json()).toMatchObject({ code: 'request_closed' });
  });

  it('may have arrived earlier, not later; of nobody there is none', async () => {
    const person = await house.person();
    const before = new Date(clock.now().getTime() - 3 * dayMs).toISOString();
    expect((await note(person, before)).dueAt).toBe('2026-12-20T23:00:00.000Z');
    const after = new Date(clock.now().getTime() + dayMs).toISOString();
    expect((await post('', { person, receivedAt: after })).json()).toMatchObject({ field: 'receivedAt' });
    expect((await post('', { person: crypto.randomUUID() })).status).toBe(404);
  });

  it('tells admins and team a week before it is due, and when it is overdue, once each; never one that is answered', async () => {
    const team = await createTeam(test);
    const admin = await team.inviteAdmin(house.customer);
    const { request: answered } = await note(await house.person());
    await post(`/${answered}/answer`, { outcome: 'refused', ground: 'archive' });
    clock.advance(dayMs);
    const { request, dueAt } = await note(await house.person());
    const letters = async () =>
      test.database.owner.query<{ account_id: string; refs: { at: string } }>(
        "select account_id, refs from notify.message where template = 'request_due' order by created_at, account_id",
      );
    clock.advance(20 * dayMs);
    await test.app.erasures.tick();
    expect(await letters()).toEqual([]);
    clock.advance(4 * dayMs);
    for (let turn = 0; turn < 2; turn += 1) await test.app.erasures.tick();
    const accounts = [admin.account, team.owner.account].sort();
    expect((await letters()).map((one) => one.account_id)).toEqual(accounts);
    clock.advance(8 * dayMs);
    for (let turn = 0; turn < 2; turn += 1) await test.app.erasures.tick();
    expect((await letters()).map(({ refs }) => refs.at)).toEqual([dueAt, dueAt, dueAt, dueAt]);
    // The one that waits stands before the one that is done.
    expect((await listed()).map((one) => one.request)).toEqual([request, answered]);
  });
});
