/** Clocks that jump, and days of 23 and 25 hours: an order ends within 24 hours of elapsed time all the same. */
import { afterEach, describe, expect, inject, it } from 'vitest';
import type { Actor } from '../../journal/entry.ts';
import { asId, type CustomerId, type PersonId } from '../../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createHouse, type House } from '../../testing/household.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const actor: Actor = { kind: 'system', id: 'obhut' };
let clock: ReturnType<typeof createTestClock>;
let test: TestApp;
let house: House;
let customer: CustomerId;

async function start(at?: Date): Promise<void> {
  clock = createTestClock(at);
  test = await createTestApp({ cluster: inject('cluster'), clock });
  house = await createHouse(test.http);
  customer = asId(house.customer);
}
afterEach(() => test.close());

async function order(coolingMs = hourMs) {
  const person = await house.person();
  const record = await house.put(person, { name: 'Ada' });
  const wish = { customer, scope: 'person', person: asId<PersonId>(person) } as const;
  const placed = await test.app.erasures.place(wish, coolingMs, actor, 'api');
  await test.app.erasures.tick();
  return { order: placed, url: house.recordUrl(person, record) };
}

/** The database's own clock, by which it is known how old an epoch is. */
const jumpDatabase = (ms: number) =>
  test.database.owner.query("update keyring.epoch set created_at = created_at - $1 * interval '1 millisecond'", [ms]);

/** Turns as the server makes them, until the order is final. @returns how much time passed. */
async function untilFinal(id: string): Promise<number> {
  for (let passedMs = 0; ; passedMs += 30 * minuteMs) {
    await test.app.erasures.tick();
    if ((await test.app.erasures.get(customer, asId(id))).state === 'final') return passedMs;
    expect(passedMs).toBeLessThan(30 * hourMs);
    clock.advance(30 * minuteMs);
  }
}

describe('a wall clock that jumps', () => {
  it.each([
    ['a day back', -dayMs],
    ['a day forward', dayMs],
    ['an hour back, as if somebody had not known of summer time', -hourMs],
  ])('%s: the order is final within 24 hours of elapsed time', async (_, jumpMs) => {
    await start();
    const { order: placed, url } = await order();
    clock.jump(jumpMs);
    await jumpDatabase(jumpMs);
    expect((await test.http.get(url)).status).toBe(404);
    expect(await untilFinal(placed.order)).toBeLessThanOrEqual(14 * hourMs);
  });

  it('a day back while it waits for its epoch: it does not wait a day longer', async () => {
    await start();
    const { order: placed } = await order(0);
    clock.advance(6 * hourMs);
    await test.app.erasures.tick();
    clock.jump(-dayMs);
    await jumpDatabase(-dayMs);
    expect(6 * hourMs + (await untilFinal(placed.order))).toBeLessThanOrEqual(14 * hourMs);
  });
});

describe('a night in which the clock is changed', () => {
  it.each([
    ['has 25 hours', '2026-10-24T22:30:00Z'],
    ['has 23 hours', '2026-03-28T22:30:00Z'],
  ])('that %s changes nothing: an hour of cooling is an hour, and the promise 24', async (_, at) => {
    await start(new Date(at));
    const { order: placed } = await order();
    expect(placed.dueAt.getTime() - placed.orderedAt.getTime()).toBe(dayMs);
    clock.advance(hourMs - minuteMs);
    await test.app.erasures.tick();
    expect(await test.app.erasures.get(customer, placed.order)).toMatchObject({ state: 'ordered' });
    clock.advance(minuteMs);
    await test.app.erasures.tick();
    expect(await test.app.erasures.get(customer, placed.order)).toMatchObject({ state: 'executed' });
    expect(hourMs + (await untilFinal(placed.order))).toBeLessThanOrEqual(14 * hourMs);
  });
});
