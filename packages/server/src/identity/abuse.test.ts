/** Ways around two factors, and ways to learn something at the door. Each by its name. */
import { Secret, TOTP } from 'otpauth';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { type Browser, createBrowser } from '../testing/browser.ts';
import { createTestClock } from '../testing/clock.ts';
import { createTeam, type Member, newAddress, type Team } from '../testing/team.ts';

const asked = vi.hoisted(() => ({ argon2: 0 }));
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof import('node:crypto')>();
  const counting: typeof real.argon2 = ((...parameters: Parameters<typeof real.argon2>) => {
    asked.argon2 += 1;
    return real.argon2(...parameters);
  }) as typeof real.argon2;
  return { ...real, default: { ...real, argon2: counting }, argon2: counting };
});

const clock = createTestClock();
const limits = { recordBytes: 1_048_576, fileBytes: 1_048_576, requestsPerSecond: 1_000, signInsPerNetwork: 40 };
/** Statements that name an account, a factor or a session. */
const statements: string[] = [];
let test: TestApp;
let team: Team;
let member: Member;
beforeAll(async () => {
  test = await createTestApp({
    cluster: inject('cluster'),
    clock,
    settings: { limits, trustedProxies: ['127.0.0.1', '10.0.0.0/8'] },
    wrap: (database) => ({
      ...database,
      query: (text, ...rest) => {
        statements.push(text);
        return database.query(text, ...rest);
      },
    }),
  });
  team = await createTeam(test);
  member = await team.invite(['support']);
});
afterAll(() => test.close());
afterEach(() => vi.restoreAllMocks());

/** A visitor whose connection comes from there. */
const from = (remoteAddress: string) => createBrowser(() => test.app.server, { remoteAddress });
const signIn = (browser: Browser, email: string) =>
  browser.post('/v1/sign-in/password', { email, password: 'Zwölf Reiher stehen am Ufer', code: '123456' });

describe('a password alone', () => {
  it('opens no session', async () => {
    const browser = from('203.0.113.1');
    for (const body of [
      { email: member.email, password: 'x'.repeat(20) },
      { email: member.email, password: 'x', code: '' },
    ])
      expect((await browser.post('/v1/sign-in/password', body)).status).toBe(400);
    expect(browser.cookies.has('obhut')).toBe(false);
  });

  it('in a session that somebody wrote into the database touches no factor, and nothing else', async () => {
    const victim = await team.invite(['owner']);
    await test.database.owner.query(
      `update identity.session set method = 'password' where account_id = '${victim.account}' and ended_at is null`,
    );
    for (const attempt of [
      () => victim.browser.get('/v1/account/factors'),
      () => victim.browser.post('/v1/account/totp'),
      () => victim.browser.post('/v1/account/passkeys/options'),
      () => victim.browser.post('/v1/account/recovery-codes'),
      () => victim.browser.post('/v1/session/confirm/passkey/options'),
      () => victim.browser.get('/v1/staff'),
      () => victim.browser.get('/v1/customers'),
    ]) {
      const answer = await attempt();
      expect(answer.status, answer.text).toBe(401);
    }
  });
});

describe('the address of a caller', () => {
  const addressOf = async (remote: string, forwarded: string) => {
    clock.advance(1_000);
    const browser = from(remote);
    browser.headers['x-forwarded-for'] = forwarded;
    expect(await member.signIn(browser)).toBe(200);
    const { signIns } = (await browser.get('/v1/account/sign-ins')).json<{ signIns: { address: string }[] }>();
    return signIns[0]?.address;
  };

  it('is what a trusted proxy says, and the last that none of ours has said', async () => {
    expect(await addressOf('127.0.0.1', '198.51.100.7')).toBe('198.51.100.7');
    expect(await addressOf('127.0.0.1', '192.0.2.66, 198.51.100.8')).toBe('198.51.100.8');
    expect(await addressOf('127.0.0.1', '198.51.100.9, 10.1.2.3')).toBe('198.51.100.9');
  });

  it('is their own, when somebody who is no proxy of ours claims another', async () => {
    expect(await addressOf('203.0.113.20', '127.0.0.1')).toBe('203.0.113.20');
    expect(await addressOf('203.0.113.21', '198.51.100.7, 10.1.2.3')).toBe('203.0.113.21');
  });

  it('counts against them, whatever they claim: they get no new tries by it', async () => {
    const browser = from('203.0.113.30');
    let status = 0;
    for (let attempt = 0; attempt <= limits.signInsPerNetwork && status !== 429; attempt += 1) {
      browser.headers['x-forwarded-for'] = `198.51.100.${attempt}`;
      ({ status } = await browser.post('/v1/sign-in/passkey/options'));
    }
    expect(status).toBe(429);
  });
});

