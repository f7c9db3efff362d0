import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type Action, actions } from './identity/tokens.ts';
import { createTestApp, type TestApp } from './testing/app.ts';
import { contacts, createHouse, type House } from './testing/household.ts';
import type { Answer } from './testing/http.ts';
import { routesOf } from './testing/routes.ts';
import { sessionRoutes } from './testing/session-routes.ts';

interface Ids {
  readonly customer: string;
  readonly person: string;
  readonly record: string;
  readonly file: string;
}

interface Row {
  /** What a token must be allowed; `any`: every token; `public`: nobody is asked. */
  readonly needs: Action | 'any' | 'public';
  readonly path?: (ids: Ids) => string;
  readonly body?: (ids: Ids) => unknown;
  /** What the right caller gets. */
  readonly ok: number;
  /** What the right caller gets whose token is for one customer, where the route has no customer in it. */
  readonly bound?: number;
}

const c = '/v1/customers/:customer';
const record = `${c}/people/:person/records/:collection/:record`;
const file = `${c}/people/:person/files/:file`;

/** Which services may call what (sessions: `session-routes.test.ts`). A route that is in neither table fails the test below. */
const table: Readonly<Record<string, Row>> = {
  'GET /healthz': { needs: 'public', ok: 200 },
  'GET /readyz': { needs: 'public', ok: 200 },
  'GET /api': { needs: 'public', ok: 200 },
  'GET /api/openapi.json': { needs: 'public', ok: 200 },
  'GET /log/page/key': { needs: 'public', ok: 200 },
  'GET /log/page/checkpoint': { needs: 'public', ok: 200 },
  'GET /log/page/clock-key': { needs: 'public', ok: 200 },
  'GET /log/page/proof/:index': { needs: 'public', path: () => '/log/page/proof/0', ok: 200 },
  'GET /log/page/consistency': { needs: 'public', path: () => '/log/page/consistency?from=1', ok: 200 },
  'GET /': { needs: 'public', ok: 200 },
  'GET /en': { needs: 'public', ok: 200 },
  'GET /page.json': { needs: 'public', ok: 200 },
  'GET /page.md': { needs: 'public', ok: 200 },
  'GET /en/page.md': { needs: 'public', ok: 200 },
  'GET /.well-known/security.txt': { needs: 'public', ok: 404 },
  'GET /log/page/*': { needs: 'public', path: () => '/log/page/tile/0/000.p/1', ok: 200 },
  'GET /beleg/:customer/:order/:link': {
    needs: 'public',
    path: () => `/beleg/${randomUUID()}/${randomUUID()}/${'A'.repeat(43)}`,
    ok: 404,
  },
  'GET /beleg/:customer/:order/:link/receipt': {
    needs: 'public',
    path: () => `/beleg/${randomUUID()}/${randomUUID()}/${'A'.repeat(43)}/receipt`,
    ok: 404,
  },
  'GET /v1/purposes': { needs: 'any', ok: 200, bound: 200 },
  'POST /v1/customers': {
    needs: 'customers:create',
    body: () => ({ label: `c-${randomUUID()}` }),
    ok: 201,
    bound: 403,
  },
  'GET /v1/customers': { needs: 'customers:read', ok: 200, bound: 200 },
  [`GET ${c}`]: { needs: 'customers:read', ok: 200 },
  'POST /v1/tokens': {
    needs: 'tokens:manage',
    body: ({ customer }) => ({ name: 'handed-on', customer, actions: ['records:read'] }),
    ok: 201,
    bound: 201,
  },
  'GET /v1/tokens': { needs: 'tokens:manage', ok: 200, bound: 200 },
  'DELETE /v1/tokens/:token': { needs: 'tokens:manage', path: () => `/v1/tokens/${randomUUID()}`, ok: 404, bound: 404 },
  [`PUT ${c}/collections/:collection`]: { needs: 'collections:write', body: () => contacts, ok: 200 },
  [`GET ${c}/collections`]: { needs: 'collections:read', ok: 200 },
  [`POST ${c}/people`]: { needs: 'people:create', body: () => ({}), ok: 201 },
  [`GET ${c}/people`]: { needs: 'people:read', ok: 200 },
  [`GET ${record}`]: { needs: 'records:read', ok: 200 },
  [`PUT ${record}`]: { needs: 'records:write', body: () => ({ name: 'Ada' }), ok: 200 },
  [`GET ${c}/people/:person/records/:collection`]: { needs: 'records:read', ok: 200 },
  [`POST ${c}/records/get`]: {
    needs: 'records:read',
    body: (ids) => ({ items: [{ person: ids.person, collection: 'contacts', record: ids.record }] }),
    ok: 200,
  },
  [`POST ${c}/records/find`]: {
    needs: 'records:find',
    body: () => ({ collection: 'contacts', field: 'mail', value: 'ada@example.org' }),
    ok: 200,
  },
  [`GET ${c}/export`]: { needs: 'export', ok: 200 },
  [`GET ${c}/people/:person/export`]: { needs: 'export', ok: 200 },
  [`POST ${c}/import`]: {
    needs: 'import',
    path: ({ customer }) => `/v1/customers/${customer}/import?collection=contacts`,
    body: () => '{"data":{"name":"Bea"}}',
    ok: 200,
  },
  [`GET ${c}/journal`]: { needs: 'journal:read', ok: 200 },
  [`GET ${c}/journal/:index/proof`]: { needs: 'journal:read', ok: 200 },
  [`GET ${c}/journal/anchor`]: { needs: 'journal:read', ok: 200 },
  [`GET ${c}/journal/checkpoint`]: { needs: 'journal:read', ok: 200 },
  [`GET ${c}/journal/consistency`]: {
    needs: 'journal:read',
    path: ({ customer }) => `/v1/customers/${customer}/journal/consistency?from=1`,
    ok: 200,
  },
  [`GET ${c}/logs/:log/*`]: {
    needs: 'journal:read',
    path: ({ customer }) => `/v1/customers/${customer}/logs/access/tile/entries/000.p/1`,
    ok: 200,
  },
  'POST /v1/rollover': { needs: 'erasures:order', body: () => ({}), ok: 202, bound: 403 },
  [`POST ${c}/erasures/preview`]: {
    needs: 'erasures:read',
    body: ({ person }) => ({ scope: 'person', person }),
    ok: 200,
  },
  [`GET ${c}/erasures`]: { needs: 'erasures:read', ok: 200 },
  [`GET ${c}/erasures/:order`]: { needs: 'erasures:read', ok: 404 },
  [`GET ${c}/erasures/:order/receipt`]: { needs: 'erasures:read', ok: 404 },
  [`GET ${c}/erasures/:order/receipt.html`]: { needs: 'erasures:read', ok: 404 },
  [`POST ${c}/erasures/:order/withdrawal`]: { needs: 'erasures:order', body: () => ({}), ok: 404 },
  [`POST ${c}/erasures`]: {
    needs: 'erasures:order',
    body: () => ({ scope: 'person', person: randomUUID() }),
    ok: 404,
  },
  [`POST ${c}/erasures/:order/confirmation`]: { needs: 'erasures:confirm', body: () => ({}), ok: 404 },
  [`GET ${c}/erasure-requests`]: { needs: 'erasures:read', ok: 200 },
  [`POST ${c}/erasure-requests`]: { needs: 'erasures:order', body: ({ person }) => ({ person }), ok: 201 },
  [`POST ${c}/erasure-requests/:request/extension`]: {
    needs: 'erasures:order',
    body: () => ({ reason: 'complex' }),
    ok: 404,
  },
  [`POST ${c}/erasure-requests/:request/order`]: { needs: 'erasures:order', body: () => ({}), ok: 404 },
  [`POST ${c}/erasure-requests/:request/answer`]: {
    needs: 'erasures:order',
    body: () => ({ outcome: 'erased' }),
    ok: 404,
  },
  [`GET ${c}/holds`]: { needs: 'erasures:read', ok: 200 },
  [`POST ${c}/holds`]: {
    needs: 'erasures:order',
    body: () => ({ person: randomUUID(), until: new Date(Date.now() + 1e9).toISOString(), reason: 'law suit' }),
    ok: 404,
  },
  [`POST ${c}/holds/:hold/end`]: { needs: 'erasures:order', body: () => ({}), ok: 404 },
  [`GET ${c}/people/:person/files`]: { needs: 'files:read', ok: 200 },
  [`PUT ${file}`]: { needs: 'files:write', body: () => 'content', ok: 200 },
  [`GET ${file}`]: { needs: 'files:read', ok: 200 },
  // Last: what they remove is not there for the others.
  [`DELETE ${record}`]: { needs: 'records:delete', ok: 202 },
  [`DELETE ${file}`]: { needs: 'files:delete', ok: 202 },
};

