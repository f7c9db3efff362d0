/** Which regular work ran when. One that has not succeeded for three times its interval is late. */
import type { Clock } from '../platform/clock/clock.ts';
import type { Finding } from './alarm.ts';

export interface Jobs {
  /** From now on it should succeed this often. */
  expect(job: string, everyMs: number): void;
  /** It succeeded. */
  done(job: string): void;
  findings(): readonly Finding[];
}

const minuteMs = 60_000;
const leastMs = 5 * minuteMs;

export function createJobs(clock: Clock): Jobs {
  const jobs = new Map<string, { readonly everyMs: number; lastMs: number }>();
  return {
    expect(job, everyMs) {
      jobs.set(job, { everyMs, lastMs: clock.monotonicMs() });
    },
    done(job) {
      const known = jobs.get(job);
      if (known !== undefined) known.lastMs = clock.monotonicMs();
    },
    findings: () =>
      [...jobs].flatMap(([job, { everyMs, lastMs }]): readonly Finding[] => {
        const silentMs = clock.monotonicMs() - lastMs;
        if (silentMs <= Math.max(leastMs, 3 * everyMs)) return [];
        return [{ code: 'job_late', subject: job, refs: { minutes: Math.floor(silentMs / minuteMs) } }];
      }),
  };
}
