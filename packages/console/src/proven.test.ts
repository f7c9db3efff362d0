import { expect, it } from 'vitest';
import { isLongAgo, provenHours } from './proven.ts';

it('says of a proof that it is old after 48 hours, and of one of several sites after the turns of the others', () => {
  const endedAt = '2026-11-23T02:10:00Z';
  const now = (hours: number) => Date.parse(endedAt) + hours * 3_600_000;
  expect(isLongAgo(endedAt, provenHours(1), now(47.9))).toBe(false);
  expect(isLongAgo(endedAt, provenHours(1), now(48))).toBe(true);
  expect(isLongAgo(endedAt, provenHours(2), now(48))).toBe(false);
  expect(isLongAgo(endedAt, provenHours(2), now(72))).toBe(true);
});
