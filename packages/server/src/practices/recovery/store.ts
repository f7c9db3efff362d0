import type { Queryable } from '../../platform/database/database.ts';

export interface NightClaim {
  readonly night: string;
  /** A restored database knows the nights of the history that it comes from; its own begins with a backup at once. */
  readonly lineage: string;
  readonly attempt: number;
}

export interface ClaimLimits {
  readonly deadBefore: Date;
  /** An attempt that failed later than this is not repeated yet. */
  readonly failedBefore: Date;
  readonly most: number;
}

export interface MadeFacts {
  readonly backup: string;
  readonly plainBytes: number;
  readonly storedBytes: number;
}

export interface BackupHealth {
  readonly lastComplete: Date | undefined;
  readonly firstBegun: Date | undefined;
  readonly damagedAt: readonly string[];
}

export interface RecoveryStore {
  /**
   * Takes a night on, for this server alone: one attempt at a time, no more than `most`, the next one only after a pause. One
   * that was not seen since `deadBefore` is given up first.
   */
  claim(
    of: Pick<NightClaim, 'night' | 'lineage'>,
    node: string,
    now: Date,
    limits: ClaimLimits,
  ): Promise<NightClaim | undefined>;
  seen(claim: NightClaim, now: Date): Promise<void>;
  complete(claim: NightClaim, now: Date, made: MadeFacts): Promise<void>;
  fail(claim: NightClaim, now: Date, code: string): Promise<void>;
  /** What reading a backup back at a site has shown. */
  looked(backup: string, site: string, now: Date, damaged: number): Promise<void>;
  /** Of this history: when the last backup was complete and when the first was begun, and sites where a look since that moment found damage. */
  health(lineage: string, since: Date): Promise<BackupHealth>;
  /** Backups of which all was right when it was last read at this site. */
  goodAt(site: string): Promise<ReadonlySet<string>>;
}

export function createRecoveryStore(database: Queryable): RecoveryStore {
  return {
    async claim({ night, lineage }, node, now, { deadBefore, failedBefore, most }) {
      await database.query(
        `update recovery.night set state = 'failed', completed_at = $2, failure = 'broke_off'
         where night = $1 and lineage = $4 and state = 'created' and seen_at < $3`,
        [night, now, deadBefore, lineage],
      );
      const [row] = await database.query<{ attempt: number }>(
        `insert into recovery.night (night, lineage, attempt, node, state, started_at, seen_at)
         select $1, $6, coalesce(max(attempt), 0) + 1, $2, 'created', $3, $3
         from recovery.night where night = $1 and lineage = $6
         having count(*) < $4 and bool_and(state = 'failed' and completed_at < $5) is not false
         on conflict do nothing returning attempt`,
        [night, node, now, most, failedBefore, lineage],
      );
      return row === undefined ? undefined : { night, lineage, attempt: row.attempt };
    },
    async seen({ night, lineage, attempt }, now) {
      await database.query(
        'update recovery.night set seen_at = $4 where night = $1 and lineage = $2 and attempt = $3',
        [night, lineage, attempt, now],
      );
    },
    async complete({ night, lineage, attempt }, now, { backup, plainBytes, storedBytes }) {
      await database.query(
        `update recovery.night set state = 'complete', completed_at = $4, backup_id = $5, plain_bytes = $6, stored_bytes = $7
         where night = $1 and lineage = $2 and attempt = $3`,
        [night, lineage, attempt, now, backup, plainBytes, storedBytes],
      );
    },
    async fail({ night, lineage, attempt }, now, code) {
      await database.query(
        `update recovery.night set state = 'failed', completed_at = $4, failure = $5
         where night = $1 and lineage = $2 and attempt = $3`,
        [night, lineage, attempt, now, code],
      );
    },
    async looked(backup, site, now, damaged) {
      await database.query(
        `insert into recovery.stored (backup_id, site, state, looked_at, damaged) values ($1, $2, $3, $4, $5)
         on conflict (backup_id, site) do update set state = excluded.state, looked_at = excluded.looked_at,
           damaged = excluded.damaged`,
        [backup, site, damaged === 0 ? 'verified' : 'damaged', now, damaged],
      );
    },
    async health(lineage, since) {
      const [row] = await database.query<{ last: Date | null; first: Date | null; damaged: string[] | null }>(
        `select max(completed_at) filter (where state = 'complete') as last, min(started_at) as first,
                (select array_agg(distinct site order by site) from recovery.stored where state = 'damaged' and looked_at > $2) as damaged
         from recovery.night where lineage = $1`,
        [lineage, since],
      );
      return {
        lastComplete: row?.last ?? undefined,
        firstBegun: row?.first ?? undefined,
        damagedAt: row?.damaged ?? [],
      };
    },
    async goodAt(site) {
      const rows = await database.query<{ backup_id: string }>(
        `select backup_id from recovery.stored where site = $1 and state = 'verified'`,
        [site],
      );
      return new Set(rows.map(({ backup_id: backup }) => backup));
    },
  };
}

export interface CompleteNight {
  /** `2026-11-25`, by the calendar of Berlin. */
  readonly night: string;
  readonly backup: string;
  readonly completedAt: Date;
  readonly bytes: number;
  /** What reading it back has shown, by site. */
  readonly stored: ReadonlyMap<string, 'verified' | 'damaged'>;
}

export interface LastNights {
  readonly firstBegun: Date;
  /** Those whose backup was complete, the newest first; not more than a few. */
  readonly complete: readonly CompleteNight[];
}

/** While the newest one is being read, the one before counts; a night that came late may lie between them. */
const fewNights = 3;

/** Of this history; `undefined` where no night was begun. */
export async function lastNights(database: Queryable, lineage: string): Promise<LastNights | undefined> {
  const [first] = await database.query<{ at: Date | null }>(
    'select min(started_at) as at from recovery.night where lineage = $1',
    [lineage],
  );
  if (first?.at == null) return undefined;
  const rows = await database.query<{
    night: string;
    backup_id: string;
    completed_at: Date;
    plain_bytes: number;
    stored: Readonly<Record<string, 'verified' | 'damaged'>> | null;
  }>(
    `select n.night::text as night, n.backup_id, n.completed_at, n.plain_bytes,
            (select jsonb_object_agg(s.site, s.state) from recovery.stored s where s.backup_id = n.backup_id) as stored
     from recovery.night n where n.lineage = $1 and n.state = 'complete' order by n.completed_at desc limit $2`,
    [lineage, fewNights],
  );
  return {
    firstBegun: first.at,
    complete: rows.map((row) => ({
      night: row.night,
      backup: row.backup_id,
      completedAt: row.completed_at,
      bytes: row.plain_bytes,
      stored: new Map(Object.entries(row.stored ?? {})),
    })),
  };
}

/** When a recovery kit was last rehearsed. */
export async function lastRehearsal(database: Queryable): Promise<Date | undefined> {
  const [row] = await database.query<{ at: Date | null }>('select max(rehearsed_at) as at from recovery.rehearsal');
  return row?.at ?? undefined;
}
