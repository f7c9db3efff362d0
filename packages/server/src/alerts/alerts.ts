/** The alerts room: puts its parts together, and looks and tells every few seconds. */
import type { Journal } from '../journal/journal.ts';
import type { AlarmRoute } from '../notify/alarm-routes/route.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Settings } from '../platform/config/settings.ts';
import type { Database } from '../platform/database/database.ts';
import type { CustomerId } from '../platform/ids/ids.ts';
import { createBox } from '../platform/secrets/box.ts';
import type { SecretStore } from '../platform/secrets/secrets.ts';
import { type Alarms, createAlarms } from './alarms.ts';
import { type Check, createChecks } from './checks.ts';
import { healthChecks } from './health-checks.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createJobs, type Jobs } from './jobs.ts';
import { type AlarmStore, createAlarmStore } from './store.ts';
import { createTeller, type RouteResult } from './teller.ts';

export interface Alerts {
  readonly alarms: Alarms;
  readonly store: AlarmStore;
  readonly jobs: Jobs;
  readonly routes: readonly AlarmRoute[];
  /** Further checks of health, by whoever knows what to look at. */
  add(checks: readonly Check[]): void;
  /** A test alarm by every route, or by this one. */
  test(route?: string): Promise<readonly RouteResult[]>;
  /** One look now: what is due is checked, told, and the heart beats. */
  look(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

export interface AlertsOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly secrets: SecretStore;
  readonly settings: Settings;
  readonly routes: readonly AlarmRoute[];
  readonly operator: () => Promise<CustomerId>;
  readonly node: string;
  readonly version: string;
  /** How many messages by mail did not arrive; `undefined`: there is no mail server. */
  readonly failingMails: (() => Promise<number>) | undefined;
  /** For the log of the server. */
  readonly log: (sentence: string) => void;
}

const everyMs = 15_000;
const dayMs = 86_400_000;

export async function createAlerts(options: AlertsOptions): Promise<Alerts> {
  const { database, journal, clock, settings, routes, operator, node, log } = options;
  const box = createBox(await options.secrets.key('alarm-notes'));
  const store = createAlarmStore(database, clock, box, operator);
  const alarms = createAlarms({ store, journal, clock, operator, log });
  const { repeatMinutes } = settings.alerts;
  const teller = createTeller({ routes, alarms, store, clock, repeatMinutes, log });
  const checks = createChecks({ alarms, clock, node });
  const jobs = createJobs(clock);
  const heartbeat = createHeartbeat(settings.alerts.heartbeat, clock, options.version);
  checks.add(
    healthChecks({
      database,
      trouble: journal.trouble,
      waiting: () => journal.statistics().queued,
      failingMails: options.failingMails,
      jobs: jobs.findings,
      heartbeat: heartbeat.findings,
    }),
  );
  let timer: NodeJS.Timeout | undefined;
  let telling: Promise<unknown> | undefined;
  let looking: Promise<unknown> | undefined;
  let tidiedAt = Number.NEGATIVE_INFINITY;

  async function tidy(): Promise<void> {
    if (clock.monotonicMs() - tidiedAt < dayMs) return;
    tidiedAt = clock.monotonicMs();
    await alarms.endUnseen();
  }

  /** A check that takes long keeps nobody waiting: what is known is told meanwhile. */
  function tell(): Promise<unknown> {
    telling ??= teller
      .run()
      .then(tidy)
      // The database is away: what lives in memory was told first.
      .catch(() => undefined)
      .finally(() => {
        telling = undefined;
      });
    return telling;
  }

  async function look(): Promise<void> {
    await checks.runDue();
    await tell();
    await heartbeat.run(checks.allWell());
  }

  return {
    alarms,
    store,
    jobs,
    routes,
    add: checks.add,
    test: teller.test,
    look,
    start() {
      const turn = () => {
        looking = look();
        void tell();
      };
      turn();
      timer = setInterval(turn, everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await telling;
      await looking?.catch(() => undefined);
    },
  };
}
