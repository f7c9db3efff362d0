/** Keys in memory: no more than allowed, none that is old or was closed, and those that are used stay. */
import { describe, expect, it } from 'vitest';
import { createTestClock } from '../testing/clock.ts';
import { createFencedCache, maxKeyAgeMs } from './cache.ts';

const id = (i: number) => `key-${i}`;
const create = (maxEntries: number) => {
  const clock = createTestClock();
  return { clock, cache: createFencedCache<number>(maxEntries, clock) };
};

describe('the cache of keys', () => {
  it('never holds more than allowed, and always the newer half', () => {
    const { cache } = create(100);
    for (let i = 0; i < 1_000; i += 1) {
      cache.set(id(i), 1, i);
      expect(cache.size()).toBeLessThanOrEqual(100);
    }
    for (let i = 950; i < 1_000; i += 1) expect(cache.get(id(i), 1)).toBe(i);
    expect(cache.get(id(0), 1)).toBeUndefined();
  });

  it('keeps what is used, however much passes by', () => {
    const { cache } = create(100);
    cache.set('used', 1, -1);
    for (let i = 0; i < 1_000; i += 1) {
      cache.set(id(i), 1, i);
      expect(cache.get('used', 1)).toBe(-1);
      expect(cache.size()).toBeLessThanOrEqual(100);
    }
  });

  it('takes the newest value of an id from wherever it is, and forgets all of it', () => {
    const { cache } = create(10);
    cache.set('one', 1, 1);
    for (let i = 0; i < 5; i += 1) cache.set(id(i), 1, i);
    cache.set('one', 2, 2);
    expect(cache.get('one', 2)).toBe(2);
    expect(cache.get('one', 1)).toBeUndefined();
    expect(cache.get('one', 2)).toBeUndefined();
  });

  it.each(['young', 'old'])('finds nothing too old, of another fence, or removed in its %s half', (where) => {
    const { cache, clock } = create(10);
    const fill = () => {
      cache.clear();
      for (const key of ['a', 'b', 'c']) cache.set(key, 1, 1);
      if (where === 'old') for (let i = 0; i < 5; i += 1) cache.set(id(i), 1, 2);
    };
    fill();
    expect(cache.get('a', 1)).toBe(1);
    expect(cache.get('b', 2)).toBeUndefined();
    cache.removeWhere((value) => value === 1);
    expect([cache.get('a', 1), cache.get('c', 1)]).toEqual([undefined, undefined]);
    fill();
    clock.advance(maxKeyAgeMs + 1_000);
    expect(cache.get('a', 1)).toBeUndefined();
    expect(cache.size()).toBe(where === 'old' ? 7 : 2);
  });
});
