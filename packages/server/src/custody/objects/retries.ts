/** When what could not be mended is tried again: to read it whole each minute for ever would mend nothing. */
import type { Clock } from '../../platform/clock/clock.ts';

export interface Retries<Outcome> {
  /** @returns what came of it last, while its time has not come. */
  last(key: string): Outcome | undefined;
  failed(key: string, outcome: Outcome): void;
  /** Something has changed: each is tried at once. */
  forget(): void;
  /** Forgets all others. */
  keep(keys: ReadonlySet<string>): void;
}

const minuteMs = 60_000;
const longestMs = 86_400_000;

/** The first time at once, then after twice as long each time, up to a day. */
export function createRetries<Outcome>(clock: Clock): Retries<Outcome> {
  const tried = new Map<string, { readonly times: number; readonly at: number; readonly outcome: Outcome }>();
  const now = () => clock.monotonicMs();
  return {
    last(key) {
      const one = tried.get(key);
      if (one === undefined || one.times < 2) return undefined;
      return now() - one.at < Math.min(longestMs, minuteMs * 2 ** (one.times - 1)) ? one.outcome : undefined;
    },
    failed(key, outcome) {
      tried.set(key, { times: Math.min(20, (tried.get(key)?.times ?? 0) + 1), at: now(), outcome });
    },
    forget: () => tried.clear(),
    keep(keys) {
      for (const key of tried.keys()) if (!keys.has(key)) tried.delete(key);
    },
  };
}