let test: TestApp;
let house: House;
let other: House;
let ids: Ids;
const tokens: Record<'revoked' | 'expired' | 'bound' | 'foreign', string> = {
  revoked: '',
  expired: '',
  bound: '',
  foreign: '',
};

async function fill(at: House): Promise<Ids> {
  const person = await at.person();
  const made = { customer: at.customer, person, record: randomUUID(), file: randomUUID() };
  await at.put(person, { name: 'Ada', mail: 'ada@example.org' }, made.record);
  await test.http.put(`${at.base}/people/${person}/files/${made.file}`, 'content');
  return made;
}

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster') });
  house = await createHouse(test.http);
  other = await createHouse(test.http);
  ids = await fill(house);
  await fill(other);
  const gone = await test.issue();
  expect((await test.http.delete(`/v1/tokens/${gone.id}`)).status).toBe(200);
  tokens.revoked = gone.text;
  tokens.expired = (await test.issue({ expiresAt: new Date(Date.now() - 1) })).text;
  tokens.bound = (await test.issue({ customer: house.customer })).text;
  tokens.foreign = (await test.issue({ customer: other.customer })).text;
  await test.app.journal.integrator.round();
  // The page log takes the roots of a round and is signed in the next.
  for (const url of [`${house.base}/journal/anchor`, '/log/page/tile/0/000.p/1'])
    await vi.waitUntil(async () => (await test.http.get(url)).status === 200, { timeout: 20_000 });
});
afterAll(() => test.close());

