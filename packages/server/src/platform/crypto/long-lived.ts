/**
 * Room for small secrets that are kept. Node cuts small buffers from shared blocks of 64 KiB, and a block lives as long as
 * anything in it: one key kept of each would hold on to the block, with the plaintext of others in it. Here kept bytes
 * share blocks only with each other. (Measured with 100,000 persons in the cache: 965 MB before, docs/decisions/0014.)
 */
const blockBytes = 4_096;
let block = Buffer.alloc(0);
let used = 0;

/** Takes `length` bytes of a block; they are zero. */
export function longLived(length: number): Buffer {
  if (length > blockBytes / 4) return Buffer.alloc(length);
  if (used + length > block.length) {
    block = Buffer.allocUnsafeSlow(blockBytes).fill(0);
    used = 0;
  }
  const bytes = block.subarray(used, used + length);
  used += length;
  return bytes;
}

/** A copy that may be kept for long. */
export function kept(bytes: Uint8Array): Buffer {
  const copy = longLived(bytes.length);
  copy.set(bytes);
  return copy;
}
