import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { startTestCluster } from '../testing/cluster.ts';
import { createHouse } from '../testing/household.ts';
import { createWatch } from './watch.ts';

let test: TestApp;
afterEach(() => test.close());

const watching = (used: () => number) =>
  createWatch({
    database: test.database.app,
    journal: test.app.journal,
    folders: [tmpdir()],
    room: async () => ({ blocks: 1_000, bfree: 1_000 - used(), bavail: 1_000 - used() }),
  });

describe('room on the disk', () => {
  it('is looked at, and at 97 % nothing is taken until there is room', async () => {
    test = await createTestApp({ cluster: inject('cluster') });
    const house = await createHouse(test.http);
    let used = 700;
    const watch = watching(() => used);
    await watch.look();
    used = 810;
    await watch.look();
    expect(watch.diskUsed()).toBeCloseTo(0.81);
    expect((await test.http.post(`${house.base}/people`, {})).status).toBe(201);
    used = 980;
    await watch.look();
    expect((await test.http.post(`${house.base}/people`, {})).json()).toMatchObject({ code: 'journal_unavailable' });
    expect(watch.diskUsed()).toBeCloseTo(0.98);
    used = 700;
    await watch.look();
    expect((await test.http.post(`${house.base}/people`, {})).status).toBe(201);
  });
});

describe('a database that may lose what it acknowledges', () => {
  let cluster: Awaited<ReturnType<typeof startTestCluster>>;
  beforeAll(async () => {
    cluster = await startTestCluster({ fsync: 'off' });
  }, 60_000);
  afterAll(() => cluster.stop());

  it('serves nobody, and says why', async () => {
    test = await createTestApp({ cluster: cluster.address });
    const house = await createHouse(test.http);
    await watching(() => 0).look();
    expect(test.app.trouble()).toBe('the database could lose entries');
    expect((await test.http.post(`${house.base}/people`, {})).json()).toMatchObject({ code: 'journal_unavailable' });
  });
});
