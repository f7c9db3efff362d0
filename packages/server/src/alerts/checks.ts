/** Checks of health: each says what is wrong now. What a check found is an alarm; what it finds no longer is over. */
import type { AlarmCode } from '../notify/alarm-routes/words.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { type Finding, severityOf } from './alarm.ts';
import type { Alarms } from './alarms.ts';

export interface Check {
  /** A word; it stands in the alarm when the check itself fails. */
  readonly name: string;
  readonly everyMs: number;
  /** What it may find. No other check finds the same for the same server. */
  readonly codes: readonly AlarmCode[];
  /** Each server has its own answer: its disk, its certificate. Else all see the same. */
  readonly perServer?: true;
  readonly timeoutMs?: number;
  /** Everything that is wrong now. An error means that nobody knows. */
  run(): Promise<readonly Finding[]>;
}

export interface Checks {
  add(checks: readonly Check[]): void;
  /** Runs what is due. @returns how many ran. */
  runDue(): Promise<number>;
  /** All that was run found nothing critical, and each came to a result lately. */
  allWell(): boolean;
}

export interface ChecksOptions {
  readonly alarms: Alarms;
  readonly clock: Clock;
  /** Names this server in alarms of its own. */
  readonly node: string;
}

interface Known {
  readonly check: Check;
  ranAt: number | undefined;
  running: boolean;
  /** `undefined`: it came to no result. */
  findings: readonly Finding[] | undefined;
  /** How often in a row it came to none. */
  failures: number;
}

const usualTimeoutMs = 30_000;
/** What found something, or came to no result, is looked at again sooner: somebody may have mended it. */
const againMs = 600_000;
/** So often in a row: a database that is away for a moment is told of by its own check. */
const failuresToTell = 3;

export function createChecks({ alarms, clock, node }: ChecksOptions): Checks {
  const known: Known[] = [];

  async function within(check: Check): Promise<readonly Finding[]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('timeout')), check.timeoutMs ?? usualTimeoutMs);
    });
    try {
      return await Promise.race([check.run(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async function runOne(one: Known): Promise<void> {
    const { check } = one;
    const server = check.perServer === true ? node : '';
    try {
      one.findings = await within(check);
      one.failures = 0;
    } catch {
      one.findings = undefined;
      one.failures += 1;
      if (one.failures >= failuresToTell) await alarms.raise({ code: 'check_failed', subject: check.name }, node);
      return;
    }
    // Where the database takes nothing the alarms are kept in memory, and what is over is said when it is back.
    await alarms.settle(check.codes, one.findings, server).catch(() => undefined);
    await alarms.resolve('check_failed', check.name, node).catch(() => undefined);
  }

  return {
    add(checks) {
      for (const check of checks) {
        // Each would end what the other found.
        const twin = known.find(
          ({ check: other }) =>
            other.perServer === check.perServer && other.codes.some((code) => check.codes.includes(code)),
        );
        if (twin !== undefined) throw new Error(`the checks ${check.name} and ${twin.check.name} find the same`);
        known.push({ check, ranAt: undefined, running: false, findings: [], failures: 0 });
      }
    },
    async runDue() {
      const now = clock.monotonicMs();
      const due = known.filter(({ check, ranAt, running, findings }) => {
        const everyMs = findings?.length === 0 ? check.everyMs : Math.min(check.everyMs, againMs);
        return !running && (ranAt === undefined || now - ranAt >= everyMs);
      });
      for (const one of due) Object.assign(one, { ranAt: now, running: true });
      await Promise.all(
        due.map((one) =>
          runOne(one).finally(() => {
            one.running = false;
          }),
        ),
      );
      return due.length;
    },
    allWell: () =>
      known.every(
        ({ ranAt, findings }) =>
          ranAt !== undefined && findings?.every((finding) => severityOf(finding) !== 'critical') === true,
      ),
  };
}
