import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { SiteSettings } from '../config/settings.ts';
import { createFolderSite, type Site } from './site.ts';

/**
 * A site that cannot be reached at the start: every call tries again, and fails as long as it is away. What it missed is
 * caught up by whoever writes there, as for a site that goes away later.
 */
export function createAwaySite(settings: SiteSettings, allowedCountries: readonly string[]): Site {
  const { path = '' } = settings;
  let back: Site | undefined;
  const reached = async (): Promise<Site> => {
    back ??= await createFolderSite(settings, allowedCountries);
    return back;
  };
  return {
    name: settings.name,
    country: settings.country,
    street: settings.street,
    purposes: settings.purposes,
    where: path,
    ground: async () => (await reached()).ground(),
    folder: (purpose) => join(path, purpose),
    create: async (...args) => (await reached()).create(...args),
    replace: async (...args) => (await reached()).replace(...args),
    append: async (...args) => (await reached()).append(...args),
    writer: async (...args) => (await reached()).writer(...args),
    read: async (...args) => (await reached()).read(...args),
    stream: (...args) =>
      Readable.from(
        (async function* () {
          yield* (await reached()).stream(...args);
        })(),
        { objectMode: false },
      ),
    size: async (...args) => (await reached()).size(...args),
    modifiedAt: async (...args) => (await reached()).modifiedAt(...args),
    remove: async (...args) => (await reached()).remove(...args),
    removeUnfinished: async (...args) => (await reached()).removeUnfinished(...args),
    list: async (...args) => (await reached()).list(...args),
    reach: async (...args) => (await reached()).reach(...args),
    sizes: async (...args) => (await reached()).sizes(...args),
    note: async (...args) => (await reached()).note(...args),
    noteOnce: async (...args) => (await reached()).noteOnce(...args),
    forgetNote: async (...args) => (await reached()).forgetNote(...args),
  };
}
