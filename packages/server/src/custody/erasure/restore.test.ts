/** An old backup is brought back after erasures: nothing is served before the ledger was replayed, and the dead stay dead. */
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { adminUser } from '../../platform/database/embedded.ts';
import { asId, asName, type CustomerId } from '../../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTestClock } from '../../testing/clock.ts';
import { connect } from '../../testing/cluster.ts';
import { createHouse, type House } from '../../testing/household.ts';
import { createHttp, type Http } from '../../testing/http.ts';

const hourMs = 3_600_000;
const actor = { kind: 'system', id: 'obhut' } as const;
let clock: ReturnType<typeof createTestClock>;
let test: TestApp;
let house: House;
let customer: CustomerId;
let app: TestApp['app'];
let http: Http;

const admin = () => connect(inject('cluster'), 'postgres', adminUser, 1);

beforeEach(async () => {
  clock = createTestClock();
  test = await createTestApp({ cluster: inject('cluster'), clock });
  app = test.app;
  http = test.http;
  house = await createHouse(test.http);
  customer = asId(house.customer);
});
afterEach(async () => {
  const database = admin();
  await database.query(`drop database if exists ${test.database.name}_backup`);
  await database.close();
  await test.close();
});

async function copy(from: string, to: string): Promise<void> {
  const database = admin();
  await database.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = any($1)', [[from, to]]);
  await database.query(`drop database if exists ${to} with (force)`);
  await database.query(`create database ${to} template ${from}`);
  await database.close();
}

interface Exported {
  readonly export?: { readonly at: string };
  readonly person?: string;
  readonly record?: string;
  readonly data?: unknown;
}

/** An export of the house as lines to bring back, and when it began. */
async function exported(): Promise<{ readonly at: string; readonly rows: readonly Exported[] }> {
  clock.advance(1);
  const lines = (await http.get(`${house.base}/export`)).lines<Exported>();
  clock.advance(1);
  return { at: lines[0]?.export?.at ?? '', rows: lines.filter(({ data }) => data !== undefined) };
}

/** @returns by the name in each row what became of it. */
async function bringBack({ at, rows }: Awaited<ReturnType<typeof exported>>): Promise<Record<string, string>> {
  const body = rows.map(({ person, record, data }) => JSON.stringify({ person, record, data })).join('\n');
  const headers = { 'content-type': 'application/x-ndjson', 'obhut-exported-at': at };
  const results = (await http.post(`${house.base}/import?collection=contacts`, body, { headers })).lines<{
    readonly status: string;
    readonly code?: string;
  }>();
  return Object.fromEntries(
    rows.map(({ data }, i) => [(data as { name: string }).name, results[i]?.code ?? results[i]?.status ?? '']),
  );
}

/** The server is stopped, its database copied, and it starts again. */
async function backUp(): Promise<void> {
  await app.close();
  await copy(test.database.name, `${test.database.name}_backup`);
  await startAgain();
}

async function startAgain(reason?: 'restored'): Promise<void> {
  app = await test.start('node-0', reason);
  http = createHttp(() => app.server, test.token.text);
}

async function startAfresh(): Promise<void> {
  await app.close();
  await startAgain();
}

async function restore(): Promise<void> {
  await app.close();
  await copy(`${test.database.name}_backup`, test.database.name);
  await startAgain('restored');
}

async function erase(person: string): Promise<void> {
  await app.erasures.place({ customer, scope: 'person', person: asId(person) }, hourMs, actor, 'api');
  clock.advance(hourMs + 1);
  await app.erasures.tick();
}

async function found(mail: string): Promise<unknown[]> {
  const answer = await http.post(`${house.base}/records/find`, { collection: 'contacts', field: 'mail', value: mail });
  return answer.json<{ matches: unknown[] }>().matches;
}

