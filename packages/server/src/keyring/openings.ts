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

/** How many are remembered: one position is some 200 bytes. */
const remembered = 4_096;

export function createOpeningRegister(): OpeningRegister {
  const ring: ReceiptPosition[] = [];
  let total = 0;
  return {
    add({ position }) {
      ring[total % remembered] = position;
      total += 1;
    },
    read: () => ({ total, newest: [...ring] }),
  };
}
