/** Who may call what with a session: every route, every kind of caller; from foreign pages nobody. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Right } from './identity/authenticate.ts';
import { type StaffRole, staffRoles } from './identity/caller.ts';
import { createTestApp, type TestApp } from './testing/app.ts';
import type { Browser, BrowserAnswer } from './testing/browser.ts';
import { createTestClock } from './testing/clock.ts';
import { createHouse, type House } from './testing/household.ts';
import { routesOf } from './testing/routes.ts';
import { type SessionRow, sessionRoutes } from './testing/session-routes.ts';
import { createTeam, type Member, type Team } from './testing/team.ts';

const clock = createTestClock();
let test: TestApp;
let team: Team;
let house: House;
let other: House;
let admin: Member;
let foreign: Member;
const staff = new Map<StaffRole, Member>();

beforeAll(async () => {
  test = await createTestApp({
    cluster: inject('cluster'),
    clock,
    settings: {
      limits: { recordBytes: 1_048_576, fileBytes: 1_048_576, requestsPerSecond: 10_000, signInsPerNetwork: 10_000 },
    },
  });
  team = await createTeam(test);
  house = await createHouse(test.http);
  other = await createHouse(test.http);
  admin = await team.inviteAdmin(house.customer);
  foreign = await team.inviteAdmin(other.customer);
  for (const role of staffRoles) staff.set(role, await team.invite([role]));
});
afterAll(() => test.close());

interface Case extends SessionRow {
  readonly route: string;
  readonly method: 'get' | 'post' | 'put' | 'delete';
  readonly pattern: string;
}

const cases = Object.entries(sessionRoutes).map(([route, row]): Case => {
  const [method = '', pattern = ''] = route.split(' ');
  return { ...row, route, pattern, method: method.toLowerCase() as Case['method'] };
});

/** Nothing exists under these ids, and the bodies fit nothing: who is let in changes nothing. */
const urlOf = ({ pattern }: Case, at = house.customer) =>
  pattern
    .replace(':customer', at)
    .replace(':index', '0')
    .replace(':collection', 'contacts')
    .replace(':log/*', 'access/tile/0/000.p/1')
    .replace('*', 'tile/0/000.p/1')
    .replaceAll(/:[a-z]+/g, () => randomUUID());

const call = (browser: Browser, one: Case, at?: string): Promise<BrowserAnswer> =>
  one.method === 'get' || one.method === 'delete'
    ? browser[one.method](urlOf(one, at))
    : browser[one.method](urlOf(one, at), {});

const codeOf = ({ text }: BrowserAnswer) => /"code":"([a-z_]+)"/.exec(text)?.[1];

/** Past the door: whatever is wrong then, it is not who calls. */
const letIn = (answer: BrowserAnswer) =>
  !['unauthorized', 'forbidden', 'cross_site', 'fresh_factor_required'].includes(codeOf(answer) ?? '');

const isRight = (needs: SessionRow['needs']): needs is Right => needs.includes('.');
// An event stream stays open, and would keep the answer: its door is tried in `access/events.test.ts`.
const tried = cases.filter(({ pattern }) => pattern !== '/v1/grants/events');
const guarded = tried.filter(({ needs }) => needs !== 'public' && needs !== 'browser');
const signsOut = ({ route }: Case) => route === 'DELETE /v1/session' || route === 'DELETE /v1/sessions';

/** What each role has, as docs/access.md and its test say. */
function has(role: StaffRole, right: Right): boolean {
  const member = staff.get(role);
  if (member === undefined) throw new Error(role);
  const caller = { kind: 'staff', account: member.account, roles: [role], method: 'passkey', customer: undefined };
  return test.app.policies.decide(caller as never, right, house.customer as never).allowed;
}

it('has a row for every route of the server', () => {
  const rows = cases.flatMap(({ route }) =>
    route.startsWith('GET') ? [route, route.replace('GET', 'HEAD')] : [route],
  );
  expect(rows.sort()).toEqual(routesOf(test.app.server));
});

describe('without a session', () => {
  it.each(guarded)('$route is refused', async (one) => {
    for (const planted of [undefined, 'A'.repeat(43), 'nonsense']) {
      const browser = team.browser();
      if (planted !== undefined) browser.cookies.set('obhut', planted);
      expect(codeOf(await call(browser, one))).toBe('unauthorized');
    }
  });

  it.each(tried.filter(({ needs }) => needs === 'browser' || needs === 'public'))(
    '$route answers anybody on our own pages',
    async (one) => {
      const answer = await call(team.browser(), one);
      expect(letIn(answer), answer.text).toBe(true);
    },
  );
});

