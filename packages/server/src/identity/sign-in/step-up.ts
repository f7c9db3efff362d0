/**
 * A strong factor once more, by somebody who is signed in: to confirm that it is still they, or to sign an approval. Each
 * attempt is in the log of sign-ins, and a failure counts in the same counter as one at the door.
 */
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { Change } from '../../journal/change.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { Problem } from '../../platform/http/problem.ts';
import { actorOfSession, type SessionCaller, type SignInMethod } from '../caller.ts';
import type { Flows } from '../factors/flows.ts';
import { assertionOptions, type Ground, type PasskeyStore, verifyAssertion } from '../factors/passkeys.ts';
import type { Passwords } from '../factors/passwords.ts';
import { providerOf } from '../factors/providers.ts';
import type { Attempts } from '../sessions/attempts.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { entrantOf } from './entrant.ts';
import type { Refuse } from './refuse.ts';
import type { PasskeyChallenge, Visitor } from './sign-in.ts';
import type { SignInLog } from './sign-in-log.ts';

export interface StepUp {
  /** @returns the session's new token. @throws Problem `sign_in_failed` */
  withPassword(caller: SessionCaller, password: string, code: string, visitor: Visitor): Promise<string>;
  passkeyOptions(caller: SessionCaller, ground: Ground): Promise<PasskeyChallenge>;
  /** @returns the session's new token. @throws Problem `sign_in_failed` */
  withPasskey(
    caller: SessionCaller,
    flow: string,
    response: AuthenticationResponseJSON,
    visitor: Visitor,
  ): Promise<string>;
  /**
   * Lets a passkey sign something else.
   * @param check gives what was signed, or `undefined` where it is not right. @throws Problem `factor_invalid`
   */
  signature<Signed>(caller: SessionCaller, visitor: Visitor, check: () => Promise<Signed | undefined>): Promise<Signed>;
}

export interface StepUpOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly passkeys: PasskeyStore;
  readonly flows: Flows;
  readonly attempts: Attempts;
  readonly sessions: Sessions;
  readonly log: SignInLog;
  readonly refuse: Refuse;
}

export function createStepUp(options: StepUpOptions): StepUp {
  const { database, clock, passwords, passkeys, flows, attempts, sessions, log, refuse } = options;

  /** The session goes on under a new token. */
  async function confirmed(
    caller: SessionCaller,
    method: SignInMethod,
    { origin }: Visitor,
    use: Change,
    provider?: string,
  ): Promise<string> {
    let token: string | undefined;
    await log.record({
      act: 'confirm',
      account: entrantOf(caller),
      actor: actorOfSession(caller),
      outcome: 'ok',
      method,
      ...(provider !== undefined && { provider }),
      origin,
      newDevice: false,
      newPlace: false,
      async change(connection) {
        if (!(await use(connection))) return false;
        await attempts.clear(connection, caller.account);
        token = await sessions.confirm(connection, caller.session);
        return token !== undefined;
      },
    });
    if (token === undefined) throw new Problem('sign_in_failed');
    return token;
  }

  const refused = (
    act: 'confirm' | 'approve',
    caller: SessionCaller,
    method: 'password' | 'passkey',
    { origin }: Visitor,
    state: 'counted' | 'last' | 'locked',
  ) => refuse({ act, account: entrantOf(caller), actor: actorOfSession(caller), method, origin, state });

  return {
    async withPassword(caller, password, code, visitor) {
      const state = await attempts.begin(caller.account);
      const checked = await passwords.check(caller.account, password, code);
      if (checked === undefined || state === 'locked') {
        await refused('confirm', caller, 'password', visitor, state);
        throw new Problem('sign_in_failed');
      }
      return confirmed(caller, `password+${checked.second}`, visitor, (connection) =>
        passwords.use(connection, caller.account, checked),
      );
    },
    async passkeyOptions(caller, ground) {
      const { flow, challenge } = await flows.begin('confirm', caller.session);
      return { flow, options: await assertionOptions(ground, challenge, await passkeys.of(caller.account)) };
    },
    async withPasskey(caller, flow, response, visitor) {
      const challenge = await flows.take(flow, 'confirm', caller.session);
      const passkey = typeof response.id === 'string' ? await passkeys.byCredential(response.id) : undefined;
      const state = await attempts.begin(caller.account);
      const assertion =
        challenge !== undefined && passkey?.account === caller.account
          ? await verifyAssertion(visitor.ground, challenge, passkey, response)
          : undefined;
      if (assertion === undefined || passkey === undefined || state === 'locked') {
        await refused('confirm', caller, 'passkey', visitor, state);
        throw new Problem('sign_in_failed');
      }
      return confirmed(
        caller,
        'passkey',
        visitor,
        async (connection) => {
          await passkeys.used(connection, passkey.id, assertion, clock.now());
          return true;
        },
        providerOf(passkey.aaguid),
      );
    },
    async signature(caller, visitor, check) {
      const state = await attempts.begin(caller.account);
      const signed = state === 'locked' ? undefined : await check();
      if (signed === undefined) {
        await refused('approve', caller, 'passkey', visitor, state);
        throw new Problem('factor_invalid');
      }
      await attempts.clear(database, caller.account);
      return signed;
    },
  };
}
