/**
 * The packs of a backup. Each has a key of its own, made from the backup key and a random salt that stands before it
 * (HMAC-SHA-256 as the function of NIST SP 800-108), and that key seals one message: no nonce can ever meet another, however
 * many packs there are. What a pack is for is part of what is authenticated, so none can be taken for another.
 *
 *   "OBP1" (4) ‖ salt (16) ‖ sealed
 */
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { OpenError, open, seal } from './aead.ts';
import { keyedDigest, SecretKey } from './key.ts';

const mark = Buffer.from('OBP1');
const saltBytes = 16;
const before = mark.length + saltBytes;

function keyOf(backupKey: SecretKey, salt: Uint8Array): SecretKey {
  const bytes = keyedDigest(backupKey, 'obhut pack v1', salt);
  const key = SecretKey.from(bytes);
  bytes.fill(0);
  return key;
}

/** @param place what it is, and of what: names and numbers without `|`. */
export function sealPack(backupKey: SecretKey, place: string, content: Uint8Array): Buffer {
  const salt = randomBytes(saltBytes);
  const key = keyOf(backupKey, salt);
  try {
    return Buffer.concat([mark, salt, seal(key, { use: 'backup-pack', object: place }, content)]);
  } finally {
    key.destroy();
  }
}

/** @throws OpenError when it was changed, is another one, or is under another key. */
export function openPack(backupKey: SecretKey, place: string, sealed: Buffer): Buffer {
  if (sealed.length < before || !sealed.subarray(0, mark.length).equals(mark)) throw new OpenError('backup-pack');
  const key = keyOf(backupKey, sealed.subarray(mark.length, before));
  try {
    return open(key, { use: 'backup-pack', object: place }, sealed.subarray(before));
  } finally {
    key.destroy();
  }
}

/** PKCS #8 around the 32 bytes of an Ed25519 key (RFC 8410). */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key that signs manifests: it follows from the backup key, so that who can restore can also tell the true ones. */
export function manifestKeys(backupKey: SecretKey): { readonly signing: KeyObject; readonly verifying: KeyObject } {
  const seed = keyedDigest(backupKey, 'obhut manifest signing v1');
  const der = Buffer.concat([pkcs8, seed]);
  const signing = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  seed.fill(0);
  der.fill(0);
  return { signing, verifying: createPublicKey(signing) };
}
