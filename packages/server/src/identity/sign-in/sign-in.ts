/**
 * Signing in. There is one way to a session: two factors, checked here. A wrong
 * address, a wrong password, a wrong code, a locked account and no account at all look and take the same.
 */
import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { Change } from '../../journal/change.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Queryable } from '../../platform/database/database.ts';
import { Problem } from '../../platform/http/problem.ts';
import type { AccountId, CustomerId } from '../../platform/ids/ids.ts';
import type { Account, Accounts } from '../accounts/accounts.ts';
import type { SignInMethod } from '../caller.ts';
import type { Flows } from '../factors/flows.ts';
import { type LeakWatch, signInPatienceMs } from '../factors/leak-watch.ts';
import {
  assertionOptions,
  type Ground,
  type Passkey,
  type PasskeyStore,
  verifyAssertion,
} from '../factors/passkeys.ts';
import type { Passwords } from '../factors/passwords.ts';
import { providerOf } from '../factors/providers.ts';
import type { Attempts } from '../sessions/attempts.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Tell } from '../tell.ts';
import type { Entrant } from './entrant.ts';
import type { Familiar } from './familiar.ts';
import type { Refuse } from './refuse.ts';
import type { Origin, SignInLog } from './sign-in-log.ts';

export interface SignedIn {
  readonly token: string;
  readonly deviceToken: string;
}

export interface Visitor {
  readonly origin: Origin;
  readonly ground: Ground;
  readonly deviceToken: string | undefined;
}

export interface PasskeyChallenge {
  readonly flow: string;
  readonly options: PublicKeyCredentialRequestOptionsJSON;
}

export interface SignInDesk {
  /** @throws Problem `sign_in_failed` */
  withPassword(email: string, password: string, code: string, visitor: Visitor): Promise<SignedIn>;
  passkeyOptions(ground: Ground): Promise<PasskeyChallenge>;
  /** @throws Problem `sign_in_failed` */
  withPasskey(flow: string, response: AuthenticationResponseJSON, visitor: Visitor): Promise<SignedIn>;
  /** Opens a session for an account whose factors were just set up (through a one-time link), with `change` in the commit. */
  admit(account: Entrant, method: SignInMethod, visitor: Visitor, change: Change): Promise<SignedIn>;
}

export interface SignInOptions {
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly passkeys: PasskeyStore;
  readonly leaks: LeakWatch;
  readonly flows: Flows;
  readonly attempts: Attempts;
  readonly sessions: Sessions;
  readonly familiar: Familiar;
  readonly log: SignInLog;
  readonly refuse: Refuse;
  readonly tell: Tell;
  /** Told in the commit of each sign-in. */
  readonly onSignIn: (connection: Queryable, account: AccountId) => Promise<void>;
  readonly operator: () => Promise<CustomerId>;
}

