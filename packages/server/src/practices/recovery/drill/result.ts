/** What a drill has looked at, and what it found: codes, counts and measured times, never anything personal. */

/** In the order in which they are looked at. */
export const drillChecks = ['restored', 'reached', 'same', 'erased', 'living', 'structure'] as const;
export type DrillCheck = (typeof drillChecks)[number];

export interface CheckResult {
  readonly check: DrillCheck;
  readonly verdict: 'holds' | 'fails' | 'unknown';
  readonly counts: Readonly<Record<string, number | string>>;
}

export interface DrillFacts {
  readonly backup?: string;
  readonly site?: string;
  /** The moment that was restored, and its place in the log. */
  readonly pointAt?: Date;
  readonly pointLsn?: string;
  readonly checks: readonly CheckResult[];
  /** For how long something that was committed lay at no site. */
  readonly rpoMs?: number;
  /** From the first look at the site to the first read in the restored database. */
  readonly rtoMs?: number;
  readonly plainBytes?: number;
}

/** `unknown`: it could not be tried, or not every check could be made; that says nothing of the backup. */
export type DrillState = 'proven' | 'failed' | 'unknown';

export interface DrillEnd extends DrillFacts {
  readonly state: DrillState;
  readonly reason?: string;
}

export interface Drill extends DrillFacts {
  readonly id: string;
  readonly asked: boolean;
  readonly state: DrillState | 'running';
  readonly reason?: string;
  readonly begunAt: Date;
  readonly endedAt?: Date;
}
