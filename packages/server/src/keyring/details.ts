/** Sealed details beside an entry: its digest stands in the leaf, its text dies with its key. */
import { hash, randomBytes } from 'node:crypto';
import { seal } from '../platform/crypto/aead.ts';
import type { SecretKey } from '../platform/crypto/key.ts';
import type { CustomerId } from '../platform/ids/ids.ts';
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
