/** What the operator's staff could do to act in a customer's place, or to see data that the customer never hears of. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import type { BrowserAnswer } from '../testing/browser.ts';
import { createTestClock } from '../testing/clock.ts';
import { client, createGranting, type Granting, type Place, wishOf } from '../testing/granting.ts';
import { createTeam, type Member, newAddress, type Team } from '../testing/team.ts';

const clock = createTestClock();
const hourMs = 3_600_000;
let test: TestApp;
let team: Team;
let granting: Granting;
let operations: Member;
let support: Member;
let security: Member;
let here: Place;

beforeAll(async () => {
  test = await createTestApp({
    cluster: inject('cluster'),
    clock,
    settings: {
      limits: { recordBytes: 1_048_576, fileBytes: 1_048_576, requestsPerSecond: 1_000, signInsPerNetwork: 10_000 },
    },
  });
  team = await createTeam(test);
  granting = createGranting(test, team);
  operations = await team.invite(['operations']);
  support = await team.invite(['support']);
  security = await team.invite(['security']);
  here = await granting.place();
});
/** Days pass in here, and sessions end with them. */
beforeEach(() => Promise.all([team.owner, operations, support, security].map((member) => member.signIn())));
afterAll(() => test.close());

const codeOf = (answer: BrowserAnswer) => [answer.status, answer.json<{ code?: string }>().code];
const admins = () => `/v1/customers/${here.house.customer}/admins`;
const newcomer = () => ({ name: 'Ada Muster', email: newAddress(), country: 'DE', language: 'de' });
const messages = (template: string) =>
  test.database.app.query<{ account_id: string; refs: Record<string, string> }>(
    "select account_id, refs from notify.message where channel = 'mail' and template = $1",
    [template],
  );
async function entriesOfCustomer(): Promise<Record<string, unknown>[]> {
  const { entries } = (await test.http.get(`${here.house.base}/journal?limit=1000`)).json<{
    entries: { entry: Record<string, unknown> }[];
  }>();
  return entries.map(({ entry }) => entry);
}

describe('staff in the place of a customer', () => {
  it('cannot make an admin beside the one there is, dismiss that one, or set its sign-in up at once', async () => {
    for (const by of [team.owner, operations]) {
      await by.confirm();
      expect(codeOf(await by.browser.post(admins(), newcomer()))).toEqual([409, 'admins_decide']);
      expect(codeOf(await by.browser.post(`${admins()}/${here.admin.account}/departure`))).toEqual([
        409,
        'admins_decide',
      ]);
    }
    const asked = await operations.browser.post(`${admins()}/${here.admin.account}/reset`);
    expect(asked.json()).toMatchObject({ link: null, availableAt: expect.any(String) as string });
    expect(await here.admin.signIn(team.browser())).toBe(200);
  });

  it('are told of: the only admin hears of a reset, and stops it by signing in', async () => {
    const place = await granting.place();
    const url = `/v1/customers/${place.house.customer}/admins/${place.admin.account}/reset`;
    await operations.confirm();
    expect((await operations.browser.post(url)).json()).toMatchObject({ link: null });
    expect((await messages('admin_reset_asked')).map(({ account_id }) => account_id)).toContain(place.admin.account);
    clock.advance(73 * hourMs);
    expect(await place.admin.signIn(team.browser())).toBe(200);
    await operations.signIn();
    // Whoever asks again begins to wait again.
    expect((await operations.browser.post(url)).json()).toMatchObject({ link: null });
    clock.advance(71 * hourMs);
    await operations.signIn();
    expect((await operations.browser.post(url)).json()).toMatchObject({ link: null });
    clock.advance(2 * hourMs);
    await operations.signIn();
    const { link } = (await operations.browser.post(url)).json<{ link: string }>();
    expect(link).toContain('#');
    expect(await place.admin.signIn(team.browser())).toBe(401);
  });

  it('stand in the log of the customer, when they make its first admin', async () => {
    expect(await entriesOfCustomer()).toContainEqual(
      expect.objectContaining({
        kind: 'account.create',
        actor: expect.objectContaining({ kind: 'staff' }) as object,
        refs: { account: here.admin.account, what: 'invited' },
      }),
    );
  });

  it('leave the admins to each other, who hear of a new one', async () => {
    await here.admin.signIn();
    const second = await team.inviteAdmin(here.house.customer);
    expect((await messages('admins_changed')).map(({ account_id }) => account_id)).toContain(here.admin.account);
    await second.confirm();
    const reset = await second.browser.post(`${admins()}/${here.admin.account}/reset`);
    expect(reset.json()).toMatchObject({ link: expect.stringContaining('#') as string, availableAt: null });
    expect((await second.browser.post(`${admins()}/${second.account}/departure`)).status).toBe(403);
  });
});

