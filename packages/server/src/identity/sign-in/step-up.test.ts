/** A factor once more, and what was turned away at the door: all of it is in the log of sign-ins, and every failure counts. */
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createGranting } from '../../testing/granting.ts';
import { createTeam, type Member, type Team } from '../../testing/team.ts';

const clock = createTestClock();
const perNetwork = 40;
let test: TestApp;
let team: Team;

beforeAll(async () => {
  test = await createTestApp({
    cluster: inject('cluster'),
    clock,
    settings: {
      limits: { recordBytes: 1_048_576, fileBytes: 1_048_576, requestsPerSecond: 1_000, signInsPerNetwork: perNetwork },
    },
  });
  team = await createTeam(test);
});
afterAll(() => test.close());
beforeEach(async () => {
  // Attempts come back, sessions go.
  clock.advance(11 * 60_000);
  expect(await team.owner.signIn()).toBe(200);
});

interface Listed {
  readonly account: string | null;
  readonly act: string;
  readonly outcome: string;
  readonly attempts: number;
  readonly address: string;
  readonly device: { readonly type: string };
  readonly index: number | null;
}

const listed = async (query = '') =>
  (await team.owner.browser.get(`/v1/sign-ins${query}`)).json<{ signIns: Listed[] }>().signIns;
const of = async (member: Member) => listed(`?account=${member.account}`);

async function confirmWith(member: Member, forge: boolean): Promise<number> {
  clock.advance(1);
  const begun = (await member.browser.post('/v1/session/confirm/passkey/options')).json<{
    flow: string;
    options: object;
  }>();
  const response = member.key.get(begun.options);
  return (
    await member.browser.post('/v1/session/confirm/passkey', {
      flow: begun.flow,
      response: forge ? { ...response, id: 'another' } : response,
    })
  ).status;
}

it('a confirmation is listed with address and device, a failed one too', async () => {
  const member = await team.invite(['support']);
  expect(await confirmWith(member, false)).toBe(200);
  expect(await confirmWith(member, true)).toBe(401);
  const device = { type: 'desktop' };
  await expect
    .poll(() => of(member))
    .toMatchObject([
      { act: 'confirm', outcome: 'failed', address: '127.0.0.1', device, index: expect.any(Number) },
      { act: 'confirm', outcome: 'ok', address: '127.0.0.1', device, index: expect.any(Number) },
      { act: 'sign-in', outcome: 'ok' },
    ]);
});

it('failures at the door and when confirming are one count: ten lock, the person is told, and security sees it', async () => {
  const member = await team.invite(['support']);
  for (let n = 0; n < 9; n += 1) expect(await confirmWith(member, true)).toBe(401);
  clock.advance(1);
  member.key.habits.verifiesUser = false;
  expect(await member.signIn(team.browser())).toBe(401);
  member.key.habits.verifiesUser = true;
  expect(await confirmWith(member, false)).toBe(401);
  expect((await listed('?outcome=locked')).filter(({ account }) => account === member.account)).toMatchObject([
    { act: 'confirm' },
    { act: 'sign-in' },
  ]);
  const told = await test.database.app.query(
    `select 1 from notify.message where template = 'account_locked' and account_id = $1`,
    [member.account],
  );
  expect(told).toHaveLength(1);
});

it('a failed signature under an approval counts too, and is listed', async () => {
  const granting = createGranting(test, team);
  const [asker, colleague] = [await team.invite(['support']), await team.invite(['security'])];
  const place = await granting.place();
  const { admin } = place;
  const grant = await granting.ask(asker, place);
  expect((await granting.agree(colleague, grant)).status).toBe(204);
  const approve = async (forge: boolean) => {
    const begun = (await admin.browser.post(`/v1/grants/${grant}/approval/options`)).json<{
      flow: string;
      options: object;
    }>();
    admin.key.habits.verifiesUser = !forge;
    const response = admin.key.get(begun.options);
    admin.key.habits.verifiesUser = true;
    return admin.browser.post(`/v1/grants/${grant}/approval`, { flow: begun.flow, response });
  };
  for (let n = 0; n < 10; n += 1)
    expect((await approve(true)).json()).toMatchObject({ status: 422, code: 'factor_invalid' });
  // All at the same time: in no order.
  const outcomes = (await of(admin)).filter(({ act }) => act === 'approve').map(({ outcome }) => outcome);
  expect(outcomes.sort()).toEqual([...Array.from({ length: 9 }, () => 'failed'), 'locked']);
  // Locked: the right signature is not even looked at.
  expect((await approve(false)).json()).toMatchObject({ code: 'factor_invalid' });
  clock.advance(31 * 60_000);
  await admin.signIn();
  expect((await approve(false)).status).toBe(200);
});

it('what is turned away because too many came is listed: the first at once, the rest summed up in a minute', async () => {
  const stranger = team.browser({ remoteAddress: '203.0.113.50' });
  const attempt = () => stranger.post('/v1/sign-in/passkey/options');
  const answers = await Promise.all(Array.from({ length: perNetwork + 25 }, attempt));
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(25);
  await test.app.identity.limited.flush();
  const rows = (await listed('?outcome=limited')).filter(({ address }) => address === '203.0.113.50');
  expect(rows.length).toBeLessThanOrEqual(3);
  expect(rows.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(25);
  expect(rows[0]).toMatchObject({ account: null, act: 'sign-in', device: { type: 'desktop' } });
});