export function createSignInDesk(options: SignInOptions): SignInDesk {
  const { clock, accounts, passwords, passkeys, leaks, flows, attempts, sessions, familiar, log, tell } = options;

  async function admit(account: Entrant, method: SignInMethod, visitor: Visitor, change: Change, provider?: string) {
    const known = await familiar.look(account.id, visitor.deviceToken, visitor.origin.address);
    let token = '';
    const recorded = await log.record({
      act: 'sign-in',
      account,
      outcome: 'ok',
      method,
      ...(provider !== undefined && { provider }),
      origin: visitor.origin,
      newDevice: known.newDevice,
      newPlace: known.newPlace,
      async change(connection) {
        if (!(await change(connection))) return false;
        await attempts.clear(connection, account.id);
        await signedIn(connection, account.id);
        await options.onSignIn(connection, account.id);
        await known.remember(connection, account.person);
        if (known.newDevice)
          await tell(connection, [
            { template: 'new_device', accounts: [account.id], refs: { device: visitor.origin.device.type } },
          ]);
        const opened = await sessions.open(connection, {
          account: account.id,
          person: account.person,
          method,
          device: visitor.origin.device,
        });
        token = opened.token;
        return true;
      },
    });
    if (!recorded) throw new Problem('sign_in_failed');
    return { token, deviceToken: known.token };
  }

  async function signedIn(connection: Queryable, account: AccountId): Promise<void> {
    await connection.query(
      'update identity.account set last_sign_in_at = $3 where customer_id = $1 and account_id = $2',
      [await options.operator(), account, clock.now()],
    );
  }

  /**
   * Whom an attempt is for: the accounts of an address, mostly one. Where there are several the code says which; a code that
   * is nobody's counts against each of them.
   */
  async function accountsOf(email: string, code: string): Promise<readonly Account[]> {
    const all = await accounts.withAddress(accounts.emailDigest(email));
    const active = all.filter(({ state }) => state === 'active');
    if (active.length < 2) return active;
    const own = await passwords.whose(
      active.map(({ id }) => id),
      code,
    );
    return own === undefined ? active : active.filter(({ id }) => id === own);
  }

  async function refused(
    account: Entrant | undefined,
    method: 'password' | 'passkey',
    { origin }: Visitor,
    state: 'counted' | 'last' | 'locked',
  ): Promise<void> {
    await options.refuse({ act: 'sign-in', account, method, origin, state });
  }

  async function refuse(
    account: Entrant | undefined,
    method: 'password' | 'passkey',
    visitor: Visitor,
    state: 'counted' | 'last' | 'locked',
  ): Promise<never> {
    await refused(account, method, visitor, state);
    throw new Problem('sign_in_failed');
  }

  async function passkeyOf(response: AuthenticationResponseJSON): Promise<Passkey | undefined> {
    return typeof response.id === 'string' ? passkeys.byCredential(response.id) : undefined;
  }

  const methodOf = (second: 'totp' | 'recovery'): SignInMethod => `password+${second}`;

  return {
    admit,
    async withPassword(email, password, code, visitor) {
      const tried = await accountsOf(email, code);
      const states = await Promise.all(tried.map(({ id }) => attempts.begin(id)));
      const [active] = tried;
      // Also when it is locked or unknown, and once where there are several: the time it takes must not tell.
      const checked = await passwords.check(active?.id, password, code);
      if (active === undefined || checked === undefined || states[0] === 'locked') {
        await Promise.all(
          tried
            .slice(1)
            .map((account, position) => refused(account, 'password', visitor, states[position + 1] ?? 'counted')),
        );
        return refuse(active, 'password', visitor, states[0] ?? 'counted');
      }
      const leaked = (await leaks.ask(password, signInPatienceMs)) === 'leaked';
      return admit(active, methodOf(checked.second), visitor, async (connection) => {
        if (!(await passwords.use(connection, active.id, checked))) return false;
        if (leaked && (await passwords.markLeaked(connection, active.id)))
          await tell(connection, [{ template: 'password_leaked', accounts: [active.id] }]);
        return true;
      });
    },
    async passkeyOptions(ground) {
      const { flow, challenge } = await flows.begin('sign-in', '');
      return { flow, options: await assertionOptions(ground, challenge) };
    },
    async withPasskey(flow, response, visitor) {
      const challenge = await flows.take(flow, 'sign-in', '');
      const passkey = await passkeyOf(response);
      const account = passkey && (await accounts.find(passkey.account));
      if (challenge === undefined || passkey === undefined || account?.state !== 'active')
        return refuse(undefined, 'passkey', visitor, 'counted');
      const state = await attempts.begin(account.id);
      const assertion = await verifyAssertion(visitor.ground, challenge, passkey, response);
      if (assertion === undefined || state === 'locked') return refuse(account, 'passkey', visitor, state);
      return admit(
        account,
        'passkey',
        visitor,
        async (connection) => {
          await passkeys.used(connection, passkey.id, assertion, clock.now());
          return true;
        },
        providerOf(passkey.aaguid),
      );
    },
  };
}
