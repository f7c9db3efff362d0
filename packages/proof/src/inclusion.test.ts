import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64, decodeHex, encodeHex } from './encoding.ts';
import { rootFromInclusion, verifyInclusion } from './inclusion.ts';
import { emptyRoot, hashLeaf } from './merkle.ts';
import { naivePath, naiveRoot, sampleLeaves } from './testing/naive-log.ts';
import { flipBit } from './testing/receipt.ts';
import { rejects } from './testing/rejects.ts';

/** The entries and roots that Certificate Transparency implementations share as reference trees. */
const entries = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('the empty log has the hash of nothing as its root', () => {
  expect(encodeHex(emptyRoot())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('the reference trees have their published roots, and each entry is proven in each', () => {
  const leaves = entries.map((entry) => hashLeaf(decodeHex(entry)));
  for (const [i, published] of roots.entries()) {
    const tree = leaves.slice(0, i + 1);
    const root = decodeHex(published);
    expect(naiveRoot(tree)).toEqual(root);
    for (const [index, leafHash] of tree.entries()) {
      verifyInclusion({ index: BigInt(index), size: BigInt(i + 1), leafHash, proof: naivePath(index, tree), root });
    }
  }
});

test('the shared vector for entry 5 of 8 verifies', () => {
  verifyInclusion({
    index: 5n,
    size: 8n,
    leafHash: decodeBase64('QnGia+DYqE8L1UyMMC58s6O10fpngKQLzOKHNHfatlg='),
    root: decodeBase64('XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg='),
    proof: [
      'vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=',
      'yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=',
      '037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=',
    ].map((line) => decodeBase64(line)),
  });
});

test('a changed, shortened, lengthened or moved proof is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 70 }), fc.nat(), fc.nat(255), (size, pick, byte) => {
      const leaves = sampleLeaves(size);
      const index = pick % size;
      const leafHash = leaves[index] ?? new Uint8Array();
      const proof = naivePath(index, leaves);
      const path = { index: BigInt(index), size: BigInt(size), leafHash, proof, root: naiveRoot(leaves) };
      verifyInclusion(path);

      const changed = proof.map((hash, i) => (i === pick % proof.length ? flipBit(hash, byte % 32, byte % 8) : hash));
      rejects(() => verifyInclusion({ ...path, proof: changed }), 'inclusion_invalid');
      rejects(() => verifyInclusion({ ...path, proof: proof.slice(1) }), 'inclusion_invalid');
      rejects(() => verifyInclusion({ ...path, proof: proof.slice(0, -1) }), 'inclusion_invalid');
      rejects(() => verifyInclusion({ ...path, proof: [...proof, path.root] }), 'inclusion_invalid');
      rejects(() => verifyInclusion({ ...path, leafHash: flipBit(leafHash, byte % 32) }), 'inclusion_invalid');
      rejects(() => verifyInclusion({ ...path, root: flipBit(path.root, byte % 32) }), 'inclusion_invalid');
      rejects(() => verifyInclusion({ ...path, index: BigInt((index + 1) % size) }), 'inclusion_invalid');
    }),
  );
});

test('no root is computed from a proof of the wrong length, whatever it leads to', () => {
  const [leafHash = new Uint8Array(), ...others] = sampleLeaves(8);
  for (let hashes = 0; hashes <= 5; hashes += 1) {
    const path = { index: 0n, size: 8n, leafHash, proof: others.slice(0, hashes) };
    if (hashes === 3) rootFromInclusion(path);
    else rejects(() => rootFromInclusion(path), 'inclusion_invalid');
  }
  rejects(() => rootFromInclusion({ index: 0n, size: 1n, leafHash, proof: others.slice(0, 1) }), 'inclusion_invalid');
});

test('an index outside the tree and hashes of the wrong length are refused', () => {
  const leafHash = hashLeaf(new Uint8Array());
  rejects(() => rootFromInclusion({ index: 0n, size: 0n, leafHash, proof: [] }), 'number_out_of_range');
  rejects(() => rootFromInclusion({ index: 1n, size: 1n, leafHash, proof: [] }), 'number_out_of_range');
  rejects(() => rootFromInclusion({ index: -1n, size: 1n, leafHash, proof: [] }), 'number_out_of_range');
  rejects(() => rootFromInclusion({ index: 0n, size: 1n << 64n, leafHash, proof: [] }), 'number_out_of_range');
  rejects(() => rootFromInclusion({ index: 0n, size: 2n, leafHash, proof: [new Uint8Array(31)] }), 'hash_invalid');
  rejects(() => rootFromInclusion({ index: 0n, size: 1n, leafHash: new Uint8Array(33), proof: [] }), 'hash_invalid');
});

test('the largest possible tree is handled without loss of precision', () => {
  const leafHash = hashLeaf(new Uint8Array());
  const size = (1n << 64n) - 1n;
  const proof = sampleLeaves(64);
  const first = rootFromInclusion({ index: (1n << 53n) + 1n, size, leafHash, proof });
  expect(rootFromInclusion({ index: 1n << 53n, size, leafHash, proof })).not.toEqual(first);
});
