/** Nights, by the clock on the wall in Germany: a date names each, so that no change of the clock skips or doubles one. */

const zone = 'Europe/Berlin';
const parts = new Intl.DateTimeFormat('en-CA', {
  timeZone: zone,
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
});

/**
 * The night whose work is due at this moment: from the given hour on that of today, before it that of the day before.
 * @returns `YYYY-MM-DD`.
 */
export function nightOf(now: Date, hour: number): string {
  const at = Object.fromEntries(parts.formatToParts(now).map(({ type, value }) => [type, Number(value)]));
  const day = new Date(Date.UTC(at.year ?? 0, (at.month ?? 1) - 1, at.day));
  if ((at.hour ?? 0) < hour) day.setUTCDate(day.getUTCDate() - 1);
  return day.toISOString().slice(0, 10);
}
