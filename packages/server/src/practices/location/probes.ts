import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observation, ProbeContext } from '../../claims/probe.ts';
import { dayMs } from '../../claims/vocabulary.ts';
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

/** Where the database stands the operator says; without that nobody knows. */
export const databaseInAllowedCountry =
  ({ settings }: PracticeNeeds) =>
  async (): Promise<Observation> => {
    const { country } = settings.database;
    if (country === undefined) return { verdict: 'unknown', counts: {}, reason: 'country-not-given' };
    return { verdict: settings.allowedCountries.includes(country) ? 'holds' : 'fails', counts: { country } };
  };

const shortestMs = 30 * dayMs;

/** As somebody who found a weakness would look for it (RFC 9116): an address, and a date that is not over soon. */
export const weaknessesCanBeReported =
  ({ ask }: PracticeNeeds) =>
  async ({ clock }: ProbeContext): Promise<Observation> => {
    const { status, text } = await ask('GET', '/.well-known/security.txt');
    if (status === 404) return { verdict: 'unknown', counts: {}, reason: 'no-contact' };
    const contacts = text.match(/^Contact: (mailto:|https:)/gm)?.length ?? 0;
    const expires = new Date(/^Expires: (.+)$/m.exec(text)?.[1] ?? '').getTime();
    const days = Number.isNaN(expires) ? -1 : Math.floor((expires - clock.now().getTime()) / dayMs);
    const holds = status === 200 && contacts > 0 && days * dayMs >= shortestMs;
    return { verdict: holds ? 'holds' : 'fails', counts: { contacts, days } };
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
