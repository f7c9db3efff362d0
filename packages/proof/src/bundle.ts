import { viewOf } from './bytes.ts';
import { needs } from './errors.ts';
import { TILE_WIDTH } from './tile.ts';

/** The longest entry that fits its 16-bit length, in bytes. */
export const MAX_ENTRY_BYTES = 0xffff;
const lengthBytes = 2;

/**
 * An entry bundle: each entry behind its length as a big-endian uint16 (C2SP tlog-tiles, "Log entries"). Takes 1 to 256
 * entries of at most 65,535 bytes. Throws `bundle_invalid`.
 */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  needs(entries.length >= 1 && entries.length <= TILE_WIDTH, 'bundle_invalid', 'a bundle holds 1 to 256 entries');
  const bundle = new Uint8Array(entries.reduce((length, entry) => length + lengthBytes + entry.length, 0));
  const view = viewOf(bundle);
  let offset = 0;
  for (const entry of entries) {
    needs(entry.length <= MAX_ENTRY_BYTES, 'bundle_invalid', `an entry has more than ${MAX_ENTRY_BYTES} bytes`);
    view.setUint16(offset, entry.length);
    bundle.set(entry, offset + lengthBytes);
    offset += lengthBytes + entry.length;
  }
  return bundle;
}

/**
 * The entries of a bundle that must hold exactly `width` of them (1 to 256), as views into `bundle`. Throws
 * `bundle_invalid` when it ends early or late: a server could otherwise hide an entry behind the last one that a client
 * hashes.
 */
export function parseEntryBundle(bundle: Uint8Array, width: number): Uint8Array[] {
  needs(Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH, 'bundle_invalid', 'bundle width: not 1 to 256');
  const view = viewOf(bundle);
  const entries: Uint8Array[] = [];
  let offset = 0;
  while (entries.length < width) {
    const start = offset + lengthBytes;
    needs(start <= bundle.length, 'bundle_invalid', `the bundle ends after ${entries.length} of ${width} entries`);
    offset = start + view.getUint16(offset);
    needs(offset <= bundle.length, 'bundle_invalid', `entry ${entries.length} of the bundle is cut off`);
    entries.push(bundle.subarray(start, offset));
  }
  needs(offset === bundle.length, 'bundle_invalid', `the bundle holds more than ${width} entries`);
  return entries;
}
