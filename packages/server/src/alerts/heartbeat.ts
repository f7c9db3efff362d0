/**
 * Says to somebody outside that Obhut lives and is well: when it falls silent, they call. Nothing but the call itself goes out;
 * a POST carries the time and the version.
 */

import type { Clock } from '../platform/clock/clock.ts';
import type { Settings } from '../platform/config/settings.ts';
import type { Finding } from './alarm.ts';

export interface Heartbeat {
  /** Beats when it is time and all is well. */
  run(isWell: boolean): Promise<void>;
  /** What went wrong at the last beat. */
  findings(): readonly Finding[];
}

type HeartbeatSettings = NonNullable<Settings['alerts']['heartbeat']>;

const timeoutMs = 10_000;
/** One beat can be lost on the way. */
const failuresToTell = 3;

export function createHeartbeat(settings: HeartbeatSettings | undefined, clock: Clock, version: string): Heartbeat {
  let last: number | undefined;
  let failures = 0;
  let reason = '';

  async function beat({ url, method }: HeartbeatSettings): Promise<void> {
    const body = method === 'POST' ? JSON.stringify({ status: 'well', at: clock.now().toISOString(), version }) : null;
    const answer = await fetch(url, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'user-agent': 'Obhut', ...(body !== null && { 'content-type': 'application/json' }) },
      body,
    });
    await answer.body?.cancel();
    if (answer.status < 200 || answer.status > 299) throw new Error('refused');
  }

  return {
    async run(isWell) {
      if (settings === undefined || !isWell) return;
      const now = clock.monotonicMs();
      if (last !== undefined && now - last < settings.everySeconds * 1_000) return;
      last = now;
      try {
        await beat(settings);
        failures = 0;
      } catch (error) {
        failures += 1;
        reason = error instanceof Error && error.message === 'refused' ? 'refused' : 'unreachable';
      }
    },
    findings: () => (failures < failuresToTell ? [] : [{ code: 'heartbeat_failed', refs: { reason } }]),
  };
}
