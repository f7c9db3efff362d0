import { encodeHex, sha256 } from '@obhut/proof';

function format(bytes: Uint8Array, version: number): string {
  const marked = bytes.slice(0, 16);
  marked[6] = ((marked[6] ?? 0) & 0x0f) | (version << 4);
  marked[8] = ((marked[8] ?? 0) & 0x3f) | 0x80;
  const hex = encodeHex(marked);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A random UUID (RFC 9562, version 4). `crypto.randomUUID` would be missing on a page without https. */
export function newUuid(): string {
  return format(crypto.getRandomValues(new Uint8Array(16)), 4);
}

/** A UUID that follows from a text (RFC 9562, version 8): the same text gives the same one. */
export function uuidOf(text: string): string {
  return format(sha256(new TextEncoder().encode(text)), 8);
}
