/** A customer leaves: its admin takes the data along, two admins erase it, and the receipt is there when nothing else is. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, it, vi } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createTestClock } from '../testing/clock.ts';
import { createHouse, type House } from '../testing/household.ts';
import { createTeam } from '../testing/team.ts';

const hourMs = 3_600_000;
let clock: ReturnType<typeof createTestClock>;
let test: TestApp;
let house: House;
let other: House;

beforeEach(async () => {
  clock = createTestClock();
  test = await createTestApp({ cluster: inject('cluster'), clock });
  house = await createHouse(test.http);
  other = await createHouse(test.http);
});
afterEach(() => test.close());

it('exports by a token of an hour that opens nothing else, and is erased by two of its admins', async () => {
  const team = await createTeam(test);
  const [first, second] = [await team.inviteAdmin(house.customer), await team.inviteAdmin(house.customer)];
  const person = await house.person();
  await house.put(person, { name: 'Ada', mail: 'ada@example.org' });
  const file = `${house.base}/people/${person}/files/${randomUUID()}`;
  await test.http.put(file, Buffer.from('a page'), { headers: { 'content-type': 'application/pdf' } });
  const made = await first.browser.post(`${house.base}/export-token`, {});
  expect(made.status, made.text).toBe(201);
  const { token } = made.json<{ token: string }>();
  const purpose = { token, headers: { 'obhut-purpose': 'portability' } };
  const exported = await test.http.get(`${house.base}/export`, purpose);
  expect(exported.text.split('\n').filter((line) => line.includes('"name":"Ada"'))).toHaveLength(1);
  expect((await test.http.get(`${other.base}/export`, purpose)).status).toBe(404);
  expect((await test.http.get(file, purpose)).text).toBe('a page');
  expect((await test.http.delete(file, { token })).status).toBe(403);
  expect((await test.http.get(`${house.base}/people`, { token })).status).toBe(403);
  const told = await test.database.owner.query<{ account_id: string }>(
    "select account_id from notify.message where template = 'token_made'",
  );
  expect(told.map(({ account_id: account }) => account).sort()).toEqual(
    [first.account, second.account, team.owner.account].sort(),
  );
  // Staff have no such way to the data.
  expect((await team.owner.browser.post(`${house.base}/export-token`, {})).status).toBe(403);

  const proposed = await first.browser.post(`${house.base}/erasure-proposals`, { coolingMinutes: 0 });
  const { proposal } = proposed.json<{ proposal: string }>();
  const confirmed = await second.browser.post(`${house.base}/erasure-proposals/${proposal}/confirmation`, {});
  const { receiptPath } = confirmed.json<{ receiptPath: string }>();
  expect((await test.http.get(`${house.base}/export`, purpose)).status).toBe(404);
  await test.app.erasures.rollOver();
  await second.browser.get('/v1/session').then(({ status }) => expect(status).toBe(401));
  await vi.waitFor(
    async () => expect((await test.http.get(receiptPath, { token: null })).text).toContain('id="proof"'),
    { timeout: 10_000, interval: 100 },
  );
  clock.advance(2 * hourMs);
  expect((await test.http.get(`${other.base}/people`, { token })).status).toBe(401);
});
