/** What somebody does with the own account: factors, sessions, language. Each change of a factor is told to them. */
import type { PublicKeyCredentialCreationOptionsJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { Change } from '../../journal/change.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import type { CustomerId, FactorId, SessionId } from '../../platform/ids/ids.ts';
import { actorOfSession, type SessionCaller } from '../caller.ts';
import type { Flows } from '../factors/flows.ts';
import type { LeakWatch } from '../factors/leak-watch.ts';
import {
  enrolmentOptions,
  type Ground,
  type Passkey,
  type PasskeyStore,
  verifyEnrolment,
} from '../factors/passkeys.ts';
import type { PasswordHasher } from '../factors/password-hash.ts';
import { requireGoodPassword } from '../factors/password-rules.ts';
import type { PasswordInfo, Passwords } from '../factors/passwords.ts';
import { newTotpSecret, totpEnrolment, totpStep } from '../factors/totp.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Tell } from '../tell.ts';
import type { AccountLog } from './account-log.ts';
import type { Account, Accounts } from './accounts.ts';
import { ownWords } from './joining.ts';
import type { Profile, Profiles } from './profile.ts';

export interface Factors {
  readonly passkeys: readonly Passkey[];
  readonly password: PasswordInfo | undefined;
}

export interface OwnAccount {
  profile(caller: SessionCaller): Promise<{ readonly account: Account; readonly profile: Profile }>;
  factors(account: Pick<Account, 'id'>): Promise<Factors>;
  hasFactors(account: Pick<Account, 'id'>): Promise<boolean>;
  passkeyOptions(
    caller: SessionCaller,
    ground: Ground,
  ): Promise<{ flow: string; options: PublicKeyCredentialCreationOptionsJSON }>;
  addPasskey(
    caller: SessionCaller,
    flow: string,
    response: RegistrationResponseJSON,
    label: string,
    ground: Ground,
  ): Promise<FactorId>;
  removePasskey(caller: SessionCaller, passkey: FactorId): Promise<void>;
  /** A new secret for an authenticator app, kept with the session until its first code comes back. */
  newTotp(caller: SessionCaller): Promise<{ readonly secret: string; readonly uri: string }>;
  /** Sets password and TOTP together. @returns the recovery codes, to be shown once. */
  setPassword(caller: SessionCaller, password: string, code: string): Promise<readonly string[]>;
  /** Another password; authenticator app and recovery codes stay. */
  changePassword(caller: SessionCaller, password: string): Promise<void>;
  removePassword(caller: SessionCaller): Promise<void>;
  renewCodes(caller: SessionCaller): Promise<readonly string[]>;
  endSession(caller: SessionCaller, session: SessionId): Promise<void>;
  signOut(caller: SessionCaller, everywhere: boolean): Promise<void>;
}

export interface OwnOptions {
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly profiles: Profiles;
  readonly flows: Flows;
  readonly passkeys: PasskeyStore;
  readonly passwords: Passwords;
  readonly hasher: PasswordHasher;
  readonly sessions: Sessions;
  readonly log: AccountLog;
  readonly tell: Tell;
  readonly operator: () => Promise<CustomerId>;
  readonly leaks: LeakWatch;
  readonly operatorName: string;
}

export function createOwnAccount(options: OwnOptions): OwnAccount {
  const { clock, accounts, profiles, flows, passkeys, passwords, hasher, sessions, log, tell, operatorName } = options;

  async function profile(caller: SessionCaller) {
    const account = await accounts.find(caller.account);
    if (account === undefined) throw new Problem('unauthorized');
    const [opened] = await profiles.read([account], actorOfSession(caller), 'sign_in');
    if (opened === undefined) throw new Problem('unauthorized');
    return { account, profile: opened };
  }

  async function changeFactors(
    caller: SessionCaller,
    kind: 'factor.add' | 'factor.remove',
    factor: 'passkey' | 'password' | 'recovery_codes',
    change: Change,
  ): Promise<void> {
    const position = await log.write({
      kind,
      person: caller.person,
      actor: actorOfSession(caller),
      refs: { factor },
      async change(connection) {
        if (!(await change(connection))) return false;
        const template = factor === 'password' ? 'password_changed' : 'factor_changed';
        await tell(connection, [{ template, accounts: [caller.account], refs: { factor, act: kind } }]);
        return true;
      },
    });
    if (position === undefined) throw new Problem('last_factor');
  }

  /** Whether something is left to sign in with when this is gone; asked inside the transaction that removes it. */
  const remains =
    (caller: SessionCaller, without: FactorId | 'password'): Change =>
    async (connection) => {
      const customer = await options.operator();
      // Two removals at once must not each see the other's factor: the account's row is their turnstile.
      await connection.query('select 1 from identity.account where customer_id = $1 and account_id = $2 for update', [
        customer,
        caller.account,
      ]);
      const [row] = await connection.query<{ passkeys: number; passwords: number }>(
        `select (select count(*) from identity.passkey
                 where customer_id = $1 and account_id = $2 and passkey_id::text <> $3) as passkeys,
                (select count(*) from identity.password
                 where customer_id = $1 and account_id = $2 and $3 <> 'password') as passwords`,
        [customer, caller.account, without],
      );
      return (row?.passkeys ?? 0) + (row?.passwords ?? 0) > 0;
    };

  async function endSessions(caller: SessionCaller, refs: Record<string, string>, change: Change): Promise<boolean> {
    const position = await log.write({
      kind: 'session.end',
      person: caller.person,
      actor: actorOfSession(caller),
      refs,
      change,
    });
    return position !== undefined;
  }

  return {
    profile,
    async factors({ id }) {
      const [own, password] = await Promise.all([passkeys.of(id), passwords.info(id)]);
      return { passkeys: own, password };
    },
    async hasFactors({ id }) {
      return (await passkeys.of(id)).length > 0 || (await passwords.info(id)) !== undefined;
    },
    async passkeyOptions(caller, ground) {
      const { profile: own } = await profile(caller);
      const { flow, challenge } = await flows.begin('add-passkey', caller.session);
      const enrolee = { account: caller.account, name: own.email, displayName: own.name };
      const existing = await passkeys.of(caller.account);
      return { flow, options: await enrolmentOptions(ground, operatorName, enrolee, challenge, existing) };
    },
    async addPasskey(caller, flow, response, label, ground) {
      const challenge = await flows.take(flow, 'add-passkey', caller.session);
      const passkey = challenge && (await verifyEnrolment(ground, challenge, response));
      if (!passkey) throw new Problem('factor_invalid');
      const { account, profile: own } = await profile(caller);
      const resealed = await profiles.reseal(account, { ...own, labels: { ...own.labels, [passkey.id]: label } });
      await changeFactors(caller, 'factor.add', 'passkey', async (connection) => {
        await passkeys.insert(connection, caller.account, caller.person, passkey, clock.now());
        await accounts.setProfile(connection, caller.account, resealed);
        return true;
      });
      return passkey.id;
    },
    async removePasskey(caller, passkey) {
      if (!(await passkeys.of(caller.account)).some(({ id }) => id === passkey)) throw new Problem('not_found');
      await changeFactors(
        caller,
        'factor.remove',
        'passkey',
        async (connection) =>
          (await remains(caller, passkey)(connection)) && passkeys.remove(connection, caller.account, passkey),
      );
    },
    async newTotp(caller) {
      const { profile: own } = await profile(caller);
      const secret = newTotpSecret();
      await sessions.keepTotp(caller.session, secret);
      return totpEnrolment(secret, operatorName, own.email);
    },
    async setPassword(caller, password, code) {
      const totp = await sessions.totpOf(caller.session);
      const step = totp && totpStep(totp, code, clock.now());
      if (totp === undefined || step === undefined) throw new Problem('factor_invalid', { field: '/code' });
      const { profile: own } = await profile(caller);
      await requireGoodPassword(password, { words: ownWords(own.name, own.email, operatorName) }, options.leaks);
      const hash = await hasher.hash(password);
      let codes: readonly string[] = [];
      await changeFactors(caller, 'factor.add', 'password', async (connection) => {
        await passwords.set(connection, caller.account, caller.person, { hash, totp, totpStep: step });
        codes = await passwords.renewCodes(connection, caller.account);
        // Whoever else was in with the old password is out.
        await sessions.endAll(connection, caller.account, caller.session);
        return true;
      });
      return codes;
    },
    async changePassword(caller, password) {
      if ((await passwords.info(caller.account)) === undefined) throw new Problem('not_found');
      const { profile: own } = await profile(caller);
      await requireGoodPassword(password, { words: ownWords(own.name, own.email, operatorName) }, options.leaks);
      const hash = await hasher.hash(password);
      await changeFactors(caller, 'factor.add', 'password', async (connection) => {
        await sessions.endAll(connection, caller.account, caller.session);
        return passwords.change(connection, caller.account, hash);
      });
    },
    async removePassword(caller) {
      if ((await passwords.info(caller.account)) === undefined) throw new Problem('not_found');
      await changeFactors(caller, 'factor.remove', 'password', async (connection) => {
        if (!(await remains(caller, 'password')(connection))) return false;
        await passwords.remove(connection, caller.account);
        return true;
      });
    },
    async renewCodes(caller) {
      if ((await passwords.info(caller.account)) === undefined) throw new Problem('not_found');
      let codes: readonly string[] = [];
      await changeFactors(caller, 'factor.add', 'recovery_codes', async (connection) => {
        codes = await passwords.renewCodes(connection, caller.account);
        return true;
      });
      return codes;
    },
    async endSession(caller, session) {
      const ended = await endSessions(caller, { session }, (connection) =>
        sessions.end(connection, caller.account, session),
      );
      if (!ended) throw new Problem('not_found');
    },
    async signOut(caller, everywhere) {
      await endSessions(caller, { session: everywhere ? 'all' : caller.session }, async (connection) => {
        if (everywhere) await sessions.endAll(connection, caller.account);
        else await sessions.end(connection, caller.account, caller.session);
        return true;
      });
    },
  };
}
