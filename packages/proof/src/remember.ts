import { equalBytes } from './bytes.ts';
import type { TreeHead } from './checkpoint.ts';
import { verifyConsistency } from './consistency.ts';
import { needs, ProofError } from './errors.ts';
import { emptyRoot } from './merkle.ts';
import { type Hasher, sha256 } from './sha256.ts';

/**
 * Checks that a log's next checkpoint extends the one a verifier remembers. This is what catches a log that shows
 * different people different histories, or forgets: its signatures are all good, only the histories do not fit.
 *
 * Both checkpoints must have been verified by signature. `proof` is the consistency proof between their sizes, empty when
 * they are the same or the remembered one is empty. On success the caller stores `next`; on failure it keeps both
 * signed checkpoints, which are the evidence.
 *
 * Throws `log_other`, `log_shrunk` (a rollback), `log_forked` (two roots for one size: the log signed a contradiction),
 * `log_inconsistent` (the proof does not connect them: a fork, or a server that gave a wrong proof).
 */
export function checkAgainstRemembered(
  remembered: TreeHead,
  next: TreeHead,
  proof: readonly Uint8Array[],
  hash: Hasher = sha256,
): void {
  needs(next.origin === remembered.origin, 'log_other', `${next.origin} is not the remembered ${remembered.origin}`);
  const sizes = `${remembered.size} entries were remembered, now there are ${next.size}`;
  needs(next.size >= remembered.size, 'log_shrunk', `the log has shrunk: ${sizes}`);
  if (next.size === remembered.size) {
    needs(equalBytes(next.root, remembered.root), 'log_forked', `the log has two roots at ${next.size} entries`);
  }
  if (remembered.size === 0n) {
    needs(equalBytes(remembered.root, emptyRoot(hash)), 'log_inconsistent', 'the remembered empty log has a root');
    needs(proof.length === 0, 'log_inconsistent', 'an empty log needs no proof');
    return;
  }
  try {
    verifyConsistency({
      oldSize: remembered.size,
      oldRoot: remembered.root,
      newSize: next.size,
      newRoot: next.root,
      proof,
      hash,
    });
  } catch (cause) {
    if (!(cause instanceof ProofError)) throw cause;
    throw new ProofError('log_inconsistent', `the log is not shown to extend what was remembered: ${cause.message}`, {
      cause,
    });
  }
}
