import { createHmac, timingSafeEqual } from 'node:crypto';
import { kept } from './long-lived.ts';
import { needs } from './needs.ts';
import { randomFrom } from './random.ts';

const keyBytes = 32;
const commitmentLabel = 'obhut key commitment v1';

/**
 * A 256-bit secret. Its bytes are private to this module: only the functions below hand them out, and only to
 * `platform/crypto`. After `destroy` every use fails, so that a key that had to die cannot be used by mistake.
 */
export class SecretKey {
  #bytes: Buffer | undefined;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Fresh from the system's random source. */
  static generate(): SecretKey {
    const fresh = randomFrom(keyBytes);
    const key = new SecretKey(kept(fresh));
    fresh.fill(0);
    return key;
  }

  /** Takes over 32 bytes (copied; the caller may wipe its own). */
  static from(bytes: Uint8Array): SecretKey {
    needs(bytes.length === keyBytes, 'a key has 32 bytes');
    return new SecretKey(kept(bytes));
  }

  /** For `platform/crypto` alone. */
  static bytesOf(key: SecretKey): Buffer {
    const bytes = key.#bytes;
    needs(bytes !== undefined, 'this key has been destroyed');
    return bytes;
  }

  /** For the places where a key leaves this process: its file, and the recovery kit. */
  toBase64(): string {
    return SecretKey.bytesOf(this).toString('base64');
  }

  /** Overwrites the bytes (best effort: JavaScript may have made copies) and refuses every later use. */
  destroy(): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
  }
}

/**
 * 16 bytes that commit to a key: AES-GCM alone does not (CVE-2020-8897), so a ciphertext could be made that opens
 * under two keys. HMAC-SHA-256 over a fixed label, truncated.
 */
export function commitment(key: SecretKey): Buffer {
  return createHmac('sha256', SecretKey.bytesOf(key)).update(commitmentLabel).digest().subarray(0, 16);
}

/** Compares in constant time. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** HMAC-SHA-256 of length-prefixed parts, so that ("ab", "c") and ("a", "bc") differ. */
export function keyedDigest(key: SecretKey, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const hmac = createHmac('sha256', SecretKey.bytesOf(key));
  const length = Buffer.alloc(4);
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
    length.writeUInt32BE(bytes.length);
    hmac.update(length).update(bytes);
  }
  return hmac.digest();
}