describe('a backup that is older than an erasure', () => {
  it('comes back with the keys of the snapshot: the erased stay dead, everybody else is there and found', async () => {
    const [ada, eve] = [await house.person(), await house.person()];
    const adas = await house.put(ada, { name: 'Ada', mail: 'shared@example.org' });
    const eves = await house.put(eve, { name: 'Eve', mail: 'shared@example.org' });
    const second = await house.put(eve, { name: 'Second', mail: 'second@example.org' });
    await backUp();
    await erase(ada);
    expect((await http.delete(house.recordUrl(eve, second))).status).toBe(202);
    await app.erasures.rollOver();
    await restore();
    expect((await http.get(house.recordUrl(ada, adas))).status).toBe(404);
    expect((await http.get(house.recordUrl(eve, second))).status).toBe(404);
    expect((await http.get(house.recordUrl(eve, eves))).json()).toMatchObject({ name: 'Eve' });
    expect(await found('shared@example.org')).toEqual([{ person: eve, record: eves }]);
    expect(await found('second@example.org')).toEqual([]);
    const left = await test.database.owner.query(
      'select 1 from custody.record where person_id = $1 union all select 1 from keyring.person where person_id = $1',
      [ada],
    );
    expect(left).toEqual([]);
    // And what was brought back is closed again.
    await app.erasures.rollOver();
    expect((await http.get(house.recordUrl(eve, eves))).json()).toMatchObject({ name: 'Eve' });
    expect((await app.erasures.list(customer, undefined, 10)).map(({ state }) => state)).toEqual(['final', 'final']);
  });

  it('from the same epoch comes back too: an order that was only placed refuses access again', async () => {
    const [ada, eve] = [await house.person(), await house.person()];
    const adas = await house.put(ada, { name: 'Ada' });
    const eves = await house.put(eve, { name: 'Eve' });
    await backUp();
    const { order } = await app.erasures.place({ customer, scope: 'person', person: asId(ada) }, hourMs, actor, 'api');
    await restore();
    expect((await http.get(house.recordUrl(ada, adas))).status).toBe(404);
    expect((await http.get(house.recordUrl(eve, eves))).status).toBe(200);
    await app.erasures.tick();
    expect(await app.erasures.get(customer, order)).toMatchObject({ state: 'executed' });
  });

  it('of before a customer was ordered away comes back without it', async () => {
    const ada = await house.person();
    const adas = await house.put(ada, { name: 'Ada' });
    await backUp();
    await app.erasures.place({ customer, scope: 'customer' }, hourMs, actor, 'api');
    await restore();
    expect((await http.get(house.recordUrl(ada, adas))).status).toBe(404);
    await app.erasures.rollOver();
    const keys = await test.database.owner.query('select 1 from keyring.customer_key where customer_id = $1', [
      customer,
    ]);
    expect(keys).toEqual([]);
  });

  it('whose order was taken back comes back open', async () => {
    const ada = await house.person();
    const adas = await house.put(ada, { name: 'Ada' });
    await backUp();
    const { order } = await app.erasures.place({ customer, scope: 'person', person: asId(ada) }, hourMs, actor, 'api');
    await app.erasures.withdraw(customer, order, actor, 'api');
    await restore();
    expect((await http.get(house.recordUrl(ada, adas))).status).toBe(200);
  });

  it('made while an order cooled comes back open where the order was taken back since', async () => {
    const ada = await house.person();
    const adas = await house.put(ada, { name: 'Ada' });
    const { order } = await app.erasures.place({ customer, scope: 'person', person: asId(ada) }, hourMs, actor, 'api');
    await backUp();
    await app.erasures.withdraw(customer, order, actor, 'api');
    await restore();
    expect((await http.get(house.recordUrl(ada, adas))).status).toBe(200);
    clock.advance(2 * hourMs);
    await app.erasures.rollOver();
    expect((await http.get(house.recordUrl(ada, adas))).status).toBe(200);
  });

  it('keeps what a hold covered that is younger than it, where an order waits for the hold', async () => {
    const ada = await house.person();
    const adas = await house.put(ada, { name: 'Ada' });
    await backUp();
    const until = new Date(clock.now().getTime() + 48 * hourMs);
    await app.erasures.holds.place({ customer, person: asId(ada) }, until, 'law suit', actor, 'api');
    const { order } = await app.erasures.place({ customer, scope: 'person', person: asId(ada) }, 0, actor, 'api');
    await restore();
    await app.erasures.rollOver();
    expect((await http.get(house.recordUrl(ada, adas))).status).toBe(200);
    expect(await app.erasures.get(customer, order)).toMatchObject({ state: 'held' });
    clock.advance(49 * hourMs);
    await app.erasures.rollOver();
    expect((await http.get(house.recordUrl(ada, adas))).status).toBe(404);
    expect(await app.erasures.get(customer, order)).toMatchObject({ state: 'final' });
  });

  it('brings back holds that are younger than it, each for what it held, and not those that were lifted', async () => {
    const [ada, eve] = [await house.person(), await house.person()];
    const [adas, other] = [await house.put(ada, { name: 'Ada' }), await house.put(ada, { name: 'other' })];
    const eves = await house.put(eve, { name: 'Eve' });
    await backUp();
    const until = new Date(clock.now().getTime() + 48 * hourMs);
    const hold = (target: object) => app.erasures.holds.place({ customer, ...target }, until, 'law suit', actor, 'api');
    const kept = await hold({ person: asId(ada), collection: 'contacts', record: asId(adas) });
    const lifted = await hold({ person: asId(eve) });
    await app.erasures.holds.lift(customer, lifted.hold, actor, 'api');
    // Her key is another one by then: the hold is still hers.
    expect((await http.delete(house.recordUrl(ada, other))).status).toBe(202);
    await app.erasures.rollOver();
    const whole = await hold({ person: asId(ada) });
    await restore();
    const holds = await app.erasures.holds.list(customer);
    const inForce = holds.filter(({ liftedAt }) => liftedAt === undefined).map((one) => one.hold);
    expect(inForce.sort()).toEqual([kept.hold, whole.hold].sort());
    expect(holds.find((one) => one.hold === kept.hold)).toMatchObject({ person: ada, record: adas, until });
    expect(holds.every(({ reason }) => !reason.includes('law suit'))).toBe(true);
    expect((await http.delete(house.recordUrl(ada, adas))).status).toBe(409);
    expect((await http.delete(house.recordUrl(eve, eves))).status).toBe(202);
    // Once more, with what was restored: nothing is there twice.
    await startAfresh();
    expect(await app.erasures.holds.list(customer)).toEqual(holds);
    expect((await http.get(house.recordUrl(ada, other))).status).toBe(404);
  });

  it('has a hold of a collection too, and lets go what a hold had kept that was lifted since', async () => {
    const ada = await house.person();
    const adas = await house.put(ada, { name: 'Ada' });
    const until = new Date(clock.now().getTime() + 48 * hourMs);
    const before = await app.erasures.holds.place({ customer, person: asId(ada) }, until, 'law suit', actor, 'api');
    await backUp();
    await app.erasures.holds.lift(customer, before.hold, actor, 'api');
    const { hold } = await app.erasures.holds.place(
      { customer, collection: asName('contacts') },
      until,
      'audit',
      actor,
      'api',
    );
    await restore();
    const inForce = (await app.erasures.holds.list(customer)).filter(({ liftedAt }) => liftedAt === undefined);
    expect(inForce.map((one) => one.hold)).toEqual([hold]);
    expect((await http.delete(house.recordUrl(ada, adas))).status).toBe(409);
    clock.advance(49 * hourMs);
    expect((await http.delete(house.recordUrl(ada, adas))).status).toBe(202);
  });

  it('does not bring back a single record that was deleted in the moment before', async () => {
    const ada = await house.person();
    const adas = await house.put(ada, { name: 'Ada' });
    await backUp();
    expect((await http.delete(house.recordUrl(ada, adas))).status).toBe(202);
    // No turn comes in between.
    await restore();
    expect((await http.get(house.recordUrl(ada, adas))).status).toBe(404);
  });

  it('nor from an export that is older than the deletion: of the person only the rest comes back', async () => {
    const [ada, eve] = [await house.person(), await house.person()];
    const first = await house.put(ada, { name: 'first' });
    await house.put(ada, { name: 'second' });
    await house.put(eve, { name: 'Eve' });
    await backUp();
    const before = await exported();
    await http.delete(house.recordUrl(ada, first));
    await app.erasures.tick();
    await restore();
    expect(await bringBack(before)).toEqual({ first: 'ordered_away', second: 'updated', Eve: 'updated' });
  });

  it('does not start where the ledger at the sites is older than what the database knows', async () => {
    const ada = await house.person();
    await erase(ada);
    await app.close();
    for (const site of test.sites) await site.replace('ledger', 'erasures.ndjson', Buffer.alloc(0));
    await expect(test.start('node-0')).rejects.toMatchObject({ name: 'StartError', code: 'ledger_too_old' });
  });

  it('does not start, and changes nothing, where somebody is in neither snapshot nor ledger', async () => {
    const ada = await house.person();
    await house.put(ada, { name: 'Ada' });
    await backUp();
    await erase(ada);
    await app.erasures.rollOver();
    await app.close();
    await copy(`${test.database.name}_backup`, test.database.name);
    for (const site of test.sites) await site.replace('ledger', 'erasures.ndjson', Buffer.alloc(0));
    await expect(test.start('node-0', 'restored')).rejects.toMatchObject({ code: 'safes_unreadable' });
    const kept = await test.database.owner.query('select 1 from keyring.person where person_id = $1', [ada]);
    expect(kept).toHaveLength(1);
  });
});

