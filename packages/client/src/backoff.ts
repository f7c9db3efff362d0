/** How long to wait before an attempt is repeated. */

const firstMs = 200;
const longestMs = 10_000;
/** A server that asks for more than this is not waited for: the caller is told. */
const longestAskedMs = 60_000;

/** What `Retry-After` asks for (RFC 9110, section 10.2.3: seconds, or a date), in milliseconds. */
export function retryAfterMs(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/**
 * Waiting time before the attempt after `failures` failed ones: doubled each time, and anywhere in its upper half, so that
 * clients that failed together do not come back together. Never shorter than what the server asks for.
 * @returns `undefined` when the server asks for too long a wait.
 */
export function backoffMs(failures: number, askedMs: number | undefined, random: () => number): number | undefined {
  if (askedMs !== undefined && askedMs > longestAskedMs) return undefined;
  const step = Math.min(longestMs, firstMs * 2 ** (failures - 1));
  return Math.max(askedMs ?? 0, step * (0.5 + random() / 2));
}

/** Resolves after so many milliseconds; rejects with the signal's reason when it aborts first. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
