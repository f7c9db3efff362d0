import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observation } from '../../claims/probe.ts';
import { createFolderSite } from '../../platform/sites/site.ts';
import type { PracticeNeeds } from '../needs.ts';

export const sitesInAllowedCountries =
  ({ sites, settings }: PracticeNeeds) =>
  async (): Promise<Observation> => {
    const elsewhere = sites.filter(({ country }) => !settings.allowedCountries.includes(country)).length;
    return {
      verdict: sites.length > 0 && elsewhere === 0 ? 'holds' : 'fails',
      counts: { sites: sites.length, elsewhere },
    };
  };

/** Any country that is not allowed will do. */
const candidates = ['AQ', 'BV', 'HM'];

export const refusedElsewhere =
  ({ settings }: PracticeNeeds) =>
  async (): Promise<Observation> => {
    const country = candidates.find((one) => !settings.allowedCountries.includes(one));
    if (country === undefined) return { verdict: 'unknown', counts: {}, reason: 'every-country-allowed' };
    const site = { name: 'probe', path: join(tmpdir(), 'obhut-never-made'), country, purposes: ['objects' as const] };
    const refused = await createFolderSite(site, settings.allowedCountries).then(
      () => 0,
      () => 1,
    );
    return { verdict: refused === 1 ? 'holds' : 'fails', counts: { tried: 1, refused } };
  };
