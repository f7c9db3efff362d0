/** Whether a proof is of the same log that was seen before. */
import { type KnownLog, type KnownLogs, showSameLog, verifiedHead } from '@obhut/client';
import {
  checkAgainstRemembered,
  formatNote,
  formatVerifierKey,
  ProofError,
  parseTlogProof,
  type VerifiedTlogProof,
  type VerifierKey,
} from '@obhut/proof';
import type { Arguments } from './command.ts';
import { customerOf } from './connection.ts';
import type { Terminal } from './terminal.ts';

/**
 * - `none`: nothing is to be remembered
 * - `first`: nothing was remembered of this log; now it is
 * - `same`: it was compared
 * - `open`: it could not be compared, because the log grew since and nobody was asked
 */
export type Compared = 'none' | 'first' | 'same' | 'open';

export interface Comparison {
  readonly terminal: Terminal;
  readonly given: Arguments;
  readonly memory: KnownLogs | undefined;
  readonly known: KnownLog | undefined;
  readonly keys: readonly VerifierKey[];
  readonly proven: VerifiedTlogProof;
  readonly file: Uint8Array;
}

/** @throws ProofError `log_shrunk`, `log_forked`, `log_inconsistent` */
export async function compareWithMemory(comparison: Comparison): Promise<Compared> {
  const { terminal, given, memory, known, keys, proven, file } = comparison;
  if (memory === undefined) return 'none';
  const key = keys.find(({ name }) => name === proven.origin);
  if (key === undefined) throw new ProofError('signer_unknown', 'no key of this log');
  const remember = (checkpoint: string, size: bigint) =>
    memory.set(proven.origin, { key: formatVerifierKey(key), checkpoint, size: `${size}` });

  const remembered = known === undefined ? undefined : await verifiedHead(known.checkpoint, key);
  if (given.text('customer') !== undefined) {
    const { journal } = customerOf(terminal, given);
    const log = await logOf(terminal, given, proven.origin);
    const source = {
      checkpoint: () => journal.checkpoint({ log }),
      consistency: (from: bigint) => journal.consistency(from, { log }),
    };
    const newest = await showSameLog(source, key, remembered === undefined ? [proven] : [remembered, proven]);
    await remember(newest.checkpoint, newest.head.size);
    return remembered === undefined ? 'first' : 'same';
  }
  if (remembered === undefined) {
    const { note } = parseTlogProof(file).checkpoint;
    await remember(formatNote(note.text, note.signatures), proven.size);
    return 'first';
  }
  // An older proof is no shrunk log, and a newer one no fork: only the log itself can show how they fit.
  if (remembered.size !== proven.size) return 'open';
  checkAgainstRemembered(remembered, proven, []);
  return 'same';
}

async function logOf(terminal: Terminal, given: Arguments, origin: string): Promise<'access' | 'orders'> {
  const { logs } = await customerOf(terminal, given).get();
  if (logs.access.origin === origin) return 'access';
  if (logs.orders.origin === origin) return 'orders';
  throw new ProofError('origin_mismatch', 'this customer has no such log');
}