const entries = Object.entries(table).map(([route, row]) => {
  const [method = '', pattern = ''] = route.split(' ');
  return { route, method: method as 'GET', pattern, row };
});

function urlOf(pattern: string, { path }: Row, at: Ids): string {
  if (path !== undefined) return path(at);
  return (
    pattern
      .replace(':customer', at.customer)
      .replace(':person', at.person)
      .replace(':collection', 'contacts')
      .replace(':record', at.record)
      .replace(':file', at.file)
      .replace(':index', '0')
      // What is not there.
      .replace(/:\w+/g, () => randomUUID())
  );
}

function call(one: (typeof entries)[number], token: string | null, at: Ids = ids): Promise<Answer> {
  const body = one.row.body?.(at);
  return test.http.call(one.method, urlOf(one.pattern, one.row, at), { token, ...(body !== undefined && { body }) });
}

/** All that a caller can compare. */
const seenBy = ({ status, text, headers }: Answer) => {
  const { date: _date, ...rest } = headers;
  return { status, text, headers: rest };
};

const guarded = entries.filter(({ row }) => row.needs !== 'public');
const ofCustomer = guarded.filter(({ pattern }) => pattern.includes(':customer'));

it('has a row for every route of the server', () => {
  // Each GET is answered to HEAD too, without its body.
  const onlyForSessions = Object.entries(sessionRoutes).filter(([, row]) => row.alsoServices !== true);
  const known = [...entries.map(({ route }) => route), ...onlyForSessions.map(([route]) => route)];
  const rows = known.flatMap((route) => (route.startsWith('GET') ? [route, route.replace('GET', 'HEAD')] : [route]));
  expect(routesOf(test.app.server)).toEqual(rows.sort());
});

describe('without a valid token', () => {
  it.each(guarded)('$route is refused, and never says why', async (one) => {
    const wrong = `${tokens.bound.slice(0, -2)}${tokens.bound.endsWith('AA') ? 'BB' : 'AA'}`;
    const callers = [
      null,
      'nonsense',
      wrong,
      tokens.revoked,
      tokens.expired,
      `obhut_${'0'.repeat(32)}_${'A'.repeat(43)}`,
    ];
    const answers = await Promise.all(callers.map((token) => call(one, token)));
    for (const answer of answers) expect(seenBy(answer)).toEqual(seenBy(answers[0] as Answer));
    expect(answers[0]?.json()).toMatchObject({ status: 401, code: 'unauthorized' });
  });

  it.each(entries.filter(({ row }) => row.needs === 'public'))('$route answers anybody', async (one) => {
    expect((await call(one, null)).status).toBe(one.row.ok);
  });
});

describe('with a token that lacks the action', () => {
  it.each(guarded.filter(({ row }) => row.needs !== 'any'))('$route is forbidden', async (one) => {
    const others = actions.filter((action) => action !== one.row.needs);
    const { text } = await test.issue({ actions: others });
    expect((await call(one, text)).json()).toMatchObject({ status: 403, code: 'forbidden' });
  });
});

describe("with another customer's token", () => {
  it.each(ofCustomer)('$route answers as for a customer that does not exist', async (one) => {
    const unknown = { ...ids, customer: randomUUID() };
    const foreign = await call(one, tokens.foreign);
    expect(foreign.json()).toMatchObject({ status: 404, code: 'not_found' });
    expect(seenBy(await call(one, tokens.foreign, unknown))).toEqual(seenBy(foreign));
    // Nor does a token for all customers get more than this for one that is not there.
    expect(seenBy(await call(one, test.token.text, unknown))).toEqual(seenBy(foreign));
    if (one.method === 'GET') {
      const head = await test.http.call('HEAD', urlOf(one.pattern, one.row, ids), { token: tokens.foreign });
      expect(head.status).toBe(404);
    }
  });

  it('lists show nothing of the others', async () => {
    for (const url of ['/v1/customers', '/v1/tokens']) {
      const listed = await test.http.get(url, { token: tokens.foreign });
      expect(listed.status).toBe(200);
      expect(listed.text).toContain(other.customer);
      expect(listed.text).not.toContain(house.customer);
    }
  });
});

describe('with the right token', () => {
  it.each(entries)('$route answers $row.ok', async (one) => {
    if (one.row.needs === 'public') return;
    const own = one.pattern.includes(':customer');
    const expected = own ? one.row.ok : one.row.bound;
    const answer = await call(one, tokens.bound);
    expect(answer.status, answer.text).toBe(expected);
    if (!own) expect((await call(one, test.token.text)).status).toBe(one.row.ok);
  });
});
