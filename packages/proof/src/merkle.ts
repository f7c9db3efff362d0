import { concatBytes } from './bytes.ts';
import { ProofError } from './errors.ts';
import { type Hasher, sha256 } from './sha256.ts';

/** Length of every hash in a log, in bytes. */
export const HASH_LENGTH = 32;

const leafPrefix = 0x00;
const nodePrefix = 0x01;

/** Throws `hash_invalid` unless the bytes are the length of a hash; `what` names them in the error. */
export function needsHash(hash: Uint8Array, what: string): void {
  if (hash.length === HASH_LENGTH) return;
  throw new ProofError('hash_invalid', `${what}: ${hash.length} bytes instead of ${HASH_LENGTH}`);
}

/** The root of a log without entries: SHA-256 of nothing (RFC 6962, section 2.1). */
export function emptyRoot(hash: Hasher = sha256): Uint8Array {
  return hash(new Uint8Array(0));
}

/**
 * The leaf hash of an entry: SHA-256(0x00 || entry) (RFC 6962, section 2.1). Leaves and inner nodes have different
 * first bytes, so that nobody can pass two child hashes off as an entry, or an entry as a subtree.
 */
export function hashLeaf(entry: Uint8Array, hash: Hasher = sha256): Uint8Array {
  const input = new Uint8Array(1 + entry.length);
  input[0] = leafPrefix;
  input.set(entry, 1);
  return hash(input);
}

/** The hash of an inner node: SHA-256(0x01 || left || right) of two 32-byte hashes (RFC 6962, section 2.1). */
export function hashNode(left: Uint8Array, right: Uint8Array, hash: Hasher = sha256): Uint8Array {
  needsHash(left, 'left child');
  needsHash(right, 'right child');
  return hash(concatBytes(Uint8Array.of(nodePrefix), left, right));
}

/** Hashes runs of a tile's hashes to their subtree's root; see `createReducer`. */
export type Reducer = (hashes: Uint8Array, first: number, count: number) => Uint8Array;

/**
 * A function that computes the root over `count` hashes (a power of two, at most 256) of a tile from number `first` on.
 *
 * It is the inner loop of building a log, so it owns one 65-byte input and one scratch row and allocates nothing but
 * what the hasher returns. Each level is written over the level below: node i comes from hashes 2i and 2i + 1, which
 * no later node of that level reads.
 */
export function createReducer(hash: Hasher): Reducer {
  const node = new Uint8Array(1 + 2 * HASH_LENGTH);
  node[0] = nodePrefix;
  const row = new Uint8Array(128 * HASH_LENGTH);
  return (hashes, first, count) => {
    const start = first * HASH_LENGTH;
    if (count === 1) return hashes.slice(start, start + HASH_LENGTH);
    let below = hashes;
    let offset = start;
    for (let nodes = count / 2; nodes >= 1; nodes /= 2) {
      for (let i = 0; i < nodes; i += 1) {
        const pair = offset + 2 * HASH_LENGTH * i;
        node.set(below.subarray(pair, pair + 2 * HASH_LENGTH), 1);
        row.set(hash(node), HASH_LENGTH * i);
      }
      below = row;
      offset = 0;
    }
    return row.slice(0, HASH_LENGTH);
  };
}

/**
 * The root over neighbouring perfect subtrees, given as their roots from left to right, each larger than the next: they
 * are joined from the right, because RFC 6962 splits a tree at the largest power of two below its size.
 */
export function joinSubtrees(roots: readonly Uint8Array[], hash: Hasher): Uint8Array {
  if (roots.length === 0) return emptyRoot(hash);
  return roots.reduceRight((right, left) => hashNode(left, right, hash));
}
