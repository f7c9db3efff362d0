import type { Clock } from './clock.ts';

/**
 * Waits by the clock of this process that nobody can set. The wall clock may jump back a day, and then what should be over in
 * an hour would be over in twenty-five; by this one it is over in an hour. It begins anew with each start.
 */
export interface Elapsed {
  /** @param remainingMs how long it should still take, as far as is known when it is asked for the first time. */
  isOver(what: string, remainingMs: number): boolean;
}

const remembered = 100_000;

export function createElapsed(clock: Clock): Elapsed {
  const ends = new Map<string, number>();
  return {
    isOver(what, remainingMs) {
      const now = clock.monotonicMs();
      const known = ends.get(what);
      if (known !== undefined) return known <= now;
      // What is over long ago goes first; the map is in the order in which things were asked for.
      const [oldest] = ends.size < remembered ? [] : ends.keys();
      if (oldest !== undefined) ends.delete(oldest);
      ends.set(what, now + remainingMs);
      return remainingMs <= 0;
    },
  };
}
