import { randomFillSync } from 'node:crypto';

const block = Buffer.alloc(8_192);
let used = block.length;

/**
 * Random bytes from the system's source, drawn in blocks: one call of the source serves hundreds of keys and nonces. What
 * is handed out is a copy, and is wiped from the block.
 */
export function randomFrom(length: number): Buffer {
  if (length > block.length) throw new RangeError('more than a block at once');
  if (used + length > block.length) {
    randomFillSync(block);
    used = 0;
  }
  const bytes = Buffer.allocUnsafe(length);
  block.copy(bytes, 0, used, used + length);
  block.fill(0, used, used + length);
  used += length;
  return bytes;
}
