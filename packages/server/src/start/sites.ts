import { join } from 'node:path';
import type { Settings, SiteSettings } from '../platform/config/settings.ts';
import { createAwaySite } from '../platform/sites/away-site.ts';
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

/**
 * One that is away does not hold the start up, as long as another one has each of its purposes; an alarm tells of it.
 * @throws why a site cannot be opened, where it is the only one for something.
 */
export async function openSites(settings: Settings): Promise<readonly Site[]> {
  const reasons = new Map<Site, unknown>();
  const sites = await Promise.all(
    siteSettings(settings).map((site) =>
      createFolderSite(site, settings.allowedCountries).catch((error: unknown) => {
        if (error instanceof CountryRefused) throw error;
        const away = createAwaySite(site, settings.allowedCountries);
        reasons.set(away, error);
        return away;
      }),
    ),
  );
  for (const [away, reason] of reasons)
    for (const purpose of away.purposes)
      if (!sites.some((site) => !reasons.has(site) && site.purposes.includes(purpose))) throw reason;
  return sites;
}
