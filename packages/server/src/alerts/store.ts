import type { Severity } from '../notify/alarm-routes/route.ts';
import type { AlarmCode, AlarmRefs } from '../notify/alarm-routes/words.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Database, Queryable, Value } from '../platform/database/database.ts';
import type { AccountId, AlarmId, CustomerId } from '../platform/ids/ids.ts';
import type { Box } from '../platform/secrets/box.ts';
import { type Alarm, type AlarmState, reopenMs } from './alarm.ts';

/** Which alarm: there is at most one of each that lives. */
export interface AlarmKey {
  readonly code: AlarmCode;
  readonly subject: string;
  readonly server: string;
}

export interface NewAlarm extends AlarmKey {
  readonly id: AlarmId;
  readonly severity: Severity;
  readonly refs: AlarmRefs;
  readonly openedAt: Date;
  readonly lastSeenAt: Date;
  readonly told: number;
  readonly tellAt: Date;
}

export interface AlarmStore {
  /** The one that lives: open or acknowledged. */
  living(key: AlarmKey): Promise<Alarm | undefined>;
  /** All that live, of these codes, as one server sees them. */
  livingOf(codes: readonly AlarmCode[], server: string): Promise<readonly Alarm[]>;
  get(id: AlarmId): Promise<Alarm | undefined>;
  /** The newest first; the living ones before the resolved. */
  list(states: readonly AlarmState[], limit: number): Promise<readonly Alarm[]>;
  countLiving(): Promise<{ readonly open: number; readonly acknowledged: number }>;
  /** One that was resolved a short while ago and comes back. */
  resolvedLately(key: AlarmKey): Promise<Alarm | undefined>;
  /** @returns false where another server was first. */
  insert(connection: Queryable, alarm: NewAlarm): Promise<boolean>;
  reopen(connection: Queryable, id: AlarmId, alarm: NewAlarm): Promise<boolean>;
  seen(id: AlarmId, refs: AlarmRefs): Promise<void>;
  /** It became worse: open again, and told at once. */
  worsen(connection: Queryable, id: AlarmId, severity: Severity, refs: AlarmRefs): Promise<boolean>;
  acknowledge(connection: Queryable, id: AlarmId, by: AccountId, note: string | undefined): Promise<boolean>;
  resolve(connection: Queryable, id: AlarmId): Promise<boolean>;
  /** Takes what is due to be told, for a while: if this process dies, another takes it again. */
  lease(limit: number): Promise<readonly Alarm[]>;
  /** Told, or tried in vain. @param next `undefined`: nothing more to tell. */
  told(alarm: Pick<Alarm, 'id' | 'state' | 'severity'>, arrived: boolean, next: Date | undefined): Promise<void>;
  /** By which routes something was sent, and what came of it. */
  tried(results: readonly { readonly route: string; readonly failure: string | undefined }[]): Promise<void>;
  /** Of servers that see nothing any more, and what was resolved long ago. @returns ids of what nobody sees. */
  unseenSince(before: Date): Promise<readonly Alarm[]>;
  removeResolved(before: Date): Promise<void>;
}

interface Row {
  readonly alarm_id: AlarmId;
  readonly code: AlarmCode;
  readonly subject: string;
  readonly server: string;
  readonly severity: Severity;
  readonly refs: AlarmRefs;
  readonly state: AlarmState;
  readonly opened_at: Date;
  readonly last_seen_at: Date;
  readonly told: number;
  readonly acknowledged_by: AccountId | null;
  readonly acknowledged_at: Date | null;
  readonly note: Buffer | null;
  readonly resolved_at: Date | null;
}

const names = `alarm_id, code, subject, server, severity, refs, state, opened_at, last_seen_at, told,
  acknowledged_by, acknowledged_at, note, resolved_at`;
const columns = names
  .split(',')
  .map((name) => `a.${name.trim()}`)
  .join(', ');
const leaseMs = 120_000;

