import { ApiError } from '../api/http.ts';

/** For queries of proofs: an entry is under a checkpoint a second after it was made, or a few where much is going on. */
export const untilSigned = {
  retry: (count: number, error: Error): boolean => count < 6 && error instanceof ApiError && error.code === 'not_yet',
  retryDelay: 1_200,
} as const;
