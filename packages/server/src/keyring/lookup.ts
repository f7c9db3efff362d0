/**
 * Digests that find an identifying value by equality and by nothing else. Order and ranges are refused: from such
 * indexes patients were recovered (Naveed, Kamara, Wright, CCS 2015).
 */
import { keyedDigest, type SecretKey } from '../platform/crypto/key.ts';

export type LookupGenerationName = 'current' | 'building';

/** How many positions of a value a search asks for at once. */
export const lookupBlock = 8;

/** More living equal values than this identify nobody: the field is refused. */
export const maxEqualValues = 1_000;

/** `s = HMAC(base, field, value)`. Kept sealed beside the digests, so that a new generation needs no record opened. */
export function lookupSeed(base: SecretKey, field: string, normalised: string): Buffer {
  return keyedDigest(base, 'lookup seed', field, normalised);
}

/** `HMAC(generation, s, i)`: the i-th record with this value. Equal values never show as equal digests. */
export function lookupDigest(generation: SecretKey, seed: Uint8Array, position: number): Buffer {
  return keyedDigest(generation, 'lookup digest', seed, String(position));
}

/**
 * The form in which a value is compared: Unicode NFKC, without surrounding space, inner spaces folded, lower case.
 * Numbers and booleans by their JSON text.
 */
export function normaliseLookup(value: string | number | boolean): string {
  return String(value).normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}
