import { join } from 'node:path';
import type { Settings, SiteSettings } from '../platform/config/settings.ts';
import { StartError } from '../platform/config/start-error.ts';
import { createAwaySite } from '../platform/sites/away-site.ts';
import { readS3Credentials } from '../platform/sites/s3-credentials.ts';
import { createS3Site } from '../platform/sites/s3-site.ts';
import { CountryRefused, createFolderSite, type Site } from '../platform/sites/site.ts';

/** The sites of the settings, or one for everything inside the data folder. */
export function siteSettings(settings: Settings): readonly SiteSettings[] {
  return (
    settings.sites ?? [
      {
        name: 'a',
        path: join(settings.data, 'sites', 'a'),
        country: settings.allowedCountries[0] ?? 'DE',
        purposes: ['objects', 'safe', 'ledger', 'heads', 'backups'],
      },
    ]
  );
}

/** @throws where it cannot be reached, or with StartError where its settings are wrong. */
async function openSite(settings: SiteSettings, countries: readonly string[]): Promise<Site> {
  const { s3 } = settings;
  if (s3 === undefined) return createFolderSite(settings, countries);
  const credentials = await readS3Credentials(settings.name, s3, process.env);
  return createS3Site({ settings: { ...settings, s3 }, credentials, allowedCountries: countries });
}

/**
 * One that is away does not hold the start up, as long as another one has each of its purposes; an alarm tells of it.
 * @throws why a site cannot be opened, where it is the only one for something.
 */
export async function openSites(settings: Settings): Promise<readonly Site[]> {
  const reasons = new Map<Site, unknown>();
  const sites = await Promise.all(
    siteSettings(settings).map(async (of) => {
      try {
        const site = await openSite(of, settings.allowedCountries);
        // A bucket is not opened, but asked: whether it can be reached shows here.
        if (of.s3 !== undefined)
          await site.reach(of.purposes[0] ?? 'objects').catch((error: unknown) => reasons.set(site, error));
        return site;
      } catch (error) {
        if (error instanceof CountryRefused || error instanceof StartError || of.path === undefined) throw error;
        const away = createAwaySite(of, settings.allowedCountries);
        reasons.set(away, error);
        return away;
      }
    }),
  );
  for (const [away, reason] of reasons)
    for (const purpose of away.purposes)
      if (!sites.some((site) => !reasons.has(site) && site.purposes.includes(purpose))) throw reason;
  return sites;
}
