/** Every night, each repository of the settings, one after the other; again after half an hour where it failed. */
import type { Clock } from '../../../platform/clock/clock.ts';
import { nightOf } from '../../../platform/clock/night.ts';
import type { Settings } from '../../../platform/config/settings.ts';
import { type BackUpOptions, backUp } from './backup.ts';
import type { NightStore } from './store.ts';

export interface SourceBackups {
  /** What is due now. @returns how many repositories were backed up. */
  run(): Promise<number>;
  /** Named repositories whose newest night failed, with the code of why. */
  failing(): Promise<readonly { readonly repository: string; readonly code: string }[]>;
  start(): void;
  stop(): Promise<void>;
}

export interface SourceBackupsOptions extends Omit<BackUpOptions, 'nights' | 'clock'> {
  readonly settings: Settings['sourceCode'];
  readonly store: NightStore;
  readonly clock: Clock;
  /** Told of each attempt that failed, with the code of why. It is tried again. */
  readonly failed: (repository: string, code: string) => void;
  readonly everyMs?: number;
}

const lookEveryMs = 60_000;
const againAfterMs = 30 * 60_000;
/** Nobody is at it any more: longer than all commands of a repository may take together. */
const stuckAfterMs = 12 * 3_600_000;

const codeOf = (error: unknown) => {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code.toLowerCase() : 'failed';
};

export function createSourceBackups(options: SourceBackupsOptions): SourceBackups {
  const { settings, store, clock, failed, everyMs = lookEveryMs } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<number> | undefined;
  let isStopped = false;

  async function runAll(): Promise<number> {
    let done = 0;
    for (const repository of settings.repositories) {
      if (isStopped) break;
      const begunAt = clock.now();
      const which = { repository: repository.name, night: nightOf(begunAt, settings.hour) };
      const ago = (ms: number) => new Date(begunAt.getTime() - ms);
      if (!(await store.begin(which, begunAt, ago(againAfterMs), ago(stuckAfterMs)))) continue;
      try {
        const night = await backUp({ ...options, nights: settings.nights }, repository);
        await store.done(which, clock.now(), night);
        if (night.missed.length > 0) failed(repository.name, 'site_missed');
        done += 1;
      } catch (error) {
        await store.failed(which, clock.now(), codeOf(error));
        failed(repository.name, codeOf(error));
      }
    }
    return done;
  }

  function run(): Promise<number> {
    running ??= runAll().finally(() => {
      running = undefined;
    });
    return running;
  }

  const look = () => {
    run().catch(() => failed('', 'database'));
  };

  return {
    run,
    async failing() {
      // One that is named no more troubles nobody.
      const named = new Set(settings.repositories.map(({ name }) => name));
      return (await store.failing()).filter(({ repository }) => named.has(repository));
    },
    start() {
      if (settings.repositories.length === 0) return;
      store.cutOff(clock.now()).then(look, () => failed('', 'database'));
      timer = setInterval(look, everyMs);
      timer.unref();
    },
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await running?.catch(() => undefined);
    },
  };
}
