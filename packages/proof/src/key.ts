import { concatBytes, encodeUtf8, viewOf } from './bytes.ts';
import { decodeBase64, decodeHex, encodeBase64, encodeHex } from './encoding.ts';
import { needs, ProofError } from './errors.ts';
import { sha256 } from './sha256.ts';

/** The kinds of signature this package knows (C2SP signed-note, "Signature types"). Both are Ed25519. */
export const SIGNATURE_TYPE = {
  /** A log's signature over the text of a note. */
  ed25519: 0x01,
  /** A witness's signature over a checkpoint and a time (C2SP tlog-cosignature). */
  cosignature: 0x04,
} as const;

/** A byte that says what a key signs. */
export type SignatureType = (typeof SIGNATURE_TYPE)[keyof typeof SIGNATURE_TYPE];

/** A public key to pin. `id` is `keyId(name, type, publicKey)`. */
export interface VerifierKey {
  readonly name: string;
  readonly id: number;
  readonly type: SignatureType;
  /** 32 bytes, RFC 8032. */
  readonly publicKey: Uint8Array;
}

const publicKeyLength = 32;

/** Whether a text may name a key: not empty, no Unicode space, no plus, no control character. */
export function isKeyName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the specification forbids exactly these
  return /^[^\p{White_Space}\p{Surrogate}+\u0000-\u001f]+$/u.test(name);
}

function isSignatureType(byte: number | undefined): byte is SignatureType {
  return byte === SIGNATURE_TYPE.ed25519 || byte === SIGNATURE_TYPE.cosignature;
}

/**
 * The 32-bit id of a key: the first four bytes of SHA-256(name || 0x0A || type || public key). It is a label, not a
 * fingerprint: anybody can make a key with the same id, and then fails at the signature. Throws `key_invalid`.
 */
export function keyId(name: string, type: SignatureType, publicKey: Uint8Array): number {
  needs(isKeyName(name), 'key_invalid', 'not a key name: empty, or with a space, a plus or a control character');
  needs(publicKey.length === publicKeyLength, 'key_invalid', 'an Ed25519 public key has 32 bytes');
  return viewOf(sha256(concatBytes(encodeUtf8(name), Uint8Array.of(0x0a, type), publicKey))).getUint32(0);
}

/** A key id as people see it: eight hexadecimal digits. */
export function formatKeyId(id: number): string {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, id);
  return encodeHex(bytes);
}

/** A verifier key with its id computed. Throws `key_invalid`. */
export function createVerifierKey(name: string, type: SignatureType, publicKey: Uint8Array): VerifierKey {
  return { name, id: keyId(name, type, publicKey), type, publicKey };
}

/** A key as one line to publish and pin: `name+id+base64(type || public key)`. Throws `key_invalid`. */
export function formatVerifierKey({ name, type, publicKey }: Omit<VerifierKey, 'id'>): string {
  const id = formatKeyId(keyId(name, type, publicKey));
  return `${name}+${id}+${encodeBase64(concatBytes(Uint8Array.of(type), publicKey))}`;
}

/**
 * The key of such a line, without surrounding space. Throws `key_invalid`: also for an id that does not belong to the
 * name and key, because a line damaged on its way would otherwise trust nobody, or somebody else.
 */
export function parseVerifierKey(line: string): VerifierKey {
  const match = /^([^+]+)\+([^+]{8})\+(.{1,4096})$/u.exec(line);
  needs(match !== null, 'key_invalid', 'a verifier key is name+id+base64');
  const [, name = '', id = '', encoded = ''] = match;
  try {
    const material = decodeBase64(encoded, 'public key');
    const [type] = material;
    needs(isSignatureType(type), 'key_invalid', 'not an Ed25519 or cosignature key');
    const key = createVerifierKey(name, type, material.subarray(1));
    needs(viewOf(decodeHex(id, 'key id')).getUint32(0) === key.id, 'key_invalid', 'the id belongs to another key');
    return key;
  } catch (error) {
    if (error instanceof ProofError && error.code !== 'key_invalid') {
      throw new ProofError('key_invalid', error.message, { cause: error });
    }
    throw error;
  }
}
