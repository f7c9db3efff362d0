/** `kill -9` at numbered steps of an order and of the rollover that ends it: another server goes on, and nothing is lost. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { asId, asName, type CustomerId, type PersonId } from '../../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import type { Fault } from '../../testing/faults.ts';
import { createHouse, type House } from '../../testing/household.ts';
import { sendToDie, worldOf } from '../../testing/mortal.ts';

const actor = { kind: 'system', id: 'obhut' } as const;
/** The long run kills at each step, this one at every seventeenth. */
const stride = process.env.OBHUT_SOAK === undefined ? 17 : 1;
const mostSteps = 300;
let test: TestApp;
let house: House;
let customer: CustomerId;

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster') });
  house = await createHouse(test.http);
  customer = asId(house.customer);
});
afterAll(() => test.close());

/** @returns whether it died there; else there was no such step. */
function diesAt(step: number, fault: Fault): Promise<boolean> {
  return sendToDie({
    ...worldOf(test, inject('cluster')),
    deed: 'erasures',
    step,
    fault,
  }).then((end) => end === 'killed');
}

/** A minute later: the leases of the dead are over. */
async function aMinuteLater(): Promise<void> {
  await test.database.owner.query(
    "update keyring.node set seen_at = now() - interval '2 minutes' where node = 'mortal'",
  );
  await test.database.owner.query('update keyring.rollover set lease_until = now() where finished_at is null');
}

const isThere = async (person: string, record: string) =>
  (await test.http.get(house.recordUrl(person, record))).status === 200;

it.each(['before', 'after'] as const)(
  '%s a step: the order ends, the copy is dead, the others live',
  {
    timeout: 600_000,
  },
  async (fault) => {
    const eve = await house.person();
    const eves = await house.put(eve, { name: 'Eve', mail: `eve-${fault}@example.org` });
    const reached = new Set<string>();
    for (let step = fault === 'before' ? 2 : 7, died = true; died; step += stride) {
      expect(step).toBeLessThan(mostSteps);
      const ada = asId<PersonId>(await house.person());
      const adas = await house.put(ada, { name: 'Ada', mail: `ada-${fault}-${step}@example.org` });
      const gone = await house.put(eve, { name: 'a part of Eve' });
      const copy = await test.app.keyring.prober.keep(customer, ada, asName('contacts'), asId(adas));
      if (copy === undefined || !(await test.app.keyring.prober.opens(copy)))
        throw new Error('there is no copy to hunt');
      await test.app.erasures.place({ customer, scope: 'person', person: ada }, 0, actor, 'api');
      expect((await test.http.delete(house.recordUrl(eve, gone))).status).toBe(202);
      died = await diesAt(step, fault);
      const [left] = await test.database.owner.query<{ step: number }>(
        'select step from keyring.rollover where finished_at is null',
      );
      const open = await test.app.erasures.list(customer, undefined, 2);
      reached.add(`${left?.step ?? '-'} ${open.map(({ state }) => state).join()}`);
      await aMinuteLater();
      await test.app.erasures.rollOver();
      // What was booked on an epoch that was being made ends with that one.
      await test.app.erasures.rollOver();
      expect(
        (await test.app.erasures.list(customer, undefined, 2)).map(({ state }) => state),
        `step ${step}`,
      ).toEqual(['final', 'final']);
      expect(await test.app.keyring.prober.opens(copy), `step ${step}`).toBe(false);
      expect(await isThere(ada, adas)).toBe(false);
      expect(await isThere(eve, gone)).toBe(false);
      expect(await isThere(eve, eves)).toBe(true);
      expect(await house.find(`eve-${fault}@example.org`)).toEqual([{ person: eve, record: eves }]);
    }
    // Before the keys were dead, between that and the epoch, and within the rollover.
    expect(reached.size).toBeGreaterThanOrEqual(4);
  },
);
