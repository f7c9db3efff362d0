import { keyedDigest, type SecretKey } from './key.ts';

/**
 * An identifier that follows from its parts, and tells nothing about them without the key: what a repeated request makes
 * has the same one. Of the form of a random UUID (RFC 9562, version 4).
 */
export function derivedUuid(key: SecretKey, ...parts: readonly string[]): string {
  const bytes = keyedDigest(key, 'derived id', ...parts).subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
