/**
 * The one module that seals and opens. Nothing else may call `createCipheriv`: one suite, random nonces that no
 * caller can supply (CVE-2023-4680), and additional data that binds every ciphertext to its place.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { commitment, SecretKey, sameBytes } from './key.ts';
import { needs } from './needs.ts';
import { pad, unpad } from './padding.ts';
import { randomFrom } from './random.ts';

/** AES-256-GCM, 96-bit random nonce, 128-bit tag (NIST SP 800-38D). */
export const suite = 0x01;
const nonceBytes = 12;
const tagBytes = 16;
const overhead = 1 + nonceBytes + tagBytes;

/** What a ciphertext is for. Part of the additional data, so that none can be taken for another. */
export type Use =
  | 'record'
  | 'file-meta'
  | 'file'
  | 'lookup-seed'
  | 'journal-subject'
  | 'journal-actor'
  | 'wrap-customer-key'
  | 'wrap-lookup-key'
  | 'wrap-log-key'
  | 'wrap-person-key'
  | 'wrap-details-key'
  | 'wrap-data-key'
  | 'wrap-epoch-key'
  | 'secret'
  | 'backup-pack'
  | 'recovery-kit'
  | 'source-code';

/**
 * Where a ciphertext belongs. The parts are ids, names and decimal numbers, none of which can hold the separator; the
 * caller asserts them, they are never read from the ciphertext itself.
 */
export interface Place {
  readonly use: Use;
  readonly customer?: string;
  readonly person?: string;
  readonly collection?: string;
  readonly object?: string;
  readonly version?: number;
}

/** A ciphertext that cannot be opened: changed, moved to another place, or under another key. Names the use only. */
export class OpenError extends Error {
  override readonly name = 'OpenError';
  readonly code = 'ciphertext_rejected';
  readonly use: Use;
  constructor(use: Use) {
    super(`a sealed value (${use}) was changed, moved or is under another key`);
    this.use = use;
  }
}

/** The additional authenticated data of a place: suite, use, customer, person, collection, object, version. */
export function additionalData(place: Place): Buffer {
  return Buffer.from(
    `${suite}|${place.use}|${place.customer ?? ''}|${place.person ?? ''}|${place.collection ?? ''}|${place.object ?? ''}|${place.version ?? ''}`,
    'latin1',
  );
}

function sealExactly(key: SecretKey, place: Place, plaintext: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(plaintext.length + overhead);
  const nonce = randomFrom(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', SecretKey.bytesOf(key), nonce);
  cipher.setAAD(additionalData(place));
  sealed[0] = suite;
  sealed.set(nonce, 1);
  sealed.set(cipher.update(plaintext), 1 + nonceBytes);
  cipher.final();
  sealed.set(cipher.getAuthTag(), sealed.length - tagBytes);
  return sealed;
}

function openExactly(key: SecretKey, place: Place, sealed: Buffer): Buffer {
  if (sealed.length < overhead || sealed[0] !== suite) throw new OpenError(place.use);
  const decipher = createDecipheriv('aes-256-gcm', SecretKey.bytesOf(key), sealed.subarray(1, 1 + nonceBytes));
  decipher.setAAD(additionalData(place));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const plaintext = decipher.update(sealed.subarray(1 + nonceBytes, sealed.length - tagBytes));
  try {
    decipher.final();
  } catch {
    // The plaintext of a failed tag is dropped here and never leaves this function.
    plaintext.fill(0);
    throw new OpenError(place.use);
  }
  return plaintext;
}

/** Seals a content, padded, for one place. */
export function seal(key: SecretKey, place: Place, content: Uint8Array): Buffer {
  return sealExactly(key, place, pad(content));
}

/** @throws OpenError when the ciphertext was changed, is for another place, or under another key. */
export function open(key: SecretKey, place: Place, sealed: Buffer): Buffer {
  return unpad(openExactly(key, place, sealed));
}

/** A key under another key, and the commitment that stands beside it. */
export interface WrappedKey {
  readonly wrapped: Buffer;
  readonly commitment: Buffer;
}

/** Wraps a key, with up to 32 bytes of its own data (a subject) that live and die with it. */
export function wrapKey(under: SecretKey, place: Place, key: SecretKey, attached?: Uint8Array): WrappedKey {
  const bytes = SecretKey.bytesOf(key);
  const content = attached === undefined ? bytes : Buffer.concat([bytes, attached]);
  const wrapped = sealExactly(under, place, content);
  if (attached !== undefined) content.fill(0);
  return { wrapped, commitment: commitment(key) };
}

/** @throws OpenError also when the key does not match its commitment. */
export function unwrapKey(
  under: SecretKey,
  place: Place,
  { wrapped, commitment: expected }: WrappedKey,
): { readonly key: SecretKey; readonly attached: Buffer } {
  const content = openExactly(under, place, wrapped);
  needs(content.length >= 32, 'a wrapped key has at least 32 bytes');
  const key = SecretKey.from(content.subarray(0, 32));
  const attached = Buffer.from(content.subarray(32));
  content.fill(0);
  if (!sameBytes(commitment(key), expected)) {
    key.destroy();
    throw new OpenError(place.use);
  }
  return { key, attached };
}
