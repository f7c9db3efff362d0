import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, retryAfterMs } from './backoff.ts';
import { newUuid, uuidOf } from './uuid.ts';

describe('waiting', () => {
  it('reads seconds and dates', () => {
    expect(retryAfterMs('3', 0)).toBe(3000);
    expect(retryAfterMs('Mon, 23 Nov 2026 09:00:05 GMT', Date.UTC(2026, 10, 23, 9, 0, 0))).toBe(5000);
    expect(retryAfterMs('Mon, 23 Nov 2026 09:00:05 GMT', Date.UTC(2027, 0, 1))).toBe(0);
    expect(retryAfterMs('soon', 0)).toBeUndefined();
    expect(retryAfterMs(null, 0)).toBeUndefined();
  });

  it('doubles up to 10 s, and never undercuts what was asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const ms = backoffMs(failures, undefined, () => random) ?? Number.NaN;
        expect(ms).toBeGreaterThanOrEqual(100);
        expect(ms).toBeLessThanOrEqual(10_000);
        expect(backoffMs(failures, 20_000, () => random)).toBe(20_000);
      }),
    );
    expect(backoffMs(1, 60_001, Math.random)).toBeUndefined();
  });
});

describe('identifiers', () => {
  const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  it('are UUIDs, random or following from a text', () => {
    expect(newUuid()).toMatch(shape);
    expect(newUuid()).not.toBe(newUuid());
    expect(uuidOf('a')).toMatch(shape);
    expect(uuidOf('a')).toBe(uuidOf('a'));
    expect(uuidOf('a')).not.toBe(uuidOf('b'));
  });
});
