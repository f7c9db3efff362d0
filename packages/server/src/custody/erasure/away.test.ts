/** One site is away while an order is carried out, and a server is killed, or the database fails, at a step of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import type { SiteSettings } from '../../platform/config/settings.ts';
import { asId, asName, type CustomerId, type PersonId } from '../../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { goAway } from '../../testing/away.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createFaults, type Fault } from '../../testing/faults.ts';
import { createHouse, type House } from '../../testing/household.ts';
import { sendToDie, worldOf } from '../../testing/mortal.ts';

const hourMs = 3_600_000;
const actor = { kind: 'system', id: 'obhut' } as const;
/** The long run takes each step, this one a few. */
const isLong = process.env.OBHUT_SOAK !== undefined;
const strides = { kill: isLong ? 1 : 61, error: isLong ? 1 : 23 };
const mostSteps = 400;
const faults = createFaults();
let test: TestApp;
let house: House;
let customer: CustomerId;
let folder: string;

afterEach(async () => {
  await test.close();
  await rm(folder, { recursive: true });
});

/** Folders, of which these are safes. */
async function sitesWith(safes: readonly string[], others: readonly string[]): Promise<SiteSettings[]> {
  folder = await mkdtemp(join(tmpdir(), 'obhut-away-'));
  const site = (name: string, ...purposes: SiteSettings['purposes']): SiteSettings => ({
    name,
    path: join(folder, name),
    country: 'DE',
    purposes,
  });
  return [
    ...safes.map((name) => site(name, 'safe')),
    // The heads of the logs are at the first of them: without those no server starts.
    ...others.map((name, i) => site(name, 'objects', 'ledger', ...(i === 0 ? (['heads'] as const) : []))),
  ];
}

async function start(sites: SiteSettings[], clock?: ReturnType<typeof createTestClock>): Promise<void> {
  test = await createTestApp({
    cluster: inject('cluster'),
    wrap: faults.wrap,
    settings: { sites },
    ...(clock !== undefined && { clock }),
  });
  house = await createHouse(test.http);
  customer = asId(house.customer);
}

const siteOf = (name: string) => {
  const site = test.sites.find((one) => one.name === name);
  if (site === undefined) throw new Error(`there is no site ${name}`);
  return site;
};

const statesOf = async (person: PersonId) =>
  (await test.app.erasures.list(customer, undefined, 10))
    .filter((one) => one.person === person)
    .map(({ state }) => state);

/** A person with a record, a copy of it, and the order; then what happens to the order; then whether all is as it should be. */
async function story(label: string, eve: string, happens: () => Promise<boolean>): Promise<boolean> {
  const ada = asId<PersonId>(await house.person());
  const adas = await house.put(ada, { name: 'Ada', mail: `${label}@example.org` });
  const gone = await house.put(eve, { name: 'a part of Eve' });
  const copy = await test.app.keyring.prober.keep(customer, ada, asName('contacts'), asId(adas));
  if (copy === undefined || !(await test.app.keyring.prober.opens(copy))) throw new Error('there is no copy to hunt');
  await test.app.erasures.place({ customer, scope: 'person', person: ada }, 0, actor, 'api');
  expect((await test.http.delete(house.recordUrl(eve, gone))).status).toBe(202);
  const happened = await happens();
  await test.app.erasures.rollOver();
  // What was booked on an epoch that was being made ends with that one.
  await test.app.erasures.rollOver();
  expect(await statesOf(ada), label).toEqual(['final']);
  expect(await test.app.keyring.prober.opens(copy), label).toBe(false);
  expect((await test.http.get(house.recordUrl(ada, adas))).status).toBe(404);
  expect((await test.http.get(house.recordUrl(eve, gone))).status).toBe(404);
  return happened;
}

const constellations: readonly (readonly [string, readonly string[], readonly string[], string])[] = [
  ['one that is no safe', ['a'], ['b', 'c'], 'c'],
  ['one of three safes', ['a', 'b', 'c'], ['d'], 'b'],
];

