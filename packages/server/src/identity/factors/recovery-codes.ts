/** Ten codes for the day on which the phone is gone: 80 random bits each, kept as keyed digests, each good once. */
import { randomBytes } from 'node:crypto';
import { keyedDigest, type SecretKey } from '../../platform/crypto/key.ts';

/** Crockford's base 32: nothing that looks like something else. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const codeLength = 16;
const count = 10;

function newCode(): string {
  // 32 divides 256: every letter is as likely as the others.
  const letters = [...randomBytes(codeLength)].map((byte) => alphabet[byte % alphabet.length]);
  return letters.join('').replace(/(.{4})(?=.)/g, '$1-');
}

export const newRecoveryCodes = (): string[] => Array.from({ length: count }, newCode);

/** Typed in by hand: without dashes, O for 0 and I or L for 1 are taken as what was meant. */
const canonical = (code: string) => code.toUpperCase().replaceAll('-', '').replaceAll('O', '0').replace(/[IL]/g, '1');

export function recoveryDigest(key: SecretKey, account: string, code: string): Buffer {
  return keyedDigest(key, 'recovery code', account, canonical(code));
}
