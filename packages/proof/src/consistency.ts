import { equalBytes } from './bytes.ts';
import { needsU64 } from './decimal.ts';
import { needs } from './errors.ts';
import { hashNode, needsHash } from './merkle.ts';
import { type Hasher, sha256 } from './sha256.ts';

/** Two trees and the hashes that connect them, in the order of RFC 6962, section 2.1.2. */
export interface ConsistencyClaim {
  /** Number of entries in the earlier tree, at least 1. */
  readonly oldSize: bigint;
  readonly oldRoot: Uint8Array;
  /** Number of entries in the later tree. */
  readonly newSize: bigint;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly hash?: Hasher | undefined;
}

/**
 * Checks that the later tree begins with exactly the entries of the earlier one: nothing removed, changed or put in
 * between (RFC 9162, section 2.1.4.2). Throws `number_out_of_range`, `hash_invalid` or `consistency_invalid`.
 *
 * The caller must have checked signatures over both sizes with their roots. The hashes alone do not fix a size: where the
 * later tree's right edge is folded into one of them, a few sizes have proofs of the same shape.
 *
 * An earlier size of 0 is refused: every tree extends the empty one, so there is nothing to prove, and a caller who got
 * that far has probably lost what it remembered.
 */
export function verifyConsistency(claim: ConsistencyClaim): void {
  const { oldSize, oldRoot, newSize, newRoot, proof, hash = sha256 } = claim;
  needsU64(newSize, 'later size');
  needs(oldSize >= 1n && oldSize <= newSize, 'number_out_of_range', `no tree of ${newSize} extends one of ${oldSize}`);
  needsHash(oldRoot, 'earlier root');
  needsHash(newRoot, 'later root');
  if (oldSize === newSize) {
    needs(proof.length === 0, 'consistency_invalid', 'trees of the same size need no proof');
    needs(equalBytes(oldRoot, newRoot), 'consistency_invalid', 'two roots for the same size');
    return;
  }

  // An earlier tree of a power of two is itself a node of the later one; the proof leaves it out.
  const isPerfect = (oldSize & (oldSize - 1n)) === 0n;
  const [start, ...rest] = isPerfect ? [oldRoot, ...proof] : proof;
  needs(start !== undefined, 'consistency_invalid', 'the proof is empty');
  needsHash(start, 'proof');

  let position = oldSize - 1n;
  let last = newSize - 1n;
  while (position % 2n === 1n) {
    position >>= 1n;
    last >>= 1n;
  }
  let earlier = start;
  let later = start;
  for (const sibling of rest) {
    needs(last > 0n, 'consistency_invalid', 'the proof is longer than the way to the root');
    if (position % 2n === 1n || position === last) {
      earlier = hashNode(sibling, earlier, hash);
      later = hashNode(sibling, later, hash);
      while (position % 2n === 0n && position > 0n) {
        position >>= 1n;
        last >>= 1n;
      }
    } else {
      later = hashNode(later, sibling, hash);
    }
    position >>= 1n;
    last >>= 1n;
  }
  needs(last === 0n, 'consistency_invalid', 'the proof ends before the root');
  needs(equalBytes(earlier, oldRoot), 'consistency_invalid', 'the proof leads to another earlier root');
  needs(equalBytes(later, newRoot), 'consistency_invalid', 'the proof leads to another later root');
}
