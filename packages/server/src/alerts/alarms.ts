/**
 * Raises, acknowledges and resolves alarms. Each change is an entry in the operator log, in the same commit. Where the
 * database or the journal takes nothing the alarm lives in this process until they do: it is told all the same.
 */
import { type Change, changeRider } from '../journal/change.ts';
import type { Actor } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import { isWorse } from '../notify/alarm-routes/route.ts';
import type { AlarmCode } from '../notify/alarm-routes/words.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { type AccountId, type AlarmId, type CustomerId, newId } from '../platform/ids/ids.ts';
import { type Alarm, type Finding, severityOf } from './alarm.ts';
import type { AlarmKey, AlarmStore, NewAlarm } from './store.ts';

/** An alarm that no database knows of yet. */
export interface LooseAlarm extends AlarmKey, Omit<NewAlarm, 'lastSeenAt' | 'told' | 'tellAt'> {
  lastSeenAt: Date;
  told: number;
  tellAt: Date;
}

export interface Alarms {
  /** Opens it, or notes that it is still so. Never fails: where nothing can be written it is kept here. */
  raise(finding: Finding, server?: string): Promise<void>;
  /** It is well again. */
  resolve(code: AlarmCode, subject?: string, server?: string): Promise<void>;
  /** These findings are all there is of these codes now: others are well again. */
  settle(codes: readonly AlarmCode[], findings: readonly Finding[], server?: string): Promise<void>;
  /** @returns false where it is not open. */
  acknowledge(id: AlarmId, by: { readonly account: AccountId; readonly actor: Actor }, note?: string): Promise<boolean>;
  /** What lives in this process alone. */
  readonly loose: ReadonlyMap<string, LooseAlarm>;
  /** Writes what was kept here, now that it may be possible. */
  write(): Promise<void>;
  /** What no server has seen for a day is over: the server is gone. */
  endUnseen(): Promise<void>;
}

export interface AlarmsOptions {
  readonly store: AlarmStore;
  readonly journal: Pick<Journal, 'append'>;
  readonly clock: Clock;
  readonly operator: () => Promise<CustomerId>;
  /** How long to wait for the database before the alarm goes out without it. */
  readonly patienceMs?: number;
  /** For the log of the server. */
  readonly log: (sentence: string) => void;
}

const obhut: Actor = { kind: 'system', id: 'obhut' };
const unseenMs = 86_400_000;
const keepResolvedMs = 400 * 86_400_000;
const keyOf = ({ code, subject, server }: AlarmKey) => `${code} ${subject} ${server}`;

export function createAlarms(options: AlarmsOptions): Alarms {
  const { store, journal, clock, operator, log, patienceMs = 5_000 } = options;
  const loose = new Map<string, LooseAlarm>();

  /** The database that hangs must not keep an alarm back. */
  async function within<Result>(work: Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer in time')), patienceMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
      work.catch(() => undefined);
    }
  }

  /** @returns whether the change was made, and with it its entry. */
  async function record(
    kind: 'alarm.open' | 'alarm.acknowledge' | 'alarm.resolve',
    alarm: Pick<Alarm, 'id' | 'code' | 'severity'>,
    change: Change,
    actor = obhut,
  ): Promise<boolean> {
    const outcome = await journal.append({
      customer: await operator(),
      log: 'operator',
      entry: {
        kind,
        at: clock.now(),
        actor,
        outcome: 'done',
        ...(actor !== obhut && { client: 'console' as const }),
        refs: { alarm: alarm.id, code: alarm.code, severity: alarm.severity },
      },
      rider: { rider: changeRider, payload: change },
    });
    return outcome.state === 'appended';
  }

  async function open(alarm: NewAlarm): Promise<void> {
    const known = await store.living(alarm);
    if (known === undefined) {
      const before = await store.resolvedLately(alarm);
      await record('alarm.open', before ?? alarm, (connection) =>
        before === undefined ? store.insert(connection, alarm) : store.reopen(connection, before.id, alarm),
      );
    } else if (isWorse(alarm.severity, known.severity))
      await record('alarm.open', { ...known, severity: alarm.severity }, (connection) =>
        store.worsen(connection, known.id, alarm.severity, alarm.refs),
      );
    else await store.seen(known.id, alarm.refs);
  }

  function asNew({ code, subject = '', refs = {}, ...finding }: Finding, server: string): NewAlarm {
    const now = clock.now();
    return {
      id: newId<AlarmId>(),
      code,
      subject,
      server,
      severity: severityOf({ code, ...finding }),
      refs,
      openedAt: now,
      lastSeenAt: now,
      told: 0,
      tellAt: now,
    };
  }

  async function raise(finding: Finding, server = ''): Promise<void> {
    const alarm = asNew(finding, server);
    const kept = loose.get(keyOf(alarm));
    if (kept !== undefined) {
      kept.lastSeenAt = alarm.lastSeenAt;
      return;
    }
    try {
      await within(open(alarm));
    } catch {
      if (!loose.has(keyOf(alarm))) {
        loose.set(keyOf(alarm), { ...alarm });
        log(`alarm ${alarm.code} ${alarm.subject}: kept in memory, nothing can be written`);
      }
    }
  }

  async function end(alarm: Alarm): Promise<void> {
    await record('alarm.resolve', alarm, (connection) => store.resolve(connection, alarm.id));
  }

  async function write(): Promise<void> {
    for (const [key, alarm] of loose) {
      await within(open(alarm));
      loose.delete(key);
    }
  }

  async function settle(codes: readonly AlarmCode[], findings: readonly Finding[], server = ''): Promise<void> {
    for (const finding of findings) await raise(finding, server);
    const still = new Set(findings.map(({ code, subject = '' }) => keyOf({ code, subject, server })));
    const over = (key: AlarmKey) => key.server === server && codes.includes(key.code) && !still.has(keyOf(key));
    // First into the database, so that what was told from here has its end there too.
    if ([...loose.values()].some(over)) await write();
    for (const alarm of await within(store.livingOf(codes, server))) if (over(alarm)) await end(alarm);
  }

  return {
    raise,
    settle,
    loose,
    write,
    async resolve(code, subject = '', server = '') {
      const key = { code, subject, server };
      if (loose.has(keyOf(key))) await write();
      const alarm = await within(store.living(key));
      if (alarm !== undefined) await end(alarm);
    },
    async acknowledge(id, { account, actor }, note) {
      const alarm = await store.get(id);
      if (alarm === undefined) return false;
      return record(
        'alarm.acknowledge',
        alarm,
        (connection) => store.acknowledge(connection, id, account, note),
        actor,
      );
    },
    async endUnseen() {
      const now = clock.now().getTime();
      for (const alarm of await store.unseenSince(new Date(now - unseenMs))) await end(alarm);
      await store.removeResolved(new Date(now - keepResolvedMs));
    },
  };
}
