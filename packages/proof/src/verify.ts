import { equalBytes } from './bytes.ts';
import { needs, ProofError } from './errors.ts';
import { rootFromInclusion } from './inclusion.ts';
import { formatKeyId, type VerifierKey } from './key.ts';
import { hashLeaf } from './merkle.ts';
import { type Hasher, sha256 } from './sha256.ts';
import { parseTlogProof, type TlogProof } from './tlog-proof.ts';
import { type VerifiedSignature, verifyNote } from './verify-note.ts';

/** Who signed, as shown to people. */
export interface Signer {
  readonly name: string;
  /** Eight hexadecimal digits. */
  readonly keyId: string;
}

/** A witness, and the POSIX time in seconds at which it had seen the log. */
export interface Cosigner extends Signer {
  readonly timestamp: bigint;
}

/** One step that was passed, with the numbers it was passed with. They come in this order, `number` from 1 to 5. */
export type VerificationStep =
  /** The file is a proof in the one spelling it can have. Its claims are not yet believed. */
  | { readonly number: 1; readonly step: 'file'; readonly fileBytes: number; readonly index: bigint }
  /** The checkpoint is of the log expected and signed by that log's pinned key. */
  | {
      readonly number: 2;
      readonly step: 'checkpoint';
      readonly origin: string;
      readonly size: bigint;
      readonly signer: Signer;
      readonly cosigners: readonly Cosigner[];
    }
  /** The entry at hand has this fingerprint. */
  | { readonly number: 3; readonly step: 'entry'; readonly entryBytes: number; readonly leafHash: Uint8Array }
  /** From that leaf, `steps` hashes lead up to `computedRoot`. */
  | {
      readonly number: 4;
      readonly step: 'path';
      readonly index: bigint;
      readonly size: bigint;
      readonly steps: number;
      readonly computedRoot: Uint8Array;
    }
  /** That is the root which the checkpoint signs: the entry is in the log. */
  | { readonly number: 5; readonly step: 'root'; readonly root: Uint8Array };

/** The name of a step. */
export type VerificationStepName = VerificationStep['step'];

/** What a proof file proves, once it has passed all five steps. */
export interface VerifiedTlogProof {
  readonly origin: string;
  readonly size: bigint;
  readonly root: Uint8Array;
  readonly index: bigint;
  readonly leafHash: Uint8Array;
  /** The bytes of the entry that is proven to be in the log. */
  readonly entry: Uint8Array;
  readonly signer: Signer;
  readonly cosigners: readonly Cosigner[];
  readonly steps: readonly VerificationStep[];
}

/** A proof file that failed: at which step, why (`code`, `message`), and the steps before it. */
export class VerificationError extends ProofError {
  readonly step: VerificationStepName;
  readonly passed: readonly VerificationStep[];

  constructor(step: VerificationStepName, passed: readonly VerificationStep[], cause: ProofError) {
    super(cause.code, cause.message, { cause });
    this.name = 'VerificationError';
    this.step = step;
    this.passed = passed;
  }
}

/** What to verify, and against whom. */
export interface TlogProofToVerify {
  /** The bytes of the `.tlog-proof` file. */
  readonly file: Uint8Array;
  /** Pinned keys of logs and witnesses. A log's key has the log's origin as its name. */
  readonly keys: readonly VerifierKey[];
  /** The entry's bytes. By default those in the file's extra data; when both are there, they must be the same. */
  readonly entry?: Uint8Array | undefined;
  /** The log that the proof must be of. By default any log whose key is pinned. */
  readonly origin?: string | undefined;
  readonly hash?: Hasher | undefined;
}

function signerOf({ name, id }: VerifierKey): Signer {
  return { name, keyId: formatKeyId(id) };
}

async function checkSignatures(
  { checkpoint }: TlogProof,
  keys: readonly VerifierKey[],
  origin: string | undefined,
): Promise<{ signer: Signer; cosigners: readonly Cosigner[] }> {
  needs(origin === undefined || checkpoint.origin === origin, 'origin_mismatch', 'the checkpoint is of another log');
  const verified = await verifyNote(checkpoint.note, keys);
  // Who pins several logs must not take a checkpoint of one for another's. And a witness alone does not make a
  // checkpoint: it may have been misled, or be the attacker.
  const byLog = verified.find(({ kind, key }) => kind === 'signature' && key.name === checkpoint.origin);
  needs(byLog !== undefined, 'signer_unknown', 'no signature by a pinned key of this log');
  const witnesses = verified.filter(
    (signature): signature is Extract<VerifiedSignature, { kind: 'cosignature' }> => signature.kind === 'cosignature',
  );
  return {
    signer: signerOf(byLog.key),
    cosigners: witnesses.map(({ key, timestamp }) => ({ ...signerOf(key), timestamp })),
  };
}

/** A receipt that shows one entry and proves another would deceive its reader, so what is shown must be what is proven. */
function chooseEntry(given: Uint8Array | undefined, extra: Uint8Array | undefined): Uint8Array {
  if (given !== undefined && extra !== undefined) {
    needs(equalBytes(given, extra), 'entry_mismatch', 'the entry is not the one in the file');
  }
  const entry = given ?? extra;
  needs(entry !== undefined, 'entry_missing', 'the file holds no entry, and none was given');
  return entry;
}

/**
 * Verifies a `.tlog-proof` file offline: that a log whose key the caller pinned has the entry at that index.
 *
 * 1. `file`: the file parses, strictly
 * 2. `checkpoint`: a pinned key of that log signed the checkpoint; a bad signature by any pinned key fails
 * 3. `entry`: the entry's leaf hash
 * 4. `path`: the proof leads from that leaf, at that index and size, to a root
 * 5. `root`: it is the root in the checkpoint
 *
 * It says that the entry was logged, not that the log shows everybody the same: for that, keep the checkpoint and call
 * `checkAgainstRemembered`. Throws `VerificationError`, a `ProofError` that names the step; never returns a failure, so
 * that nobody can forget to look.
 */
export async function verifyTlogProof(claim: TlogProofToVerify): Promise<VerifiedTlogProof> {
  const { file, keys, origin, hash = sha256 } = claim;
  const steps: VerificationStep[] = [];
  let step: VerificationStepName = 'file';
  try {
    const parsed = parseTlogProof(file);
    const { checkpoint, index, proof } = parsed;
    steps.push({ number: 1, step, fileBytes: file.length, index });

    step = 'checkpoint';
    const { signer, cosigners } = await checkSignatures(parsed, keys, origin);
    const { size, root } = checkpoint;
    steps.push({ number: 2, step, origin: checkpoint.origin, size, signer, cosigners });

    step = 'entry';
    const entry = chooseEntry(claim.entry, parsed.extra);
    const leafHash = hashLeaf(entry, hash);
    steps.push({ number: 3, step, entryBytes: entry.length, leafHash });

    step = 'path';
    const computedRoot = rootFromInclusion({ index, size, leafHash, proof, hash });
    steps.push({ number: 4, step, index, size, steps: proof.length, computedRoot });

    step = 'root';
    needs(equalBytes(computedRoot, root), 'inclusion_invalid', 'the proof leads to another root than the signed one');
    steps.push({ number: 5, step, root });

    return { origin: checkpoint.origin, size, root, index, leafHash, entry, signer, cosigners, steps };
  } catch (error) {
    throw error instanceof ProofError ? new VerificationError(step, steps, error) : error;
  }
}
