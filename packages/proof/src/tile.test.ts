import { expect, test } from 'vitest';
import { encodeEntryBundle, MAX_ENTRY_BYTES, parseEntryBundle } from './bundle.ts';
import { encodeUtf8 } from './bytes.ts';
import { rejects } from './testing/rejects.ts';
import { bundlePath, parseBundlePath, parseTilePath, rightEdge, tilePath, tileWidth } from './tile.ts';

test.each([
  ['tile/0/x001/x234/067', { level: 0, index: 1234067n, width: 256 }],
  ['tile/0/000', { level: 0, index: 0n, width: 256 }],
  ['tile/5/x123/x456/078.p/2', { level: 5, index: 123456078n, width: 2 }],
  ['tile/63/999.p/255', { level: 63, index: 999n, width: 255 }],
  ['tile/1/x001/000.p/1', { level: 1, index: 1000n, width: 1 }],
  ['tile/0/x018/x446/x744/x073/x709/x551/615', { level: 0, index: (1n << 64n) - 1n, width: 256 }],
])('%s is the path of one tile, and of no other', (path, tile) => {
  expect(tilePath(tile)).toBe(path);
  expect(parseTilePath(path)).toEqual(tile);
  expect(bundlePath(tile)).toBe(path.replace(/^tile\/[0-9]+/, 'tile/entries'));
  expect(parseBundlePath(bundlePath(tile))).toEqual({ index: tile.index, width: tile.width });
});

test.each([
  '',
  'tile',
  'tile/0/',
  'tile/0/0',
  'tile/0/00',
  'tile/0/0000',
  'tile/00/000',
  'tile/01/000',
  'tile/64/000',
  'tile/100/000',
  'tile/-1/000',
  'tile/x/000',
  'tile/5/123/456/078',
  'tile/0/x000/001',
  'tile/0/x001',
  'tile/0/x1/001',
  'tile/0/X001/001',
  'tile/0/001/',
  '/tile/0/001',
  'tile/0/001.p',
  'tile/0/001.p/',
  'tile/0/001.p/0',
  'tile/0/001.p/01',
  'tile/0/001.p/256',
  'tile/0/001.p/1000',
  'tile/0/001.p/1/',
  'tile/0/001.p/-1',
  'tile/0/001\n',
  'tile/0/../001',
  'tile/0/x018/x446/x744/x073/x709/x551/616',
  'tile/0/x999/x999/x999/x999/x999/x999/x999/999',
])('%j is no path of a tile', (path) => {
  rejects(() => parseTilePath(path), 'tile_invalid');
  rejects(() => parseBundlePath(path.replace(/^tile\/(?:-?[0-9]+|x)\//, 'tile/entrie/')), 'tile_invalid');
});

test('no path is made for a tile that cannot be', () => {
  rejects(() => tilePath({ level: 64, index: 0n, width: 1 }), 'tile_invalid');
  rejects(() => tilePath({ level: 0.5, index: 0n, width: 1 }), 'tile_invalid');
  rejects(() => tilePath({ level: 0, index: 0n, width: 0 }), 'tile_invalid');
  rejects(() => tilePath({ level: 0, index: 0n, width: 257 }), 'tile_invalid');
  rejects(() => tilePath({ level: 0, index: -1n, width: 1 }), 'number_out_of_range');
});

test('a log of 70,000 entries has the partial tiles that the specification names', () => {
  expect(rightEdge(70_000n)).toEqual([
    { level: 0, index: 273n, width: 112 },
    { level: 1, index: 1n, width: 17 },
    { level: 2, index: 0n, width: 1 },
  ]);
  expect(tileWidth(0, 272n, 70_000n)).toBe(256);
  expect(tileWidth(0, 273n, 70_000n)).toBe(112);
  expect(tileWidth(0, 274n, 70_000n)).toBe(0);
  expect(tileWidth(1, 0n, 70_000n)).toBe(256);
  expect(tileWidth(3, 0n, 70_000n)).toBe(0);
});

test('a log of 256 entries has a full tile and its hash one level up; an empty log has no tile', () => {
  expect(rightEdge(256n)).toEqual([{ level: 1, index: 0n, width: 1 }]);
  expect(tileWidth(0, 0n, 256n)).toBe(256);
  expect(rightEdge(0n)).toEqual([]);
  expect(rightEdge((1n << 64n) - 1n).map(({ width }) => width)).toEqual(Array(8).fill(255));
  rejects(() => rightEdge(-1n), 'number_out_of_range');
});

test('a bundle holds its entries behind their lengths', () => {
  const entries = [encodeUtf8('one'), new Uint8Array(0), new Uint8Array(MAX_ENTRY_BYTES).fill(7)];
  const bundle = encodeEntryBundle(entries);
  expect([...bundle.subarray(0, 7)]).toEqual([0, 3, 0x6f, 0x6e, 0x65, 0, 0]);
  expect(parseEntryBundle(bundle, 3)).toEqual(entries);
});

test('a bundle with more or less than the entries asked for is refused', () => {
  const bundle = encodeEntryBundle([encodeUtf8('one'), encodeUtf8('two')]);
  for (const width of [1, 3, 0, 257, 1.5, -1]) rejects(() => parseEntryBundle(bundle, width), 'bundle_invalid');
  for (let length = 0; length < bundle.length; length += 1) {
    rejects(() => parseEntryBundle(bundle.subarray(0, length), 2), 'bundle_invalid');
  }
  rejects(() => parseEntryBundle(Uint8Array.of(...bundle, 0), 2), 'bundle_invalid');
  rejects(() => encodeEntryBundle([]), 'bundle_invalid');
  rejects(() => encodeEntryBundle(Array(257).fill(new Uint8Array(1))), 'bundle_invalid');
  rejects(() => encodeEntryBundle([new Uint8Array(MAX_ENTRY_BYTES + 1)]), 'bundle_invalid');
});
