import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { Customers } from '../../customers/customers.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import type { Right } from '../authenticate.ts';
import type { SessionCaller } from '../caller.ts';
import type { Identity } from '../identity.ts';
import type { NetworkLimit } from '../sessions/attempts.ts';
import { sessionToken } from '../sessions/browser-session.ts';
import type { sessionShape } from './shapes.ts';

/** What the routes of this room share. */
export interface RoutesContext {
  readonly identity: Identity;
  readonly customers: Customers;
  /** How others reach this installation; `undefined`: on loopback only. */
  readonly url: string | undefined;
  readonly clock: Clock;
  readonly networkLimit: NetworkLimit;
  readonly operatorName: string | undefined;
  readonly form: 'du' | 'sie';
  readonly tokenOf: (request: FastifyRequest) => string;
  readonly sessionAnswer: (token: string) => Promise<Static<typeof sessionShape>>;
}

export interface ContextOptions extends Omit<RoutesContext, 'tokenOf' | 'sessionAnswer'> {
  readonly rightsOf: (caller: SessionCaller) => readonly Right[];
}

export function createRoutesContext({ rightsOf, ...options }: ContextOptions): RoutesContext {
  const { identity, customers, operatorName, form } = options;

  async function sessionAnswer(token: string): Promise<Static<typeof sessionShape>> {
    const live = await identity.sessions.check(token);
    if (live === undefined) throw new Problem('unauthorized');
    const { caller } = live;
    const [{ account, profile }, factors, customer] = await Promise.all([
      identity.own.profile(caller),
      identity.own.factors({ id: caller.account }),
      caller.customer === undefined ? undefined : customers.find(caller.customer),
    ]);
    return {
      account: caller.account,
      kind: caller.kind,
      name: profile.name,
      email: profile.email,
      language: account.language,
      country: account.country,
      roles: account.roles
        .filter(({ role }) => caller.roles.includes(role))
        .map(({ role, expiresAt }) => ({ role, expiresAt: expiresAt.toISOString() })),
      customer: customer === undefined ? null : { id: customer.id, label: customer.label },
      method: caller.method,
      passwordLeaked: caller.passwordLeaked,
      freshUntil: caller.freshUntil.toISOString(),
      idleUntil: live.idleUntil.toISOString(),
      expiresAt: live.expiresAt.toISOString(),
      rights: [...rightsOf(caller)],
      operator: operatorName ?? null,
      form,
      factors: summaryOf(factors),
    };
  }

  return {
    ...options,
    sessionAnswer,
    tokenOf(request) {
      const token = sessionToken(request);
      if (token === undefined) throw new Problem('unauthorized');
      return token;
    },
  };
}

/** How many of what; never which. */
export function summaryOf({ passkeys, password }: Awaited<ReturnType<Identity['own']['factors']>>) {
  return {
    passkeys: passkeys.length,
    password: password !== undefined,
    totp: password !== undefined,
    recoveryCodes: password?.recoveryCodes ?? 0,
  };
}
