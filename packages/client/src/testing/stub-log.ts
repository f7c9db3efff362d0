/** A log that grows, signs and proves; and that can shrink or tell somebody another story. */
import {
  encodeBase64,
  formatCheckpointText,
  formatNote,
  formatTlogProof,
  formatVerifierKey,
  hashLeaf,
  proveConsistency,
  proveInclusion,
  sha256,
} from '@obhut/proof';
import { naiveReader, naiveRoot } from '../../../proof/src/testing/naive-log.ts';
import { createSigner, signText, type TestSigner } from '../../../proof/src/testing/receipt.ts';

export interface StubLog {
  readonly origin: string;
  readonly key: string;
  append(entry: unknown): string;
  replace(entries: readonly unknown[]): void;
  checkpoint(): Promise<string>;
  proof(index: number): Promise<string>;
  consistency(from: number): Promise<unknown>;
}

const utf8 = new TextEncoder();

export async function createStubLog(origin: string, signer?: TestSigner): Promise<StubLog> {
  const { key, sign } = signer ?? (await createSigner(origin));
  let bodies: Uint8Array[] = [];
  const leaves = () => bodies.map((body) => hashLeaf(body));

  async function checkpoint(): Promise<string> {
    const text = formatCheckpointText({ origin, size: BigInt(bodies.length), root: naiveRoot(leaves()) });
    return formatNote(text, [await signText(text, { key, sign })]);
  }

  return {
    origin,
    key: formatVerifierKey(key),
    append(entry) {
      const body = utf8.encode(JSON.stringify(entry));
      bodies.push(body);
      return `${origin} ${bodies.length - 1} ${encodeBase64(hashLeaf(body))}`;
    },
    replace(entries) {
      bodies = entries.map((entry) => utf8.encode(JSON.stringify(entry)));
    },
    checkpoint,
    async proof(index) {
      const path = { index: BigInt(index), size: BigInt(bodies.length) };
      const proof = await proveInclusion({ ...path, read: naiveReader(leaves()), hash: sha256 });
      return formatTlogProof({ extra: bodies[index], index: path.index, proof, checkpoint: await checkpoint() });
    },
    async consistency(from) {
      const size = BigInt(bodies.length);
      const proof = await proveConsistency({ oldSize: BigInt(from), size, read: naiveReader(leaves()), hash: sha256 });
      return { from, size: bodies.length, proof: proof.map(encodeBase64), checkpoint: await checkpoint() };
    },
  };
}