describe('a backup that is older than the erased person', () => {
  const younger = async () =>
    asId<never>((await http.post(`${house.base}/people`, {})).json<{ person: string }>().person);
  const write = async (person: string, name: string) => {
    const record = crypto.randomUUID();
    expect((await http.put(house.recordUrl(person, record), { name })).status).toBe(201);
    return record;
  };
  const states = async () => (await app.erasures.list(customer, undefined, 10)).map(({ state }) => state);

  async function othersLive(eve: string, eves: string): Promise<void> {
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await http.get(house.recordUrl(eve, eves))).json()).toMatchObject({ name: 'Eve' });
      clock.advance(9 * hourMs);
      await app.erasures.tick();
      await app.erasures.rollOver();
    }
    expect((await http.get(house.recordUrl(eve, eves))).json()).toMatchObject({ name: 'Eve' });
    expect((await http.post(`${house.base}/people`, {})).status).toBe(201);
    expect(new Set(await states())).toEqual(new Set(['final']));
  }

  it('closes nobody else, whether the person was erased already or only ordered away', {
    timeout: 60_000,
  }, async () => {
    const eve = await house.person();
    const eves = await house.put(eve, { name: 'Eve' });
    await backUp();
    const [ada, bea] = [await younger(), await younger()];
    await write(ada, 'Ada');
    await write(bea, 'Bea');
    await erase(ada);
    await app.erasures.place({ customer, scope: 'person', person: bea }, 8 * hourMs, actor, 'api');
    await restore();
    await othersLive(eve, eves);
  });

  it('brings back nothing of an export that may hold the person', async () => {
    const eve = await house.person();
    await house.put(eve, { name: 'Eve' });
    await backUp();
    const ada = await younger();
    await write(ada, 'Ada');
    const before = await exported();
    await erase(ada);
    await restore();
    expect(await bringBack(before)).toEqual({ Ada: 'ordered_away', Eve: 'ordered_away' });
    expect(await bringBack(await exported())).toEqual({ Eve: 'updated' });
  });

  it('knows nothing of an order that was taken back, and closes nobody', async () => {
    const eve = await house.person();
    const eves = await house.put(eve, { name: 'Eve' });
    await backUp();
    const ada = await younger();
    const { order } = await app.erasures.place({ customer, scope: 'person', person: ada }, 8 * hourMs, actor, 'api');
    await app.erasures.withdraw(customer, order, actor, 'api');
    await app.erasures.tick();
    await restore();
    await app.erasures.tick();
    expect((await http.get(house.recordUrl(eve, eves))).status).toBe(200);
    expect(await states()).toEqual([]);
  });

  it('of a part of it, ends too', { timeout: 60_000 }, async () => {
    const eve = await house.person();
    const eves = await house.put(eve, { name: 'Eve' });
    await backUp();
    const ada = await younger();
    expect((await http.delete(house.recordUrl(ada, await write(ada, 'a part')))).status).toBe(202);
    await app.erasures.tick();
    await restore();
    await othersLive(eve, eves);
  });

  it('or than the customer, starts and serves the others', async () => {
    const eve = await house.person();
    const eves = await house.put(eve, { name: 'Eve' });
    await backUp();
    const young = await createHouse(http);
    const person = asId<never>((await http.post(`${young.base}/people`, {})).json<{ person: string }>().person);
    const other = asId<CustomerId>(young.customer);
    await app.erasures.place({ customer: other, scope: 'person', person }, 0, actor, 'api');
    await app.erasures.tick();
    await restore();
    expect((await http.get(`${young.base}/people`)).status).toBe(404);
    expect((await http.get(house.recordUrl(eve, eves))).status).toBe(200);
    await app.erasures.rollOver();
    expect((await http.get(house.recordUrl(eve, eves))).status).toBe(200);
  });
});
