/** What goes on in the background meets an error at every step, and goes on where it was. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from './testing/app.ts';
import { createFaults } from './testing/faults.ts';
import { contacts, createHouse } from './testing/household.ts';

const faults = createFaults();
const mostSteps = 60;
let test: TestApp;

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster'), wrap: faults.wrap });
  await test.app.journal.integrator.stop();
});
afterAll(() => test.close());

describe('with an error at every step', () => {
  it('a backfill that broke off goes on and finds every older record', async () => {
    const { mail: _lookup, ...fields } = contacts.fields;
    const before = { ...contacts, fields: { ...fields, mail: { class: 'personal' } } };
    for (const fault of ['before', 'after'] as const)
      for (let step = 0, reached = true; reached; step += 1) {
        expect(step).toBeLessThan(mostSteps);
        const house = await createHouse(test.http, before);
        await house.put(await house.person(), { name: 'n', mail: 'old@example.org' });
        faults.arm(step, fault);
        await test.http.put(`${house.base}/collections/contacts`, contacts);
        await test.app.custody.backfill.run().catch(() => undefined);
        reached = faults.disarm();
        await test.http.put(`${house.base}/collections/contacts`, contacts);
        await test.app.custody.backfill.run();
        expect(await house.find('old@example.org'), `step ${step}`).toHaveLength(1);
      }
    await test.app.journal.integrator.round();
    expect((await test.app.journal.fsck()).findings).toEqual([]);
  });

  it('the integration goes on where it was, and signs what follows from the entries', async () => {
    for (const fault of ['before', 'after'] as const)
      for (let step = 0, reached = true; reached; step += 1) {
        expect(step).toBeLessThan(mostSteps);
        const house = await createHouse(test.http);
        faults.arm(step, fault);
        await test.app.journal.integrator.round().catch(() => undefined);
        reached = faults.disarm();
        await test.app.journal.integrator.round();
        expect(test.app.journal.integrator.trouble()).toBeUndefined();
        const { entries } = (await test.http.get(`${house.base}/journal`)).json<{ entries: { index: number }[] }>();
        expect(entries.map(({ index }) => index)).toEqual(entries.map((_, i) => i));
      }
    expect((await test.app.journal.fsck()).findings).toEqual([]);
  });
});
