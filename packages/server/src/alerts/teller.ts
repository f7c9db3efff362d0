/**
 * Tells people of alarms: at once, again until somebody acknowledges, and when it is over. A route that fails is an alarm of
 * its own, on the next route.
 */
import type { AlarmMessage, AlarmRoute, RouteFailure, Severity } from '../notify/alarm-routes/route.ts';
import { RouteError } from '../notify/alarm-routes/route.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { type MessageId, newId } from '../platform/ids/ids.ts';
import type { Alarm } from './alarm.ts';
import type { Alarms } from './alarms.ts';
import type { AlarmStore } from './store.ts';

export interface RouteResult {
  readonly route: string;
  readonly kind: AlarmRoute['kind'];
  /** `undefined`: it was taken at the other end. */
  readonly failure: RouteFailure | undefined;
}

export interface Teller {
  /** Tells what is due. @returns how many alarms were told of. */
  run(): Promise<number>;
  /** A test alarm by every route, or by this one; it leaves no alarm behind. */
  test(route?: string): Promise<readonly RouteResult[]>;
}

export interface TellerOptions {
  readonly routes: readonly AlarmRoute[];
  readonly alarms: Alarms;
  readonly store: AlarmStore;
  readonly clock: Clock;
  readonly repeatMinutes: Readonly<Record<Severity, number>>;
  readonly log: (sentence: string) => void;
}

/** `no-route`: nobody wants to hear of it this way; there is nothing to try again. */
type Reached = 'somebody' | 'nobody' | 'no-route';

type Told = Omit<AlarmMessage, 'id' | 'at' | 'event'>;

const minuteMs = 60_000;
/** Nobody was reached: soon again. */
const againMs = minuteMs;
/** How long it is tried to say that something is over. */
const overMs = 86_400_000;
/** A route that failed is tried this often: what says that it works again goes by itself. */
const probeMs = 15 * minuteMs;
const batch = 20;

export function createTeller({ routes, alarms, store, clock, repeatMinutes, log }: TellerOptions): Teller {
  /** Routes that failed, and when they were tried last. */
  const failing = new Map<string, number>();
  let failingKnown = false;

  async function sendBy(route: AlarmRoute, message: AlarmMessage): Promise<RouteResult> {
    const { name, kind } = route;
    try {
      await route.send(message);
      return { route: name, kind, failure: undefined };
    } catch (error) {
      return { route: name, kind, failure: error instanceof RouteError ? error.code : 'failed' };
    }
  }

  /** Not by the very route that it is about. */
  function isAbout({ code, subject }: Told, { name, kind }: AlarmRoute): boolean {
    if (code === 'route_failed') return subject === name;
    return code === 'mail_stuck' && (kind === 'team' || kind === 'mail');
  }

  /** Who was reached: by the routes of its severity, else by the next one that takes it. */
  async function tell(told: Told, event: AlarmMessage['event']): Promise<Reached> {
    const message: AlarmMessage = { ...told, event, id: newId<MessageId>(), at: clock.now() };
    const possible = routes.filter((route) => !isAbout(told, route));
    const wanted = possible.filter(({ severities }) => severities.includes(told.severity));
    const results = await Promise.all(wanted.map((route) => sendBy(route, message)));
    if (wanted.length > 0 || told.code === 'route_failed')
      for (const route of possible.filter((one) => !wanted.includes(one))) {
        if (results.some(({ failure }) => failure === undefined)) break;
        results.push(await sendBy(route, message));
      }
    await noteFailures(results);
    if (results.length === 0) return 'no-route';
    return results.some(({ failure }) => failure === undefined) ? 'somebody' : 'nobody';
  }

  async function noteFailures(results: readonly RouteResult[]): Promise<void> {
    // Where the database is away it is noted the next time.
    await store.tried(results).catch(() => undefined);
    for (const { route, failure } of results) {
      if (failure === undefined) {
        if (failing.delete(route)) await alarms.resolve('route_failed', route).catch(() => undefined);
        continue;
      }
      log(`the alarm route ${route} failed: ${failure}`);
      failing.set(route, clock.monotonicMs());
      await alarms.raise({ code: 'route_failed', subject: route, refs: { reason: failure } });
    }
  }

  /** What says that a route works again goes by that route: only when it arrives it is true. */
  async function probeFailing(): Promise<void> {
    if (!failingKnown) {
      const known = await store.livingOf(['route_failed'], '');
      for (const { subject } of known) if (!failing.has(subject)) failing.set(subject, clock.monotonicMs());
      failingKnown = true;
    }
    for (const [name, triedAt] of failing) {
      if (clock.monotonicMs() - triedAt < probeMs) continue;
      const route = routes.find((one) => one.name === name);
      if (route === undefined) {
        // It was taken out of the settings.
        failing.delete(name);
        await alarms.resolve('route_failed', name);
        continue;
      }
      const now = clock.now();
      const message: AlarmMessage = {
        id: newId<MessageId>(),
        event: 'resolved',
        code: 'route_failed',
        severity: 'warning',
        subject: name,
        refs: {},
        openedAt: now,
        at: now,
      };
      await noteFailures([await sendBy(route, message)]);
    }
  }

  const after = (ms: number) => new Date(clock.now().getTime() + ms);

  function nextTime(alarm: Alarm, reached: Reached): Date | undefined {
    const arrived = reached !== 'nobody';
    if (alarm.state === 'resolved') {
      const since = clock.now().getTime() - (alarm.resolvedAt?.getTime() ?? 0);
      return arrived || since > overMs ? undefined : after(againMs);
    }
    return after(arrived ? repeatMinutes[alarm.severity] * minuteMs : againMs);
  }

  async function tellOne(alarm: Alarm): Promise<void> {
    const event = alarm.state === 'resolved' ? 'resolved' : alarm.told === 0 ? 'opened' : 'repeated';
    const reached = await tell(alarm, event);
    await store.told(alarm, reached === 'somebody', nextTime(alarm, reached));
  }

  /** What only this process knows. */
  async function tellLoose(): Promise<number> {
    const due = [...alarms.loose.values()].filter(({ tellAt }) => tellAt <= clock.now());
    await Promise.all(
      due.map(async (alarm) => {
        // Not twice, while the first is on its way.
        alarm.tellAt = after(overMs);
        const reached = await tell(alarm, alarm.told === 0 ? 'opened' : 'repeated');
        if (reached === 'somebody') alarm.told += 1;
        alarm.tellAt = after(reached !== 'nobody' ? repeatMinutes[alarm.severity] * minuteMs : againMs);
      }),
    );
    return due.length;
  }

  return {
    async run() {
      let count = await tellLoose();
      // From here on the database is needed; without it there is nothing more to tell.
      await alarms.write();
      for (;;) {
        const due = await store.lease(batch);
        await Promise.all(due.map(tellOne));
        count += due.length;
        if (due.length < batch) break;
      }
      await probeFailing();
      return count;
    },
    async test(only) {
      const now = clock.now();
      const message: AlarmMessage = {
        id: newId<MessageId>(),
        event: 'test',
        code: 'test',
        severity: 'info',
        subject: '',
        refs: {},
        openedAt: now,
        at: now,
      };
      const wanted = routes.filter(({ name }) => only === undefined || name === only);
      const results = await Promise.all(wanted.map((route) => sendBy(route, message)));
      await store.tried(results).catch(() => undefined);
      return results;
    },
  };
}
