/** Once a day: entries of the logs that are over. The one piece of work that is done as the database's owner. */
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Settings } from '../platform/config/settings.ts';
import type { Database } from '../platform/database/database.ts';

export interface Pruning {
  /** One look now. @returns how many entries went. */
  run(): Promise<number>;
  start(): void;
  stop(): Promise<void>;
}

export interface PruningOptions {
  readonly journal: Journal;
  readonly asOwner: <Result>(work: (owner: Database) => Promise<Result>) => Promise<Result>;
  readonly clock: Clock;
  readonly years: Settings['journal'];
  readonly done: () => void;
  readonly failed: () => void;
}

const dayMs = 86_400_000;
/** Not in the way of a start. */
const firstMs = 600_000;

export function createPruning({ journal, asOwner, clock, years, done, failed }: PruningOptions): Pruning {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();

  function ago(count: number): Date {
    const moment = clock.now();
    moment.setUTCFullYear(moment.getUTCFullYear() - count);
    return moment;
  }

  function run(): Promise<number> {
    const access = ago(years.accessYears);
    const orders = ago(years.ordersYears);
    return asOwner((owner) => journal.prune(owner, { access, operator: access, orders, page: orders }));
  }

  function later(waitMs: number): void {
    timer = setTimeout(() => {
      running = run().then(done, failed);
      later(dayMs);
    }, waitMs);
    timer.unref();
  }

  return {
    run,
    start: () => later(firstMs),
    async stop() {
      clearTimeout(timer);
      await running;
    },
  };
}
