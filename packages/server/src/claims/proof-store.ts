import type { Database } from '../platform/database/database.ts';
import { type CustomerId, newId, type ProofId } from '../platform/ids/ids.ts';
import type { Verdict } from './probe.ts';

/** A probe's observation, as it stands in the public log. */
export interface Proof {
  readonly claim: string;
  readonly verdict: Verdict;
  readonly reason: string | undefined;
  readonly counts: Readonly<Record<string, number | string>>;
  readonly probe: string;
  readonly probeVersion: number;
  readonly observedAt: Date;
  readonly tookMs: number;
  /** Its entry in the page log. */
  readonly index: number;
}

export interface DayOfClaim {
  readonly claim: string;
  /** `2026-11-24`, UTC. */
  readonly day: string;
  readonly verdict: Verdict;
}

export interface ProofStore {
  insert(proof: Proof): Promise<void>;
  /** The newest of each claim. */
  newest(): Promise<ReadonlyMap<string, Proof>>;
  /** The worst verdict of each claim and day. */
  days(since: Date): Promise<readonly DayOfClaim[]>;
}

interface Row {
  readonly claim: string;
  readonly verdict: Verdict;
  readonly reason: string | null;
  readonly counts: Record<string, number | string>;
  readonly probe: string;
  readonly probe_version: number;
  readonly observed_at: Date;
  readonly took_ms: number;
  readonly idx: number;
}

const asProof = (row: Row): Proof => ({
  claim: row.claim,
  verdict: row.verdict,
  reason: row.reason ?? undefined,
  counts: row.counts,
  probe: row.probe,
  probeVersion: row.probe_version,
  observedAt: row.observed_at,
  tookMs: row.took_ms,
  index: row.idx,
});

export function createProofStore(database: Database, operator: () => Promise<CustomerId>): ProofStore {
  return {
    async insert(proof) {
      await database.query(
        `insert into claims.proof (customer_id, proof_id, claim, verdict, reason, counts, probe, probe_version, observed_at, took_ms, idx, generation)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
           (select generation from journal.log where customer_id = $1 and kind = 'page' and ended_at is null))`,
        [
          await operator(),
          newId<ProofId>(),
          proof.claim,
          proof.verdict,
          proof.reason ?? null,
          { ...proof.counts },
          proof.probe,
          proof.probeVersion,
          proof.observedAt,
          proof.tookMs,
          proof.index,
        ],
      );
    },
    async newest() {
      const rows = await database.query<Row>(
        // What stands in a log that has ended is proven anew in the next one.
        `select distinct on (p.claim) p.* from claims.proof p
         join journal.log l on l.customer_id = $1 and l.kind = 'page' and l.ended_at is null and l.generation = p.generation
         where p.customer_id = $1 order by p.claim, p.observed_at desc`,
        [await operator()],
        'claims-newest',
      );
      return new Map(rows.map((row) => [row.claim, asProof(row)]));
    },
    async days(since) {
      const rows = await database.query<{ claim: string; day: string; verdict: Verdict }>(
        `select claim, to_char(observed_at at time zone 'UTC', 'YYYY-MM-DD') as day,
                case when bool_or(verdict = 'fails') then 'fails' when bool_or(verdict = 'unknown') then 'unknown' else 'holds' end as verdict
         from claims.proof where customer_id = $1 and observed_at >= $2 group by 1, 2`,
        [await operator(), since],
        'claims-days',
      );
      return rows;
    },
  };
}
