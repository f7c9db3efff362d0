/** What this process opened, by the entries that allowed it: so that somebody can look whether they are still there. */
import type { Receipt, ReceiptPosition } from '../journal/receipt.ts';

export interface Openings {
  /** Since the start. */
  readonly total: number;
  /** The newest of them. */
  readonly newest: readonly ReceiptPosition[];
}

export interface OpeningRegister {
  add(receipt: Receipt): void;
  read(): Openings;
}

const remembered = 4_096;
const leafBytes = 32;

/** A ring of plain numbers and bytes: thousands of objects a second that live for one would keep the collector busy. */
export function createOpeningRegister(): OpeningRegister {
  const origins: string[] = new Array<string>(remembered).fill('');
  const indexes = new Float64Array(remembered);
  const leaves = Buffer.alloc(remembered * leafBytes);
  let total = 0;
  return {
    add({ position: { origin, index, leaf } }) {
      const slot = total % remembered;
      origins[slot] = origin;
      indexes[slot] = index;
      leaves.set(leaf, slot * leafBytes);
      total += 1;
    },
    read: () => ({
      total,
      newest: Array.from({ length: Math.min(total, remembered) }, (_, slot) => ({
        origin: origins[slot] ?? '',
        index: indexes[slot] ?? 0,
        leaf: Buffer.from(leaves.subarray(slot * leafBytes, (slot + 1) * leafBytes)),
      })),
    }),
  };
}
