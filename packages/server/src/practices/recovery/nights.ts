/** Which night it is: the hour is one of Berlin, and each night has exactly one, also where the clock is put forward or back. */

const zone = 'Europe/Berlin';

export interface Night {
  /** `2026-11-25`, by the calendar of Berlin. */
  readonly date: string;
  readonly beganAt: Date;
}

/**
 * The night whose hour came last. An hour that is left out in spring is the next one; one that comes twice in autumn is the
 * first (RFC 5545 and Temporal call that "compatible").
 */
export function nightOf(now: Date, hour: number): Night {
  const here = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone);
  const at = (date: Temporal.PlainDate) =>
    date.toZonedDateTime({ timeZone: zone, plainTime: new Temporal.PlainTime(hour) });
  const today = at(here.toPlainDate());
  const began = Temporal.ZonedDateTime.compare(today, here) <= 0 ? today : at(here.toPlainDate().subtract({ days: 1 }));
  return { date: began.toPlainDate().toString(), beganAt: new Date(began.epochMilliseconds) };
}
