import { formatDecimal, MAX_U64, needsU64, parseDecimal } from './decimal.ts';
import { needs } from './errors.ts';
import { HASH_LENGTH } from './merkle.ts';

/** Hashes in a full tile, entries in a full bundle (C2SP tlog-tiles: tiles of height 8). */
export const TILE_WIDTH = 256;
const maxLevel = 63;

/** One tile: at `level` (0 holds leaf hashes), the `index`-th from the left, with its first `width` hashes (1 to 256). */
export interface TileId {
  readonly level: number;
  readonly index: bigint;
  readonly width: number;
}

/** A tile and its `width * 32` bytes. */
export interface Tile extends TileId {
  readonly data: Uint8Array;
}

/**
 * Reads one tile of exactly the width asked for. A store that keeps only a tile's newest width serves an older one as
 * the first `width * 32` bytes: hashes in a tile never change, they are only added.
 */
export type TileReader = (tile: TileId) => Promise<Uint8Array>;

/** A bundle of entries: the `index`-th from the left, with its first `width` entries (1 to 256). */
export interface BundleId {
  readonly index: bigint;
  readonly width: number;
}

/** How many hashes a log of `size` entries has at a level that is a whole number of tiles high. */
function hashesAt(level: number, size: bigint): bigint {
  return size >> (8n * BigInt(level));
}

/** The width, 0 to 256, of the tile at `level` and `index` in a log of `size` entries. 0 means: not there. */
export function tileWidth(level: number, index: bigint, size: bigint): number {
  const from = hashesAt(level, size) - index * BigInt(TILE_WIDTH);
  if (from <= 0n) return 0;
  return from >= BigInt(TILE_WIDTH) ? TILE_WIDTH : Number(from);
}

/**
 * The partial tiles of a log of `size` entries, lowest level first. They hold all that is needed to extend the log and
 * to compute its root. At level l the width is floor(size / 256^l) mod 256; a tile of width 0 does not exist, and a full
 * tile has its hash in the level above (C2SP tlog-tiles, "Partial Tiles"). Throws `number_out_of_range`.
 */
export function rightEdge(size: bigint): TileId[] {
  needsU64(size, 'tree size');
  const tiles: TileId[] = [];
  for (let level = 0; hashesAt(level, size) > 0n; level += 1) {
    const hashes = hashesAt(level, size);
    const width = Number(hashes % BigInt(TILE_WIDTH));
    if (width > 0) tiles.push({ level, index: hashes / BigInt(TILE_WIDTH), width });
  }
  return tiles;
}

/** Throws `tile_data_invalid` unless the bytes have the length of the tile. */
export function needsTileData(tile: TileId, data: Uint8Array): void {
  const expected = tile.width * HASH_LENGTH;
  needs(
    data.length === expected,
    'tile_data_invalid',
    `tile ${tile.level}/${tile.index}: ${data.length} bytes instead of ${expected}`,
  );
}

/** `1234067` as `x001/x234/067`: groups of three digits, so that no folder grows beyond 1,000 names. */
function formatIndex(index: bigint): string {
  const digits = formatDecimal(index, 'tile index');
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  return padded.replace(/(?:[0-9]{3})(?=[0-9])/g, 'x$&/');
}

function formatWidth(width: number): string {
  needs(Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH, 'tile_invalid', 'tile width: not 1 to 256');
  return width === TILE_WIDTH ? '' : `.p/${width}`;
}

/** Parses `<N>[.p/<W>]`. One bundle has one path: a reader's cache must not be filled with other spellings of it. */
function parseBundleId(text: string, path: string): BundleId {
  const match = /^((?:x[0-9]{3}\/){0,6}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(text);
  needs(match !== null, 'tile_invalid', `not a tile path: ${JSON.stringify(path)}`);
  const [, groups = '', partial] = match;
  const index = BigInt(groups.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  needs(index <= MAX_U64, 'tile_invalid', 'tile index: above 2^64 - 1');
  needs(formatIndex(index) === groups, 'tile_invalid', `needless leading zeros: ${JSON.stringify(path)}`);
  needs(partial === undefined || width < TILE_WIDTH, 'tile_invalid', 'a partial width is 1 to 255');
  return { index, width };
}

/** The path of a tile below the log's prefix, such as `tile/0/x001/x234/067.p/8`. Throws `tile_invalid`, `number_out_of_range`. */
export function tilePath(tile: TileId): string {
  const { level } = tile;
  needs(Number.isInteger(level) && level >= 0 && level <= maxLevel, 'tile_invalid', 'tile level: not 0 to 63');
  return `tile/${level}/${formatIndex(tile.index)}${formatWidth(tile.width)}`;
}

/** The tile that a path below the log's prefix names; a path without `.p/` is a full tile. Throws `tile_invalid`. */
export function parseTilePath(path: string): TileId {
  const match = /^tile\/(0|[1-9][0-9]?)\/(.{1,64})$/.exec(path);
  needs(match !== null, 'tile_invalid', `not a tile path: ${JSON.stringify(path)}`);
  const [, level = '', rest = ''] = match;
  needs(parseDecimal(level) <= BigInt(maxLevel), 'tile_invalid', 'tile level: not 0 to 63');
  return { level: Number(level), ...parseBundleId(rest, path) };
}

/** The path of an entry bundle below the log's prefix, such as `tile/entries/000.p/8`. Throws like `tilePath`. */
export function bundlePath(bundle: BundleId): string {
  return `tile/entries/${formatIndex(bundle.index)}${formatWidth(bundle.width)}`;
}

/** The entry bundle that a path below the log's prefix names. Throws `tile_invalid`. */
export function parseBundlePath(path: string): BundleId {
  needs(path.startsWith('tile/entries/'), 'tile_invalid', `not a bundle path: ${JSON.stringify(path.slice(0, 80))}`);
  return parseBundleId(path.slice('tile/entries/'.length), path);
}
