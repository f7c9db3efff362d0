/** An error before and after the steps of an order, from placing it to its receipt: it ends, and nothing else is lost. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { asId, type CustomerId, type PersonId } from '../../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createFaults } from '../../testing/faults.ts';
import { createHouse, type House } from '../../testing/household.ts';

const faults = createFaults();
const actor = { kind: 'system', id: 'obhut' } as const;
/** The long run takes each step, this one every fifth. */
const stride = process.env.OBHUT_SOAK === undefined ? 5 : 1;
const mostSteps = 400;
let test: TestApp;
let house: House;
let customer: CustomerId;

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster'), wrap: faults.wrap });
  // Its own rhythm would eat the faults.
  await test.app.journal.integrator.stop();
  await test.app.keyring.nodes.stop();
  house = await createHouse(test.http);
  customer = asId(house.customer);
});
afterAll(() => test.close());

const retried = async (work: () => Promise<unknown>) => {
  for (let tries = 0; tries < 5; tries += 1)
    if (
      await work().then(
        () => true,
        () => false,
      )
    )
      return;
  throw new Error('did not come to rest');
};

describe('an order', () => {
  it.each([
    ['before', 0],
    ['after', 2],
  ] as const)('ends well with an error %s a step', { timeout: 180_000 }, async (fault, first) => {
    const keeps = await house.person();
    const kept = await house.put(keeps, { name: 'Eve', mail: `eve-${fault}@example.org` });
    let step: number = first;
    for (let reached = true; reached; step += stride) {
      expect(step).toBeLessThan(mostSteps);
      const person = asId<PersonId>(await house.person());
      const record = await house.put(person, { name: 'Ada', mail: `ada-${fault}-${step}@example.org` });
      const run = async () => {
        await test.app.erasures
          .place({ customer, scope: 'person', person }, 0, actor, 'api')
          .catch((error: unknown) => {
            // Placed before the error: it is locked.
            if ((error as { code?: string }).code !== 'not_found') throw error;
          });
        await test.app.erasures.rollOver();
      };
      faults.arm(step, fault);
      await run().catch(() => undefined);
      reached = faults.disarm();
      test.app.keyring.stale(customer);
      await retried(run);
      expect((await test.http.get(house.recordUrl(person, record))).status).toBe(404);
      expect((await test.http.get(house.recordUrl(keeps, kept))).status).toBe(200);
      const orders = (await test.app.erasures.list(customer, undefined, 3)).filter((one) => one.person === person);
      expect(orders.map(({ state }) => state)).toEqual(['final']);
    }
    expect(step).toBeGreaterThan(20);
    expect(await house.find(`eve-${fault}@example.org`)).toHaveLength(1);
  });
});
