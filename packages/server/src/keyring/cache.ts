import type { Clock } from '../platform/clock/clock.ts';

/** No key stays in memory longer than this without being loaded anew. */
export const maxKeyAgeMs = 15 * 60_000;

/**
 * A bounded map of keys, each valid only at the fence it was loaded at. The fence, not the clock, makes it current: a
 * customer's fence rises whenever one of its keys is closed, and then nothing loaded before is found any more.
 *
 * What leaves is not wiped: a request in flight may still hold it, and will be refused by the fence or by the age of its
 * receipt. That memory is no safe place is one of the limits that the documentation names.
 */
export interface FencedCache<Value> {
  get(id: string, fence: number): Value | undefined;
  set(id: string, fence: number, value: Value): void;
  removeWhere(matches: (value: Value) => boolean): void;
  clear(): void;
  size(): number;
}

interface Slot<Value> {
  readonly value: Value;
  readonly fence: number;
  /** Whole milliseconds of the monotonic clock: a fraction would be an object of its own, one more way to memory. */
  readonly since: number;
}

export function createFencedCache<Value>(maxEntries: number, clock: Clock): FencedCache<Value> {
  const slots = new Map<string, Slot<Value>>();
  return {
    get(id, fence) {
      const slot = slots.get(id);
      if (slot === undefined) return undefined;
      if (slot.fence === fence && clock.monotonicMs() - slot.since <= maxKeyAgeMs) return slot.value;
      slots.delete(id);
      return undefined;
    },
    set(id, fence, value) {
      slots.delete(id);
      if (slots.size >= maxEntries) {
        // A Map keeps the order of insertion, so the first is the oldest.
        const [oldest] = slots.keys();
        if (oldest !== undefined) slots.delete(oldest);
      }
      slots.set(id, { value, fence, since: Math.ceil(clock.monotonicMs()) });
    },
    removeWhere(matches) {
      for (const [id, { value }] of slots) if (matches(value)) slots.delete(id);
    },
    clear: () => slots.clear(),
    size: () => slots.size,
  };
}
