import { encodeUtf8 } from '../bytes.ts';
import { formatCheckpointText } from '../checkpoint.ts';
import { cosignatureMessage, encodeCosignature } from '../cosignature.ts';
import { createVerifierKey, SIGNATURE_TYPE, type SignatureType, type VerifierKey } from '../key.ts';
import { hashLeaf } from '../merkle.ts';
import { formatNote, type NoteSignature, noteSignatureMessage } from '../note.ts';
import { formatTlogProof } from '../tlog-proof.ts';
import { naivePath, naiveRoot, sampleLeaves } from './naive-log.ts';

/** A key pair under a name. */
export interface TestSigner {
  readonly key: VerifierKey;
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>;
}

export async function createSigner(name: string, type: SignatureType = SIGNATURE_TYPE.ed25519): Promise<TestSigner> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('not a key pair');
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return {
    key: createVerifierKey(name, type, publicKey),
    sign: async (message) =>
      new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, new Uint8Array(message))),
  };
}

export async function signText(text: string, { key, sign }: TestSigner): Promise<NoteSignature> {
  return { name: key.name, keyId: key.id, signature: await sign(noteSignatureMessage(text)) };
}

export async function cosignText(text: string, { key, sign }: TestSigner, timestamp: bigint): Promise<NoteSignature> {
  const signature = await sign(cosignatureMessage(text, timestamp));
  return { name: key.name, keyId: key.id, signature: encodeCosignature({ timestamp, signature }) };
}

/** The kind of line that a receipt carries: a journal entry in canonical JSON. */
export const sampleEntry = encodeUtf8(
  '{"at":"2026-03-01T09:30:00.000Z","kind":"access","outcome":"authorised","salt":"n0aVJm1vYx2kqk3k0o2c9g","v":1}',
);

/** A receipt as Obhut hands it out: the entry, its place in the log, and the signed checkpoint. */
export async function createReceipt(options: {
  signer: TestSigner;
  index: number;
  size: number;
  entry?: Uint8Array;
  withExtra?: boolean;
  more?: (text: string) => Promise<readonly NoteSignature[]>;
}): Promise<Uint8Array> {
  const { signer, index, size, entry = sampleEntry, withExtra = true } = options;
  const leaves = sampleLeaves(size);
  leaves[index] = hashLeaf(entry);
  const text = formatCheckpointText({ origin: signer.key.name, size: BigInt(size), root: naiveRoot(leaves) });
  const signatures = [await signText(text, signer), ...((await options.more?.(text)) ?? [])];
  return encodeUtf8(
    formatTlogProof({
      extra: withExtra ? entry : undefined,
      index: BigInt(index),
      proof: naivePath(index, leaves),
      checkpoint: formatNote(text, signatures),
    }),
  );
}

/** Flips one bit in a copy. */
export function flipBit(bytes: Uint8Array, position: number, bit = 0): Uint8Array {
  const changed = bytes.slice();
  changed[position] = (changed[position] ?? 0) ^ (1 << bit);
  return changed;
}
