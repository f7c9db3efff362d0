/** A right of the staff ends by itself, and nobody is surprised by it. */
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createTeam, type Member, type Team } from '../../testing/team.ts';

const clock = createTestClock();
const dayMs = 86_400_000;
const lastsDays = 60;
let test: TestApp;
let team: Team;
let member: Member;

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster'), clock, settings: { rightsLastDays: lastsDays } });
  team = await createTeam(test);
});
afterAll(() => test.close());
beforeEach(async () => {
  await team.owner.signIn();
  await renew(team.owner);
  member = await team.invite(['support']);
});

/** The owner would lose the right to renew others meanwhile. */
const renew = ({ account }: Member) =>
  test.database.app.query(
    `update identity.role set expires_at = $2, granted_at = $3, told_days = null where account_id = $1`,
    [account, new Date(clock.now().getTime() + 360 * dayMs), clock.now()],
  );

const letters = (account: string) =>
  test.database.app.query<{ template: string; refs: Record<string, string> }>(
    `select template, refs from notify.message where account_id = $1 and template like '%role_expires' order by created_at`,
    [account],
  );

const later = async (days: number) => {
  clock.advance(days * dayMs);
  await test.app.identity.roleEnds.remind();
  await test.app.identity.roleEnds.remind();
};

it('lasts as long as the setting says, and is told of two weeks and three days ahead, once each', async () => {
  const ownersBefore = (await letters(team.owner.account)).length;
  await later(45);
  expect(await letters(member.account)).toEqual([]);
  await later(1);
  const [first] = await letters(member.account);
  expect(first).toMatchObject({ template: 'role_expires', refs: { role: 'support' } });
  await later(10);
  expect(await letters(member.account)).toHaveLength(1);
  await later(1);
  expect(await letters(member.account)).toHaveLength(2);
  expect((await letters(team.owner.account)).slice(ownersBefore)).toMatchObject([
    { template: 'colleague_role_expires', refs: { role: 'support' } },
    { template: 'colleague_role_expires', refs: { role: 'support' } },
  ]);
  clock.advance(3 * dayMs);
  await member.signIn();
  expect((await member.browser.get('/v1/session')).json()).toMatchObject({ roles: [] });
  await later(0);
  expect(await letters(member.account)).toHaveLength(2);
});

it('is told of anew when it was renewed, and not again because another role came', async () => {
  await later(50);
  expect(await letters(member.account)).toHaveLength(1);
  await team.owner.signIn();
  const roles = (names: readonly string[]) =>
    team.owner.browser.put(`/v1/staff/${member.account}/roles`, { roles: names });
  expect((await roles(['support', 'engineer'])).status).toBe(204);
  await later(0);
  expect(await letters(member.account)).toHaveLength(1);
  const renewed = await team.owner.browser.post(`/v1/staff/${member.account}/renewal`, { role: 'support' });
  expect(renewed.status).toBe(204);
  await later(40);
  expect(await letters(member.account)).toHaveLength(1);
  await later(10);
  // Both roles end now, each with a letter of its own.
  expect(await letters(member.account)).toHaveLength(3);
});

it('is told of once where nobody looked for two weeks', async () => {
  await later(59);
  expect(await letters(member.account)).toHaveLength(1);
});
