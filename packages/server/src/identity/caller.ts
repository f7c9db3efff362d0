/** Who may stand behind a request: a service with its token, or somebody with an account and two factors. */
import type { Actor } from '../journal/entry.ts';
import type { AccountId, CustomerId, PersonId, SessionId, Subject } from '../platform/ids/ids.ts';

export const staffRoles = ['owner', 'security', 'operations', 'support', 'engineer', 'auditor'] as const;
export type StaffRole = (typeof staffRoles)[number];

/** `admin`: of one customer. */
export type Role = StaffRole | 'admin';

/** With what a session was opened. `link`: a one-time link, together with the factor that was set up with it. */
/** The ways to sign in; each of them is two factors. */
export const signInMethods = ['passkey', 'password+totp', 'password+recovery'] as const;
export type SignInMethod = (typeof signInMethods)[number];

/** Somebody who signed in with two factors. */
export interface SessionCaller {
  readonly kind: 'staff' | 'admin';
  readonly session: SessionId;
  readonly account: AccountId;
  /** The account's person, of the operator's own customer. */
  readonly person: PersonId;
  /** Its pseudonym in every journal. */
  readonly subject: Subject;
  /** Those that have not expired. Empty: may see the own account, nothing else. */
  readonly roles: readonly Role[];
  /** An admin's customer; `undefined` for staff. */
  readonly customer: CustomerId | undefined;
  /** As declared: ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly method: SignInMethod;
  /** The account's password is known from a leak: nothing goes on until it is changed. */
  readonly passwordLeaked: boolean;
  /** Until when the last strong factor counts as fresh. */
  readonly freshUntil: Date;
}

/** As it stands in an entry: the role is the one that the act rests on, else the first. */
export function actorOfSession(caller: SessionCaller, role: Role | undefined = caller.roles[0]): Actor {
  return { kind: caller.kind, id: caller.subject, country: caller.country, ...(role !== undefined && { role }) };
}
