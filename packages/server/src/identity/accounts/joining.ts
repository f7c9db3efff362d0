/** What a one-time link is good for: to set up two factors, and come in. */

import type { PublicKeyCredentialCreationOptionsJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { type Change, together } from '../../journal/change.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import { type AccountId, newId } from '../../platform/ids/ids.ts';
import type { Flows } from '../factors/flows.ts';
import type { LeakWatch } from '../factors/leak-watch.ts';
import { enrolmentOptions, type Ground, type PasskeyStore, verifyEnrolment } from '../factors/passkeys.ts';
import type { PasswordHasher } from '../factors/password-hash.ts';
import { requireGoodPassword } from '../factors/password-rules.ts';
import type { Passwords } from '../factors/passwords.ts';
import { newTotpSecret, totpEnrolment, totpStep } from '../factors/totp.ts';
import type { Entrant } from '../sign-in/entrant.ts';
import type { SignedIn, SignInDesk, Visitor } from '../sign-in/sign-in.ts';
import type { Account, Accounts } from './accounts.ts';
import type { Link, Links } from './links.ts';
import { withNewcomer } from './newcomer.ts';
import type { NewcomerWish, Office } from './office.ts';
import type { Profile, Profiles } from './profile.ts';

/** What the page shows of a link. */
export interface LinkInfo {
  readonly link: Link;
  readonly account: Account | undefined;
  readonly profile: Profile | undefined;
}

export interface Joining {
  /** @throws Problem `link_invalid` */
  look(secret: string): Promise<LinkInfo>;
  passkeyOptions(
    secret: string,
    ground: Ground,
    own: FirstProfile | undefined,
  ): Promise<{ flow: string; options: PublicKeyCredentialCreationOptionsJSON }>;
  withPasskey(
    secret: string,
    flow: string,
    response: RegistrationResponseJSON,
    own: FirstProfile | undefined,
    label: string,
    visitor: Visitor,
  ): Promise<SignedIn>;
  totp(secret: string, ownEmail: string | undefined): Promise<{ readonly secret: string; readonly uri: string }>;
  withPassword(
    secret: string,
    password: string,
    code: string,
    own: FirstProfile | undefined,
    visitor: Visitor,
  ): Promise<SignedIn & { readonly recoveryCodes: readonly string[] }>;
}

/** The first owner says who they are; everybody else was named by whoever invited them. */
export type FirstProfile = Omit<NewcomerWish, 'roles'>;

export interface JoiningOptions {
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly profiles: Profiles;
  readonly links: Links;
  readonly flows: Flows;
  readonly passkeys: PasskeyStore;
  readonly passwords: Passwords;
  readonly hasher: PasswordHasher;
  readonly office: Office;
  readonly desk: SignInDesk;
  readonly leaks: LeakWatch;
  readonly operatorName: string;
}

export function createJoining(options: JoiningOptions): Joining {
  const { accounts, profiles, links, flows, passkeys, passwords, hasher, office, desk, clock, operatorName } = options;

  async function linkOf(secret: string): Promise<Link> {
    const link = await links.find(secret);
    if (link === undefined) throw new Problem('link_invalid');
    return link;
  }

  async function accountOf(link: Link): Promise<Account | undefined> {
    if (link.account === undefined) return undefined;
    const account = await accounts.find(link.account);
    if (account === undefined || account.state === 'left') throw new Problem('link_invalid');
    return account;
  }

  async function look(secret: string): Promise<LinkInfo> {
    const link = await linkOf(secret);
    const account = await accountOf(link);
    // Whoever holds the link is told whose it is: that is what it was sent for.
    const [profile] =
      account === undefined
        ? []
        : await profiles.read([account], { kind: 'system', id: 'console' }, 'account_administration');
    return { link, account, profile };
  }

  /** Who comes in, and all that has to be stored for it, together with the end of the link. */
  async function entrant(
    { link, account }: LinkInfo,
    own: FirstProfile | undefined,
  ): Promise<{ readonly entrant: Entrant; readonly change: Change }> {
    const use: Change = (connection) => links.use(connection, link.id);
    if (account !== undefined)
      return {
        entrant: account,
        change: together(use, async (connection) => {
          await accounts.setState(connection, account.id, 'active');
          return true;
        }),
      };
    if (own === undefined)
      throw new Problem('input_invalid', { field: '/profile', reason: 'the first owner says who they are' });
    const made = await office.firstOwner(own);
    return { entrant: made.entrant, change: together(use, made.change) };
  }

  const nameOf = ({ profile }: LinkInfo, own: FirstProfile | undefined) => {
    const shown = profile ?? own;
    if (shown === undefined)
      throw new Problem('input_invalid', { field: '/name', reason: 'the first owner says who they are' });
    return shown;
  };

  return {
    look,
    async passkeyOptions(secret, ground, own) {
      const info = await look(secret);
      const { name, email } = nameOf(info, own);
      const { flow, challenge } = await flows.begin('join', info.link.id);
      const account = info.account?.id ?? newId<AccountId>();
      const existing = info.account === undefined ? [] : await passkeys.of(info.account.id);
      const enrolee = { account, name: email, displayName: name };
      return { flow, options: await enrolmentOptions(ground, operatorName, enrolee, challenge, existing) };
    },
    async withPasskey(secret, flow, response, own, label, visitor) {
      const info = await look(secret);
      const challenge = await flows.take(flow, 'join', info.link.id);
      const passkey = challenge && (await verifyEnrolment(visitor.ground, challenge, response));
      if (!passkey) throw new Problem('factor_invalid');
      return withNewcomer(async () => {
        const { entrant: who, change } = await entrant(info, own);
        const labelled = label === '' ? undefined : await office.labelled(info.account, passkey.id, label);
        return desk.admit(
          who,
          'passkey',
          visitor,
          together(change, async (connection) => {
            await passkeys.insert(connection, who.id, who.person, passkey, clock.now());
            if (labelled !== undefined) await accounts.setProfile(connection, who.id, labelled);
            return true;
          }),
        );
      });
    },
    async totp(secret, ownEmail) {
      const info = await look(secret);
      const email = info.profile?.email ?? ownEmail;
      if (email === undefined)
        throw new Problem('input_invalid', { field: '/email', reason: 'the first owner says who they are' });
      const fresh = newTotpSecret();
      await links.keepTotp(info.link.id, fresh);
      return totpEnrolment(fresh, operatorName, email);
    },
    async withPassword(secret, password, code, own, visitor) {
      const info = await look(secret);
      const totp = await links.totpOf(info.link.id);
      const step = totp && totpStep(totp, code, clock.now());
      if (totp === undefined || step === undefined) throw new Problem('factor_invalid', { field: '/code' });
      const { name, email } = nameOf(info, own);
      await requireGoodPassword(password, { words: ownWords(name, email, operatorName) }, options.leaks);
      // Before anybody is made: it takes long, and keys are renewed meanwhile.
      const hash = await hasher.hash(password);
      return withNewcomer(async () => {
        const { entrant: who, change } = await entrant(info, own);
        let recoveryCodes: readonly string[] = [];
        const signedIn = await desk.admit(
          who,
          'password+totp',
          visitor,
          together(change, async (connection) => {
            await passwords.set(connection, who.id, who.person, { hash, totp, totpStep: step });
            recoveryCodes = await passwords.renewCodes(connection, who.id);
            return true;
          }),
        );
        return { ...signedIn, recoveryCodes };
      });
    },
  };
}

/** What somebody who knows the person would try in a password. */
export function ownWords(name: string, email: string, operatorName: string): readonly string[] {
  return [name, email, operatorName].flatMap((text) => text.split(/[^\p{L}\p{N}]+/u)).filter((word) => word.length > 2);
}