describe('an approval', () => {
  it('is worth nothing from an admin who left, or whose role ran out, after the challenge', async () => {
    const place = await granting.place();
    await place.admin.signIn();
    const other = await team.inviteAdmin(place.house.customer, place.admin);
    const grant = await granting.ask(support, place);
    await granting.agree(security, grant);
    const url = `/v1/grants/${grant}/approval`;
    const answer = await granting.assertion(other, grant);
    await place.admin.confirm();
    const admins = `/v1/customers/${place.house.customer}/admins`;
    expect((await place.admin.browser.post(`${admins}/${other.account}/departure`)).status).toBe(204);
    expect((await other.browser.post(url, answer)).status).toBe(401);
    const third = await team.inviteAdmin(place.house.customer, place.admin);
    const late = await granting.assertion(third, grant);
    await test.database.owner.query(
      `update identity.role set expires_at = '2000-01-01' where account_id = '${third.account}'`,
    );
    expect((await third.browser.post(url, late)).status).toBe(404);
    expect(await granting.state(support, grant)).toBe('agreed');
  });

  it('is of what was asked: nothing can be edited after it, and a row that was changed gives nothing', async () => {
    const place = await granting.place();
    await place.admin.signIn();
    const grant = await granting.active(support, security, place);
    for (const method of ['put', 'delete'] as const)
      expect((await support.browser[method](`/v1/grants/${grant}`)).status).toBe(404);
    const look = () => support.browser.get(`/v1/grants/${grant}/people/${place.person}/records/contacts`);
    expect((await look()).status).toBe(200);
    await test.database.owner.query(
      `update access.grant set scope = jsonb_set(scope::jsonb, '{collections,0,fields}', 'null') where grant_id = '${grant}'`,
    );
    expect((await look()).status).toBe(403);
  });
});

describe('data that the product reads under a grant', () => {
  it.each(['get', 'find', 'list', 'one'] as const)(
    'stands in the history, with its number of records and the notice of 72 hours: %s',
    async (way) => {
      const place = await granting.place();
      const second = await place.house.put(place.person, client);
      const grant = await granting.active(support, security, place, {
        collections: [{ collection: 'contacts', fields: null }],
      });
      const { base } = place.house;
      const options = { headers: { 'obhut-grant': grant, 'obhut-purpose': 'service' } };
      const items = [place.record, second].map((record) => ({ person: place.person, collection: 'contacts', record }));
      const answers = {
        get: () => test.http.post(`${base}/records/get`, { items }, options),
        find: () =>
          test.http.post(
            `${base}/records/find`,
            { collection: 'contacts', field: 'mail', value: client.mail },
            options,
          ),
        list: () => test.http.get(`${base}/people/${place.person}/records/contacts`, options),
        one: () => test.http.get(`${base}/people/${place.person}/records/contacts/${second}`, options),
      };
      const answer = await answers[way]();
      expect(answer.status, answer.text).toBe(200);
      const rows = (await place.admin.browser.get(`/v1/customers/${place.house.customer}/accesses`)).json<{
        accesses: Record<string, unknown>[];
      }>().accesses;
      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject({
        type: 'api',
        cause: 'customer_request',
        collections: ['contacts'],
        records: { get: 2, find: 0, list: 2, one: 1 }[way],
        persons: way === 'find' ? 0 : 1,
        retention: { copies: 'product' },
        noticeDueAt: expect.any(String) as string,
        entryCount: 1,
      });
      const entries = (await test.http.get(`${base}/journal?limit=1000`)).json<{
        entries: { index: number; entry: { purpose?: string; grant?: string } }[];
      }>().entries;
      const [index] = (rows[0]?.entries ?? []) as number[];
      // The grant says why, not the header of the call.
      expect(entries.find((one) => one.index === index)?.entry).toMatchObject({ grant, purpose: 'customer_request' });
    },
  );
});

describe('what may be done without asking, or often', () => {
  it('an emergency needs a factor of this moment: nobody is asked before it begins', async () => {
    const wish = { ...wishOf(here), emergency: true, minutes: 60 };
    clock.advance(16 * 60_000);
    expect(codeOf(await support.browser.post('/v1/grants', wish))).toEqual([403, 'fresh_factor_required']);
    await support.confirm();
    expect((await support.browser.post('/v1/grants', wish)).status).toBe(201);
  });

  it('unmasking has an end: sixty fields in ten minutes, then it waits', async () => {
    const place = await granting.place();
    const grant = await granting.active(support, security, place);
    const unmask = () =>
      support.browser.post(`/v1/grants/${grant}/people/${place.person}/unmask`, {
        collection: 'contacts',
        record: place.record,
        field: 'name',
      });
    for (let field = 0; field < 60; field += 1) expect((await unmask()).status).toBe(200);
    expect(codeOf(await unmask())).toEqual([429, 'rate_limited']);
    clock.advance(10 * 60_000 + 1);
    expect((await unmask()).status).toBe(200);
  });

  it('a token that can read is told of to those who watch, and to the admins of its customer', async () => {
    const make = (actions: readonly string[], customer?: string) =>
      operations.browser.post('/v1/tokens', { name: 'shop', actions, ...(customer !== undefined && { customer }) });
    const before = (await messages('token_made')).length;
    expect((await make(['records:write', 'import'])).status).toBe(201);
    expect(await messages('token_made')).toHaveLength(before);
    const made = (await make(['records:read', 'export', 'import'], here.house.customer)).json<{ id: string }>();
    expect(await messages('token_made')).toHaveLength(before);
    expect((await security.browser.post(`/v1/tokens/${made.id}/confirmation`)).status).toBe(200);
    const told = (await messages('token_made')).slice(before);
    expect(new Set(told.map(({ account_id }) => account_id))).toEqual(
      new Set([team.owner.account, security.account, ...(await adminsHere())]),
    );
    expect(told[0]?.refs.what).toBe('records:read export');
  });
});

const adminsHere = async () => test.app.identity.accounts.withRole(['admin'], here.house.customer as never);