describe('somebody who wants to know who has an account', () => {
  it('learns nothing from the time: an unknown address costs the same work as a wrong password', async () => {
    const { secret } = (await member.browser.post('/v1/account/totp')).json<{ secret: string }>();
    const code = new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 }).generate({
      timestamp: clock.now().getTime(),
    });
    const set = { password: 'Dreizehn Reiher stehen am Ufer', code };
    expect((await member.browser.post('/v1/account/password', set)).status).toBe(200);
    const workOf = async (email: string) => {
      asked.argon2 = 0;
      const answer = await signIn(from('203.0.113.40'), email);
      expect(answer.status).toBe(401);
      return { hashes: asked.argon2, answer: answer.text };
    };
    const withoutPassword = await team.invite(['support']);
    const known = await workOf(member.email);
    expect(known.hashes).toBe(1);
    expect(await workOf(newAddress())).toEqual(known);
    expect(await workOf(withoutPassword.email)).toEqual(known);
  });

  it('is turned away before anything is looked up or hashed, once they have asked too often', async () => {
    const browser = from('203.0.113.50');
    for (let attempt = 0; attempt < limits.signInsPerNetwork; attempt += 1)
      await browser.post('/v1/sign-in/passkey/options');
    asked.argon2 = 0;
    statements.length = 0;
    const answer = await signIn(browser, member.email);
    expect(answer.status).toBe(429);
    expect(asked.argon2).toBe(0);
    expect(statements.filter((text) => /identity\.(account|password|passkey|session|attempt)/.test(text))).toEqual([]);
  });
});

describe('the cookie of a session', () => {
  it.each([
    ['over plain HTTP on this machine', undefined, 'obhut', false],
    ['behind a proxy that ends TLS, whatever it says of itself', 'https://obhut.example', '__Host-obhut', true],
  ] as const)('%s', async (_, url, name, secure) => {
    const own = await createTestApp({
      cluster: inject('cluster'),
      settings: { trustedProxies: ['127.0.0.1'], ...(url !== undefined && { url }) },
    });
    try {
      const { options } = (await createBrowser(() => own.app.server).get('/')) as never as { options?: object };
      expect(options).toBeUndefined();
      const secret = (await own.app.identity.links.make(own.database.app, 'first-owner', undefined)).secret;
      const host = url === undefined ? 'localhost' : new URL(url).host;
      const { createAuthenticator } = await import('../testing/authenticator.ts');
      const key = createAuthenticator();
      if (url !== undefined) Object.assign(key.habits, { origin: url });
      const post = (path: string, payload: object) =>
        own.app.server.inject({
          method: 'POST',
          url: path,
          headers: { host, 'sec-fetch-site': 'same-origin' },
          payload,
        });
      const profile = { name: 'Ada Muster', email: newAddress(), country: 'DE', language: 'en' };
      const begun = (
        await post('/v1/links/passkey/options', { secret, name: profile.name, email: profile.email })
      ).json<{
        flow: string;
        options: object;
      }>();
      const joined = await post('/v1/links/passkey', {
        secret,
        flow: begun.flow,
        response: key.create(begun.options),
        label: 'test',
        profile,
      });
      expect(joined.statusCode, joined.body).toBe(200);
      const cookie = joined.cookies.find((one) => one.name.endsWith('obhut'));
      expect(cookie).toMatchObject({ name, path: '/', httpOnly: true, sameSite: 'Strict' });
      expect(cookie?.secure === true).toBe(secure);
      expect(cookie?.domain).toBeUndefined();
    } finally {
      await own.close();
    }
  });
});
