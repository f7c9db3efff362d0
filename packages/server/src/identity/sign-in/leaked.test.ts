/** A password that turns up in a leak: found at the next sign-in, and changed before anything else. */
import { hash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret, TOTP } from 'otpauth';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import type { Browser } from '../../testing/browser.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createTeam, type Member, type Team } from '../../testing/team.ts';

const clock = createTestClock();
const leaked = new Set<string>();
let answers: 'at once' | 'never' | 'with an error' = 'at once';
let mirror: Server;
let test: TestApp;
let team: Team;

const sha1 = (text: string) => hash('sha1', text, 'hex').toUpperCase();

beforeAll(async () => {
  mirror = createServer((request, response) => {
    if (answers === 'never') return;
    if (answers === 'with an error') response.statusCode = 500;
    const prefix = request.url?.slice('/range/'.length) ?? '';
    const lines = [...leaked].map(sha1).filter((digest) => digest.startsWith(prefix));
    response.end(lines.map((digest) => `${digest.slice(5)}:3`).join('\r\n'));
  });
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
  test = await createTestApp({
    cluster: inject('cluster'),
    clock,
    settings: {
      passwordLeaks: { mirror: `http://127.0.0.1:${(mirror.address() as AddressInfo).port}` },
      limits: { recordBytes: 1_048_576, fileBytes: 1_048_576, requestsPerSecond: 1_000, signInsPerNetwork: 10_000 },
    },
  });
  team = await createTeam(test);
});
afterAll(async () => {
  await test.close();
  mirror.closeAllConnections();
  await new Promise((resolve) => mirror.close(resolve));
});
beforeEach(() => team.owner.signIn());
afterEach(() => {
  answers = 'at once';
  leaked.clear();
});

const word = 'Zwölf Reiher stehen am Ufer';
const other = 'Elf Reiher stehen auf einem Bein';
const codeOf = (secret: string) =>
  new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 }).generate({ timestamp: clock.now().getTime() });

interface Knower extends Member {
  readonly secret: string;
}

async function withPassword(): Promise<Knower> {
  const member = await team.invite(['support']);
  const { secret } = (await member.browser.post('/v1/account/totp')).json<{ secret: string }>();
  const set = await member.browser.post('/v1/account/password', { password: word, code: codeOf(secret) });
  expect(set.status, set.text).toBe(200);
  clock.advance(31_000);
  return { ...member, secret };
}

function signIn(browser: Browser, member: Knower, password = word) {
  clock.advance(31_000);
  return browser.post('/v1/sign-in/password', { email: member.email, password, code: codeOf(member.secret) });
}

const letters = async (template: string, account: string) =>
  test.database.app.query('select 1 from notify.message where template = $1 and account_id = $2', [template, account]);

it('is found at the next sign-in; the session goes on when it is changed', async () => {
  const member = await withPassword();
  const elsewhere = team.browser();
  expect((await signIn(elsewhere, member)).json()).toMatchObject({ passwordLeaked: false });
  leaked.add(word);
  const browser = team.browser();
  expect((await signIn(browser, member)).json()).toMatchObject({ passwordLeaked: true });
  expect(await letters('password_leaked', member.account)).toHaveLength(1);
  for (const held of [browser, elsewhere])
    expect((await held.get('/v1/overview')).json()).toMatchObject({ status: 403, code: 'password_leaked' });

  expect((await browser.put('/v1/account/password', { password: word })).json()).toMatchObject({
    code: 'password_weak',
    reason: 'leaked',
  });
  clock.advance(11 * 60_000);
  expect((await browser.put('/v1/account/password', { password: other })).json()).toMatchObject({
    code: 'fresh_factor_required',
  });
  const confirmed = await browser.post('/v1/session/confirm/password', { password: word, code: codeOf(member.secret) });
  expect(confirmed.status, confirmed.text).toBe(200);
  expect((await browser.get('/v1/overview')).json()).toMatchObject({ code: 'password_leaked' });
  expect((await browser.put('/v1/account/password', { password: other })).status).toBe(204);
  expect((await browser.get('/v1/overview')).status).toBe(200);
  expect((await elsewhere.get('/v1/session')).status).toBe(401);
  expect((await signIn(team.browser(), member)).status).toBe(401);
  expect((await signIn(team.browser(), member, other)).json()).toMatchObject({ passwordLeaked: false });
});

it('is told of once, also where somebody signs in again before it is changed', async () => {
  const member = await withPassword();
  leaked.add(word);
  await signIn(team.browser(), member);
  expect((await signIn(team.browser(), member)).json()).toMatchObject({ passwordLeaked: true });
  expect(await letters('password_leaked', member.account)).toHaveLength(1);
});

it('stays leaked for whoever has a passkey too, until it is changed or removed', async () => {
  const member = await withPassword();
  leaked.add(word);
  await signIn(team.browser(), member);
  const browser = team.browser();
  expect(await member.signIn(browser)).toBe(200);
  expect((await browser.get('/v1/staff')).json()).toMatchObject({ code: 'password_leaked' });
  expect((await browser.delete('/v1/account/password')).status).toBe(204);
  expect((await browser.get('/v1/staff')).status).toBe(200);
});

it.each(['never', 'with an error'] as const)(
  'a source that answers %s holds up nobody who signs in, takes no new password, and is said',
  async (how) => {
    const member = await withPassword();
    const before = (await letters('leaks_silent', team.owner.account)).length;
    answers = how;
    const browser = team.browser();
    expect((await signIn(browser, member)).json()).toMatchObject({ passwordLeaked: false });
    expect((await browser.put('/v1/account/password', { password: other })).json()).toMatchObject({
      status: 503,
      code: 'leaks_unanswered',
    });
    expect(await letters('leaks_silent', team.owner.account)).toHaveLength(before + 1);
    const needs = async () =>
      (await team.owner.browser.get('/v1/overview')).json<{ needsMe: { kind: string }[] }>().needsMe;
    expect(await needs()).toContainEqual(expect.objectContaining({ kind: 'leaks_silent' }));
    answers = 'at once';
    await test.app.identity.leaks.look();
    expect(await needs()).not.toContainEqual(expect.objectContaining({ kind: 'leaks_silent' }));
    leaked.add(word);
    expect((await signIn(team.browser(), member)).json()).toMatchObject({ passwordLeaked: true });
  },
);
