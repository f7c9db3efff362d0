/** One person can have an account with several customers, and no admin learns of the others. */
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createHouse } from '../../testing/household.ts';
import { createTeam, type Member, newAddress, type Team } from '../../testing/team.ts';

const clock = createTestClock();
let test: TestApp;
let team: Team;
let one: { readonly customer: string; readonly admin: Member };
let other: { readonly customer: string; readonly admin: Member };

beforeAll(async () => {
  test = await createTestApp({
    cluster: inject('cluster'),
    clock,
    settings: {
      limits: { recordBytes: 1_048_576, fileBytes: 1_048_576, requestsPerSecond: 1_000, signInsPerNetwork: 10_000 },
    },
  });
  team = await createTeam(test);
  const place = async () => {
    const { customer } = await createHouse(test.http);
    return { customer, admin: await team.inviteAdmin(customer) };
  };
  [one, other] = [await place(), await place()];
});
afterAll(() => test.close());
beforeEach(async () => {
  for (const { signIn } of [team.owner, one.admin, other.admin]) await signIn();
});

const invite = (by: Member, path: string, email: string, more: object = {}) =>
  by.browser.post(path, { name: 'Ada Muster', email, country: 'DE', language: 'de', ...more });
const admins = (customer: string) => `/v1/customers/${customer}/admins`;
const linkOf = (answer: { json<Body>(): Body }) => answer.json<{ link: string }>().link.split('#')[1] ?? '';

const words = ['Zwölf Reiher stehen am Ufer', 'Elf Reiher stehen auf einem Bein'] as const;
const codeOf = (secret: string) =>
  new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 }).generate({ timestamp: clock.now().getTime() });

/** Joins with a password. @returns the secret of the authenticator app. */
async function join(link: string, password: string): Promise<string> {
  const browser = team.browser();
  const { secret } = (await browser.post('/v1/links/totp', { secret: link })).json<{ secret: string }>();
  const joined = await browser.post('/v1/links/password', { secret: link, password, code: codeOf(secret) });
  expect(joined.status, joined.text).toBe(200);
  return secret;
}

function signIn(email: string, password: string, secret: string) {
  clock.advance(31_000);
  return team.browser().post('/v1/sign-in/password', { email, password, code: codeOf(secret) });
}

describe('an admin who invites', () => {
  it('is told the same whether or not the address has an account elsewhere', async () => {
    const elsewhere = await invite(other.admin, admins(other.customer), newAddress());
    expect(elsewhere.status).toBe(201);
    const shape = (answer: { status: number; json<Body>(): Body }) => [
      answer.status,
      Object.keys(answer.json<object>()),
    ];
    for (const email of [other.admin.email, team.owner.email])
      expect(shape(await invite(one.admin, admins(one.customer), email))).toEqual(shape(elsewhere));
  });

  it('is told that the own customer has that admin already', async () => {
    const again = await invite(one.admin, admins(one.customer), one.admin.email.toUpperCase());
    expect(again.json()).toMatchObject({ code: 'address_taken' });
  });
});

describe('the staff', () => {
  it('invite nobody as staff who is somebody already, and no colleague as an admin', async () => {
    const staff = { roles: ['support'] };
    for (const email of [other.admin.email, team.owner.email])
      expect((await invite(team.owner, '/v1/staff', email, staff)).json()).toMatchObject({ code: 'address_taken' });
    const { customer } = await createHouse(test.http);
    expect((await invite(team.owner, admins(customer), team.owner.email)).json()).toMatchObject({
      code: 'address_taken',
    });
    expect((await invite(team.owner, admins(customer), other.admin.email)).status).toBe(201);
  });
});

describe('somebody with two accounts of one address', () => {
  it('comes into the one whose code it is; what fits neither counts against both', async () => {
    const email = newAddress();
    const secrets = [
      await join(linkOf(await invite(one.admin, admins(one.customer), email)), words[0]),
      await join(linkOf(await invite(other.admin, admins(other.customer), email)), words[1]),
    ] as const;
    const first = (await signIn(email, words[0], secrets[0])).json<{ account: string; customer: { id: string } }>();
    const second = (await signIn(email, words[1], secrets[1])).json<{ account: string; customer: { id: string } }>();
    expect([first.customer.id, second.customer.id]).toEqual([one.customer, other.customer]);
    // The password of the one with the code of the other.
    expect((await signIn(email, words[0], secrets[1])).status).toBe(401);
    for (let n = 0; n < 10; n += 1)
      await team.browser().post('/v1/sign-in/password', { email, password: words[0], code: '000000' });
    const locked = await test.database.app.query(
      'select 1 from identity.account where account_id = any($1) and locked_until > $2',
      [[first.account, second.account], clock.now()],
    );
    expect(locked).toHaveLength(2);
    expect((await signIn(email, words[0], secrets[0])).status).toBe(401);
  });
});
