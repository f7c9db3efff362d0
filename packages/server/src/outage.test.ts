/** The database goes away and comes back: refused meanwhile, visibly, and well again without a restart. */
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { adminUser } from './platform/database/embedded.ts';
import { createTestApp, type TestApp } from './testing/app.ts';
import { createTestClock } from './testing/clock.ts';
import { connect } from './testing/cluster.ts';
import { createFaults } from './testing/faults.ts';
import { createHouse, type House } from './testing/household.ts';

let test: TestApp;
let house: House;

describe('a database that is gone', () => {
  beforeEach(async () => {
    test = await createTestApp({ cluster: inject('cluster') });
    house = await createHouse(test.http);
  });
  afterEach(() => test.close());

  async function admin(...statements: readonly string[]): Promise<void> {
    const database = connect(inject('cluster'), 'postgres', adminUser, 1);
    for (const statement of statements) await database.query(statement);
    await database.close();
  }
  const cut = () => `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${test.database.name}'`;
  const takeAway = () => admin(`alter database ${test.database.name} allow_connections false`, cut());
  const bringBack = () => admin(`alter database ${test.database.name} allow_connections true`);
  const ready = async () => (await test.http.get('/readyz', { token: null })).status;

  it('answers 503 and turns readiness red, and both are well again by themselves', async () => {
    const person = await house.person();
    const record = await house.put(person, { name: 'Ada' });
    const url = house.recordUrl(person, record);
    expect((await test.http.get(url)).status).toBe(200);
    await takeAway();
    const refused = [await test.http.get(url), await test.http.put(url, { name: 'Eve' })];
    for (const answer of refused) {
      expect(answer.status, answer.text).toBe(503);
      expect(answer.headers['retry-after']).toBe('1');
      expect(answer.text).not.toMatch(/Ada|select|journal\.|SQLSTATE/);
    }
    await expect.poll(ready, { timeout: 10_000 }).toBe(503);
    expect((await test.http.get('/healthz')).status).toBe(200);
    await bringBack();
    // Nobody writes meanwhile: what keeps callers away while it is red must not be what would turn it green.
    await expect.poll(ready, { timeout: 15_000 }).toBe(200);
    expect((await test.http.get(url)).json()).toMatchObject({ name: expect.stringMatching(/Ada|Eve/) });
    await test.app.journal.integrator.round();
    expect((await test.app.journal.fsck()).findings).toEqual([]);
  });

  it('whose connections were only cut goes on with the next request', async () => {
    const person = await house.person();
    const url = house.recordUrl(person);
    await admin(cut());
    await expect.poll(async () => (await test.http.put(url, { name: 'Ada' })).status).toBeLessThan(300);
    expect((await test.http.get(url)).json()).toEqual({ name: 'Ada' });
  });
});

describe('a database that hangs', () => {
  const clock = createTestClock();
  const faults = createFaults();
  beforeEach(async () => {
    test = await createTestApp({
      cluster: inject('cluster'),
      clock,
      wrap: (database, which) => (which === 'flush' ? faults.wrap(database) : database),
    });
    house = await createHouse(test.http);
  });
  afterEach(() => test.close());

  it('lets those who wait behind it go with 503 at their deadline, and releases nothing to them', async () => {
    const person = await house.person();
    const url = house.recordUrl(person, await house.put(person, { name: 'Ada' }));
    const release = faults.hold();
    // Two flushes may be under way.
    const first = test.http.get(url);
    await expect.poll(faults.held).toBe(1);
    const second = test.http.get(url);
    await expect.poll(faults.held).toBe(2);
    const behind = [test.http.get(url), test.http.get(url)];
    await expect.poll(() => test.app.journal.statistics().queued).toBe(2);
    clock.advance(2_001);
    for (const answer of await Promise.all(behind)) {
      expect(answer.json()).toMatchObject({ status: 503, code: 'journal_unavailable' });
      expect(answer.text).not.toContain('Ada');
    }
    expect(test.app.trouble()).toBeDefined();
    release();
    for (const held of await Promise.all([first, second])) expect(held.json()).toEqual({ name: 'Ada' });
    expect((await test.http.get(url)).status).toBe(200);
    expect(test.app.trouble()).toBeUndefined();
  });
});

describe('a slow read', () => {
  const clock = createTestClock();
  const faults = createFaults();
  afterEach(() => test.close());

  it('that outlives its receipt is asked again with 503, not called a defect', async () => {
    test = await createTestApp({
      cluster: inject('cluster'),
      clock,
      wrap: (database, which) => (which === 'pool' ? faults.wrap(database) : database),
    });
    await test.app.journal.integrator.stop();
    house = await createHouse(test.http);
    const person = await house.person();
    const url = house.recordUrl(person, await house.put(person, { name: 'Ada' }));
    expect((await test.http.get(url)).status).toBe(200);
    const entries = test.app.journal.statistics().entries;
    const release = faults.hold();
    const answer = test.http.get(url);
    await expect.poll(() => test.app.journal.statistics().entries).toBe(entries + 1);
    clock.advance(5_001);
    release();
    expect((await answer).json()).toMatchObject({ status: 503 });
    expect((await test.http.get(url)).status).toBe(200);
  });
});
