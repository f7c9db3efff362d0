/** Signing in, and the ways in which others have been broken. */
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createAuthenticator } from '../../testing/authenticator.ts';
import type { Browser } from '../../testing/browser.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createTeam, firstOwnerLink, type Member, newAddress, type Team } from '../../testing/team.ts';

const clock = createTestClock();
const generous = {
  limits: { recordBytes: 1_048_576, fileBytes: 1_048_576, requestsPerSecond: 1_000, signInsPerNetwork: 10_000 },
};
let test: TestApp;
let team: Team;
beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster'), clock, settings: generous });
  team = await createTeam(test);
});
afterAll(() => test.close());

const password = 'Zwölf Reiher stehen am Ufer';
const codeOf = (secret: string, after = 0) =>
  new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 }).generate({
    timestamp: clock.now().getTime() + after,
  });

interface Knower extends Member {
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

/** Somebody with password and authenticator app beside the passkey. The clock goes on, so that the next code is a new one. */
async function withPassword(roles: readonly string[] = ['support']): Promise<Knower> {
  const member = await team.invite(roles);
  const { secret } = (await member.browser.post('/v1/account/totp')).json<{ secret: string }>();
  const set = await member.browser.post('/v1/account/password', { password, code: codeOf(secret) });
  expect(set.status, set.text).toBe(200);
  clock.advance(31_000);
  return { ...member, secret, recoveryCodes: set.json<{ recoveryCodes: string[] }>().recoveryCodes };
}

const signIn = (browser: Browser, email: string, code: string, word = password) =>
  browser.post('/v1/sign-in/password', { email, password: word, code });

describe('a session', () => {
  it('opens with a passkey, and says who it is and what it may', async () => {
    const member = await team.invite(['support']);
    const other = team.browser();
    expect(await member.signIn(other)).toBe(200);
    const session = (await other.get('/v1/session')).json();
    expect(session).toMatchObject({ account: member.account, kind: 'staff', email: member.email, method: 'passkey' });
    expect(session.rights).toContain('grants.request');
    expect(session.rights).not.toContain('staff.manage');
  });

  it('opens with password and code together, and says the same to every kind of mistake', async () => {
    const member = await withPassword();
    const browser = team.browser();
    const mistakes = [
      await signIn(browser, member.email, codeOf(member.secret), 'Zwölf Reiher stehen im Ufer'),
      await signIn(browser, member.email, '000000'),
      await signIn(browser, newAddress(), codeOf(member.secret)),
      await signIn(browser, member.email, '0000-0000-0000-0000'),
    ];
    for (const mistake of mistakes) {
      expect(mistake.status).toBe(401);
      expect(mistake.text).toBe(mistakes[0]?.text);
    }
    expect(browser.cookies.has('obhut')).toBe(false);
    expect((await signIn(browser, member.email.toUpperCase(), codeOf(member.secret))).status).toBe(200);
    expect((await browser.get('/v1/session')).json()).toMatchObject({ method: 'password+totp' });
  });

  it('gets a new token at each sign-in and each confirmation: a planted one is worth nothing (session fixation)', async () => {
    const member = await team.invite(['support']);
    const browser = team.browser();
    browser.cookies.set('obhut', 'A'.repeat(43));
    expect(await member.signIn(browser)).toBe(200);
    expect(browser.cookies.get('obhut')).not.toBe('A'.repeat(43));
    const before = member.browser.cookies.get('obhut') ?? '';
    await member.confirm();
    expect(member.browser.cookies.get('obhut')).not.toBe(before);
    const thief = team.browser();
    thief.cookies.set('obhut', before);
    expect((await thief.get('/v1/session')).status).toBe(401);
  });

  it('ends after half an hour without a request, and after twelve in any case', async () => {
    const idle = await team.invite(['support']);
    const busy = await team.invite(['support']);
    for (let minutes = 0; minutes < 40; minutes += 20) {
      clock.advance(20 * 60_000);
      expect((await busy.browser.get('/v1/session')).status).toBe(200);
    }
    expect((await idle.browser.get('/v1/session')).status).toBe(401);
    for (let minutes = 40; minutes <= 720; minutes += 20) {
      clock.advance(20 * 60_000);
      await busy.browser.get('/v1/session');
    }
    expect((await busy.browser.get('/v1/session')).status).toBe(401);
    expect(await team.owner.signIn()).toBe(200);
  });

  it('is ended by signing out, here or everywhere', async () => {
    const member = await team.invite(['support']);
    const second = team.browser();
    await member.signIn(second);
    const kept = new Map(second.cookies);
    expect((await second.delete('/v1/session')).status).toBe(204);
    for (const [name, value] of kept) second.cookies.set(name, value);
    expect((await second.get('/v1/session')).status).toBe(401);
    await member.signIn(second);
    expect((await member.browser.delete('/v1/sessions')).status).toBe(204);
    expect((await second.get('/v1/session')).status).toBe(401);
  });

  it('has a cookie that no other site and no script can use', async () => {
    const challenge = (await team.browser().post('/v1/sign-in/passkey/options')).json<{
      flow: string;
      options: object;
    }>();
    const answer = await team
      .browser()
      .post('/v1/sign-in/passkey', { flow: challenge.flow, response: team.owner.key.get(challenge.options) });
    for (const cookie of [answer.headers['set-cookie']].flat())
      expect(cookie).toMatch(/; Path=\/;.*HttpOnly.*; SameSite=Strict/);
  });
});

describe('abuse', () => {
  it('a passkey that did not verify its person opens nothing, and cannot be enrolled', async () => {
    const member = await team.invite(['support']);
    member.key.habits.verifiesUser = false;
    expect(await member.signIn(team.browser())).toBe(401);
    const begun = (await member.browser.post('/v1/account/passkeys/options')).json<{ flow: string; options: object }>();
    const careless = createAuthenticator();
    careless.habits.verifiesUser = false;
    const added = await member.browser.post('/v1/account/passkeys', {
      flow: begun.flow,
      response: careless.create(begun.options),
      label: '',
    });
    expect(added.json()).toMatchObject({ status: 422, code: 'factor_invalid' });
  });

  it('a passkey used on a foreign page opens nothing here', async () => {
    const member = await team.invite(['support']);
    member.key.habits.origin = 'https://obhut.example.evil';
    expect(await member.signIn(team.browser())).toBe(401);
  });

  it('an answer of a passkey is good once', async () => {
    const member = await team.invite(['support']);
    const challenge = (await team.browser().post('/v1/sign-in/passkey/options')).json<{
      flow: string;
      options: object;
    }>();
    const answer = { flow: challenge.flow, response: member.key.get(challenge.options) };
    expect((await team.browser().post('/v1/sign-in/passkey', answer)).status).toBe(200);
    expect((await team.browser().post('/v1/sign-in/passkey', answer)).status).toBe(401);
  });

  it('a code is never taken twice (TOTP replay), also not by two at once', async () => {
    const member = await withPassword();
    const code = codeOf(member.secret);
    const both = await Promise.all([
      signIn(team.browser(), member.email, code),
      signIn(team.browser(), member.email, code),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect((await signIn(team.browser(), member.email, code)).status).toBe(401);
  });

  it('a recovery code is good once', async () => {
    const member = await withPassword();
    const [code = ''] = member.recoveryCodes;
    expect((await signIn(team.browser(), member.email, code.toLowerCase())).status).toBe(200);
    expect((await signIn(team.browser(), member.email, code)).status).toBe(401);
  });

  it('an account is locked after ten failures, over all factors, also when they come at once', async () => {
    const member = await withPassword();
    const wrong = await Promise.all(Array.from({ length: 14 }, () => signIn(team.browser(), member.email, '123456')));
    expect(new Set(wrong.map(({ status }) => status))).toEqual(new Set([401]));
    // Neither the right code nor the passkey helps now, and nothing says why.
    expect((await signIn(team.browser(), member.email, codeOf(member.secret))).text).toBe(wrong[0]?.text);
    expect(await member.signIn(team.browser())).toBe(401);
    const listed = (await team.owner.browser.get('/v1/staff')).json<{
      staff: { account: string; locked: boolean }[];
    }>();
    expect(listed.staff.find(({ account }) => account === member.account)?.locked).toBe(true);
    expect((await team.owner.browser.post(`/v1/staff/${member.account}/unlock`)).status).toBe(204);
    expect(await member.signIn(team.browser())).toBe(200);
  });

  it('a lock ends by itself, and one more failure locks again', async () => {
    const member = await withPassword();
    for (let n = 0; n < 10; n += 1) await signIn(team.browser(), member.email, '123456');
    clock.advance(31 * 60_000);
    await signIn(team.browser(), member.email, '123456');
    expect((await signIn(team.browser(), member.email, codeOf(member.secret))).status).toBe(401);
    clock.advance(61 * 60_000);
    expect((await signIn(team.browser(), member.email, codeOf(member.secret))).status).toBe(200);
    await team.owner.signIn();
  });

  it('no change comes from a foreign page (CSRF)', async () => {
    const member = await team.invite(['support']);
    const { headers } = member.browser;
    for (const forged of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' },
    ]) {
      Object.assign(headers, { origin: 'http://localhost' }, forged);
      expect((await member.browser.delete('/v1/session')).json(), JSON.stringify(forged)).toMatchObject({
        code: 'cross_site',
      });
    }
    delete headers['sec-fetch-site'];
    delete headers.origin;
    expect((await member.browser.delete('/v1/session')).json()).toMatchObject({ code: 'cross_site' });
    headers['sec-fetch-site'] = 'same-origin';
    expect((await member.browser.delete('/v1/session')).status).toBe(204);
  });

  it('no foreign name that points at this machine is answered (DNS rebinding)', async () => {
    const browser = team.browser();
    browser.headers.host = 'obhut.evil.example';
    browser.headers.origin = 'http://obhut.evil.example';
    expect((await browser.post('/v1/sign-in/passkey/options')).json()).toMatchObject({ code: 'cross_site' });
  });

  it('an invitation is good once, and not after a day', async () => {
    const made = await team.owner.browser.post('/v1/staff', {
      name: 'B',
      email: newAddress(),
      country: 'DE',
      language: 'de',
      roles: ['support'],
    });
    const { link } = made.json<{ link: string }>();
    const secret = link.slice(link.indexOf('#') + 1);
    const browser = team.browser();
    const join = async () => {
      const begun = await browser.post('/v1/links/passkey/options', { secret });
      if (begun.status !== 200) return begun.json<{ code?: string }>();
      const { flow, options } = begun.json<{ flow: string; options: object }>();
      return (
        await browser.post('/v1/links/passkey', {
          secret,
          flow,
          response: createAuthenticator().create(options),
          label: '',
        })
      ).json<{ code?: string }>();
    };
    const both = await Promise.all([join(), join()]);
    expect(both.filter(({ code }) => code === undefined)).toHaveLength(1);
    expect(await join()).toMatchObject({ code: 'link_invalid' });
    const late = await firstOwnerLink(test);
    clock.advance(24 * 3_600_000 + 1);
    expect((await browser.post('/v1/links/check', { secret: late })).json()).toMatchObject({ code: 'link_invalid' });
    await team.owner.signIn();
  });

  it('a stale session touches no factor; a fresh one may, but never removes the last', async () => {
    const member = await team.invite(['support']);
    clock.advance(11 * 60_000);
    for (const url of ['/v1/account/passkeys/options', '/v1/account/totp', '/v1/account/recovery-codes'])
      expect((await member.browser.post(url)).json(), url).toMatchObject({ code: 'fresh_factor_required' });
    const { passkeys } = (await member.browser.get('/v1/account/factors')).json<{ passkeys: { id: string }[] }>();
    expect((await member.browser.delete(`/v1/account/passkeys/${passkeys[0]?.id}`)).json()).toMatchObject({
      code: 'fresh_factor_required',
    });
    await member.confirm();
    expect((await member.browser.delete(`/v1/account/passkeys/${passkeys[0]?.id}`)).json()).toMatchObject({
      code: 'last_factor',
    });
    await team.owner.signIn();
  });

  it('nobody changes, renews, resets or removes themselves', async () => {
    const { owner } = team;
    const url = `/v1/staff/${owner.account}`;
    for (const answer of [
      await owner.browser.put(`${url}/roles`, { roles: ['owner', 'security'] }),
      await owner.browser.post(`${url}/renewal`, { role: 'owner' }),
      await owner.browser.post(`${url}/reset`),
      await owner.browser.post(`${url}/departure`),
    ])
      expect(answer.json()).toMatchObject({ code: 'self_forbidden' });
  });

  it('who leaves loses everything at once', async () => {
    const member = await withPassword();
    expect((await team.owner.browser.post(`/v1/staff/${member.account}/departure`)).status).toBe(204);
    expect((await member.browser.get('/v1/session')).status).toBe(401);
    expect(await member.signIn(team.browser())).toBe(401);
    expect((await signIn(team.browser(), member.email, codeOf(member.secret))).status).toBe(401);
  });

  it('a role that has expired is none', async () => {
    const member = await team.invite(['security']);
    expect((await member.browser.get('/v1/staff')).status).toBe(200);
    await test.database.app.query('update identity.role set expires_at = $2 where account_id = $1', [
      member.account,
      clock.now(),
    ]);
    expect((await member.browser.get('/v1/staff')).json()).toMatchObject({ code: 'forbidden' });
  });

  it('too many attempts of one network are not even looked at, whatever forwarded address they name', async () => {
    const strict = await createTestApp({
      cluster: inject('cluster'),
      settings: { limits: { ...generous.limits, signInsPerNetwork: 3 } },
    });
    try {
      const crew = await createTeam(strict).catch(() => undefined);
      expect(crew).toBeDefined();
      const from = (remoteAddress: string) => crew?.browser({ remoteAddress }) as Browser;
      const attempt = (browser: Browser) => signIn(browser, 'x@example.org', '123456');
      const one = from('203.0.113.7');
      for (let n = 0; n < 3; n += 1) expect((await attempt(one)).status).toBe(401);
      one.headers['x-forwarded-for'] = '198.51.100.1';
      const refused = await attempt(one);
      expect(refused.json()).toMatchObject({ status: 429, code: 'rate_limited' });
      expect((await attempt(from('203.0.113.8'))).status).toBe(401);
      // All addresses of an IPv6 /64 are one caller.
      const six = await Promise.all(Array.from({ length: 4 }, (_, n) => attempt(from(`2001:db8::${n + 1}`))));
      expect(six.filter(({ status }) => status === 429)).toHaveLength(1);
      expect((await attempt(from('2001:db8:0:1::1'))).status).toBe(401);
    } finally {
      await strict.close();
    }
  });
});

describe('the log of sign-ins', () => {
  it('holds each attempt with address, device and outcome; the person sees the own, security sees all', async () => {
    const member = await withPassword();
    const phone = team.browser({
      userAgent:
        'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
      remoteAddress: '203.0.113.99',
    });
    await signIn(phone, member.email, '111111');
    clock.advance(1_000);
    await signIn(phone, member.email, codeOf(member.secret));
    await signIn(phone, newAddress(), '222222');
    const mine = (await phone.get('/v1/account/sign-ins')).json<{ signIns: Record<string, unknown>[] }>().signIns;
    expect(mine[0]).toMatchObject({
      account: member.account,
      outcome: 'ok',
      method: 'password+totp',
      address: '203.0.113.99',
      device: { type: 'mobile', browser: 'Safari', system: 'iOS', reported: true },
      newDevice: true,
      newPlace: true,
      log: 'access',
    });
    expect(mine[1]).toMatchObject({ outcome: 'failed', method: 'password', address: '203.0.113.99' });
    expect(mine.every(({ account }) => account === member.account)).toBe(true);
    await team.owner.signIn();
    const all = (await team.owner.browser.get('/v1/sign-ins')).json<{ signIns: Record<string, unknown>[] }>().signIns;
    const unknown = all.find(({ account }) => account === null);
    expect(unknown).toMatchObject({ outcome: 'failed', address: '203.0.113.99', log: 'operator', name: null });
    expect(all.find(({ account }) => account === member.account)).toMatchObject({ name: 'Ada Muster' });
    expect((await phone.get('/v1/sign-ins')).json()).toMatchObject({ code: 'forbidden' });
  });

  it('keeps no address, no agent and no mail address readable in the database', async () => {
    const tables = await test.database.owner.query<{ name: string }>(
      `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and n.nspname in ('identity', 'journal', 'keyring', 'customers', 'custody')`,
    );
    expect(tables.length).toBeGreaterThan(15);
    for (const { name } of tables) {
      const rows = await test.database.owner.query<{ t: string }>(`select t::text as t from ${name} t`);
      const text = rows.map(({ t }) => t).join('\n');
      const hex = Buffer.from('203.0.113.99').toString('hex');
      for (const marker of [
        '203.0.113.99',
        hex,
        '@example.org',
        Buffer.from('@example.org').toString('hex'),
        'Mozilla',
        'Muster',
      ])
        expect(text.includes(marker), `${marker} in ${name}`).toBe(false);
    }
  });
});

describe('an owner who is locked out', () => {
  it('gets a link after a day, everybody is told, and signing in stops it', async () => {
    const { recovery } = test.app.identity;
    await team.owner.signIn();
    const colleague = await team.invite(['auditor']);
    const shown = async () =>
      (await colleague.browser.get('/v1/overview'))
        .json<{ needsMe: { kind: string }[] }>()
        .needsMe.map(({ kind }) => kind);
    const asked = await recovery.ask();
    expect(asked).toMatchObject({ state: 'waiting' });
    expect(await shown()).toContain('owner_recovery');
    clock.advance(23 * 3_600_000);
    expect(await recovery.ask()).toEqual(asked);
    // Not locked out after all.
    await team.owner.signIn();
    await colleague.signIn();
    expect(await shown()).not.toContain('owner_recovery');
    clock.advance(2 * 3_600_000);
    expect(await recovery.ask()).toMatchObject({ state: 'waiting' });
    clock.advance(24 * 3_600_000);
    const step = await recovery.ask();
    const secret = step.state === 'ready' ? step.secret : '';
    expect(secret).toHaveLength(43);
    // The old passkey is gone; the link sets up a new one.
    expect(await team.owner.signIn(team.browser())).toBe(401);
    const browser = team.browser();
    const begun = (await browser.post('/v1/links/passkey/options', { secret })).json<{
      flow: string;
      options: object;
    }>();
    const joined = await browser.post('/v1/links/passkey', {
      secret,
      flow: begun.flow,
      response: createAuthenticator().create(begun.options),
      label: '',
    });
    expect(joined.json()).toMatchObject({ account: team.owner.account });
    expect((await browser.get('/v1/staff')).status).toBe(200);
    const told = await test.database.owner.query<{ template: string }>(
      "select distinct template from notify.message where template like 'recovery%' order by 1",
    );
    expect(told.map(({ template }) => template)).toEqual(['recovery_done', 'recovery_requested']);
  });

  it('cannot use the link of the first owner, once there is one', async () => {
    const secret = await firstOwnerLink(test);
    const browser = team.browser();
    const own = { name: 'Eve', email: newAddress() };
    const begun = (await browser.post('/v1/links/passkey/options', { secret, ...own })).json<{
      flow: string;
      options: object;
    }>();
    const joined = await browser.post('/v1/links/passkey', {
      secret,
      flow: begun.flow,
      response: createAuthenticator().create(begun.options),
      label: '',
      profile: { ...own, country: 'DE', language: 'de' },
    });
    expect(joined.status).toBe(401);
  });
});
