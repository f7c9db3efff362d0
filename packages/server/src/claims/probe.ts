import type { Clock } from '../platform/clock/clock.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { CustomerId } from '../platform/ids/ids.ts';

export type Verdict = 'holds' | 'fails' | 'unknown';

/** What a probe saw: counts and codes, never anything personal. It is public. */
export interface Observation {
  readonly verdict: Verdict;
  /** Whole numbers and short codes, by name. */
  readonly counts: Readonly<Record<string, number | string>>;
  /** Why it is unknown, as a code. */
  readonly reason?: string;
}

/** What every probe is given: it can look, and change nothing. */
export interface ProbeContext {
  readonly clock: Clock;
  /** A role, or at least a session, that only reads. */
  readonly database: Queryable;
  /** The operator's own customer. */
  readonly operator: CustomerId;
  readonly signal: AbortSignal;
}
