import { ProofError, type ProofErrorCode } from '../errors.ts';

/** Fails unless the action throws a `ProofError` of this code. Returns the error. */
export function rejects(action: () => unknown, code: ProofErrorCode): ProofError {
  let result: unknown;
  try {
    result = action();
  } catch (error) {
    if (error instanceof ProofError && error.code === code) return error;
    throw error;
  }
  throw new Error(`expected ${code}, but got ${String(result)}`);
}
