import type { Clock } from '../platform/clock/clock.ts';

/** A clock that a test moves. */
export function createTestClock(start = new Date('2026-11-23T09:00:00Z')): Clock & { advance(ms: number): void } {
  let now = start.getTime();
  let monotonic = 0;
  return {
    now: () => new Date(now),
    monotonicMs: () => monotonic,
    advance(ms) {
      now += ms;
      monotonic += ms;
    },
  };
}
