/** SQL of the nights. No rules. */
import type { Database, Queryable } from '../../../platform/database/database.ts';
import type { CustomerId } from '../../../platform/ids/ids.ts';
import type { Night } from './backup.ts';

interface Which {
  readonly repository: string;
  readonly night: string;
}

export interface NightStore {
  /**
   * Takes a night for this server, which no other takes then.
   * @param again failed ones that begun before this may be tried again, and running ones that begun before `stuck`.
   */
  begin(which: Which, at: Date, again: Date, stuck: Date): Promise<boolean>;
  done(which: Which, at: Date, night: Night): Promise<void>;
  failed(which: Which, at: Date, code: string): Promise<void>;
  /** Repositories whose newest night failed, or is not at every site. */
  failing(): Promise<readonly { readonly repository: string; readonly code: string }[]>;
  /** At a start: what this server was at when it was ended. */
  cutOff(at: Date): Promise<void>;
}

export function createNightStore(database: Database, operator: () => Promise<CustomerId>, node: string): NightStore {
  return {
    async begin({ repository, night }, at, again, stuck) {
      const rows = await database.query(
        `insert into source_code.night as n (customer_id, repository, night, node, state, begun_at)
         values ($1, $2, $3, $4, 'running', $5)
         on conflict (customer_id, repository, night) do update
           set state = 'running', node = excluded.node, begun_at = excluded.begun_at, ended_at = null, error = null
           where (n.state = 'failed' and n.begun_at <= $6) or (n.state = 'running' and n.begun_at <= $7)
         returning 1`,
        [await operator(), repository, night, node, at, again, stuck],
      );
      return rows.length > 0;
    },
    async done({ repository, night }, at, { refs, bundles, bytes, sites, missed }) {
      await database.query(
        `update source_code.night set state = 'done', ended_at = $5, error = null, refs = $6, bundles = $7, bytes = $8,
           sites = $9, missed = $10
         where customer_id = $1 and repository = $2 and night = $3 and node = $4`,
        [await operator(), repository, night, node, at, refs, bundles, bytes, [...sites], [...missed]],
      );
    },
    async failed({ repository, night }, at, code) {
      await database.query(
        `update source_code.night set state = 'failed', ended_at = $5, error = $6
         where customer_id = $1 and repository = $2 and night = $3 and node = $4`,
        [await operator(), repository, night, node, at, code],
      );
    },
    async failing() {
      const rows = await database.query<{ repository: string; code: string }>(
        `select repository, coalesce(error, 'site_missed') as code from (
           select distinct on (repository) * from source_code.night
           where customer_id = $1 and state <> 'running' order by repository, night desc) as newest
         where state = 'failed' or cardinality(missed) > 0`,
        [await operator()],
      );
      return rows;
    },
    async cutOff(at) {
      await database.query(
        `update source_code.night set state = 'failed', ended_at = $3, error = 'cut_off', begun_at = to_timestamp(0)
         where customer_id = $1 and node = $2 and state = 'running'`,
        [await operator(), node, at],
      );
    },
  };
}

/** The newest night of each repository that was proven. */
export async function lastProven(
  database: Queryable,
  customer: CustomerId,
): Promise<ReadonlyMap<string, { readonly endedAt: Date; readonly sites: readonly string[]; readonly refs: number }>> {
  const rows = await database.query<{ repository: string; ended_at: Date; sites: string[]; refs: number }>(
    `select distinct on (repository) repository, ended_at, sites, refs from source_code.night
     where customer_id = $1 and state = 'done' order by repository, night desc`,
    [customer],
  );
  return new Map(rows.map(({ repository, ended_at: endedAt, sites, refs }) => [repository, { endedAt, sites, refs }]));
}
