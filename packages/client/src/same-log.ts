import {
  type Checkpoint,
  checkAgainstRemembered,
  decodeBase64,
  ProofError,
  parseCheckpoint,
  type TreeHead,
  type VerifierKey,
  verifyNote,
} from '@obhut/proof';
import type { ConsistencyProof } from './types.ts';

/** The part of a journal that this needs. */
export interface Heads {
  checkpoint(): Promise<string>;
  consistency(from: bigint): Promise<ConsistencyProof>;
}

export interface ExtendedHead {
  readonly head: Checkpoint;
  /** The signed note. */
  readonly checkpoint: string;
}

/** A quiet log needs one try. A busy one grows between two requests, but not for ever just then. */
const tries = 8;

/** A checkpoint of that log, signed by its key. @throws ProofError */
export async function verifiedHead(checkpoint: string, key: VerifierKey): Promise<Checkpoint> {
  const head = parseCheckpoint(new TextEncoder().encode(checkpoint));
  if (head.origin !== key.name) throw new ProofError('origin_mismatch', 'the checkpoint is of another log');
  await verifyNote(head.note, [key]);
  return head;
}

/**
 * Shows that all these heads, which must have been verified by signature, are of one log: that the log's checkpoint of
 * this moment extends each of them.
 *
 * @returns that checkpoint, to be remembered.
 * @throws ProofError `log_shrunk`, `log_forked`, `log_inconsistent`
 */
export async function showSameLog(source: Heads, key: VerifierKey, heads: readonly TreeHead[]): Promise<ExtendedHead> {
  let checkpoint = await source.checkpoint();
  for (let count = 0; count < tries; count += 1) {
    const newest = await verifiedHead(checkpoint, key);
    const grown = await firstGrowth(source, newest, heads);
    if (grown === undefined) return { head: newest, checkpoint };
    checkpoint = grown;
  }
  throw new ProofError('log_inconsistent', 'the log grew with every request, so nothing could be compared');
}

/** Checks each head against the newest. @returns a newer checkpoint as soon as the log shows one. */
async function firstGrowth(source: Heads, newest: Checkpoint, heads: readonly TreeHead[]): Promise<string | undefined> {
  for (const head of heads) {
    if (head.size === 0n || head.size >= newest.size) {
      checkAgainstRemembered(head, newest, []);
      continue;
    }
    const { size, proof, checkpoint } = await source.consistency(head.size);
    if (BigInt(size) !== newest.size) return checkpoint;
    checkAgainstRemembered(
      head,
      newest,
      proof.map((hash) => decodeBase64(hash, 'consistency proof')),
    );
  }
  return undefined;
}
