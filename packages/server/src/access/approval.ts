/**
 * The customer's approval is signed: an admin's passkey signs a challenge that begins with the hash of the whole request.
 * What it signed is kept, so that anybody with the public key can check it later.
 */
import { randomBytes } from 'node:crypto';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { SessionCaller } from '../identity/caller.ts';
import type { Flows } from '../identity/factors/flows.ts';
import { assertionOptions, type Ground, type PasskeyStore, verifyAssertion } from '../identity/factors/passkeys.ts';
import type { PasskeyChallenge, Visitor } from '../identity/sign-in/sign-in.ts';
import type { StepUp } from '../identity/sign-in/step-up.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Database } from '../platform/database/database.ts';
import { Problem } from '../platform/http/problem.ts';
import type { Grant } from './grant.ts';

const nonceBytes = 16;

export interface Approvals {
  options(by: SessionCaller, grant: Grant, ground: Ground): Promise<PasskeyChallenge>;
  /** @returns what was signed, by whom. A failure counts like one at the door. @throws Problem `factor_invalid` */
  signed(
    by: SessionCaller,
    grant: Grant,
    flow: string,
    response: AuthenticationResponseJSON,
    visitor: Visitor,
  ): Promise<object>;
}

export interface ApprovalsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly flows: Flows;
  readonly passkeys: PasskeyStore;
  readonly stepUp: StepUp;
}

export function createApprovals({ database, clock, flows, passkeys, stepUp }: ApprovalsOptions): Approvals {
  const bindingOf = (by: SessionCaller, grant: Grant) => `${grant.id}/${by.account}`;

  return {
    async options(by, grant, ground) {
      const own = await passkeys.of(by.account);
      if (own.length === 0) throw new Problem('passkey_required');
      const wanted = Buffer.concat([grant.requestHash, randomBytes(nonceBytes)]).toString('base64url');
      const { flow, challenge } = await flows.begin('approve', bindingOf(by, grant), wanted);
      return { flow, options: await assertionOptions(ground, challenge, own) };
    },
    signed: (by, grant, flow, response, visitor) =>
      stepUp.signature(by, visitor, async () => {
        const challenge = await flows.take(flow, 'approve', bindingOf(by, grant));
        const passkey = (await passkeys.of(by.account)).find(({ credential }) => credential === response.id);
        if (challenge === undefined || passkey === undefined) return undefined;
        // The flow is bound to this grant; that its challenge is over this very request is checked all the same.
        if (!Buffer.from(challenge, 'base64url').subarray(0, grant.requestHash.length).equals(grant.requestHash))
          return undefined;
        const assertion = await verifyAssertion(visitor.ground, challenge, passkey, response);
        if (assertion === undefined) return undefined;
        await passkeys.used(database, passkey.id, assertion, clock.now());
        const { clientDataJSON, authenticatorData, signature } = response.response;
        return {
          publicKey: passkey.publicKey,
          credential: passkey.credential,
          clientDataJSON,
          authenticatorData,
          signature,
        };
      }),
  };
}