export function createAlarmStore(
  database: Database,
  clock: Clock,
  box: Box,
  operator: () => Promise<CustomerId>,
): AlarmStore {
  const place = (id: AlarmId) => ['alarm-note', id];

  function asAlarm(row: Row): Alarm {
    return {
      id: row.alarm_id,
      code: row.code,
      subject: row.subject,
      server: row.server,
      severity: row.severity,
      refs: row.refs,
      state: row.state,
      openedAt: row.opened_at,
      lastSeenAt: row.last_seen_at,
      told: row.told,
      acknowledgedBy: row.acknowledged_by ?? undefined,
      acknowledgedAt: row.acknowledged_at ?? undefined,
      note: row.note === null ? undefined : box.open(place(row.alarm_id), row.note).toString(),
      resolvedAt: row.resolved_at ?? undefined,
    };
  }

  async function find(where: string, values: readonly Value[]): Promise<readonly Alarm[]> {
    const rows = await database.query<Row>(
      `select ${columns} from alerts.alarm a where a.customer_id = $1 and ${where}`,
      [await operator(), ...values],
    );
    return rows.map(asAlarm);
  }

  async function change(
    connection: Queryable,
    id: AlarmId,
    set: string,
    where: string,
    values: readonly Value[],
  ): Promise<boolean> {
    const rows = await connection.query(
      `update alerts.alarm set ${set} where customer_id = $1 and alarm_id = $2 and ${where} returning 1`,
      [await operator(), id, ...values],
    );
    return rows.length > 0;
  }

  return {
    async living({ code, subject, server }) {
      const [found] = await find("code = $2 and subject = $3 and server = $4 and state <> 'resolved'", [
        code,
        subject,
        server,
      ]);
      return found;
    },
    livingOf: (codes, server) => find("code = any($2) and server = $3 and state <> 'resolved'", [codes, server]),
    async get(id) {
      const [found] = await find('alarm_id = $2', [id]);
      return found;
    },
    list: (states, limit) => find(`state = any($2) order by opened_at desc, alarm_id limit $3`, [states, limit]),
    async countLiving() {
      const [row] = await database.query<{ open: number; acknowledged: number }>(
        `select count(*) filter (where state = 'open') as open, count(*) filter (where state = 'acknowledged') as acknowledged
         from alerts.alarm where customer_id = $1 and state <> 'resolved'`,
        [await operator()],
        'alerts-count',
      );
      return { open: row?.open ?? 0, acknowledged: row?.acknowledged ?? 0 };
    },
    async resolvedLately({ code, subject, server }) {
      const since = new Date(clock.now().getTime() - reopenMs);
      const [found] = await find(
        'code = $2 and subject = $3 and server = $4 and resolved_at > $5 order by resolved_at desc limit 1',
        [code, subject, server, since],
      );
      return found;
    },
    async insert(connection, alarm) {
      const rows = await connection.query(
        `insert into alerts.alarm (customer_id, alarm_id, code, subject, server, severity, refs, state, opened_at, last_seen_at, told, tell_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, $11)
         on conflict (customer_id, code, subject, server) where state <> 'resolved' do nothing returning 1`,
        [
          await operator(),
          alarm.id,
          alarm.code,
          alarm.subject,
          alarm.server,
          alarm.severity,
          alarm.refs,
          alarm.openedAt,
          alarm.lastSeenAt,
          alarm.told,
          alarm.tellAt,
        ],
      );
      return rows.length > 0;
    },
    reopen: (connection, id, { severity, refs, lastSeenAt, tellAt }) =>
      change(
        connection,
        id,
        `state = 'open', resolved_at = null, acknowledged_by = null, acknowledged_at = null, note = null,
         severity = $3, refs = $4, last_seen_at = $5, tell_at = $6`,
        "state = 'resolved'",
        [severity, refs, lastSeenAt, tellAt],
      ),
    async seen(id, refs) {
      await change(database, id, 'last_seen_at = $3, refs = $4', "state <> 'resolved'", [clock.now(), refs]);
    },
    worsen: (connection, id, severity, refs) =>
      change(
        connection,
        id,
        `severity = $3, refs = $4, last_seen_at = $5, tell_at = $5, state = 'open',
         acknowledged_by = null, acknowledged_at = null, note = null`,
        "state <> 'resolved' and severity <> $3",
        [severity, refs, clock.now()],
      ),
    acknowledge: (connection, id, by, note) =>
      change(
        connection,
        id,
        "state = 'acknowledged', acknowledged_by = $3, acknowledged_at = $4, note = $5, tell_at = null",
        "state = 'open'",
        [by, clock.now(), note === undefined ? null : box.seal(place(id), Buffer.from(note))],
      ),
    // Who was told that it is open is told that it is over.
    resolve: (connection, id) =>
      change(
        connection,
        id,
        "state = 'resolved', resolved_at = $3, tell_at = case when told > 0 then $3::timestamptz end",
        "state <> 'resolved'",
        [clock.now()],
      ),
    async lease(limit) {
      const now = clock.now();
      const rows = await database.query<Row>(
        `update alerts.alarm a set tell_at = $3
         from (select customer_id, alarm_id from alerts.alarm
               where customer_id = $1 and tell_at <= $2
               order by tell_at limit $4 for update skip locked) due
         where a.customer_id = due.customer_id and a.alarm_id = due.alarm_id
         returning ${columns}`,
        [await operator(), now, new Date(now.getTime() + leaseMs), limit],
      );
      return rows.map(asAlarm);
    },
    async told({ id, state, severity }, arrived, next) {
      // What changed meanwhile has a time to be told of its own.
      await change(database, id, 'told = told + $5, tell_at = $6', 'state = $3 and severity = $4', [
        state,
        severity,
        arrived && state !== 'resolved' ? 1 : 0,
        next ?? null,
      ]);
    },
    async tried(results) {
      for (const { route, failure } of results)
        await database.query(
          `insert into alerts.route (customer_id, name, tried_at, failure) values ($1, $2, $3, $4)
           on conflict (customer_id, name) do update set tried_at = excluded.tried_at, failure = excluded.failure`,
          [await operator(), route, clock.now(), failure ?? null],
        );
    },
    unseenSince: (before) => find("state <> 'resolved' and server <> '' and last_seen_at < $2", [before]),
    async removeResolved(before) {
      await database.query(
        `delete from alerts.alarm where customer_id = $1 and state = 'resolved' and resolved_at < $2`,
        [await operator(), before],
      );
    },
  };
}
