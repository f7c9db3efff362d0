/** What the page says of erasure: each claim holds where it is so, and fails where it is not. */
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { asId, newId } from '../../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createHouse, type House } from '../../testing/household.ts';

const hourMs = 3_600_000;
let clock: ReturnType<typeof createTestClock>;
let test: TestApp;
let house: House;

beforeEach(async () => {
  clock = createTestClock();
  test = await createTestApp({ cluster: inject('cluster'), clock });
  house = await createHouse(test.http);
});
afterEach(() => test.close());

const verdict = async (claim: string) => {
  const proof = await test.app.page.runner.run(claim);
  return { verdict: proof?.verdict, ...proof?.counts };
};

async function ordered(): Promise<void> {
  const answer = await test.http.post(`${house.base}/erasures`, { scope: 'person', person: await house.person() });
  expect(answer.status, answer.text).toBe(202);
}

describe('orders are carried out', () => {
  it('holds, and fails when one is not', async () => {
    expect(await verdict('erasure.carried-out')).toMatchObject({ verdict: 'unknown' });
    await ordered();
    clock.advance(hourMs + 1);
    await test.app.erasures.tick();
    expect(await verdict('erasure.carried-out')).toMatchObject({
      verdict: 'holds',
      orders: 1,
      medianMinutes: 61,
      p99Minutes: 61,
      longestMinutes: 61,
    });
    await ordered();
    clock.advance(2 * hourMs);
    expect(await verdict('erasure.carried-out')).toMatchObject({ verdict: 'fails', behind: 1 });
  });
});

describe('orders end within 24 hours', () => {
  it('holds, and fails for one that is open too long or was closed too late', async () => {
    await ordered();
    clock.advance(13 * hourMs);
    await test.app.erasures.rollOver();
    expect(await verdict('erasure.in-time')).toMatchObject({ verdict: 'holds', final: 1, longestMinutes: 780 });
    await ordered();
    clock.advance(25 * hourMs);
    expect(await verdict('erasure.in-time')).toMatchObject({ verdict: 'fails', overdue: 1 });
    await test.app.erasures.rollOver();
    expect(await verdict('erasure.in-time')).toMatchObject({ verdict: 'fails', late: 1, overdue: 0 });
  });
});

describe('closed epochs are gone', () => {
  it('holds, and fails where a safe still has one', async () => {
    await test.app.erasures.rollOver();
    expect(await verdict('erasure.epochs-gone')).toMatchObject({ verdict: 'holds', closed: 1, living: 1 });
    const [row] = await test.database.owner.query<{ epoch_id: string }>(
      "select epoch_id from keyring.epoch where state = 'closed'",
    );
    const safe = test.sites.find(({ purposes }) => purposes.includes('safe'));
    await safe?.create('safe', `${row?.epoch_id}.epoch`, Buffer.from('what a backup of the safe brought back'));
    expect(await verdict('erasure.epochs-gone')).toMatchObject({ verdict: 'fails', kept: 1 });
  });
});

describe('the ledger', () => {
  it('is whole at every site, and fails where a line is missing or changed, until the next order mends it', async () => {
    expect(await verdict('erasure.ledger')).toMatchObject({ verdict: 'unknown', lines: 0 });
    await ordered();
    await ordered();
    expect(await verdict('erasure.ledger')).toMatchObject({ verdict: 'holds', lines: 2, sites: 2, behind: 0 });
    const [site] = test.sites;
    const content = (await site?.read('ledger', 'erasures.ndjson'))?.toString() ?? '';
    const [first = '', second = ''] = content.split('\n');
    for (const wrong of [`${first}\n`, `${first.replace('person', 'record')}\n${second}\n`, '']) {
      await site?.replace('ledger', 'erasures.ndjson', Buffer.from(wrong));
      expect(await verdict('erasure.ledger'), wrong).toMatchObject({ verdict: 'fails', lines: 2, behind: 1 });
    }
    await ordered();
    expect(await verdict('erasure.ledger')).toMatchObject({ verdict: 'holds', lines: 3, behind: 0 });
    expect((await site?.read('ledger', 'erasures.ndjson'))?.toString()).toContain(content);
  });
});

describe('the canary', () => {
  it('is erased and hunted: its copies are dead once the epoch is closed', async () => {
    expect(await verdict('erasure.canary')).toMatchObject({ verdict: 'unknown', hunted: 0 });
    expect(await verdict('erasure.canary')).toMatchObject({ verdict: 'unknown', waiting: 1 });
    await test.app.erasures.rollOver();
    expect(await verdict('erasure.canary')).toMatchObject({ verdict: 'holds', dead: 1, opened: 0 });
    clock.advance(13 * hourMs);
    expect(await verdict('erasure.canary')).toMatchObject({ verdict: 'holds', dead: 1 });
    expect(await verdict('erasure.canary')).toMatchObject({ verdict: 'holds', dead: 1, waiting: 1 });
  });

  it('is hunted by the same copies after a restart', async () => {
    await verdict('erasure.canary');
    await test.app.erasures.rollOver();
    const again = await test.start('node-0');
    const proof = await again.page.runner.run('erasure.canary');
    expect(proof).toMatchObject({ verdict: 'holds', counts: { dead: 1, waiting: 0 } });
  });

  it('fails where its copies still open, because the customer kept its key', async () => {
    await verdict('erasure.canary');
    await test.app.erasures.tick();
    await test.database.owner.query('update keyring.booking set epoch_id = $1', [newId()]);
    await test.app.erasures.rollOver();
    const [closed] = await test.database.owner.query<{ epoch_id: string }>(
      "select epoch_id from keyring.epoch where state = 'closed'",
    );
    await test.database.owner.query('update keyring.booking set epoch_id = $1', [asId(closed?.epoch_id ?? '')]);
    await test.app.erasures.tick();
    expect(await verdict('erasure.canary')).toMatchObject({ verdict: 'fails', opened: 1 });
  });

  it('fails when its epoch is not closed within the promise', async () => {
    await verdict('erasure.canary');
    clock.advance(25 * hourMs);
    expect(await verdict('erasure.canary')).toMatchObject({ verdict: 'fails', late: 1 });
  });
});
