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

/** The log is the record. Here stay the proofs of two days, of which the newest counts, and what was worst on each day. */
const keptProofs = "interval '2 days'";
const keptDays = 400;
/** The worst last. */
const order = "array['holds', 'unknown', 'fails']";

const insertSql = `
  with proof as (
    insert into claims.proof (customer_id, proof_id, claim, verdict, reason, counts, probe, probe_version, observed_at, took_ms, idx, generation)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
      (select generation from journal.log where customer_id = $1 and kind = 'page' and ended_at is null))
    returning (observed_at at time zone 'UTC')::date as day, generation
  ), worst as (
    insert into claims.day as d (customer_id, claim, day, verdict, idx, generation)
    select $1, $3, proof.day, $4, $11, proof.generation from proof
    on conflict (customer_id, claim, day) do update
    set verdict = excluded.verdict, idx = excluded.idx, generation = excluded.generation
    where array_position(${order}, excluded.verdict) > array_position(${order}, d.verdict)
  ), old_days as (
    delete from claims.day d using proof where d.customer_id = $1 and d.claim = $3 and d.day < proof.day - ${keptDays}
  )
  delete from claims.proof p where p.customer_id = $1 and p.claim = $3 and p.observed_at < $9::timestamptz - ${keptProofs}`;

export interface ProofStoreOptions {
  readonly database: Database;
  readonly operator: () => Promise<CustomerId>;
  /** Those that are measured. */
  readonly claims: readonly string[];
}

export function createProofStore({ database, operator, claims }: ProofStoreOptions): ProofStore {
  return {
    async insert(proof) {
      await database.query(insertSql, [
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
      ]);
    },
    async newest() {
      const rows = await database.query<Row>(
        // What stands in a log that has ended is proven anew in the next one.
        `select p.* from unnest($2::text[]) as wanted (claim)
         cross join lateral (
           select * from claims.proof one where one.customer_id = $1 and one.claim = wanted.claim and one.generation =
             (select generation from journal.log where customer_id = $1 and kind = 'page' and ended_at is null)
           order by one.observed_at desc, one.idx desc limit 1) p`,
        [await operator(), claims],
        'claims-newest',
      );
      return new Map(rows.map((row) => [row.claim, asProof(row)]));
    },
    async days(since) {
      return database.query<DayOfClaim>(
        `select claim, to_char(day, 'YYYY-MM-DD') as day, verdict from claims.day where customer_id = $1 and day >= $2::date`,
        [await operator(), since.toISOString().slice(0, 10)],
        'claims-days',
      );
    },
  };
}
