import { needs } from './needs.ts';

const lengthBytes = 4;

/**
 * The padded size for a content of `length` bytes, after Padmé (Nikitin et al., "Reducing Metadata Leakage from
 * Encrypted Files and Communication with PURBs", 2019, algorithm 1): at most 12 % more, and only O(log log n) bits of
 * the length stay visible.
 */
export function padme(length: number): number {
  if (length < 2) return length;
  const exponent = Math.floor(Math.log2(length));
  const mantissaBits = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** Math.max(exponent - mantissaBits, 0);
  return Math.ceil(length / step) * step;
}

/** Short contents share one size: a flag of "yes" must not differ from "no". */
const smallestPadded = 64;

/** The content behind its length, filled with zeros to the padded size. */
export function pad(content: Uint8Array): Buffer {
  needs(content.length < 2 ** 31, 'content too long to pad');
  const padded = Buffer.alloc(padme(Math.max(content.length + lengthBytes, smallestPadded)));
  padded.writeUInt32BE(content.length, 0);
  padded.set(content, lengthBytes);
  return padded;
}

/** The content of a padded buffer, as a view (not a copy). The buffer comes out of an AEAD, so it is what we sealed. */
export function unpad(padded: Buffer): Buffer {
  needs(padded.length >= lengthBytes, 'padded content too short');
  const length = padded.readUInt32BE(0);
  needs(length <= padded.length - lengthBytes, 'padded content shorter than it says');
  return padded.subarray(lengthBytes, lengthBytes + length);
}
