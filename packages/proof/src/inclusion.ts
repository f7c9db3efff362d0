import { equalBytes } from './bytes.ts';
import { needsU64 } from './decimal.ts';
import { needs } from './errors.ts';
import { hashNode, needsHash } from './merkle.ts';
import { type Hasher, sha256 } from './sha256.ts';

/** The way from a leaf up to a root. `proof`: the sibling hashes, the leaf's own first (RFC 6962, section 2.1.1). */
export interface InclusionPath {
  /** Position of the entry, from 0. */
  readonly index: bigint;
  /** Number of entries in the tree. */
  readonly size: bigint;
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly hash?: Hasher | undefined;
}

/**
 * The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2). It proves nothing until it is compared with a
 * root that somebody signed together with `size`: the hashes alone do not fix the size.
 *
 * Throws `number_out_of_range`, `hash_invalid`, or `inclusion_invalid` when the proof does not have exactly the hashes
 * that this index and size need.
 */
export function rootFromInclusion({ index, size, leafHash, proof, hash = sha256 }: InclusionPath): Uint8Array {
  needsU64(size, 'tree size');
  needs(index >= 0n && index < size, 'number_out_of_range', `index ${index} is not in a tree of ${size} entries`);
  needsHash(leafHash, 'leaf hash');

  let node = leafHash;
  let position = index;
  let last = size - 1n;
  for (const sibling of proof) {
    // At the root already: whoever made the proof added hashes, to move the root somewhere else.
    needs(last > 0n, 'inclusion_invalid', 'the proof is longer than the way to the root');
    if (position % 2n === 1n || position === last) {
      node = hashNode(sibling, node, hash);
      // A node at the right edge has no sibling on some levels: it moves up unchanged.
      while (position % 2n === 0n && position > 0n) {
        position >>= 1n;
        last >>= 1n;
      }
    } else {
      node = hashNode(node, sibling, hash);
    }
    position >>= 1n;
    last >>= 1n;
  }
  needs(last === 0n, 'inclusion_invalid', 'the proof ends before the root');
  return node;
}

/**
 * Checks that the leaf is in the tree with this root, at this index. The caller must have checked a signature over
 * `root` and `size`. Throws as `rootFromInclusion`, and `inclusion_invalid` for another root.
 */
export function verifyInclusion(path: InclusionPath & { readonly root: Uint8Array }): void {
  needsHash(path.root, 'root');
  needs(equalBytes(rootFromInclusion(path), path.root), 'inclusion_invalid', 'the proof leads to another root');
}
