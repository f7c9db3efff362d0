import { hash as nodeHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyRoot } from './merkle.ts';
import { naiveRoot, naiveTile, sampleLeaves } from './testing/naive-log.ts';
import { flipBit } from './testing/receipt.ts';
import { rejects } from './testing/rejects.ts';
import { rightEdge, type Tile } from './tile.ts';
import { type ExtendedTree, extendTree, rootFromEdge } from './tree.ts';

const hash = (data: Uint8Array): Uint8Array => nodeHash('sha256', data, 'buffer');

/** A store as a server keeps it: one row per level and index, in the newest width. */
function createStore() {
  const rows = new Map<string, Tile>();
  const edge = (size: bigint): Tile[] =>
    rightEdge(size).flatMap(({ level, index }) => rows.get(`${level}/${index}`) ?? []);
  return {
    rows,
    edge,
    add(size: bigint, root: Uint8Array | undefined, leafHashes: readonly Uint8Array[]): ExtendedTree {
      const extended = extendTree({ size, edge: edge(size), leafHashes, hash, root });
      for (const tile of extended.tiles) {
        expect(tile.data.length).toBe(tile.width * 32);
        const before = rows.get(`${tile.level}/${tile.index}`);
        expect(tile.width).toBeGreaterThan(before?.width ?? 0);
        expect(tile.data.subarray(0, before?.data.length ?? 0)).toEqual(before?.data ?? new Uint8Array());
        rows.set(`${tile.level}/${tile.index}`, tile);
      }
      return extended;
    },
  };
}

function bytesOf(data: Uint8Array): string {
  return Buffer.from(data).toString('hex');
}

test('a log built in chunks of any size has the tiles and roots of the definition', () => {
  const chunk = fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.constantFrom(255, 256, 257),
    fc.integer({ min: 0, max: 700 }),
  );
  fc.assert(
    fc.property(fc.array(chunk, { minLength: 1, maxLength: 6 }), fc.nat(255), (chunks, salt) => {
      const leaves = sampleLeaves(
        chunks.reduce((sum, count) => sum + count, 0),
        salt,
      );
      const store = createStore();
      let size = 0;
      let root: Uint8Array | undefined;
      for (const count of chunks) {
        const extended = store.add(BigInt(size), root, leaves.slice(size, size + count));
        if (count === 0) expect(extended.tiles).toEqual([]);
        size += count;
        root = extended.root;
        expect(extended.size).toBe(BigInt(size));
        expect(bytesOf(root)).toBe(bytesOf(naiveRoot(leaves.slice(0, size))));
      }
      for (const { level, index, width, data } of store.rows.values()) {
        expect(bytesOf(data)).toBe(bytesOf(naiveTile(leaves, level, Number(index), width)));
      }
    }),
    { numRuns: 30 },
  );
});

test('70,000 entries give 273 full tiles and the partial ones of the specification', () => {
  const leaves = sampleLeaves(70_000);
  const { tiles, root } = extendTree({ size: 0n, edge: [], leafHashes: leaves, hash });
  expect(tiles.filter(({ level }) => level === 0).map(({ width }) => width)).toEqual([...Array(273).fill(256), 112]);
  expect(tiles.filter(({ level }) => level === 1).map(({ width }) => width)).toEqual([256, 17]);
  expect(tiles.filter(({ level }) => level === 2).map(({ width }) => width)).toEqual([1]);
  expect(bytesOf(root)).toBe(bytesOf(naiveRoot(leaves)));
});

test('an integrator that crashed before it stored its result may repeat it, also with newer tiles at hand', () => {
  const leaves = sampleLeaves(600);
  const first = extendTree({ size: 0n, edge: [], leafHashes: leaves.slice(0, 300), hash });
  const second = extendTree({ size: 300n, edge: first.tiles, leafHashes: leaves.slice(300), hash, root: first.root });
  const again = extendTree({ size: 300n, edge: second.tiles, leafHashes: leaves.slice(300), hash, root: first.root });
  expect(again).toEqual(second);
});

test('the caller may keep and change what it gets: nothing is shared with later work', () => {
  const leaves = sampleLeaves(3);
  const first = extendTree({ size: 0n, edge: [], leafHashes: leaves.slice(0, 2), hash });
  const kept = structuredClone(first.tiles);
  extendTree({ size: 2n, edge: first.tiles, leafHashes: leaves.slice(2), hash });
  expect(first.tiles).toEqual(kept);
});

test('a damaged or incomplete right edge stops the log instead of being built on', () => {
  const leaves = sampleLeaves(300);
  const { tiles, root } = extendTree({ size: 0n, edge: [], leafHashes: leaves, hash });
  const edge = tiles.filter(({ width }) => width < 256);
  const damaged = edge.map((tile) => (tile.level === 0 ? { ...tile, data: flipBit(tile.data, 5) } : tile));
  const next = { size: 300n, leafHashes: sampleLeaves(1), hash };
  rejects(() => extendTree({ ...next, edge: damaged, root }), 'edge_mismatch');
  for (const tile of edge) {
    rejects(() => extendTree({ ...next, edge: edge.filter((other) => other !== tile) }), 'edge_incomplete');
    const short = edge.map((other) => (other === tile ? { ...tile, data: tile.data.subarray(32) } : other));
    rejects(() => extendTree({ ...next, edge: short }), 'edge_incomplete');
  }
});

test('leaf hashes of the wrong length and sizes out of range are refused', () => {
  rejects(() => extendTree({ size: 0n, edge: [], leafHashes: [new Uint8Array(31)], hash }), 'hash_invalid');
  rejects(() => extendTree({ size: -1n, edge: [], leafHashes: [], hash }), 'number_out_of_range');
  rejects(
    () => extendTree({ size: (1n << 64n) - 1n, edge: [], leafHashes: sampleLeaves(1), hash }),
    'number_out_of_range',
  );
  expect(bytesOf(rootFromEdge({ size: 0n, edge: [], hash }))).toBe(bytesOf(emptyRoot()));
});
