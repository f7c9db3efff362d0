import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createTestClock } from '../testing/clock.ts';
import { createHouse } from '../testing/household.ts';

const clock = createTestClock();
let test: TestApp;

beforeEach(async () => {
  test = await createTestApp({ cluster: inject('cluster'), clock, nodes: 2 });
});
afterEach(() => test.close());

const newToken = (more: object = {}) => ({ name: 'product', actions: ['records:read'], ...more });
const statusOf = async (token: string, node = 0) => (await test.httpOf(node).get('/v1/purposes', { token })).status;

describe('a token', () => {
  it('is shown once, stored hashed, and works', async () => {
    const made = await test.http.post('/v1/tokens', newToken());
    const { token, id } = made.json<{ token: string; id: string }>();
    expect(await statusOf(token)).toBe(200);
    const listed = await test.http.get('/v1/tokens');
    expect(listed.text).toContain(id);
    const secret = token.split('_').slice(2).join('_');
    expect(listed.text).not.toContain(secret);
    const rows = await test.database.owner.query<{ row: string }>('select t::text as row from identity.token t');
    expect(rows.some(({ row }) => row.includes(secret))).toBe(false);
  });

  it('is dead at once where it was revoked, and within a second everywhere else', async () => {
    const { text, id } = await test.issue();
    expect([await statusOf(text, 0), await statusOf(text, 1)]).toEqual([200, 200]);
    expect((await test.http.delete(`/v1/tokens/${id}`)).json()).toMatchObject({ id, revokedAt: expect.any(String) });
    expect(await statusOf(text, 0)).toBe(401);
    clock.advance(1_000);
    expect(await statusOf(text, 1)).toBe(401);
  });

  it('ends when it expires, without being looked up again', async () => {
    const { text } = await test.issue({ expiresAt: new Date(clock.now().getTime() + 500) });
    expect(await statusOf(text)).toBe(200);
    clock.advance(500);
    expect(await statusOf(text)).toBe(401);
  });

  it('hands on no action, customer or rate beyond its own', async () => {
    const house = await createHouse(test.http);
    const other = await createHouse(test.http);
    const { text } = await test.issue({
      customer: house.customer,
      actions: ['tokens:manage', 'records:read'],
      requestsPerSecond: 100,
      expiresAt: new Date(clock.now().getTime() + 10 * 86_400_000),
    });
    const ask = (body: object) => test.http.post('/v1/tokens', body, { token: text });
    const own = { customer: house.customer, expiresInDays: 5, requestsPerSecond: 50 };
    expect((await ask(newToken(own))).status).toBe(201);
    expect((await ask(newToken({ ...own, actions: ['records:write'] }))).json()).toMatchObject({
      status: 403,
      field: '/actions',
    });
    expect((await ask(newToken({ ...own, customer: other.customer }))).json()).toMatchObject({
      status: 403,
      field: '/customer',
    });
    expect((await ask(newToken({ ...own, requestsPerSecond: 101 }))).json()).toMatchObject({
      status: 403,
      field: '/requestsPerSecond',
    });
    const { requestsPerSecond: _fifty, ...unsaid } = own;
    expect((await ask(newToken(unsaid))).json()).toMatchObject({ requestsPerSecond: 100 });
    const { customer: _none, ...everybody } = own;
    expect((await ask(newToken(everybody))).json()).toMatchObject({ status: 403, field: '/customer' });
  });

  it('cannot revoke what is not its own', async () => {
    const house = await createHouse(test.http);
    const { text } = await test.issue({ customer: house.customer, actions: ['tokens:manage'] });
    expect((await test.http.delete(`/v1/tokens/${test.token.id}`, { token: text })).status).toBe(404);
    expect(await statusOf(test.token.text)).toBe(200);
  });

  it('is refused what goes over its rate, and told when to come again', async () => {
    const { text } = await test.issue({ requestsPerSecond: 3 });
    const answers = [];
    for (let i = 0; i < 5; i += 1) answers.push(await test.http.get('/v1/purposes', { token: text }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    expect(answers.at(-1)?.headers['retry-after']).toBe('1');
    expect(await statusOf(test.token.text)).toBe(200);
    clock.advance(1_000);
    expect(await statusOf(text)).toBe(200);
  });

  it('has its making and its end in the operator log, by ids alone', async () => {
    const { id } = await test.issue();
    await test.http.delete(`/v1/tokens/${id}`);
    const log = await test.app.journal.logs.of(await test.app.customers.operator(), 'operator');
    if (log === undefined) throw new Error('no operator log');
    const entries = (await test.app.journal.read.entries(log, -1, 100)).map(({ body }) => JSON.parse(body.toString()));
    const ofTokens = entries.map(({ kind }) => kind).filter((kind) => kind.startsWith('token.'));
    expect(ofTokens).toEqual(['token.create', 'token.create', 'token.revoke']);
    expect(entries.at(-1)).toMatchObject({ refs: { token: id }, actor: { kind: 'service', id: test.token.id } });
  });
});
