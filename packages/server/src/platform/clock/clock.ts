/** Time is passed in, never read: a test can stop it, jump it, and see what happens. */
export interface Clock {
  /** Wall-clock time, for entries and for people. It may jump. */
  now(): Date;
  /** Milliseconds since an arbitrary start; never goes back. For ages, deadlines and leases within this process. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};
