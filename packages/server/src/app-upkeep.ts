/** The part of the composition that is done once an hour, and at the start; and what is looked at every minute. */
import type { Jobs } from './alerts/jobs.ts';
import type { Custody } from './custody/custody.ts';
import type { Identity } from './identity/identity.ts';

export interface UpkeepOptions {
  readonly custody: Custody;
  readonly identity: Identity;
  readonly jobs: Jobs;
  readonly failed: () => void;
}

const everyMs = 3_600_000;
const healEveryMs = 60_000;

/** What was begun before a restart goes on; lookups that are mostly tombstones are renewed. */
export function startUpkeep({ custody, identity, jobs, failed }: UpkeepOptions): { stop(): void } {
  const turn = () => {
    custody.backfill
      .run()
      .then(custody.generations.run)
      .then(custody.files.sweep)
      .then(identity.leaks.look)
      .then(identity.roleEnds.remind)
      .then(() => jobs.done('upkeep'))
      .catch(failed);
  };
  /** What a site lacks it gets when it is back. */
  const heal = () => {
    custody.objects
      .heal()
      .then(() => jobs.done('healing'))
      .catch(failed);
  };
  jobs.expect('upkeep', everyMs);
  jobs.expect('healing', everyMs);
  turn();
  const timers = [setInterval(turn, everyMs), setInterval(heal, healEveryMs)];
  for (const timer of timers) timer.unref();
  return { stop: () => timers.forEach(clearInterval) };
}
