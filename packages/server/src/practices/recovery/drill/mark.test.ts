import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Database } from '../../../platform/database/database.ts';
import { roleNames } from '../../../platform/database/roles.ts';
import { connect, createTestDatabase, type TestDatabase } from '../../../testing/cluster.ts';
import { type MarkOptions, takeMark } from './mark.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(inject('cluster'));
});
afterAll(() => database.drop());

const asOwner: MarkOptions['asOwner'] = async (work) => {
  const owner = connect(inject('cluster'), database.name, roleNames.owner, 1);
  try {
    return await work(owner);
  } finally {
    await owner.close();
  }
};
const write = (owner: Database) =>
  owner.transaction((connection) => connection.query('lock table customers.customer in row exclusive mode'));

it('holds nobody up where whoever has the lock stands still, and takes another moment', async () => {
  const waitedMs: number[] = [];
  const mark = await takeMark({
    asOwner,
    seed: 7n,
    pauseMs: 10,
    async reached() {
      if (waitedMs.length > 0) return;
      const beganMs = performance.now();
      await write(database.owner);
      waitedMs.push(performance.now() - beganMs);
    },
  });
  expect(waitedMs).toHaveLength(1);
  // It waited for the lock, which went by itself.
  expect(waitedMs[0]).toBeGreaterThan(500);
  expect(waitedMs[0]).toBeLessThan(5_000);
  expect(mark.shows.tables.size).toBeGreaterThan(10);
});

it('is given up at once where it is broken off', async () => {
  const reason = new Error('stop');
  await expect(takeMark({ asOwner, seed: 7n, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
