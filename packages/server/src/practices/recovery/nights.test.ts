import { expect, it } from 'vitest';
import { nightOf } from './nights.ts';

it.each([
  // Winter, summer, and the minute before.
  ['2026-11-25T01:00:00Z', 2, '2026-11-25', '2026-11-25T01:00:00.000Z'],
  ['2026-11-25T00:59:59Z', 2, '2026-11-24', '2026-11-24T01:00:00.000Z'],
  ['2026-07-01T00:00:00Z', 2, '2026-07-01', '2026-07-01T00:00:00.000Z'],
  // 29 March 2026: two o'clock does not exist, the night begins at three.
  ['2026-03-29T00:59:59Z', 2, '2026-03-28', '2026-03-28T01:00:00.000Z'],
  ['2026-03-29T01:00:00Z', 2, '2026-03-29', '2026-03-29T01:00:00.000Z'],
  // 25 October 2026: two o'clock comes twice, and the night begins at the first.
  ['2026-10-25T00:00:00Z', 2, '2026-10-25', '2026-10-25T00:00:00.000Z'],
  ['2026-10-25T01:30:00Z', 2, '2026-10-25', '2026-10-25T00:00:00.000Z'],
  // New Year is one of Berlin.
  ['2026-12-31T23:00:00Z', 0, '2027-01-01', '2026-12-31T23:00:00.000Z'],
])('at %s, with the hour %i, it is the night of %s', (now, hour, date, began) => {
  expect(nightOf(new Date(now), hour)).toEqual({ date, beganAt: new Date(began) });
});

it('each night of a year has one beginning, however often it is looked', () => {
  const seen = new Map<string, number>();
  for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 900_000) {
    const { date, beganAt } = nightOf(new Date(at), 2);
    expect(seen.get(date) ?? beganAt.getTime()).toBe(beganAt.getTime());
    seen.set(date, beganAt.getTime());
  }
  expect(seen.size).toBe(366);
});
