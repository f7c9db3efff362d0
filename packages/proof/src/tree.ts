import { equalBytes } from './bytes.ts';
import { needsU64 } from './decimal.ts';
import { needs } from './errors.ts';
import { createReducer, HASH_LENGTH, joinSubtrees, needsHash, type Reducer } from './merkle.ts';
import type { Hasher } from './sha256.ts';
import { rightEdge, TILE_WIDTH, type Tile, type TileId } from './tile.ts';

/** A log as far as it is built, and what to add to it. */
export interface TreeExtension {
  /** Number of entries so far. */
  readonly size: bigint;
  /** The tiles of `rightEdge(size)`, in any order. A wider tile of the same level and index will do. */
  readonly edge: readonly Tile[];
  /** The leaf hashes to add, in order (`hashLeaf`). */
  readonly leafHashes: readonly Uint8Array[];
  readonly hash: Hasher;
  /** The root stored for `size`. When given, an edge that gives another one fails before anything is built on it. */
  readonly root?: Uint8Array | undefined;
}

/** The log after the addition. `tiles`: each tile that is new or wider, lowest level first, in its newest width. */
export interface ExtendedTree {
  readonly size: bigint;
  readonly root: Uint8Array;
  readonly tiles: readonly Tile[];
}

/** The last tile of a level while it fills up. */
interface OpenTile {
  index: bigint;
  width: number;
  data: Uint8Array;
  changed: boolean;
}

/** The tile's bytes at the width asked for: hashes in a tile never change, so a wider one begins with them. */
function edgeData(edge: readonly Tile[], wanted: TileId): Uint8Array {
  const tile = edge.find((candidate) => candidate.level === wanted.level && candidate.index === wanted.index);
  const length = wanted.width * HASH_LENGTH;
  needs(
    tile !== undefined && tile.data.length >= length,
    'edge_incomplete',
    `the right edge lacks tile ${wanted.level}/${wanted.index} with ${wanted.width} hashes`,
  );
  return tile.data.subarray(0, length);
}

/**
 * A tile of width w holds one perfect subtree for each bit of w, the largest leftmost. The tile above covers what is
 * left of this one. So the subtrees of the whole log, from left to right, are those of its edge from the top down.
 */
function rootOfEdge(edge: readonly Tile[], reduce: Reducer, hash: Hasher): Uint8Array {
  const roots: Uint8Array[] = [];
  for (const { data, width } of edge.toSorted((a, b) => b.level - a.level)) {
    let first = 0;
    for (let count = TILE_WIDTH / 2; count >= 1; count /= 2) {
      if ((width & count) === 0) continue;
      roots.push(reduce(data, first, count));
      first += count;
    }
  }
  return joinSubtrees(roots, hash);
}

/** The root of a log of `size` entries from the tiles of `rightEdge(size)`. Throws `edge_incomplete`. */
export function rootFromEdge(log: { size: bigint; edge: readonly Tile[]; hash: Hasher }): Uint8Array {
  const tiles = rightEdge(log.size).map((tile) => ({ ...tile, data: edgeData(log.edge, tile) }));
  return new Uint8Array(rootOfEdge(tiles, createReducer(log.hash), log.hash));
}

/**
 * Adds leaves to a log and returns what a store has to write: one row per tile, replaced while it is partial. Needs only
 * the right edge, and one node hash per leaf on average. The same input gives the same output, so that a writer who
 * crashed between computing and storing may repeat it.
 *
 * Throws `edge_incomplete`, `edge_mismatch` (see `root`), `hash_invalid` (a leaf hash that is not 32 bytes) and
 * `number_out_of_range`.
 */
export function extendTree({ size, edge, leafHashes, hash, root }: TreeExtension): ExtendedTree {
  const newSize = size + BigInt(leafHashes.length);
  needsU64(size, 'tree size');
  needsU64(newSize, 'tree size');
  if (root !== undefined) {
    needs(equalBytes(rootFromEdge({ size, edge, hash }), root), 'edge_mismatch', 'the right edge has another root');
  }

  const reduce = createReducer(hash);
  const finished: Tile[] = [];
  const levels: OpenTile[] = [];
  for (let level = 0; size >> BigInt(8 * level) > 0n; level += 1) {
    const index = size >> BigInt(8 * (level + 1));
    levels.push({ index, width: 0, data: new Uint8Array(TILE_WIDTH * HASH_LENGTH), changed: false });
  }
  for (const tile of rightEdge(size)) {
    const open = levels[tile.level];
    if (open === undefined) continue;
    open.data.set(edgeData(edge, tile));
    open.width = tile.width;
  }

  const add = (level: number, nodeHash: Uint8Array): void => {
    let open = levels[level];
    if (open === undefined) {
      open = { index: 0n, width: 0, data: new Uint8Array(TILE_WIDTH * HASH_LENGTH), changed: false };
      levels.push(open);
    }
    open.data.set(nodeHash, open.width * HASH_LENGTH);
    open.width += 1;
    open.changed = true;
    if (open.width < TILE_WIDTH) return;
    const { index, data } = open;
    finished.push({ level, index, width: TILE_WIDTH, data });
    levels[level] = {
      index: index + 1n,
      width: 0,
      data: new Uint8Array(TILE_WIDTH * HASH_LENGTH),
      changed: false,
    };
    add(level + 1, reduce(data, 0, TILE_WIDTH));
  };
  for (const leafHash of leafHashes) {
    needsHash(leafHash, 'leaf hash');
    add(0, leafHash);
  }

  const open = levels.map(({ index, width, data, changed }, level) => ({
    tile: { level, index, width, data: data.slice(0, width * HASH_LENGTH) },
    changed: changed && width > 0,
  }));
  const partial = open.filter(({ changed }) => changed).map(({ tile }) => tile);
  const newEdge = open.map(({ tile }) => tile).filter(({ width }) => width > 0);
  return {
    size: newSize,
    root: new Uint8Array(rootOfEdge(newEdge, reduce, hash)),
    // A level's partial tile comes after its full ones, and sorting keeps that order.
    tiles: [...finished, ...partial].sort((a, b) => a.level - b.level),
  };
}
