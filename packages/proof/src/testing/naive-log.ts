import { emptyRoot, hashLeaf, hashNode } from '../merkle.ts';
import { type TileReader, tileWidth } from '../tile.ts';

/** RFC 6962 word for word, slow and obvious: what the real code is compared with. */

function split(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

/** MTH(D[n]) over leaf hashes. */
export function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return emptyRoot();
  if (leaves.length === 1) return only;
  const k = split(leaves.length);
  return hashNode(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

/** PATH(m, D[n]). */
export function naivePath(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m < k ? [...naivePath(m, left), naiveRoot(right)] : [...naivePath(m - k, right), naiveRoot(left)];
}

/** SUBPROOF(m, D[n], b); PROOF(m, D[n]) is SUBPROOF(m, D[n], true). */
export function naiveConsistency(m: number, leaves: readonly Uint8Array[], complete = true): Uint8Array[] {
  if (m === leaves.length) return complete ? [] : [naiveRoot(leaves)];
  const k = split(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m <= k
    ? [...naiveConsistency(m, left, complete), naiveRoot(right)]
    : [...naiveConsistency(m - k, right, false), naiveRoot(left)];
}

/** The bytes of a tile by its definition in C2SP tlog-tiles. */
export function naiveTile(leaves: readonly Uint8Array[], level: number, index: number, width: number): Uint8Array {
  const span = 256 ** level;
  const hashes = Array.from({ length: width }, (_, i) => {
    const first = (index * 256 + i) * span;
    return naiveRoot(leaves.slice(first, first + span));
  });
  return Uint8Array.from(hashes.flatMap((hash) => [...hash]));
}

/** Serves tiles by definition, and only those that a log of this many leaves has. */
export function naiveReader(leaves: readonly Uint8Array[]): TileReader {
  return async ({ level, index, width }) => {
    if (width < 1 || width > tileWidth(level, index, BigInt(leaves.length))) throw new Error('no such tile');
    return naiveTile(leaves, level, Number(index), width);
  };
}

/** The leaf hashes of entries that differ in every position. */
export function sampleLeaves(count: number, salt = 0): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => hashLeaf(Uint8Array.of(salt, i >> 16, i >> 8, i)));
}
