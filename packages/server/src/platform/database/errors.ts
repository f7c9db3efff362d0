import { DatabaseError } from 'pg';

/**
 * What a failed statement means for the one who asked.
 * - `conflict`: another writer was first (unique, serialization, deadlock): try again with a fresh look.
 * - `item`: the data itself is refused (SQLSTATE class 21, 22, 23): one item of a batch is the culprit.
 * - `unknown`: the connection broke, perhaps after the commit: nothing may be released.
 * - `unavailable`: the database is gone, full or refuses: nothing was done.
 * - `defect`: everything else is ours.
 */
export type Failure = 'conflict' | 'item' | 'unknown' | 'unavailable' | 'defect';

/** Classifies an error of `pg` by its SQLSTATE (PostgreSQL documentation, appendix A). */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof DatabaseError)) return connectionFailure(error);
  const state = error.code ?? '';
  if (state === '40001' || state === '40P01' || state === '23505' || state === '55P03') return 'conflict';
  if (/^2[123]/.test(state)) return 'item';
  // Also refused at the door: password, no such database, no connections allowed.
  if (/^(28|53|57|58)/.test(state) || state === '3D000' || state === '55000') return 'unavailable';
  if (/^08/.test(state)) return 'unknown';
  return 'defect';
}

/** Never connected: nothing can have happened. */
const unreached = new Set(['ECONNREFUSED', 'ENOENT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'ENOTFOUND']);
/** Lost on the way: it may have happened. */
const lost = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

function connectionFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return 'defect';
  const { code } = error as NodeJS.ErrnoException;
  if ((code !== undefined && unreached.has(code)) || /trying to connect|pool after calling end/.test(error.message))
    return 'unavailable';
  if ((code !== undefined && lost.has(code)) || /terminated|Query read timeout|not queryable/i.test(error.message))
    return 'unknown';
  return 'defect';
}

/** The commit's outcome is not known. Becomes 503; a retry with the same idempotency key is safe. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
  readonly code = 'outcome_unknown';
  constructor() {
    super('it is not known whether the change was committed');
  }
}
