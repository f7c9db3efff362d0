/** Sealed details beside an entry: its digest stands in the leaf, its text dies with its key. */
import { hash, randomBytes } from 'node:crypto';
import { type Receipt, ReceiptRefused, redeem } from '../journal/receipt.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { open, seal } from '../platform/crypto/aead.ts';
import type { SecretKey } from '../platform/crypto/key.ts';
import type { CustomerId, PersonId } from '../platform/ids/ids.ts';
import { detailsKey, type PersonHandle } from './person-keys.ts';

export interface SealedDetail {
  readonly sealed: Buffer;
  /** SHA-256 (base64) of the plaintext, which holds a 32-byte salt: it stands in the entry and tells nothing. */
  readonly digest: string;
}

/** What a caller said of an access, in its own words. */
export interface SubjectDetail {
  readonly reference?: string;
  readonly justification?: string;
}

/** Who really asked: the product's own user, the address, the agent. */
export interface ActorDetail {
  readonly onBehalfOf?: string;
  readonly address?: string;
  readonly userAgent?: string;
  /** What the browser says beside its agent (client hints). */
  readonly hints?: string;
  /** Why somebody asks for access. */
  readonly ticket?: string;
  readonly justification?: string;
  readonly telemetry?: string;
  /** What a reviewer says of it. */
  readonly note?: string;
}

/** A sealed detail and the salt of the entry that it belongs to. */
export interface DetailPart {
  readonly salt: string;
  readonly sealed: Buffer;
}

/** The salt of the entry binds the ciphertext to it before its number is known. */
function sealDetail(
  key: SecretKey,
  use: 'journal-subject' | 'journal-actor',
  customer: CustomerId,
  entrySalt: string,
  detail: object,
): SealedDetail {
  const plaintext = Buffer.from(JSON.stringify({ ...detail, salt: randomBytes(32).toString('base64url') }));
  return {
    sealed: seal(key, { use, customer, object: entrySalt }, plaintext),
    digest: hash('sha256', plaintext, 'base64'),
  };
}

/** The subject's part, under the person's own details key. */
export function sealSubjectDetail(person: PersonHandle, entrySalt: string, detail: SubjectDetail): SealedDetail {
  return sealDetail(detailsKey(person), 'journal-subject', person.customer, entrySalt, detail);
}

/** The actor's part of a service, under the customer's log key of the month. */
export function sealActorDetail(
  logKey: SecretKey,
  customer: CustomerId,
  entrySalt: string,
  detail: ActorDetail,
): SealedDetail {
  return sealDetail(logKey, 'journal-actor', customer, entrySalt, detail);
}

/** The actor's part of somebody with an account, under the own details key: it goes when they are erased. */
export function sealOwnActorDetail(actor: PersonHandle, entrySalt: string, detail: ActorDetail): SealedDetail {
  return sealDetail(detailsKey(actor), 'journal-actor', actor.customer, entrySalt, detail);
}

function openDetails(key: SecretKey, customer: CustomerId, parts: readonly DetailPart[]): ActorDetail[] {
  return parts.map(({ salt, sealed }) => {
    const opened = open(key, { use: 'journal-actor', customer, object: salt }, sealed);
    const { salt: _ownSalt, ...detail } = JSON.parse(opened.toString()) as ActorDetail & { salt: string };
    return detail;
  });
}

function releaseOf(receipt: Receipt, clock: Clock, customer: CustomerId, person: PersonId | undefined): void {
  const allowed = redeem(receipt, clock);
  if (allowed.what !== 'details' || allowed.customer !== customer || allowed.person !== person)
    throw new ReceiptRefused('this receipt is for other details');
}

/**
 * Opens what `sealOwnActorDetail` sealed.
 * @throws ReceiptRefused unless the receipt is for the details of this person. @throws OpenError
 */
export function openOwnActorDetails(
  receipt: Receipt,
  clock: Clock,
  actor: PersonHandle,
  parts: readonly DetailPart[],
): ActorDetail[] {
  releaseOf(receipt, clock, actor.customer, actor.person);
  return openDetails(detailsKey(actor), actor.customer, parts);
}

/** Opens what `sealActorDetail` sealed, against a receipt for nobody in particular. */
export function openActorDetails(
  receipt: Receipt,
  clock: Clock,
  logKey: SecretKey,
  customer: CustomerId,
  parts: readonly DetailPart[],
): ActorDetail[] {
  releaseOf(receipt, clock, customer, undefined);
  return openDetails(logKey, customer, parts);
}
