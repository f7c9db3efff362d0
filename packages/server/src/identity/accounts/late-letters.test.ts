/** A letter with a one-time link that is sent late, because the mail server was away, must not undo what was done meanwhile. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createAuthenticator } from '../../testing/authenticator.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createMailbox, type Mailbox } from '../../testing/mailbox.ts';
import { createTeam, newAddress, type Team } from '../../testing/team.ts';

const clock = createTestClock();
let mailbox: Mailbox;
let test: TestApp;
let team: Team;

beforeAll(async () => {
  mailbox = await createMailbox();
  const mail = { host: '127.0.0.1', port: mailbox.port, security: 'none', from: 'obhut@example.org' } as const;
  test = await createTestApp({ cluster: inject('cluster'), clock, settings: { mail } });
  team = await createTeam(test);
});
afterAll(async () => {
  await test.close();
  await mailbox.close();
});

async function invited(): Promise<{ readonly account: string; readonly join: () => Promise<number> }> {
  const made = await team.owner.browser.post('/v1/staff', {
    name: 'Ada Muster',
    email: newAddress(),
    country: 'DE',
    language: 'de',
    roles: ['support'],
  });
  const { account, link } = made.json<{ account: string; link: string | null }>();
  expect(link).toBeNull();
  return {
    account,
    async join() {
      const { secret } = await test.app.identity.links.make(test.database.app, 'invitation', account as never);
      const browser = team.browser();
      const begun = (await browser.post('/v1/links/passkey/options', { secret })).json<{
        flow: string;
        options: object;
      }>();
      const response = createAuthenticator().create(begun.options);
      return (await browser.post('/v1/links/passkey', { secret, flow: begun.flow, response, label: '' })).status;
    },
  };
}

const of = async (account: string) =>
  (
    await test.database.app.query<{ template: string; state: string }>(
      'select template, state from notify.message where account_id = $1 order by created_at, template',
      [account],
    )
  ).map(({ template, state }) => `${template} ${state}`);

it('an invitation goes to whoever has not come yet', async () => {
  const { account } = await invited();
  await test.app.notifier.run();
  expect(await of(account)).toEqual(['invitation sent']);
});

it('an invitation that waits is dropped when its account is in use', async () => {
  const { account, join } = await invited();
  expect(await join()).toBe(200);
  await test.app.notifier.run();
  expect(await of(account)).toContain('invitation dropped');
  const links = await test.database.app.query('select 1 from identity.link where account_id = $1 and used_at is null', [
    account,
  ]);
  expect(links).toEqual([]);
});

it('a reset that waits is dropped when new factors are set up', async () => {
  const { account, join } = await invited();
  expect(await join()).toBe(200);
  await test.database.app.query('update notify.message set state = $1', ['sent']);
  expect((await team.owner.browser.post(`/v1/staff/${account}/reset`)).status).toBe(200);
  expect(await join()).toBe(200);
  await test.app.notifier.run();
  expect(await of(account)).toContain('reset_link dropped');
});
