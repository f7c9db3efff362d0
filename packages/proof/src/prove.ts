import { needs } from './errors.ts';
import { createRangeHasher, splitPoint, type TiledLog } from './subtree.ts';

/** Entries from `start` up to `end`, exclusive. */
type Range = readonly [start: bigint, end: bigint];

async function hashRanges(log: TiledLog, ranges: readonly Range[]): Promise<Uint8Array[]> {
  const hashRange = createRangeHasher(log);
  return Promise.all(ranges.map(([start, end]) => hashRange(start, end)));
}

/**
 * The root of a log at `size` entries, computed from its tiles. Works at any size up to the newest one. Throws
 * `tile_data_invalid`, and whatever the reader throws.
 */
export async function rootFromTiles(log: TiledLog): Promise<Uint8Array> {
  return createRangeHasher(log)(0n, log.size);
}

/**
 * The inclusion proof, for `verifyInclusion`, of the entry at `index` in the log at `size` entries: PATH(m, D[n]) of RFC
 * 6962, section 2.1.1. Throws `number_out_of_range`, `tile_data_invalid`, and whatever the reader throws.
 */
export async function proveInclusion(log: TiledLog & { readonly index: bigint }): Promise<Uint8Array[]> {
  const { index, size } = log;
  needs(index >= 0n && index < size, 'number_out_of_range', `index ${index} is not in a tree of ${size} entries`);
  const siblings: Range[] = [];
  let start = 0n;
  let end = size;
  while (end - start > 1n) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      siblings.unshift([middle, end]);
      end = middle;
    } else {
      siblings.unshift([start, middle]);
      start = middle;
    }
  }
  return hashRanges(log, siblings);
}

/**
 * The consistency proof, for `verifyConsistency`, from the log at `oldSize` to the log at `size` entries: PROOF(m, D[n])
 * of RFC 6962, section 2.1.2. Throws `number_out_of_range`, `tile_data_invalid`, and whatever the reader throws.
 */
export async function proveConsistency(log: TiledLog & { readonly oldSize: bigint }): Promise<Uint8Array[]> {
  const { oldSize, size } = log;
  needs(oldSize >= 1n && oldSize <= size, 'number_out_of_range', `no tree of ${size} extends one of ${oldSize}`);
  const ranges: Range[] = [];
  let start = 0n;
  let end = size;
  while (end !== oldSize) {
    const middle = start + splitPoint(end - start);
    if (oldSize <= middle) {
      ranges.unshift([middle, end]);
      end = middle;
    } else {
      ranges.unshift([start, middle]);
      start = middle;
    }
  }
  // What is left is the last perfect piece of the earlier tree. If it is the whole of it, the verifier has its root.
  if (start > 0n) ranges.unshift([start, end]);
  return hashRanges(log, ranges);
}
