import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Receipt } from '../journal/receipt.ts';
import { createOpeningRegister } from './openings.ts';

const leafOf = (index: number) => createHash('sha256').update(String(index)).digest();
const receiptAt = (index: number) =>
  ({ position: { origin: `log/${index % 2}`, index, leaf: leafOf(index) } }) as Receipt;

test('it remembers the newest openings with their log, index and leaf, and counts all', () => {
  const register = createOpeningRegister();
  expect(register.read()).toEqual({ total: 0, newest: [] });
  for (let index = 0; index < 5_000; index += 1) register.add(receiptAt(index));
  const { total, newest } = register.read();
  expect(total).toBe(5_000);
  expect(newest.length).toBe(4_096);
  const indexes = newest.map(({ index }) => index).sort((a, b) => a - b);
  expect(indexes[0]).toBe(5_000 - 4_096);
  expect(indexes.at(-1)).toBe(4_999);
  for (const { origin, index, leaf } of newest) {
    expect(origin).toBe(`log/${index % 2}`);
    expect(leaf.equals(leafOf(index))).toBe(true);
  }
});
