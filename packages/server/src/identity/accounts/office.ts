/** The office that keeps accounts: who comes, what they may, who leaves. Nobody does any of it for themselves. */

import type { Change } from '../../journal/change.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Queryable } from '../../platform/database/database.ts';
import { Problem } from '../../platform/http/problem.ts';
import { type AccountId, type CustomerId, type FactorId, newId } from '../../platform/ids/ids.ts';
import { actorOfSession, type Role, type SessionCaller } from '../caller.ts';
import type { PasskeyStore } from '../factors/passkeys.ts';
import type { Passwords } from '../factors/passwords.ts';
import type { Attempts } from '../sessions/attempts.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Entrant } from '../sign-in/entrant.ts';
import type { Tell } from '../tell.ts';
import type { AccountLog } from './account-log.ts';
import type { Account, Accounts, RoleGrant } from './accounts.ts';
import type { LinkKind, Links } from './links.ts';
import { withNewcomer } from './newcomer.ts';
import type { Profiles, SealedProfile } from './profile.ts';

/** An admin is the customer's own; their customer says when they leave. */
const adminLastsDays = 3_650;
const dayMs = 86_400_000;

export interface NewcomerWish {
  readonly name: string;
  readonly email: string;
  readonly language: 'de' | 'en';
  readonly country: string;
  readonly roles: readonly Role[];
}

/** A link to hand over by hand, where no mail can be sent; else it is on its way. */
export interface Invited {
  readonly account: AccountId;
  readonly secret: string | undefined;
}

export interface Office {
  /** @param also made in the same commit. */
  invite(by: SessionCaller, wish: NewcomerWish, customer: CustomerId | undefined, also?: Change): Promise<Invited>;
  /** The same link again, or a reset: all factors and sessions end, new ones are set up. */
  link(by: SessionCaller, account: Account, kind: Exclude<LinkKind, 'first-owner'>, also?: Change): Promise<Invited>;
  setRoles(by: SessionCaller, account: Account, roles: readonly Role[]): Promise<void>;
  renew(by: SessionCaller, account: Account, role: Role): Promise<void>;
  unlock(by: SessionCaller, account: Account): Promise<void>;
  leave(by: SessionCaller, account: Account): Promise<void>;
  /** What has to be stored for the first owner, when the link is used. */
  firstOwner(wish: Omit<NewcomerWish, 'roles'>): Promise<{ readonly entrant: Entrant; readonly change: Change }>;
  /**
   * After the wait: factors and sessions end, the right of an owner is there again, and a link sets up new factors.
   * @returns `undefined` when `permitted` said no.
   */
  recoverOwner(account: Account, permitted: Change): Promise<string | undefined>;
  /** The profile with a name for a passkey; `undefined` where there is no profile to write it in yet. */
  labelled(account: Account | undefined, passkey: FactorId, label: string): Promise<SealedProfile | undefined>;
}

export interface OfficeOptions {
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly profiles: Profiles;
  readonly links: Links;
  readonly passkeys: PasskeyStore;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  readonly sessions: Sessions;
  readonly log: AccountLog;
  readonly tell: Tell;
  readonly insertPerson: (
    connection: Queryable,
    row: Awaited<ReturnType<Profiles['newPerson']>>['row'],
  ) => Promise<void>;
  /** Ends what stands on the roles of somebody who loses them. */
  readonly endGrants: (connection: Queryable, account: AccountId) => Promise<void>;
  readonly operator: () => Promise<CustomerId>;
  /** Whether mails can be sent. */
  readonly mails: boolean;
  /** Privileged rights end by themselves; somebody else renews them (C5:2026 IAM-05). */
  readonly rightsLastDays: number;
}