describe.each(constellations)('with %s away', (_, safes, others, away) => {
  it.each(['before', 'after'] as const)(
    'a server that is killed %s a step: the order ends',
    {
      timeout: 600_000,
    },
    async (fault: Fault) => {
      const sites = await sitesWith(safes, others);
      await start(sites);
      const eve = await house.person();
      const eves = await house.put(eve, { name: 'Eve', mail: 'eve@example.org' });
      const comesBack = goAway(siteOf(away));
      let step = fault === 'before' ? 3 : 9;
      for (let died = true; died; step += strides.kill) {
        expect(step).toBeLessThan(mostSteps);
        died = await story(`kill-${step}`, eve, async () => {
          const end = await sendToDie({
            ...worldOf(test, inject('cluster')),
            deed: 'erasures',
            step,
            fault,
            sites,
            away: [away],
          });
          await test.database.owner.query(
            "update keyring.node set seen_at = now() - interval '2 minutes' where node = 'mortal'",
          );
          await test.database.owner.query('update keyring.rollover set lease_until = now() where finished_at is null');
          return end === 'killed';
        });
      }
      expect(step).toBeGreaterThan(strides.kill);
      expect((await test.http.get(house.recordUrl(eve, eves))).json()).toMatchObject({ name: 'Eve' });
      comesBack();
    },
  );

  it.each(['before', 'after'] as const)('an error %s a step: the order ends', { timeout: 600_000 }, async (fault) => {
    await start(await sitesWith(safes, others));
    await test.app.journal.integrator.stop();
    await test.app.keyring.nodes.stop();
    const eve = await house.person();
    const eves = await house.put(eve, { name: 'Eve', mail: 'eve@example.org' });
    goAway(siteOf(away));
    let step = fault === 'before' ? 1 : 4;
    for (let reached = true; reached; step += strides.error) {
      expect(step).toBeLessThan(mostSteps);
      reached = await story(`error-${step}`, eve, async () => {
        faults.arm(step, fault);
        await test.app.erasures.rollOver().catch(() => undefined);
        const was = faults.disarm();
        await test.database.owner.query('update keyring.rollover set lease_until = now() where finished_at is null');
        return was;
      });
    }
    expect(step).toBeGreaterThan(strides.error);
    expect((await test.http.get(house.recordUrl(eve, eves))).json()).toMatchObject({ name: 'Eve' });
  });
});

describe('a site that was away', () => {
  it('has the whole ledger and none of the erased files once it is back', async () => {
    await start(await sitesWith(['a'], ['b', 'c']));
    const ada = asId<PersonId>(await house.person());
    const file = await test.app.server.inject({
      method: 'PUT',
      url: `${house.base}/people/${ada}/files/${crypto.randomUUID()}`,
      headers: {
        authorization: `Bearer ${test.token.text}`,
        'content-type': 'application/octet-stream',
        'obhut-purpose': 'service',
      },
      payload: Buffer.from('a letter'),
    });
    expect(file.statusCode, file.body).toBe(201);
    const objects = async (name: string) => (await siteOf(name).list('objects')).length;
    expect([await objects('b'), await objects('c')]).toEqual([1, 1]);
    const away = siteOf('c');
    const comesBack = goAway(away);
    const { order } = await test.app.erasures.place({ customer, scope: 'person', person: ada }, 0, actor, 'api');
    await test.app.erasures.rollOver();
    expect(await test.app.erasures.get(customer, order)).toMatchObject({ state: 'final', missed: ['c'] });
    expect(await objects('b')).toBe(0);
    await test.app.erasures.tick();
    expect(await test.app.erasures.get(customer, order)).toMatchObject({ missed: ['c'] });
    comesBack();
    expect(await objects('c')).toBe(1);
    await test.app.erasures.tick();
    expect(await objects('c')).toBe(0);
    expect(await test.app.erasures.get(customer, order)).toMatchObject({ state: 'final', missed: [] });
    // The next line brings all lines.
    await test.app.erasures.place({ customer, scope: 'person', person: asId(await house.person()) }, 0, actor, 'api');
    const [whole, caughtUp] = await Promise.all(
      ['b', 'c'].map((name) => siteOf(name).read('ledger', 'erasures.ndjson')),
    );
    expect(caughtUp?.toString()).toContain(order);
    expect(caughtUp).toEqual(whole);
  });

  it('of two safes, leaves the order open, warns from 16 hours on and alarms from 22, and fails on the page; back, it ends', async () => {
    const clock = createTestClock();
    await start(await sitesWith(['a', 'b'], ['c']), clock);
    const ada = asId<PersonId>(await house.person());
    await house.put(ada, { name: 'Ada' });
    const comesBack = goAway(siteOf('b'));
    const { order } = await test.app.erasures.place({ customer, scope: 'person', person: ada }, 0, actor, 'api');
    /** From which hour on it is told, and how urgently. */
    const told = new Map<string | undefined, number>();
    for (let hours = 1; hours <= 25; hours += 1) {
      clock.advance(hourMs);
      // It goes on as far as it can, and fails where it cannot; the alarms come all the same.
      await test.app.erasures.tick().catch(() => undefined);
      await test.database.owner.query('update keyring.rollover set lease_until = now() where finished_at is null');
      const [late] = await test.app.erasures.late();
      if (!told.has(late?.severity)) told.set(late?.severity, hours);
    }
    expect(await test.app.erasures.get(customer, order)).toMatchObject({ state: 'executed' });
    expect([...told]).toEqual([
      [undefined, 1],
      ['warning', 16],
      ['critical', 22],
    ]);
    expect(await test.app.page.runner.run('erasure.in-time')).toMatchObject({
      verdict: 'fails',
      counts: { overdue: 1 },
    });
    comesBack();
    await test.app.erasures.rollOver();
    expect(await test.app.erasures.get(customer, order)).toMatchObject({ state: 'final' });
  });
});
