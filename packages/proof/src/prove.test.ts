import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifyConsistency } from './consistency.ts';
import { verifyInclusion } from './inclusion.ts';
import { proveConsistency, proveInclusion, rootFromTiles } from './prove.ts';
import { sha256 } from './sha256.ts';
import { naiveConsistency, naivePath, naiveReader, naiveRoot, sampleLeaves } from './testing/naive-log.ts';
import type { TileId, TileReader } from './tile.ts';
import { extendTree } from './tree.ts';

const hash = sha256;

/** Random sizes, with those around whole tiles more often than chance would bring them. */
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.constantFrom(255, 256, 257, 511, 512),
  fc.integer({ min: 1, max: 1500 }),
);

test('every proof from tiles is the one that RFC 6962 defines, and verifies', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (count, a, b) => {
      const leaves = sampleLeaves(count);
      const [size, root] = [BigInt(count), naiveRoot(leaves)];
      const log = { size, read: naiveReader(leaves), hash };
      expect(await rootFromTiles(log)).toEqual(root);

      const index = a % count;
      const inclusion = await proveInclusion({ ...log, index: BigInt(index) });
      expect(inclusion).toEqual(naivePath(index, leaves));
      const leafHash = leaves[index] ?? new Uint8Array();
      verifyInclusion({ index: BigInt(index), size, leafHash, proof: inclusion, root });

      const oldCount = 1 + (b % count);
      const consistency = await proveConsistency({ ...log, oldSize: BigInt(oldCount) });
      expect(consistency).toEqual(naiveConsistency(oldCount, leaves));
      const oldRoot = naiveRoot(leaves.slice(0, oldCount));
      verifyConsistency({ oldSize: BigInt(oldCount), oldRoot, newSize: size, newRoot: root, proof: consistency });
    }),
    { numRuns: 60 },
  );
});

test('in small trees, all proofs for all sizes verify', async () => {
  const leaves = sampleLeaves(33);
  for (let count = 1; count <= leaves.length; count += 1) {
    const tree = leaves.slice(0, count);
    const [size, root] = [BigInt(count), naiveRoot(tree)];
    const log = { size, read: naiveReader(tree), hash };
    for (const [index, leafHash] of tree.entries()) {
      const proof = await proveInclusion({ ...log, index: BigInt(index) });
      verifyInclusion({ index: BigInt(index), size, leafHash, proof, root });
      const oldSize = BigInt(index + 1);
      const oldRoot = naiveRoot(tree.slice(0, index + 1));
      verifyConsistency({
        oldSize,
        oldRoot,
        newSize: size,
        newRoot: root,
        proof: await proveConsistency({ ...log, oldSize }),
      });
    }
  }
});

test('a server that keeps only the newest width serves proofs at any earlier size', async () => {
  const leaves = sampleLeaves(70_000);
  const { tiles } = extendTree({ size: 0n, edge: [], leafHashes: leaves, hash });
  const rows = new Map(tiles.map((tile) => [`${tile.level}/${tile.index}`, tile.data]));
  const asked: TileId[] = [];
  const read: TileReader = async (tile) => {
    asked.push(tile);
    return (rows.get(`${tile.level}/${tile.index}`) ?? new Uint8Array()).subarray(0, tile.width * 32);
  };
  for (const [size, index] of [
    [70_000n, 69_999n],
    [70_000n, 0n],
    [65_536n, 12_345n],
    [66_001n, 65_999n],
  ] as const) {
    const root = naiveRoot(leaves.slice(0, Number(size)));
    asked.length = 0;
    const proof = await proveInclusion({ size, index, read, hash });
    expect(new Set(asked.map(({ level, index: n }) => `${level}/${n}`)).size).toBe(asked.length);
    expect(asked.length).toBeLessThanOrEqual(6);
    verifyInclusion({ index, size, leafHash: leaves[Number(index)] ?? new Uint8Array(), proof, root });
  }
});

test('an empty log has a root, but no proofs', async () => {
  const log = { size: 0n, read: naiveReader([]), hash };
  expect(await rootFromTiles(log)).toEqual(naiveRoot([]));
  await expect(proveInclusion({ ...log, index: 0n })).rejects.toMatchObject({ code: 'number_out_of_range' });
  await expect(proveConsistency({ ...log, oldSize: 0n })).rejects.toMatchObject({ code: 'number_out_of_range' });
});

test('a tile of the wrong length and a failing store come out as errors', async () => {
  const short = { size: 300n, read: async () => new Uint8Array(31), hash };
  await expect(proveInclusion({ ...short, index: 7n })).rejects.toMatchObject({ code: 'tile_data_invalid' });
  const failing = { ...short, read: () => Promise.reject(new Error('the disk is gone')) };
  await expect(rootFromTiles(failing)).rejects.toThrow('the disk is gone');
});