export function createOffice(options: OfficeOptions): Office {
  const { clock, accounts, profiles, links, passkeys, passwords, attempts, sessions, log, tell } = options;

  function notOneself(by: SessionCaller, account: Account): void {
    if (by.account === account.id) throw new Problem('self_forbidden');
  }

  const granted = (roles: readonly Role[], by: AccountId | undefined): RoleGrant[] =>
    roles.map((role) => ({
      role,
      grantedBy: by,
      expiresAt: new Date(clock.now().getTime() + (role === 'admin' ? adminLastsDays : options.rightsLastDays) * dayMs),
    }));

  async function newcomer(
    wish: NewcomerWish,
    customer: CustomerId | undefined,
    by: Pick<SessionCaller, 'account' | 'kind'> | undefined,
  ) {
    const emailDigest = accounts.emailDigest(wish.email);
    const isTaken = (one: Pick<Account, 'kind' | 'customer'>) => {
      if ((one.customer ?? undefined) === customer) return true;
      // An admin must not learn that an address has an account elsewhere. Staff and admin at once nobody becomes by staff.
      return by?.kind !== 'admin' && (one.kind === 'staff' || customer === undefined);
    };
    if ((await accounts.withAddress(emailDigest)).some(isTaken))
      throw new Problem('address_taken', { field: '/email' });
    const id = newId<AccountId>();
    const made = await profiles.newPerson(id, { name: wish.name, email: wish.email, labels: {} });
    const kind = customer === undefined ? ('staff' as const) : ('admin' as const);
    const change: Change = async (connection) => {
      if ((await accountsWith(connection, emailDigest)).some(isTaken)) return false;
      await options.insertPerson(connection, made.row);
      await accounts.insert(connection, {
        id,
        person: made.row.person_id,
        kind,
        customer,
        language: wish.language,
        country: wish.country,
        emailDigest,
        profile: made.profile,
      });
      await accounts.setRoles(connection, id, granted(wish.roles, by?.account));
      return true;
    };
    return { id, kind, handle: made.handle, change, country: wish.country };
  }

  async function accountsWith(
    connection: Queryable,
    emailDigest: Buffer,
  ): Promise<readonly Pick<Account, 'kind' | 'customer'>[]> {
    return connection.query(
      `select kind, of_customer_id as customer from identity.account
       where customer_id = $1 and email_digest = $2 and state <> 'left'`,
      [await options.operator(), emailDigest],
    );
  }

  /** Where mails can be sent, the secret is made when one is: it never lies in the outbox. */
  async function makeLink(
    connection: Queryable,
    kind: Exclude<LinkKind, 'first-owner'>,
    account: AccountId,
  ): Promise<string | undefined> {
    if (options.mails) {
      await links.revoke(connection, account);
      const template = kind === 'invitation' ? 'invitation' : 'reset_link';
      await tell(connection, [{ template, accounts: [account] }]);
      return undefined;
    }
    return (await links.make(connection, kind, account)).secret;
  }

  async function removeFactors(connection: Queryable, account: AccountId): Promise<void> {
    for (const { id } of await passkeys.of(account)) await passkeys.remove(connection, account, id);
    await passwords.remove(connection, account);
    await sessions.endAll(connection, account);
    await links.revoke(connection, account);
  }

  async function changed(
    by: SessionCaller,
    account: Account,
    kind: 'account.change' | 'account.leave',
    refs: Readonly<Record<string, string>>,
    change: (connection: Queryable) => Promise<void>,
    also: Change = async () => true,
  ): Promise<void> {
    const position = await log.write({
      kind,
      person: account.person,
      actor: actorOfSession(by),
      refs,
      async change(connection) {
        await change(connection);
        return also(connection);
      },
    });
    if (position === undefined) throw new Problem('write_conflict');
  }

  return {
    async invite(by, wish, customer, also = async () => true) {
      return withNewcomer(async () => {
        const made = await newcomer(wish, customer, by);
        let secret: string | undefined;
        const position = await log.write({
          kind: 'account.create',
          person: made.handle,
          actor: actorOfSession(by),
          refs: { account: made.id, roles: wish.roles.join(' '), ...(customer !== undefined && { customer }) },
          async change(connection) {
            if (!(await made.change(connection))) return false;
            secret = await makeLink(connection, 'invitation', made.id);
            return also(connection);
          },
        });
        if (position === undefined) throw new Problem('address_taken', { field: '/email' });
        return { account: made.id, secret };
      });
    },
    async link(by, account, kind, also) {
      if (kind === 'reset') notOneself(by, account);
      if (account.state === 'left' || (kind === 'invitation') !== (account.state === 'invited'))
        throw new Problem('not_found');
      let secret: string | undefined;
      const change = async (connection: Queryable) => {
        if (kind === 'reset') {
          await removeFactors(connection, account.id);
          await options.endGrants(connection, account.id);
          await attempts.clear(connection, account.id);
        }
        secret = await makeLink(connection, kind, account.id);
      };
      await changed(by, account, 'account.change', { link: kind }, change, also);
      return { account: account.id, secret };
    },
    async setRoles(by, account, roles) {
      notOneself(by, account);
      const kept = account.roles.filter(({ role }) => roles.includes(role));
      const added = roles.filter((role) => !kept.some((one) => one.role === role));
      await changed(by, account, 'account.change', { roles: roles.join(' ') }, async (connection) => {
        await accounts.setRoles(connection, account.id, [...kept, ...granted(added, by.account)]);
        if (kept.length < account.roles.length) await options.endGrants(connection, account.id);
      });
    },
    async renew(by, account, role) {
      notOneself(by, account);
      if (!account.roles.some((one) => one.role === role)) throw new Problem('not_found');
      await changed(by, account, 'account.change', { renewed: role }, (connection) =>
        accounts.setRoles(connection, account.id, [
          ...account.roles.filter((one) => one.role !== role),
          ...granted([role], by.account),
        ]),
      );
    },
    async unlock(by, account) {
      notOneself(by, account);
      await changed(by, account, 'account.change', { unlocked: 'yes' }, (connection) =>
        attempts.clear(connection, account.id),
      );
    },
    async leave(by, account) {
      notOneself(by, account);
      await changed(by, account, 'account.leave', {}, async (connection) => {
        await removeFactors(connection, account.id);
        await accounts.setRoles(connection, account.id, []);
        await accounts.setState(connection, account.id, 'left');
        await options.endGrants(connection, account.id);
      });
    },
    async firstOwner(wish) {
      const made = await newcomer({ ...wish, roles: ['owner'] }, undefined, undefined);
      return {
        entrant: { id: made.id, person: made.handle.person, handle: made.handle, kind: 'staff', country: made.country },
        async change(connection) {
          // The link is for an empty house: once somebody is in it, it opens nothing.
          const staff = await connection.query(
            "select 1 from identity.account where customer_id = $1 and kind = 'staff' limit 1",
            [await options.operator()],
          );
          if (staff.length > 0 || !(await made.change(connection))) return false;
          await accounts.setState(connection, made.id, 'active');
          return true;
        },
      };
    },
    async recoverOwner(account, permitted) {
      let secret: string | undefined;
      const position = await log.write({
        kind: 'account.recover',
        person: account.person,
        actor: { kind: 'system', id: 'machine' },
        async change(connection) {
          if (!(await permitted(connection))) return false;
          await removeFactors(connection, account.id);
          await attempts.clear(connection, account.id);
          const others = account.roles.filter(({ role }) => role !== 'owner');
          await accounts.setRoles(connection, account.id, [...others, ...granted(['owner'], undefined)]);
          secret = (await links.make(connection, 'reset', account.id)).secret;
          return true;
        },
      });
      return position === undefined ? undefined : secret;
    },
    async labelled(account, passkey, label) {
      if (account === undefined) return undefined;
      const [profile] = await profiles.read([account], { kind: 'system', id: 'console' }, 'account_administration');
      return profile && profiles.reseal(account, { ...profile, labels: { ...profile.labels, [passkey]: label } });
    },
  };
}
