/** A team to test with: people with passkeys, each in a browser of their own. */
import { randomUUID } from 'node:crypto';
import type { AccountId } from '../platform/ids/ids.ts';
import type { TestApp } from './app.ts';
import { type Authenticator, createAuthenticator } from './authenticator.ts';
import { type Browser, type BrowserOptions, createBrowser } from './browser.ts';

export interface Member {
  readonly account: AccountId;
  readonly email: string;
  readonly browser: Browser;
  readonly key: Authenticator;
  /** Signs in once more, in this browser or another. */
  signIn(browser?: Browser): Promise<number>;
  /** A strong factor once more. */
  confirm(): Promise<void>;
}

export interface Team {
  readonly owner: Member;
  browser(options?: BrowserOptions): Browser;
  invite(roles: readonly string[], by?: Member): Promise<Member>;
  inviteAdmin(customer: string, by?: Member): Promise<Member>;
}

export const newAddress = () => `${randomUUID().slice(0, 8)}@example.org`;

/** The secret of a fresh link for the first owner. */
export async function firstOwnerLink({ app, database }: Pick<TestApp, 'app' | 'database'>): Promise<string> {
  return (await app.identity.links.make(database.app, 'first-owner', undefined)).secret;
}

const profileOf = (email: string) => ({ name: 'Ada Muster', email, country: 'DE', language: 'en' });

export async function createTeam(test: TestApp): Promise<Team> {
  const browserOf = (options?: BrowserOptions) => createBrowser(() => test.app.server, options);

  async function join(secret: string, email: string, first: boolean): Promise<Member> {
    const browser = browserOf();
    const key = createAuthenticator();
    const own = first ? { name: 'Ada Muster', email } : {};
    const begun = (await browser.post('/v1/links/passkey/options', { secret, ...own })).json<{
      flow: string;
      options: object;
    }>();
    const joined = await browser.post('/v1/links/passkey', {
      secret,
      flow: begun.flow,
      response: key.create(begun.options),
      label: 'test',
      ...(first && { profile: profileOf(email) }),
    });
    if (joined.status !== 200) throw new Error(`joining: ${joined.text}`);
    const { account } = joined.json<{ account: AccountId }>();
    return {
      account,
      email,
      browser,
      key,
      async signIn(other = browser) {
        const challenge = (await other.post('/v1/sign-in/passkey/options')).json<{ flow: string; options: object }>();
        const answer = { flow: challenge.flow, response: key.get(challenge.options) };
        return (await other.post('/v1/sign-in/passkey', answer)).status;
      },
      async confirm() {
        const challenge = (await browser.post('/v1/session/confirm/passkey/options')).json<{
          flow: string;
          options: object;
        }>();
        const answer = { flow: challenge.flow, response: key.get(challenge.options) };
        const confirmed = await browser.post('/v1/session/confirm/passkey', answer);
        if (confirmed.status !== 200) throw new Error(`confirming: ${confirmed.text}`);
      },
    };
  }

  async function invited(by: Member, url: string, body: object, email: string): Promise<Member> {
    const answer = await by.browser.post(url, { ...profileOf(email), ...body });
    if (answer.status !== 201) throw new Error(`inviting: ${answer.text}`);
    const { link } = answer.json<{ link: string }>();
    return join(link.slice(link.indexOf('#') + 1), email, false);
  }

  /** The first of each customer: they invite the others. */
  const admins = new Map<string, Member>();
  const owner = await join(await firstOwnerLink(test), newAddress(), true);
  return {
    owner,
    browser: browserOf,
    invite: (roles, by = owner) => invited(by, '/v1/staff', { roles }, newAddress()),
    async inviteAdmin(customer, by = admins.get(customer) ?? owner) {
      const admin = await invited(by, `/v1/customers/${customer}/admins`, {}, newAddress());
      admins.set(customer, admins.get(customer) ?? admin);
      return admin;
    },
  };
}
