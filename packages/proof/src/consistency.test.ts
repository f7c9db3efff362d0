import fc from 'fast-check';
import { test } from 'vitest';
import { verifyConsistency } from './consistency.ts';
import { decodeBase64 } from './encoding.ts';
import { naiveConsistency, naiveRoot, sampleLeaves } from './testing/naive-log.ts';
import { flipBit } from './testing/receipt.ts';
import { rejects } from './testing/rejects.ts';

test('the shared vector from 2 to 5 entries verifies', () => {
  verifyConsistency({
    oldSize: 2n,
    newSize: 5n,
    oldRoot: decodeBase64('+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU='),
    newRoot: decodeBase64('Tju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNQ='),
    proof: ['Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=', 'vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms='].map(
      (line) => decodeBase64(line),
    ),
  });
});

test('a proof that a Certificate Transparency log (Argon 2020) served over 961,984,013 entries verifies', () => {
  const proof = `80Sfbj6UQEdVSZCSIgh9NMPj3vCBzcc1A48B2crJSWg= FZcrgAHUk6nNPviJZq8kEK6jCG1d18pJOFE45ZDc1TQ=
    Q67reWXmPBo1UfmwBap4Xi9PMPfFdUSSw3WGlRZdG7k= eJ7CyhR4PxzBxDIsWgrVYW1eFUb9ndgf46tFmiqVrxA=
    QrDwp062Grm5WY8KdrhFsBuuNjGzRox2Jb8PmVL5OYw= XM4YMjMEdLH/XJam/ZWyaP14k3cmsOtnPsOWQ54lW1s=
    SGiBh+jOTGccXU48ZzgQ88lRcBmtB4wz4oSDndv2QTg= WAS6txqNLYKGL1GdBdpqmV42TTfn6cJsuDsqLXuTCNI=
    QFmRS0rirUA7ZN3lxFjDncV+E1OCrn3NUB4RCp+5fzc= Hdbp7It2XBNZmNDBpCN/KPd7vfVqxgzwOosqVIaEA9E=
    mxvHL0ZiblBdD7j7pIa1jlfB0gSqfJ6oX0UGo7L0VsU= q5hjyvoW6TL/PThgcitpDcSTrnKX2p1+aqscqH2euRA=
    jTOWDqt3IHj2NVFeezyBz2ofpru+ztEywqKUAfFclKI= GIRn0w3HqJdvU9j1WVD//eR6lk2AaTVjyzjsJNP8U88=
    x52GJvxG81fnQBrgOTbll1A5tz95/LXK0Ag1NhB0r1I= 6/0OqrcTgc3o5dD5PymmoC96lB9yLPFuTHVvLy8fSGk=
    Gf+iKLfcXO5l4JEFmsZvSdG5q1uEeWPfYLrds6pmjz0= DGuaco+McyM3AfRSF6qX7RwSetwe2ieYJmxw5e9rVx0=
    2tQJ9V32hnYp+fdpP6TcjmgJmLeNVOMKM0Ml1kk4cNU= 3PapK+IkyJr8I9yAErAmzuZezzLMzsg+PfeRCgNW8NQ=
    s6xiYeejb+wtqHA+URJZ2I/SCPyIW8coP6aB00FJbMY= z9lSpmdTcr5M5ZzKlc4EPh3SrSypKFdk6JUF/UccaZU=
    GXIElfmnRuWfbA4z7ubV/UwlpSRUbUeec7oL5HDDnh0= pR0SH/NYP6s9+8azWwaeUXA4Ze/3WCIgMfh5YW6wvcE=
    f3GuAKYVrF8RBg3s15jvA/YvV9oAliWtzP/imwPhQVA= WHn8zDxlVgkV+lSlmzaOdfSBrTHoRr5nT3d76q0KKWE=
    f2uV2ZxVgULzLPKuZcowRY3ZY7fRlX59iDBjV1R8kNQ= NzQVjJsvQwbi7WStMr9oFkh9VbHfK7LB6o7WwAqwNTs=
    C0LttBeYHZHgL+032JIcJC3CTBIyza/hsbmJUgJfmDI= nixU5CWTFVDlF4BGdcU6kA7WSYurEpe9jRWc+F/7sOc=`
    .split(/\s+/)
    .map((line) => decodeBase64(line));
  const claim = {
    oldSize: 3_654_490n,
    oldRoot: decodeBase64('AuIZ5V6sDUj1vn3Y1K85oOaQ7y+FJJKtyRTl1edIKBQ='),
    newSize: 961_984_013n,
    newRoot: decodeBase64('dwlueapdd7LaOEnX2W2Wp9v2XE+KzejHRQGHwEx0oaM='),
    proof,
  };
  verifyConsistency(claim);
  rejects(() => verifyConsistency({ ...claim, oldSize: claim.oldSize + 1n }), 'consistency_invalid');
  rejects(() => verifyConsistency({ ...claim, newSize: claim.newSize * 2n }), 'consistency_invalid');
});

test('a changed, shortened, lengthened or misplaced proof is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 70 }), fc.nat(), fc.nat(255), (newSize, pick, byte) => {
      const leaves = sampleLeaves(newSize);
      const oldSize = 1 + (pick % (newSize - 1));
      const proof = naiveConsistency(oldSize, leaves);
      const claim = {
        oldSize: BigInt(oldSize),
        oldRoot: naiveRoot(leaves.slice(0, oldSize)),
        newSize: BigInt(newSize),
        newRoot: naiveRoot(leaves),
        proof,
      };
      verifyConsistency(claim);
      const changed = proof.map((hash, i) => (i === pick % proof.length ? flipBit(hash, byte % 32, byte % 8) : hash));
      rejects(() => verifyConsistency({ ...claim, proof: changed }), 'consistency_invalid');
      rejects(() => verifyConsistency({ ...claim, proof: proof.slice(1) }), 'consistency_invalid');
      rejects(() => verifyConsistency({ ...claim, proof: proof.slice(0, -1) }), 'consistency_invalid');
      rejects(() => verifyConsistency({ ...claim, proof: [...proof, claim.newRoot] }), 'consistency_invalid');
      rejects(() => verifyConsistency({ ...claim, proof: [] }), 'consistency_invalid');
      rejects(() => verifyConsistency({ ...claim, oldRoot: claim.newRoot }), 'consistency_invalid');
      rejects(() => verifyConsistency({ ...claim, newRoot: claim.oldRoot }), 'consistency_invalid');
    }),
  );
});

test('an earlier size of 0, a shrinking log and needless hashes are refused', () => {
  const [root = new Uint8Array(), other = new Uint8Array()] = sampleLeaves(2);
  const same = { oldSize: 1n, oldRoot: root, newSize: 1n, newRoot: root, proof: [] };
  verifyConsistency(same);
  rejects(() => verifyConsistency({ ...same, newRoot: other }), 'consistency_invalid');
  rejects(() => verifyConsistency({ ...same, proof: [other] }), 'consistency_invalid');
  rejects(() => verifyConsistency({ ...same, oldSize: 0n }), 'number_out_of_range');
  rejects(() => verifyConsistency({ ...same, oldSize: 2n }), 'number_out_of_range');
  rejects(() => verifyConsistency({ ...same, newSize: 1n << 64n }), 'number_out_of_range');
  rejects(() => verifyConsistency({ ...same, newSize: 2n, proof: [new Uint8Array(3)] }), 'hash_invalid');
});
