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

/**
 * Two halves: what is used moves to the young one; when that is full, the old one goes as a whole and the young one takes its
 * place. To take out the oldest one each time is dear: a Map walks over all that was taken out of its beginning before.
 */
export function createFencedCache<Value>(maxEntries: number, clock: Clock): FencedCache<Value> {
  const half = Math.max(1, Math.floor(maxEntries / 2));
  let young = new Map<string, Slot<Value>>();
  let old = new Map<string, Slot<Value>>();

  function keep(id: string, slot: Slot<Value>): void {
    if (young.size >= half && !young.has(id)) {
      old = young;
      young = new Map();
    }
    young.set(id, slot);
  }

  return {
    get(id, fence) {
      const slot = young.get(id) ?? old.get(id);
      if (slot === undefined) return undefined;
      if (slot.fence === fence && clock.monotonicMs() - slot.since <= maxKeyAgeMs) {
        if (old.delete(id)) keep(id, slot);
        return slot.value;
      }
      young.delete(id);
      old.delete(id);
      return undefined;
    },
    set(id, fence, value) {
      old.delete(id);
      keep(id, { value, fence, since: Math.ceil(clock.monotonicMs()) });
    },
    removeWhere(matches) {
      for (const slots of [young, old]) for (const [id, { value }] of slots) if (matches(value)) slots.delete(id);
    },
    clear() {
      young.clear();
      old.clear();
    },
    // What is in both halves is not there twice: it is taken out of the old one when it comes into the young one.
    size: () => young.size + old.size,
  };
}