describe('with the token of a service that may do everything', () => {
  it.each(guarded.filter(({ alsoServices }) => alsoServices !== true))('$route is forbidden', async (one) => {
    const body = one.method === 'get' || one.method === 'delete' ? undefined : {};
    const method = one.method.toUpperCase() as 'GET';
    const answer = await test.http.call(method, urlOf(one), { ...(body !== undefined && { body }) });
    expect(answer.json()).toMatchObject({ status: 403, code: 'forbidden' });
  });
});

describe.each(staffRoles)('%s', (role) => {
  it.each(guarded.filter((one) => !signsOut(one)))('$route ($needs)', async (one) => {
    const { browser } = staff.get(role) as Member;
    const answer = await call(browser, one);
    const allowed = isRight(one.needs) ? has(role, one.needs) : one.needs === 'self';
    expect(letIn(answer), `${answer.status} ${answer.text}`).toBe(allowed);
    if (!allowed) expect(answer.status).toBe(403);
  });
});

const ofAdmins = new Set<string>([
  'portal.policy',
  'portal.erase',
  'admins.manage',
  'grants.read',
  'journal.read',
  'erasures.read',
  'erasures.order',
  'customers.read',
  'collections.read',
]);

describe('an admin', () => {
  it.each(guarded.filter((one) => !signsOut(one)))('$route ($needs), with the own customer', async (one) => {
    const answer = await call(admin.browser, one);
    const allowed = one.needs === 'self' || ofAdmins.has(one.needs);
    expect(letIn(answer), `${answer.status} ${answer.text}`).toBe(allowed);
  });

  it.each(guarded.filter(({ pattern }) => pattern.includes(':customer')))(
    '$route: another customer is as one that is not there',
    async (one) => {
      const answer = await call(foreign.browser, one);
      expect(answer.status).toBe(404);
      expect(answer.text).toBe((await call(foreign.browser, one, randomUUID())).text);
    },
  );
});

describe('from a foreign page', () => {
  const changing = cases.filter(({ method, needs }) => method !== 'get' && needs !== 'services');
  it.each(changing)('$route is refused with a living session (cross-site request forgery)', async (one) => {
    const { browser } = team.owner;
    const own = { ...browser.headers };
    for (const foreignHeaders of [
      { 'sec-fetch-site': 'cross-site', origin: 'https://example.net' },
      { 'sec-fetch-site': 'same-site', origin: 'http://localhost' },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://example.net' },
      { origin: 'null' },
      {},
    ]) {
      const { 'sec-fetch-site': _site, ...rest } = own;
      for (const name of Object.keys(browser.headers)) delete browser.headers[name];
      Object.assign(browser.headers, rest, foreignHeaders);
      const answer = await call(browser, one);
      for (const name of Object.keys(browser.headers)) delete browser.headers[name];
      Object.assign(browser.headers, own);
      expect(codeOf(answer), JSON.stringify(foreignHeaders)).toBe('cross_site');
    }
  });
});

describe('some time after the last strong factor', () => {
  const changing = guarded.filter((one) => !signsOut(one) && one.needs !== 'services');
  it.each(changing)('$route wants a fresh one only where the table says so', async (one) => {
    const portal = one.needs.startsWith('portal.');
    const member = portal ? admin : team.owner;
    expect(await member.signIn()).toBe(200);
    clock.advance(11 * 60_000);
    const answer = await call(member.browser, one);
    if (one.fresh === true) expect(codeOf(answer)).toBe('fresh_factor_required');
    else expect(codeOf(answer)).not.toBe('fresh_factor_required');
  });
});

describe('while a leaked password waits to be changed', () => {
  let member: Member;
  beforeAll(async () => {
    await refreshed();
    member = await team.invite([...staffRoles]);
    await test.database.app.query(
      `insert into identity.password (customer_id, account_id, person_id, hash, totp, totp_step, set_at, leaked_at)
       select customer_id, account_id, person_id, '', '', 0, now(), now() from identity.account where account_id = $1`,
      [member.account],
    );
  });
  const held = guarded.filter((one) => !signsOut(one) && one.route !== 'DELETE /v1/account/password');
  it.each(held)('$route is open only where the table says so', async (one) => {
    const answer = await call(member.browser, one);
    if (one.whileLeaked === true) expect(codeOf(answer)).not.toBe('password_leaked');
    else expect(codeOf(answer)).toBe('password_leaked');
  });
});

describe('signing out', () => {
  it.each(cases.filter(signsOut))('$route ends the session of whoever calls it', async (one) => {
    const member = await team.invite(['auditor'], await refreshed());
    expect((await call(member.browser, one)).status).toBe(204);
    expect((await member.browser.get('/v1/session')).status).toBe(401);
  });
});

async function refreshed(): Promise<Member> {
  expect(await team.owner.signIn()).toBe(200);
  return team.owner;
}
