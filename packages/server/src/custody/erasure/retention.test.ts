/** Terms of retention: what a collection's rule says is over goes by itself, and nothing else does. */
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { asId } from '../../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTestClock } from '../../testing/clock.ts';
import { contacts, createHouse, type House } from '../../testing/household.ts';

const dayMs = 86_400_000;
let clock: ReturnType<typeof createTestClock>;
let test: TestApp;
let house: House;

beforeEach(async () => {
  clock = createTestClock();
  test = await createTestApp({ cluster: inject('cluster'), clock, nodes: 2 });
  house = await createHouse(test.http, { ...contacts, retentionDays: 90 });
});
afterEach(() => test.close());

/** As if it had last been changed so many days ago. */
const age = (record: string, days: number) =>
  test.database.owner.query('update custody.record set updated_at = $2 where record_id = $1', [
    record,
    new Date(clock.now().getTime() - days * dayMs),
  ]);
const statusOf = async (person: string, record: string) =>
  (await test.http.get(house.recordUrl(person, record))).status;
const orders = () => test.app.erasures.list(asId(house.customer), undefined, 50);

it('is an order of its own for each person, journalled, final with the epoch; the younger records stay', async () => {
  const person = await house.person();
  const old = await house.put(person, { name: 'old', mail: 'old@example.org' });
  const young = await house.put(person, { name: 'young', mail: 'young@example.org' });
  await age(old, 91);
  await age(young, 89);
  await test.app.erasures.tick();
  expect(await statusOf(person, old)).toBe(404);
  expect(await statusOf(person, young)).toBe(200);
  await test.app.erasures.rollOver();
  expect(await orders()).toMatchObject([
    { scope: 'retention', state: 'final', collection: 'contacts', person, extent: { records: 1 } },
  ]);
  expect(await house.find('old@example.org')).toEqual([]);
  expect(await house.find('young@example.org')).toHaveLength(1);
  const answer = await test.http.get(`${house.base}/journal?log=orders&limit=5`);
  expect(answer.text).toContain('retention');
  expect(answer.text).not.toContain(person);
});

it('comes once a day, over all servers, and takes what became old meanwhile', async () => {
  const person = await house.person();
  const record = await house.put(person, { name: 'Ada' });
  await age(record, 80);
  for (const app of test.apps) await app.erasures.tick();
  expect(await orders()).toEqual([]);
  clock.advance(11 * dayMs);
  await Promise.all(test.apps.map((app) => app.erasures.tick()));
  expect(await orders()).toHaveLength(1);
  expect(await statusOf(person, record)).toBe(404);
});

it('leaves out what is held, and takes it when the hold has ended', async () => {
  const person = await house.person();
  const record = await house.put(person, { name: 'Ada' });
  await age(record, 200);
  const until = new Date(clock.now().getTime() + 5 * dayMs).toISOString();
  const target = { person, collection: 'contacts', record };
  expect((await test.http.post(`${house.base}/holds`, { ...target, until, reason: 'audit' })).status).toBe(201);
  await test.app.erasures.tick();
  expect(await orders()).toEqual([]);
  expect(await statusOf(person, record)).toBe(200);
  clock.advance(6 * dayMs);
  await test.app.erasures.tick();
  expect(await orders()).toHaveLength(1);
  expect(await statusOf(person, record)).toBe(404);
});
