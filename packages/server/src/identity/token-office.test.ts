/** A token reads without a grant: nobody makes one for reading personal data alone. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createTestClock } from '../testing/clock.ts';
import { createHouse, type House } from '../testing/household.ts';
import { createTeam, type Member, type Team } from '../testing/team.ts';

const clock = createTestClock();
let test: TestApp;
let team: Team;
let house: House;
let operations: Member;
let security: Member;
let person: string;
let record: string;

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster'), clock, nodes: 2 });
  team = await createTeam(test);
  house = await createHouse(test.http);
  operations = await team.invite(['operations']);
  security = await team.invite(['security']);
  person = await house.person();
  record = await house.put(person, { name: 'Ada' });
});
afterAll(() => test.close());

interface Made {
  readonly id: string;
  readonly token: string;
  readonly confirmedAt: string | null;
}

const make = async (by: Member, actions: readonly string[]) =>
  (await by.browser.post('/v1/tokens', { name: 'shop', actions })).json<Made>();
const confirm = (by: Member, { id }: Made) => by.browser.post(`/v1/tokens/${id}/confirmation`);
const read = (token: string, node = 0) => test.httpOf(node).get(house.recordUrl(person, record), { token });
const letters = async (template: string) =>
  (
    await test.database.app.query<{ account_id: string }>('select account_id from notify.message where template = $1', [
      template,
    ])
  ).map(({ account_id: account }) => account);
const needs = async (of: Member) =>
  (await of.browser.get('/v1/overview')).json<{ needsMe: { kind: string; id: string }[] }>().needsMe;

describe('a token that somebody makes for reading', () => {
  it.each(['records:read', 'records:find', 'files:read', 'export'])(
    '(%s) is dead until somebody else confirms it',
    async (action) => {
      const made = await make(operations, [action, 'people:read']);
      expect(made.confirmedAt).toBeNull();
      for (const node of [0, 1]) expect((await test.httpOf(node).get('/v1/purposes', made)).status).toBe(401);
      expect(await needs(security)).toContainEqual(expect.objectContaining({ kind: 'token_waits', id: made.id }));
      expect((await confirm(security, made)).json()).toMatchObject({ id: made.id, confirmedAt: expect.any(String) });
      for (const node of [0, 1]) expect((await test.httpOf(node).get('/v1/purposes', made)).status).toBe(200);
      expect(await needs(security)).not.toContainEqual(expect.objectContaining({ id: made.id }));
    },
  );

  it('opens nothing before, and what its actions say afterwards', async () => {
    const made = await make(operations, ['records:read']);
    expect((await read(made.token)).status).toBe(401);
    await confirm(team.owner, made);
    expect((await read(made.token)).status).toBe(200);
  });

  it('is not confirmed by whoever made it, by their colleagues without the right, or twice', async () => {
    const made = await make(team.owner, ['records:read']);
    expect((await confirm(team.owner, made)).json()).toMatchObject({ code: 'self_forbidden' });
    expect((await confirm(operations, made)).json()).toMatchObject({ code: 'forbidden' });
    expect(await needs(team.owner)).not.toContainEqual(expect.objectContaining({ id: made.id }));
    expect((await read(made.token)).status).toBe(401);
    expect((await confirm(security, made)).status).toBe(200);
    expect((await confirm(security, made)).json()).toMatchObject({ code: 'not_found' });
  });

  it('is not confirmed any more when it was revoked', async () => {
    const made = await make(operations, ['export']);
    await operations.browser.delete(`/v1/tokens/${made.id}`);
    expect((await confirm(security, made)).json()).toMatchObject({ code: 'not_found' });
    expect((await read(made.token)).status).toBe(401);
  });

  it('is told of before to those who may confirm, and afterwards to those who watch', async () => {
    const [waiting, usable] = [(await letters('token_waits')).length, (await letters('token_made')).length];
    const made = await make(team.owner, ['records:read']);
    expect((await letters('token_waits')).slice(waiting)).toEqual([security.account]);
    expect((await letters('token_made')).length).toBe(usable);
    await confirm(security, made);
    expect(new Set((await letters('token_made')).slice(usable))).toEqual(
      new Set([team.owner.account, security.account]),
    );
  });
});

describe('a token that can read nothing', () => {
  it('works at once', async () => {
    const made = await make(operations, ['people:create', 'records:write']);
    expect(made.confirmedAt).not.toBeNull();
    expect((await test.http.get('/v1/purposes', made)).status).toBe(200);
  });
});

describe('a service', () => {
  it('hands on what it reads itself: that gives nobody more', async () => {
    const { text } = await test.issue({ actions: ['tokens:manage', 'records:read'] });
    const made = await test.http.post('/v1/tokens', { name: 'part', actions: ['records:read'] }, { token: text });
    expect((await read(made.json<Made>().token)).status).toBe(200);
  });
});
