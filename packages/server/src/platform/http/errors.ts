import type { FastifyError } from 'fastify';
import { failureOf } from '../database/errors.ts';
import { Problem, type ProblemCode } from './problem.ts';

/** Our own errors by their code, and what the caller is told. */
const byCode: Readonly<Record<string, ProblemCode>> = {
  schema_invalid: 'schema_invalid',
  collection_change_refused: 'collection_change_refused',
  label_taken: 'label_taken',
  idempotency_mismatch: 'idempotency_mismatch',
  item_refused: 'item_refused',
  write_conflict: 'write_conflict',
  ciphertext_rejected: 'damaged',
  journal_damaged: 'damaged',
  journal_unavailable: 'journal_unavailable',
  outcome_unknown: 'outcome_unknown',
  // The database was slower than a receipt lives: nothing was opened, and the next attempt has an entry of its own.
  receipt_expired: 'unavailable',
  safes_unreadable: 'unavailable',
  FST_ERR_CTP_BODY_TOO_LARGE: 'too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'input_invalid',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'input_invalid',
  FST_ERR_CTP_INVALID_JSON_BODY: 'input_invalid',
};

/** A site is full, broken, or not mounted for writing. Nothing but a site is written to on a request. */
const fileFailures = new Set([
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EROFS',
  'EACCES',
  'EPERM',
  'ENOTDIR',
  'ENXIO',
  'ESTALE',
  'EVERSIONS',
  'site_too_slow',
  'site_not_ours',
]);

const parts: Readonly<Record<string, string>> = { body: '', querystring: '?', params: ':', headers: 'header ' };

/** The first thing that a schema refused, named without its value. */
function fromValidation(error: FastifyError): Problem {
  const [first] = error.validation ?? [];
  const params = first?.params as { missingProperty?: string; additionalProperty?: string } | undefined;
  const named = params?.missingProperty ?? params?.additionalProperty;
  const where = `${first?.instancePath ?? ''}${named === undefined ? '' : `/${named}`}`;
  const part = parts[error.validationContext ?? 'body'] ?? '';
  const field = part === '' ? where || '/' : `${part}${where.replace(/^\//, '')}`;
  return new Problem('input_invalid', { field, reason: first?.message ?? 'is not valid' });
}

/**
 * What to tell of an error. What is not known to be the caller's or the moment's is ours: `internal`, without a word more.
 */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof Error)) return new Problem('internal');
  const { code, validation } = error as FastifyError;
  if (validation !== undefined) return fromValidation(error as FastifyError);
  const known = byCode[code];
  if (known !== undefined) {
    const field = (error as { field?: unknown }).field;
    if (typeof field === 'string') return new Problem(known, { field, reason: error.message });
    return new Problem(known, known === 'input_invalid' ? { field: '/', reason: 'is not JSON' } : {});
  }
  // A malformed JSON body comes from the parser as a plain SyntaxError with status 400.
  if ((error as FastifyError).statusCode === 400)
    return new Problem('input_invalid', { field: '/', reason: 'is not JSON' });
  const failure = failureOf(error);
  if (failure === 'unavailable') return new Problem('unavailable');
  if (failure === 'unknown') return new Problem('outcome_unknown');
  if (fileFailures.has(code)) return new Problem('storage_unavailable');
  return new Problem('internal');
}
