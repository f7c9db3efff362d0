import { expect, it } from 'vitest';
import { createRetries } from './retries.ts';

it('tries again at once, then after twice as long each time, up to a day; at once where something has changed', () => {
  let now = 0;
  const retries = createRetries<'lost'>({ monotonicMs: () => now } as Parameters<typeof createRetries>[0]);
  const waits: number[] = [];
  for (let time = 0; time < 14; time += 1) {
    const from = now;
    while (retries.last('a') !== undefined) now += 60_000;
    waits.push((now - from) / 60_000);
    retries.failed('a', 'lost');
  }
  expect(waits).toEqual([0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_440, 1_440]);
  expect([retries.last('a'), retries.last('b')]).toEqual(['lost', undefined]);
  retries.forget();
  expect(retries.last('a')).toBeUndefined();
  for (const key of ['a', 'a', 'b', 'b']) retries.failed(key, 'lost');
  retries.keep(new Set(['b']));
  expect([retries.last('a'), retries.last('b')]).toEqual([undefined, 'lost']);
});
