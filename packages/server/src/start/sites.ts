import { join } from 'node:path';
import type { Settings, SiteSettings } from '../platform/config/settings.ts';
import { createFolderSite, type Site } from '../platform/sites/site.ts';

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

export function openSites(settings: Settings): Promise<readonly Site[]> {
  return Promise.all(siteSettings(settings).map((site) => createFolderSite(site, settings.allowedCountries)));
}
