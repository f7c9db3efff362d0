/** What a grant is: somebody may see some data of one customer, for a reason, for a while. */
import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { StaffRole } from '../identity/caller.ts';
import type { AccountId, CustomerId, GrantId, Name, PersonId } from '../platform/ids/ids.ts';

export const grantPurposes = ['customer_request', 'diagnosis', 'security_review', 'legal_demand', 'alert'] as const;
export type GrantPurpose = (typeof grantPurposes)[number];

/** What a customer wants to be asked. */
export const accessModes = ['log_only', 'support_preapproved', 'ask_first'] as const;
export type AccessMode = (typeof accessModes)[number];

/**
 * `requested`: a colleague has to agree. `agreed`: the customer has to approve. `active`: data may be seen.
 * `ended`, `expired`: it was active. `denied`, `dead` (nobody answered): it never was.
 */
export type GrantState = 'requested' | 'agreed' | 'active' | 'ended' | 'expired' | 'denied' | 'dead';
export const openStates: readonly GrantState[] = ['requested', 'agreed', 'active'];

export interface CollectionScope {
  readonly collection: Name;
  /** `null`: all of its fields. */
  readonly fields: readonly Name[] | null;
}

export interface GrantScope {
  readonly collections: readonly CollectionScope[];
  /** `null`: all people of the customer. */
  readonly persons: readonly PersonId[] | null;
}

/** In somebody's own words; sealed. */
export interface GrantTexts {
  readonly ticket: string;
  readonly justification: string;
  /** Why telemetry was not enough. */
  readonly telemetry: string;
}

export interface GrantWish extends GrantTexts {
  readonly customer: CustomerId;
  readonly scope: GrantScope;
  readonly purpose: GrantPurpose;
  readonly minutes: number;
  readonly emergency: boolean;
}

/** Why data was seen without asking the customer, or that it was asked. */
export type Consent = 'customer' | 'policy' | 'none' | 'emergency';
export type Verdict = 'justified' | 'not_justified';
export type EndedBy = 'requester' | 'security' | 'customer' | 'time' | 'roles';

export interface Grant {
  readonly id: GrantId;
  readonly customer: CustomerId;
  readonly requester: AccountId;
  readonly requesterRole: StaffRole;
  readonly requesterCountry: string;
  readonly state: GrantState;
  readonly scope: GrantScope;
  readonly purpose: GrantPurpose;
  readonly minutes: number;
  readonly emergency: boolean;
  /** What the customer wanted when it was asked for. */
  readonly mode: AccessMode;
  readonly salt: string;
  readonly texts: Buffer;
  readonly requestHash: Buffer;
  readonly policyHash: string;
  readonly requestedAt: Date;
  readonly answerBy: Date;
  readonly agreedBy: AccountId | undefined;
  readonly agreedAt: Date | undefined;
  readonly consent: Consent | undefined;
  readonly approvedBy: AccountId | undefined;
  readonly approvedAt: Date | undefined;
  readonly signed: boolean;
  readonly startsAt: Date | undefined;
  readonly endsAt: Date | undefined;
  readonly endedAt: Date | undefined;
  readonly endedBy: EndedBy | undefined;
  readonly firstAccessAt: Date | undefined;
  readonly noticeDueAt: Date | undefined;
  /** As far as it has been written down; `notices.sentAt` looks further. */
  readonly noticeSentAt: Date | undefined;
  readonly reviewDueAt: Date | undefined;
  readonly reviewedBy: AccountId | undefined;
  readonly reviewedAt: Date | undefined;
  readonly verdict: Verdict | undefined;
}

/** What a new request has not got yet. */
export const nothingYet = {
  agreedBy: undefined,
  agreedAt: undefined,
  approvedBy: undefined,
  approvedAt: undefined,
  endedAt: undefined,
  endedBy: undefined,
  firstAccessAt: undefined,
  noticeDueAt: undefined,
  noticeSentAt: undefined,
  reviewedBy: undefined,
  reviewedAt: undefined,
  verdict: undefined,
} as const;

/** Unanswered requests die after this; no grant lasts longer than `longestMinutes`. */
export const answerDays = 4;
export const longestMinutes = 480;
/** C5:2026 IAM-07: the customer is told within this time of the start of an access. */
export const noticeHours = 72;
export const reviewHours = 24;

/** As things stand: what has run out is over, also before anybody has written that down. */
export function stateNow(grant: Pick<Grant, 'state' | 'answerBy' | 'endsAt'>, now: Date): GrantState {
  if ((grant.state === 'requested' || grant.state === 'agreed') && grant.answerBy <= now) return 'dead';
  if (grant.state === 'active' && (grant.endsAt === undefined || grant.endsAt <= now)) return 'expired';
  return grant.state;
}

/** Whether all of these fields of this collection, of this person, may be seen. */
export function covers(
  { collections, persons }: GrantScope,
  collection: Name,
  fields: readonly Name[],
  person: PersonId | undefined,
): boolean {
  const part = collections.find((one) => one.collection === collection);
  if (part === undefined) return false;
  if (part.fields !== null && !fields.every((field) => part.fields?.includes(field))) return false;
  return person === undefined || persons === null || persons.includes(person);
}

/** What is asked for, by whom, and how the customer wanted to be asked: it never changes. */
type AsRequested = Pick<
  Grant,
  | 'id'
  | 'customer'
  | 'requester'
  | 'requestedAt'
  | 'scope'
  | 'purpose'
  | 'minutes'
  | 'emergency'
  | 'mode'
  | 'salt'
  | 'texts'
>;

/**
 * SHA-256 over the whole request as canonical JSON (RFC 8785): what a colleague agrees to and an admin signs. The texts are
 * in it as they are sealed, so that it can be computed again without opening them, and lets nobody guess them.
 */
export function requestHash(request: AsRequested): Buffer {
  const { id, customer, requester, requestedAt, scope, purpose, minutes, emergency, mode, salt, texts } = request;
  const whole = { id, customer, requester, scope, purpose, minutes, emergency, mode, salt };
  const text = canonicalize({
    ...whole,
    requestedAt: requestedAt.toISOString(),
    texts: hash('sha256', texts, 'base64'),
  });
  return hash('sha256', text ?? '', 'buffer');
}

/** Whether the row still says what was asked for: one that was changed in the database gives nothing. */
export function isAsRequested(grant: Grant): boolean {
  return requestHash(grant).equals(grant.requestHash);
}

/** As things stand and as it was asked for: only then may data be seen. */
export function isActive(grant: Grant, now: Date): boolean {
  return stateNow(grant, now) === 'active' && isAsRequested(grant);
}
