/** Whether sites are there, and whether those that should hold the same objects do. */
import type { Site } from '../platform/sites/site.ts';
import type { Finding } from './alarm.ts';
import type { Check } from './checks.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** A million objects at three sites, one of them far away. */
const compareTimeoutMs = 6 * 60 * minuteMs;

/** @param compareObjects compares what lies at the sites with what should, and mends what it can. */
export function siteChecks(
  sites: readonly Site[],
  compareObjects: () => Promise<readonly Finding[]>,
): readonly Check[] {
  async function unreachable(site: Site): Promise<readonly Finding[]> {
    return Promise.all(site.purposes.map((purpose) => site.reach(purpose))).then(
      () => [],
      () => [{ code: 'site_unreachable', subject: site.name } as const],
    );
  }

  return [
    {
      name: 'sites',
      everyMs: minuteMs / 2,
      codes: ['site_unreachable'],
      // One server may reach a site that another does not.
      perServer: true,
      run: async () => (await Promise.all(sites.map(unreachable))).flat(),
    },
    {
      name: 'objects',
      everyMs: dayMs,
      codes: ['site_differs', 'site_lying', 'site_unmarked'],
      timeoutMs: compareTimeoutMs,
      run: compareObjects,
    },
  ];
}
