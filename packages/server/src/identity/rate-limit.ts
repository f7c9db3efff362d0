import type { Clock } from '../platform/clock/clock.ts';
import type { TokenId } from '../platform/ids/ids.ts';

/** A bucket per token: it holds one second's worth of requests and refills steadily. In this process. */
export interface RateLimit {
  /** Takes one request. @returns seconds to wait, or 0 when it may go on. */
  take(token: TokenId, perSecond: number): number;
}

export function createRateLimit(clock: Clock): RateLimit {
  const buckets = new Map<TokenId, { level: number; at: number }>();
  return {
    take(token, perSecond) {
      const now = clock.monotonicMs();
      const bucket = buckets.get(token);
      if (bucket === undefined) {
        buckets.set(token, { level: perSecond - 1, at: now });
        return 0;
      }
      bucket.level = Math.min(perSecond, bucket.level + ((now - bucket.at) / 1000) * perSecond);
      bucket.at = now;
      if (bucket.level < 1) return Math.ceil((1 - bucket.level) / perSecond);
      bucket.level -= 1;
      return 0;
    },
  };
}
