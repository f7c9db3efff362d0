/** How long a proof says something: as long as the claim `recovery.drilled` takes it for one. */

/**
 * A drill each night, of which one may fail: 48 hours.
 * @param nights after how many it is a site's turn again.
 */
export const provenHours = (nights: number) => (nights + 1) * 24;

export const isLongAgo = (endedAt: string, hours: number, now: number) =>
  now - Date.parse(endedAt) >= hours * 3_600_000;
