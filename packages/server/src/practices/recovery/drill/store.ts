/** SQL of the drills. No rules. */
import type { Queryable } from '../../../platform/database/database.ts';
import type { CheckResult, Drill, DrillEnd, DrillState } from './result.ts';

export interface DrillClaim {
  readonly id: string;
  readonly lineage: string;
  readonly night: string;
  readonly asked: boolean;
}

export interface DrillLimits {
  /** One that was not seen since then is given up. */
  readonly deadBefore: Date;
  /** One of this night that ended later than this is not repeated yet. */
  readonly endedBefore: Date;
  readonly most: number;
}

export interface DrillStore {
  /** Whether the night has a backup and no drill that came to a good end, and may have one more. */
  isDue(of: Pick<DrillClaim, 'night' | 'lineage'>, limits: DrillLimits): Promise<boolean>;
  /** @returns false where one is under way, at whatever server. */
  begin(claim: DrillClaim, node: string, now: Date, deadBefore: Date): Promise<boolean>;
  seen(claim: DrillClaim, now: Date): Promise<void>;
  /** Behind the moment that is restored: there it does not stand yet. */
  marked(claim: DrillClaim, at: Date, lsn: string): Promise<void>;
  end(claim: DrillClaim, now: Date, end: DrillEnd): Promise<void>;
  /** At a start: what this server was at when it was ended. */
  cutOff(node: string, now: Date): Promise<void>;
  /** The site that was drilled longest ago, or never. One that was away had its turn: it must not keep the others from theirs. */
  nextSite(lineage: string, sites: readonly string[]): Promise<string | undefined>;
  removeBefore(before: Date): Promise<void>;
}

export function createDrillStore(database: Queryable): DrillStore {
  return {
    async isDue({ night, lineage }, { deadBefore, endedBefore, most }) {
      const rows = await database.query(
        `select 1 from recovery.night n where n.night = $1 and n.lineage = $2 and n.state = 'complete'
           and (select count(*) < $5
                       and bool_and(d.state <> 'proven' and coalesce(d.ended_at < $4, d.seen_at < $3)) is not false
                from recovery.drill d where d.night = $1 and d.lineage = $2 and not d.asked)
         limit 1`,
        [night, lineage, deadBefore, endedBefore, most],
      );
      return rows.length > 0;
    },
    async begin({ id, lineage, night, asked }, node, now, deadBefore) {
      await database.query(
        `update recovery.drill set state = 'unknown', reason = 'broke_off', ended_at = $3
         where lineage = $1 and state = 'running' and seen_at < $2`,
        [lineage, deadBefore, now],
      );
      const rows = await database.query(
        `insert into recovery.drill (drill_id, lineage, night, asked, node, state, begun_at, seen_at)
         values ($1, $2, $3, $4, $5, 'running', $6, $6)
         on conflict (lineage) where state = 'running' do nothing returning 1`,
        [id, lineage, night, asked, node, now],
      );
      return rows.length > 0;
    },
    async seen({ id }, now) {
      await database.query("update recovery.drill set seen_at = $2 where drill_id = $1 and state = 'running'", [
        id,
        now,
      ]);
    },
    async marked({ id }, at, lsn) {
      await database.query('update recovery.drill set point_at = $2, point_lsn = $3 where drill_id = $1', [
        id,
        at,
        lsn,
      ]);
    },
    async end({ id }, now, end) {
      await database.query(
        `update recovery.drill set state = $3, ended_at = $2, reason = $4, site = $5, backup_id = $6, checks = $7,
           rpo_ms = $8, rto_ms = $9, plain_bytes = $10
         where drill_id = $1 and state = 'running'`,
        [
          id,
          now,
          end.state,
          end.reason ?? null,
          end.site ?? null,
          end.backup ?? null,
          JSON.stringify(end.checks),
          end.rpoMs ?? null,
          end.rtoMs ?? null,
          end.plainBytes ?? null,
        ],
      );
    },
    async cutOff(node, now) {
      await database.query(
        `update recovery.drill set state = 'unknown', reason = 'broke_off', ended_at = $2
         where node = $1 and state = 'running'`,
        [node, now],
      );
    },
    async nextSite(lineage, sites) {
      const [row] = await database.query<{ site: string }>(
        `select s.site from unnest($2::text[]) with ordinality as s (site, n)
         left join lateral (select max(begun_at) as at from recovery.drill d
                            where d.lineage = $1 and d.site = s.site
                              and (d.state <> 'unknown' or d.reason = 'drill_site_away')) last on true
         order by last.at nulls first, s.n limit 1`,
        [lineage, [...sites]],
      );
      return row?.site;
    },
    async removeBefore(before) {
      await database.query("delete from recovery.drill where ended_at < $1 and state <> 'running'", [before]);
    },
  };
}

