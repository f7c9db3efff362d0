/**
 * Asks whether a password is known from a leak, at enrolment and at each sign-in. A source that does not answer holds nobody
 * up who signs in, but it is said: nothing counts as checked that was not.
 */
import type { Clock } from '../../platform/clock/clock.ts';
import { isLeaked, type LeakSource } from './leaks.ts';

export type LeakAnswer = 'leaked' | 'clean' | 'unanswered';

export interface LeakWatch {
  /** Where no source is set nothing can be known, and every password is `clean`. */
  ask(password: string, patienceMs?: number): Promise<LeakAnswer>;
  /** Whether the source answers, without anybody's password. */
  look(): Promise<void>;
  /** Since when the source has not answered, as far as this server knows. */
  silentSince(): Date | undefined;
}

/** Whoever sets a password waits for an answer; whoever signs in does not wait long. */
const enrolmentPatienceMs = 3_000;
export const signInPatienceMs = 1_000;

/** @param onSilent told once when the source falls silent. */
export function createLeakWatch(
  source: LeakSource | undefined,
  clock: Clock,
  onSilent: () => Promise<void>,
): LeakWatch {
  let silent: Date | undefined;

  async function ask(password: string, patienceMs = enrolmentPatienceMs): Promise<LeakAnswer> {
    if (source === undefined) return 'clean';
    const leaked = await isLeaked(password, source, patienceMs);
    if (leaked === undefined) {
      const first = silent === undefined;
      silent ??= clock.now();
      if (first) await onSilent();
      return 'unanswered';
    }
    silent = undefined;
    return leaked ? 'leaked' : 'clean';
  }

  return {
    ask,
    async look() {
      await ask('');
    },
    silentSince: () => silent,
  };
}
