import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Log } from '../journal/logs.ts';
import { asId, type CustomerId } from '../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createTestClock } from '../testing/clock.ts';
import { createHouse, type House } from '../testing/household.ts';
import { createPruning, type Pruning } from './pruning.ts';

const yearMs = 366 * 86_400_000;
let clock: ReturnType<typeof createTestClock>;
let test: TestApp;
let house: House;
let log: Log;
let pruning: Pruning;

async function read(times: number): Promise<void> {
  const customer = asId<CustomerId>(house.customer);
  await Promise.all(
    Array.from({ length: times }, () =>
      test.app.journal.append({
        customer,
        log: 'access',
        entry: {
          kind: 'record.read',
          at: clock.now(),
          actor: { kind: 'system', id: 'machine' },
          outcome: 'authorised',
        },
        actorPart: Buffer.from('sealed'),
      }),
    ),
  );
  await test.app.journal.integrator.round();
}

const rows = async (table: 'entry' | 'sealed') =>
  test.database.owner.query<{ first: number; n: number }>(
    `select min(idx) as first, count(*)::int as n from journal.${table} where customer_id = $1 and log_id = $2`,
    [log.customer, log.id],
  );

beforeEach(async () => {
  clock = createTestClock();
  test = await createTestApp({ cluster: inject('cluster'), clock });
  await test.app.journal.integrator.stop();
  house = await createHouse(test.http);
  const found = await test.app.journal.logs.of(asId<CustomerId>(house.customer), 'access');
  if (found === undefined) throw new Error('the customer has a log');
  log = found;
  pruning = createPruning({
    journal: test.app.journal,
    asOwner: (work) => work(test.database.owner),
    clock,
    years: { accessYears: 3, ordersYears: 10 },
    done: () => undefined,
    failed: () => undefined,
  });
});
afterEach(() => test.close());

describe('entries that are older than their retention', () => {
  it('go in whole bundles with their sealed details, and what is younger stays', async () => {
    await read(600);
    clock.advance(2 * yearMs);
    await read(600);
    expect(await pruning.run()).toBe(0);
    clock.advance(1.5 * yearMs);
    expect(await pruning.run()).toBe(512);
    expect(await rows('entry')).toMatchObject([{ first: 512 }]);
    expect((await rows('sealed'))[0]?.first).toBeGreaterThanOrEqual(512);
    // Once more takes nothing more.
    expect(await pruning.run()).toBe(0);
  });

  it('leave a log in which every root still follows, every younger entry is proven, and nothing older is served', async () => {
    await read(700);
    const before = await test.app.journal.read.signedTree(log);
    clock.advance(4 * yearMs);
    await read(100);
    expect(await pruning.run()).toBe(512);
    expect((await test.app.journal.fsck()).findings).toEqual([]);
    expect(await test.app.journal.read.proof(log, 511)).toBeUndefined();
    expect(await test.app.journal.read.proof(log, 512)).toContain('c2sp.org/tlog-proof');
    expect(await test.app.journal.read.bundle(log, 1, 256)).toBeUndefined();
    expect(await test.app.journal.read.bundle(log, 2, 100)).toBeDefined();
    // Whoever keeps an old checkpoint can still see that the log only grew.
    expect((await test.app.journal.read.consistency(log, before?.size ?? 0))?.proof.length).toBeGreaterThan(0);
    const consistency = await test.app.journal.consistency(test.database.app, AbortSignal.timeout(10_000));
    expect(consistency).toMatchObject({ broken: 0, complete: true });
    const { text: token } = await test.issue();
    const page = (await test.http.get(`${house.base}/journal?limit=1`, { token })).json();
    expect(page).toMatchObject({ oldest: 512, entries: [{ index: 512 }] });
    expect((await test.http.get(`${house.base}/journal/3/proof`, { token })).status).toBe(404);
  });

  it('cannot be brought forward by the app, and what is missing beyond them is damage', async () => {
    await read(700);
    clock.advance(4 * yearMs);
    await expect(
      test.app.journal.prune(test.database.app, {
        access: clock.now(),
        operator: clock.now(),
        orders: clock.now(),
        page: clock.now(),
      }),
    ).rejects.toMatchObject({ code: '42501' });
    await pruning.run();
    await test.database.owner.query(
      'delete from journal.tile where customer_id = $1 and log_id = $2 and level = 0 and n = 0',
      [log.customer, log.id],
    );
    expect((await test.app.journal.fsck()).findings).toEqual([
      expect.objectContaining({ problem: 'tile 0/0 is missing, and its entries are over' }),
    ]);
    await test.database.owner.query('delete from journal.entry where customer_id = $1 and log_id = $2 and idx = 600', [
      log.customer,
      log.id,
    ]);
    await expect(test.app.journal.read.proof(log, 600)).rejects.toThrow('missing');
  });

  it('of orders stay for ten years', async () => {
    for (let i = 0; i < 300; i += 1)
      await test.app.journal.append({
        customer: log.customer,
        log: 'orders',
        entry: {
          kind: 'erasure.ordered',
          at: clock.now(),
          actor: { kind: 'system', id: 'machine' },
          outcome: 'ordered',
        },
      });
    await test.app.journal.integrator.round();
    clock.advance(9 * yearMs);
    expect(await pruning.run()).toBe(0);
    clock.advance(2 * yearMs);
    expect(await pruning.run()).toBe(256);
  });
});
