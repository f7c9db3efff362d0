import type { Clock } from '../platform/clock/clock.ts';

/** A clock that a test moves. */
export function createTestClock(
  start = new Date('2026-11-23T09:00:00Z'),
): Clock & { advance(ms: number): void; jump(ms: number): void } {
  let now = start.getTime();
  let monotonic = 0;
  return {
    now: () => new Date(now),
    monotonicMs: () => monotonic,
    /** Somebody sets the wall clock: no time has passed. */
    jump(ms) {
      now += ms;
    },
    advance(ms) {
      now += ms;
      monotonic += ms;
    },
  };
}
