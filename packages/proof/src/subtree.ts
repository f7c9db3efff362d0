import { needsU64 } from './decimal.ts';
import { createReducer, joinSubtrees } from './merkle.ts';
import type { Hasher } from './sha256.ts';
import { needsTileData, type TileReader, tileWidth } from './tile.ts';

/** A log whose tiles can be read. The tiles are not trusted: what is made of them has to be checked against a root. */
export interface TiledLog {
  /** Number of entries of the tree to work in; later tiles are not asked for. */
  readonly size: bigint;
  readonly read: TileReader;
  readonly hash: Hasher;
}

/** Computes the root over the entries from `start` up to `end` (exclusive), for the ranges that occur in proofs. */
export type RangeHasher = (start: bigint, end: bigint) => Promise<Uint8Array>;

/** The number of the highest bit of a positive number. */
function highestBit(value: bigint): number {
  return value.toString(2).length - 1;
}

/**
 * The largest power of two below `count` (at least 2): where RFC 6962 splits a tree.
 */
export function splitPoint(count: bigint): bigint {
  return 1n << BigInt(highestBit(count - 1n));
}

/**
 * A function that hashes ranges of a log from its tiles. Each tile is read once, in the width that a log of this size
 * has: a client may not ask for others, they need not exist (C2SP tlog-tiles, "Partial Tiles"). Throws
 * `tile_data_invalid` for a tile of another length, and whatever the reader throws.
 */
export function createRangeHasher({ size, read, hash }: TiledLog): RangeHasher {
  needsU64(size, 'tree size');
  const reduce = createReducer(hash);
  const reading = new Map<string, Promise<Uint8Array>>();

  const load = (level: number, index: bigint): Promise<Uint8Array> => {
    const key = `${level}/${index}`;
    const known = reading.get(key);
    if (known !== undefined) return known;
    const tile = { level, index, width: tileWidth(level, index, size) };
    const loading = read(tile).then((data) => {
      needsTileData(tile, data);
      return data;
    });
    reading.set(key, loading);
    return loading;
  };

  /** The root of the perfect subtree of 2^height entries that starts at entry `start`. */
  const perfect = async (start: bigint, height: number): Promise<Uint8Array> => {
    const level = Math.floor(height / 8);
    const first = start >> BigInt(8 * level);
    const data = await load(level, first >> 8n);
    return reduce(data, Number(first & 255n), 1 << (height % 8));
  };

  return async (start, end) => {
    const subtrees: Promise<Uint8Array>[] = [];
    for (let from = start; from < end; ) {
      const height = highestBit(end - from);
      subtrees.push(perfect(from, height));
      from += 1n << BigInt(height);
    }
    return joinSubtrees(await Promise.all(subtrees), hash);
  };
}