interface Row {
  readonly drill_id: string;
  readonly asked: boolean;
  readonly state: DrillState | 'running';
  readonly reason: string | null;
  readonly site: string | null;
  readonly backup_id: string | null;
  readonly begun_at: Date;
  readonly ended_at: Date | null;
  readonly point_at: Date | null;
  readonly point_lsn: string | null;
  readonly checks: readonly CheckResult[];
  readonly rpo_ms: number | null;
  readonly rto_ms: number | null;
  readonly plain_bytes: number | null;
}

const asDrill = (row: Row): Drill => ({
  id: row.drill_id,
  asked: row.asked,
  state: row.state,
  begunAt: row.begun_at,
  checks: row.checks,
  ...(row.reason !== null && { reason: row.reason }),
  ...(row.site !== null && { site: row.site }),
  ...(row.backup_id !== null && { backup: row.backup_id }),
  ...(row.ended_at !== null && { endedAt: row.ended_at }),
  ...(row.point_at !== null && { pointAt: row.point_at }),
  ...(row.point_lsn !== null && { pointLsn: row.point_lsn }),
  ...(row.rpo_ms !== null && { rpoMs: row.rpo_ms }),
  ...(row.rto_ms !== null && { rtoMs: row.rto_ms }),
  ...(row.plain_bytes !== null && { plainBytes: row.plain_bytes }),
});

const columns = `drill_id, asked, state, reason, site, backup_id, begun_at, ended_at, point_at, point_lsn, checks,
  rpo_ms, rto_ms, plain_bytes`;

/** The newest first; of this history. */
export async function listDrills(database: Queryable, lineage: string, limit: number): Promise<readonly Drill[]> {
  const rows = await database.query<Row>(
    `select ${columns} from recovery.drill where lineage = $1 order by begun_at desc, drill_id limit $2`,
    [lineage, limit],
  );
  return rows.map(asDrill);
}

export interface DrillHealth {
  /** The newest that proved a backup, at whatever site. */
  readonly proven: Drill | undefined;
  /** The same of each site that has one. */
  readonly provenAt: ReadonlyMap<string, Drill>;
  /** Of each site whose newest result is that it failed, this one. */
  readonly failing: readonly Drill[];
  /** Why the newest one could not be tried, where it could not. */
  readonly untried: string | undefined;
  /** When the first backup of this history was complete: from then on there is something to prove. */
  readonly firstBackup: Date | undefined;
}

/** @param sites those that are named now: what another one had troubles nobody. */
export async function drillHealth(
  database: Queryable,
  lineage: string,
  sites: readonly string[],
): Promise<DrillHealth> {
  const rows = await database.query<Row>(
    `select distinct on (site, state) ${columns} from recovery.drill
     where lineage = $1 and state <> 'running' and (site is null or site = any($2::text[]))
     order by site, state, ended_at desc`,
    [lineage, [...sites]],
  );
  const [night] = await database.query<{ first: Date | null }>(
    "select min(completed_at) as first from recovery.night where lineage = $1 and state = 'complete'",
    [lineage],
  );
  const drills = rows.map(asDrill).toSorted((a, b) => endOf(b) - endOf(a));
  const results = drills.filter(({ state }) => state !== 'unknown');
  const newest = [...Map.groupBy(results, ({ site }) => site).values()].flatMap(([first]) => first ?? []);
  return {
    proven: results.find(({ state }) => state === 'proven'),
    provenAt: new Map(
      results.flatMap((one) => (one.state === 'proven' && one.site !== undefined ? [[one.site, one] as const] : [])),
    ),
    failing: newest.filter(({ state }) => state === 'failed'),
    untried: drills[0]?.state === 'unknown' ? drills[0].reason : undefined,
    firstBackup: night?.first ?? undefined,
  };
}

const endOf = ({ endedAt }: Drill) => endedAt?.getTime() ?? 0;
