import { open, seal } from '../crypto/aead.ts';
import type { SecretKey } from '../crypto/key.ts';

/**
 * Seals small secrets that lie in the database (a password's hash, a TOTP secret) under a key that does not: whoever has
 * the database alone cannot even begin to guess.
 */
export interface Box {
  /** `place` binds it to where it lies: ids and names, no separator `|` or `/` within them. */
  seal(place: readonly string[], secret: Uint8Array): Buffer;
  /** @throws OpenError when it was changed, lies elsewhere, or is under another key. */
  open(place: readonly string[], sealed: Buffer): Buffer;
}

const placeOf = (parts: readonly string[]) => ({ use: 'secret', object: parts.join('/') }) as const;

export function createBox(key: SecretKey): Box {
  return {
    seal: (place, secret) => seal(key, placeOf(place), secret),
    open: (place, sealed) => Buffer.from(open(key, placeOf(place), sealed)),
  };
}
