/** What the page says of erasure: each claim holds where it is so, and fails where it is not. */
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { asId, type CustomerId, newId } from '../../platform/ids/ids.ts';
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

/** What the page tells of it, in English. */
const told = async () =>
  /<p class="figures">(Final in 30 days[^<]*)<\/p>/.exec((await test.http.get('/en', { token: null })).text)?.[1];

describe('orders end within 24 hours', () => {
  it('tells how long they took, of those that ended; of none it tells nothing', async () => {
    expect(await verdict('erasure.in-time')).toEqual({ verdict: 'unknown', final: 0, late: 0, overdue: 0 });
    expect(await told()).toBeUndefined();
    await ordered();
    clock.advance(hourMs);
    await test.app.erasures.tick();
    await ordered();
    clock.advance(4.5 * hourMs);
    await test.app.erasures.tick();
    await test.app.erasures.rollOver();
    expect(await verdict('erasure.in-time')).toMatchObject({ final: 2, medianMinutes: 300, longestMinutes: 330 });
    expect(await verdict('erasure.carried-out')).toMatchObject({ medianMinutes: 165, longestMinutes: 270 });
    clock.advance(1_001);
    expect(await told()).toBe(
      'Final in 30 days: 2, half of them within 5 h 0 min, 99 of 100 within 5 h 30 min, the longest within 5 h 30 min.',
    );
    const metrics = await test.app.erasures.overview();
    expect(metrics).toMatchObject({ dead: { max: 4.5 * 3_600 }, final: { max: 5.5 * 3_600 } });
  });

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

const actor = { kind: 'system', id: 'obhut' } as const;
const sql = (statement: string) => test.database.owner.query(statement);
const dayMs = 24 * hourMs;

describe('holds are kept', () => {
  it('holds, and fails for an order that took what is held, and for one that waits for nothing', async () => {
    const customer = asId<CustomerId>(house.customer);
    expect(await verdict('erasure.holds-kept')).toMatchObject({ verdict: 'unknown' });
    const person = await house.person();
    const record = await house.put(person, { name: 'Ada' });
    const until = new Date(clock.now().getTime() + 48 * hourMs);
    const { holds } = test.app.erasures;
    await holds.place({ customer, person: asId(person) }, until, 'law suit', actor, 'api');
    await test.app.erasures.place({ customer, scope: 'person', person: asId(person) }, 0, actor, 'api');
    expect(await verdict('erasure.holds-kept')).toMatchObject({ verdict: 'holds', holds: 1, waiting: 1 });
    clock.advance(hourMs);
    const take = (scope: string, object: string) =>
      sql(`update custody.erasure_order set state = 'ordered', scope = '${scope}', object_id = ${object},
             ordered_at = '${clock.now().toISOString()}'`);
    await take('person', 'null');
    expect(await verdict('erasure.holds-kept')).toMatchObject({ verdict: 'fails', taken: 1 });
    await sql(`update custody.hold set collection = 'contacts', record_id = '${record}'`);
    await take('record', `'${record}'`);
    expect(await verdict('erasure.holds-kept')).toMatchObject({ verdict: 'fails', taken: 1 });
    await take('part', 'null');
    await sql('update custody.record set order_id = (select order_id from custody.erasure_order)');
    expect(await verdict('erasure.holds-kept')).toMatchObject({ verdict: 'fails', taken: 1 });
    await sql('update custody.record set order_id = null');
    await sql("update custody.erasure_order set state = 'held', scope = 'person'");
    expect(await verdict('erasure.holds-kept')).toMatchObject({ verdict: 'holds', taken: 0, waiting: 1 });
    clock.advance(48 * hourMs);
    expect(await verdict('erasure.holds-kept')).toMatchObject({ verdict: 'fails', forgotten: 1 });
    await test.app.erasures.tick();
    expect(await verdict('erasure.holds-kept')).toMatchObject({ verdict: 'unknown', forgotten: 0 });
  });
});

describe('retention is kept', () => {
  it('holds, fails for a record that is past its term, and not for one that is held', async () => {
    const customer = asId<CustomerId>(house.customer);
    expect(await verdict('erasure.retention-kept')).toMatchObject({ verdict: 'unknown', terms: 0 });
    const person = await house.person();
    await house.put(person, { name: 'Ada' });
    await sql(`update custody.collection set definition = definition || '{"retentionDays": 30}'`);
    expect(await verdict('erasure.retention-kept')).toMatchObject({ verdict: 'holds', terms: 1, over: 0 });
    await sql(`update custody.record set updated_at = '${new Date(clock.now().getTime() - 32 * dayMs).toISOString()}'`);
    expect(await verdict('erasure.retention-kept')).toMatchObject({ verdict: 'fails', over: 1 });
    const until = new Date(clock.now().getTime() + 48 * hourMs);
    const { hold } = await test.app.erasures.holds.place(
      { customer, person: asId(person) },
      until,
      'law suit',
      actor,
      'api',
    );
    expect(await verdict('erasure.retention-kept')).toMatchObject({ verdict: 'holds', over: 0 });
    await test.app.erasures.holds.lift(customer, hold, actor, 'api');
    clock.advance(2 * dayMs);
    expect(await verdict('erasure.retention-kept')).toMatchObject({ verdict: 'fails', over: 1 });
    await test.app.erasures.tick();
    expect(await verdict('erasure.retention-kept')).toMatchObject({ verdict: 'holds', over: 0 });
  });
});

describe('a whole customer takes two', () => {
  it('holds, and fails for a proposal that was confirmed by who made it', async () => {
    expect(await verdict('erasure.second-admin')).toMatchObject({ verdict: 'unknown', confirmed: 0 });
    const at = clock.now().toISOString();
    await sql(`insert into custody.erasure_proposal (customer_id, proposal_id, proposed_by, cooling_minutes, state,
                 proposed_at, expires_at, confirmed_by, ended_at)
               values ('${newId()}', '${newId()}', '${newId()}', 60, 'confirmed', '${at}', '${at}', '${newId()}', '${at}')`);
    expect(await verdict('erasure.second-admin')).toMatchObject({ verdict: 'holds', confirmed: 1, alone: 0 });
    await sql('update custody.erasure_proposal set confirmed_by = proposed_by');
    expect(await verdict('erasure.second-admin')).toMatchObject({ verdict: 'fails', alone: 1 });
  });
});

describe('the product follows', () => {
  it('holds while there is time, and fails when it has not confirmed after three days, and when it did so later', async () => {
    expect(await verdict('erasure.followed')).toMatchObject({ verdict: 'unknown', asked: 0 });
    await ordered();
    await sql(`update custody.erasure_order set follow_asked_at = '${clock.now().toISOString()}'`);
    expect(await verdict('erasure.followed')).toMatchObject({ verdict: 'holds', asked: 1, confirmed: 0 });
    clock.advance(3 * dayMs + hourMs);
    expect(await verdict('erasure.followed')).toMatchObject({ verdict: 'fails', late: 1 });
    const [order] = await test.app.erasures.list(asId(house.customer), undefined, 1);
    await test.app.erasures.followers.confirm(asId(house.customer), asId(order?.order ?? ''), actor);
    expect(await verdict('erasure.followed')).toMatchObject({ verdict: 'fails', confirmed: 1, late: 1 });
    await sql("update custody.erasure_order set followed_at = follow_asked_at + interval '1 hour'");
    expect(await verdict('erasure.followed')).toMatchObject({ verdict: 'holds', confirmed: 1, late: 0 });
  });
});

describe('requests are answered', () => {
  it('holds until the day it is due, fails after it, and for an answer that came too late', async () => {
    const customer = asId<CustomerId>(house.customer);
    expect(await verdict('erasure.requests-answered')).toMatchObject({ verdict: 'unknown', requests: 0 });
    const by = { actor, client: 'api' } as const;
    const { requests } = test.app.erasures;
    const { request } = await requests.note(customer, asId(await house.person()), clock.now(), by);
    clock.advance(27 * dayMs);
    expect(await verdict('erasure.requests-answered')).toMatchObject({ verdict: 'holds', requests: 1, answered: 0 });
    clock.advance(6 * dayMs);
    expect(await verdict('erasure.requests-answered')).toMatchObject({ verdict: 'fails', late: 1 });
    await requests.answer(customer, request, { outcome: 'refused', ground: 'legal_claims' }, by);
    expect(await verdict('erasure.requests-answered')).toMatchObject({ verdict: 'fails', answered: 1, late: 1 });
    await requests.note(customer, asId(await house.person()), clock.now(), by);
    await sql('update custody.erasure_request set answered_at = due_at where answered_at is not null');
    expect(await verdict('erasure.requests-answered')).toMatchObject({ verdict: 'holds', requests: 2, late: 0 });
  });
});
