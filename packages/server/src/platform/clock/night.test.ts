import { expect, it } from 'vitest';
import { nightOf } from './night.ts';

it.each([
  // Winter is an hour before Greenwich, summer two.
  ['2026-11-25T00:59:00Z', 2, '2026-11-24'],
  ['2026-11-25T01:00:00Z', 2, '2026-11-25'],
  ['2026-07-01T00:00:00Z', 2, '2026-07-01'],
  ['2026-12-31T23:30:00Z', 0, '2027-01-01'],
  // 29 March 2026: there is no two o'clock. The night begins when it would have been.
  ['2026-03-29T00:59:59Z', 2, '2026-03-28'],
  ['2026-03-29T01:00:00Z', 2, '2026-03-29'],
  // 25 October 2026: half past two comes twice, and is of one night.
  ['2026-10-25T00:30:00Z', 2, '2026-10-25'],
  ['2026-10-25T01:30:00Z', 2, '2026-10-25'],
  ['2026-10-24T23:59:00Z', 2, '2026-10-24'],
])('%s from %d o’clock on is the night of %s', (now, hour, night) => {
  expect(nightOf(new Date(now), hour)).toBe(night);
});
