import {
  decodeBase64,
  encodeBase64,
  formatVerifierKey,
  HASH_LENGTH,
  ProofError,
  type ProofErrorCode,
  parseVerifierKey,
  type VerificationStep,
  type VerifierKey,
  verifyTlogProof,
} from '@obhut/proof';
import type { Journal, LogChoice } from './journal.ts';
import type { KnownLog, KnownLogs } from './known-logs.ts';
import { showSameLog, verifiedHead } from './same-log.ts';
import type { Customer, JournalEntry, ReceiptText } from './types.ts';

/** The parts of a receipt. */
export interface Receipt {
  readonly origin: string;
  readonly index: bigint;
  readonly leafHash: Uint8Array;
}

/**
 * - `receipt_invalid`: not `origin index leaf-hash`
 * - `log_unknown`: of no log that this customer has or had
 * - `receipt_mismatch`: the log has another entry at that index than the receipt says
 * - and those of `@obhut/proof`
 */
export type ReceiptErrorCode = 'receipt_invalid' | 'log_unknown' | 'receipt_mismatch' | ProofErrorCode;

/** A receipt that does not hold. For a log that shrank or forked, `evidence` has the signed checkpoints: keep them. */
export class ReceiptError extends Error {
  override readonly name = 'ReceiptError';
  readonly code: ReceiptErrorCode;
  readonly evidence: readonly string[];
  constructor(code: ReceiptErrorCode, message: string, evidence: readonly string[] = [], cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.evidence = evidence;
  }
}

export interface VerifiedReceipt {
  readonly origin: string;
  readonly index: bigint;
  /** Entries under the checkpoint that proves it. */
  readonly size: bigint;
  /** The entry in the log: ids and codes, no personal value. */
  readonly entry: JournalEntry;
  /** The verifier key that was used. */
  readonly key: string;
  /** The key came from the server just now: neither pinned nor remembered. It proves no more than that the log fits itself. */
  readonly firstContact: boolean;
  /** The proof, to be kept or handed on: it can be verified offline. */
  readonly file: string;
  readonly steps: readonly VerificationStep[];
}

export interface ReceiptVerifier {
  readonly customer: () => Promise<Customer>;
  readonly journal: Journal;
  readonly pinned: readonly VerifierKey[];
  readonly knownLogs: KnownLogs;
}

/** @throws ReceiptError `receipt_invalid` */
export function parseReceipt(text: ReceiptText): Receipt {
  const [, origin, index, leaf] = /^([^\s]{1,300}) (0|[1-9]\d{0,18}) ([A-Za-z0-9+/]{43}=)$/.exec(text) ?? [];
  if (origin === undefined || index === undefined || leaf === undefined) {
    throw new ReceiptError('receipt_invalid', 'a receipt is: origin, index, leaf hash');
  }
  try {
    const leafHash = decodeBase64(leaf, 'leaf hash');
    if (leafHash.length === HASH_LENGTH) return { origin, index: BigInt(index), leafHash };
  } catch {
    // not canonical: said below
  }
  throw new ReceiptError('receipt_invalid', 'the leaf hash of the receipt is not one');
}

/** Keeps the customer's logs once they are known; a receipt of a log unknown so far asks again. */
async function logOf(
  origin: string,
  customer: ReceiptVerifier['customer'],
): Promise<{ choice: LogChoice; key: string }> {
  const { logs } = await customer();
  for (const log of ['access', 'orders'] as const) {
    if (logs[log].origin === origin) return { choice: { log }, key: logs[log].key };
    const earlier = logs[log].earlier.find((one) => one.origin === origin);
    if (earlier !== undefined) return { choice: { log, generation: earlier.generation }, key: earlier.key };
  }
  throw new ReceiptError('log_unknown', 'the receipt is of no log that this customer has');
}

/**
 * Verifies a receipt against the log:
 *
 * 1. the proof of the entry at the receipt's index, by the log's pinned (or remembered) key
 * 2. it is the entry that the receipt names
 * 3. the log of now extends both the proof's checkpoint and the one remembered: it neither shrank nor forked
 *
 * Then the newest checkpoint is remembered. What this cannot show: an entry that was never made.
 * @throws ReceiptError, ObhutError
 */
export async function verifyReceipt(text: ReceiptText, verifier: ReceiptVerifier): Promise<VerifiedReceipt> {
  const receipt = parseReceipt(text);
  const { origin } = receipt;
  const { choice, key: served } = await logOf(origin, verifier.customer);
  // Read before anything is fetched: what is fetched later can only be newer.
  const known = await verifier.knownLogs.get(origin);
  const pinned = verifier.pinned.find(({ name }) => name === origin);
  const seen: string[] = known === undefined ? [] : [known.checkpoint];
  try {
    const key = pinned ?? parseVerifierKey(known?.key ?? served);
    const file = await verifier.journal.proof(receipt.index, choice);
    const proven = await verifyTlogProof({ file: new TextEncoder().encode(file), keys: [key], origin });
    const sameLeaf = encodeBase64(proven.leafHash) === encodeBase64(receipt.leafHash);
    if (proven.index !== receipt.index || !sameLeaf) {
      throw new ReceiptError('receipt_mismatch', 'the log has another entry there than the receipt says', [file]);
    }
    seen.push(file);
    const heads = {
      checkpoint: async () => {
        const checkpoint = await verifier.journal.checkpoint(choice);
        seen.push(checkpoint);
        return checkpoint;
      },
      consistency: (from: bigint) => verifier.journal.consistency(from, choice),
    };
    const remembered = known === undefined ? [] : [await verifiedHead(known.checkpoint, key)];
    const newest = await showSameLog(heads, key, [...remembered, proven]);
    const keyText = pinned === undefined ? (known?.key ?? served) : formatVerifierKey(pinned);
    await verifier.knownLogs.set(origin, remembering(keyText, newest.checkpoint, newest.head.size));
    return {
      origin,
      index: proven.index,
      size: proven.size,
      entry: JSON.parse(new TextDecoder().decode(proven.entry)) as JournalEntry,
      key: keyText,
      firstContact: pinned === undefined && known === undefined,
      file,
      steps: proven.steps,
    };
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw new ReceiptError(error.code, error.message, error.code.startsWith('log_') ? seen : [], error);
  }
}

const remembering = (key: string, checkpoint: string, size: bigint): KnownLog => ({ key, checkpoint, size: `${size}` });
