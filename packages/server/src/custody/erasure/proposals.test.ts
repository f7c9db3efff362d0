/** A whole customer goes by two of its admins, or with the wait where there is only one. */
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createHouse, type House } from '../../testing/household.ts';
import { createTeam, type Member, type Team } from '../../testing/team.ts';

const hourMs = 3_600_000;
let clock: ReturnType<typeof createTestClock>;
let test: TestApp;
let house: House;
let team: Team;
let first: Member;

beforeEach(async () => {
  clock = createTestClock();
  test = await createTestApp({ cluster: inject('cluster'), clock });
  house = await createHouse(test.http);
  team = await createTeam(test);
  first = await team.inviteAdmin(house.customer);
});
afterEach(() => test.close());

const all = { scope: 'customer' };
const order = (by: Member, body: object = all) => by.browser.post(`${house.base}/erasures`, body);
const propose = async (by: Member) => {
  const answer = await by.browser.post(`${house.base}/erasure-proposals`, {});
  expect(answer.status, answer.text).toBe(201);
  return answer.json<{ proposal: string; mine: boolean }>().proposal;
};
const confirm = (by: Member, proposal: string) =>
  by.browser.post(`${house.base}/erasure-proposals/${proposal}/confirmation`, {});

it('takes the wait where there is only one admin, and no less', async () => {
  expect((await order(first, { ...all, coolingMinutes: 0 })).json()).toMatchObject({ field: 'coolingMinutes' });
  expect((await first.browser.post(`${house.base}/erasure-proposals`, {})).status).toBe(404);
  expect((await order(first)).status).toBe(202);
});

it('needs the second admin, with a fresh factor of theirs, where there is one', async () => {
  const second = await team.inviteAdmin(house.customer);
  const person = await house.person();
  const record = await house.put(person, { name: 'Ada' });
  expect((await order(first)).json()).toMatchObject({ status: 409, code: 'second_admin_needed' });
  const preview = await first.browser.post(`${house.base}/erasures/preview`, all);
  expect(preview.json()).toMatchObject({ secondAdmin: true, people: 1 });
  const proposal = await propose(first);
  // Nothing is closed yet, and nobody confirms their own.
  expect((await test.http.get(house.recordUrl(person, record))).status).toBe(200);
  expect((await confirm(first, proposal)).json()).toMatchObject({ status: 403, code: 'self_forbidden' });
  expect((await team.owner.browser.post(`${house.base}/erasure-proposals/${proposal}/confirmation`, {})).status).toBe(
    403,
  );
  clock.advance(hourMs / 4 + 1);
  expect((await confirm(second, proposal)).json()).toMatchObject({ code: 'fresh_factor_required' });
  await second.confirm();
  const confirmed = await confirm(second, proposal);
  expect(confirmed.json()).toMatchObject({ state: 'ordered', scope: 'customer' });
  expect((await confirm(second, proposal)).json()).toMatchObject({ code: 'order_closed' });
  expect((await test.http.get(house.recordUrl(person, record))).status).toBe(404);
  const listed = await second.browser.get(`${house.base}/erasure-proposals`);
  expect(listed.json()).toMatchObject({
    proposals: [{ state: 'confirmed', mine: false, order: confirmed.json<{ order: string }>().order }],
  });
  const told = await test.database.owner.query<{ account_id: string }>(
    "select account_id from notify.message where template = 'erasure_proposed'",
  );
  expect(told).toEqual([{ account_id: second.account }]);
});

it('is void after a week, and each of them can end it; there is one at a time', async () => {
  const second = await team.inviteAdmin(house.customer);
  const proposal = await propose(first);
  expect((await second.browser.post(`${house.base}/erasure-proposals`, {})).json()).toMatchObject({
    code: 'proposal_open',
  });
  const ended = await second.browser.post(`${house.base}/erasure-proposals/${proposal}/end`, {});
  expect(ended.json()).toMatchObject({ state: 'ended' });
  expect((await confirm(second, proposal)).json()).toMatchObject({ code: 'order_closed' });
  clock.advance(1_000);
  const next = await propose(first);
  clock.advance(7 * 24 * hourMs + 1);
  await second.signIn();
  expect((await confirm(second, next)).json()).toMatchObject({ code: 'order_closed' });
  const [newest] = (await second.browser.get(`${house.base}/erasure-proposals`)).json<{ proposals: object[] }>()
    .proposals;
  expect(newest).toMatchObject({ state: 'expired' });
});

it('is not for staff to propose; a service takes the wait', async () => {
  await team.inviteAdmin(house.customer);
  expect((await team.owner.browser.post(`${house.base}/erasure-proposals`, {})).status).toBe(403);
  expect((await test.http.post(`${house.base}/erasures`, { ...all, coolingMinutes: 0 })).status).toBe(400);
  expect((await test.http.post(`${house.base}/erasures`, all)).status).toBe(202);
});
