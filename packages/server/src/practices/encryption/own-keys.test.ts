/** All keys are looked at, in parts: a run that had too little time says so, and the next goes on. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { ProbeContext } from '../../claims/probe.ts';
import { systemClock } from '../../platform/clock/clock.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createHouse } from '../../testing/household.ts';
import { createKeysOfTheirOwn } from './own-keys.ts';

let test: TestApp;
let context: ProbeContext;
const customers = 6;
beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster') });
  for (let n = 0; n < customers; n += 1) {
    const house = await createHouse(test.http);
    await house.put(await house.person(), { name: 'Ada' });
  }
  context = {
    clock: systemClock,
    database: test.database.app,
    operator: await test.app.customers.operator(),
    signal: new AbortController().signal,
  };
});
afterAll(() => test.close());

it('looks at everything in one run where there is time', async () => {
  const seen = await createKeysOfTheirOwn()(context);
  expect(seen).toMatchObject({ verdict: 'holds', counts: { records: customers, wrong: 0 } });
  expect(Number(seen.counts.persons)).toBeGreaterThanOrEqual(customers);
});

it('goes on where it stopped, and knows nothing before it has seen all', async () => {
  const look = createKeysOfTheirOwn({ runMs: 0.01 });
  const verdicts: string[] = [];
  for (let run = 0; run < 40 && verdicts.at(-1) !== 'holds'; run += 1) verdicts.push((await look(context)).verdict);
  expect(verdicts.length).toBeGreaterThan(customers);
  expect(new Set(verdicts.slice(0, -1))).toEqual(new Set(['unknown']));
  expect(verdicts.at(-1)).toBe('holds');
  // What is found in a later pass turns it before the pass is over.
  await test.database.owner.query('update custody.record set person_id = gen_random_uuid()');
  let fails = false;
  for (let run = 0; run < 40 && !fails; run += 1) fails = (await look(context)).verdict === 'fails';
  expect(fails).toBe(true);
});

it('does not live on what it saw a day ago', async () => {
  const clock = createTestClock();
  const look = createKeysOfTheirOwn();
  await test.database.owner.query(
    'update custody.record r set person_id = (select person_id from keyring.person p where p.customer_id = r.customer_id limit 1)',
  );
  expect(await look({ ...context, clock })).toMatchObject({ verdict: 'holds' });
  clock.advance(25 * 3_600_000);
  expect(await look({ ...context, clock, signal: AbortSignal.abort() })).toMatchObject({ verdict: 'unknown' });
});

it('knows nothing when it was stopped in the middle', async () => {
  const stopped = { ...context, signal: AbortSignal.abort() };
  expect(await createKeysOfTheirOwn()(stopped)).toMatchObject({ verdict: 'unknown', reason: 'still-looking' });
});
