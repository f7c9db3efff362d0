/**
 * `source list [NAME]` and `source restore NAME FOLDER [--at DATE]`: repositories from their backups. They need the sites and
 * the root key, and nothing that runs.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Settings } from '../platform/config/settings.ts';
import { StartError } from '../platform/config/start-error.ts';
import { loadRootKey } from '../platform/secrets/root-key.ts';
import type { Site } from '../platform/sites/site.ts';
import { createGit } from '../practices/recovery/source-code/git.ts';
import { rebuild } from '../practices/recovery/source-code/rebuild.ts';
import { createShelf, type Shelf, type StoredList, sourceCodeKey } from '../practices/recovery/source-code/shelf.ts';
import { gitLongestMs, sitesForBackups } from '../practices/recovery/source-code/source-code.ts';
import type { Language } from './language.ts';
import { openSites } from './sites.ts';

const words = {
  de: {
    none: 'Keine Sicherung gefunden.',
    night: ({ at, tips, bundles }: StoredList, site: string) =>
      `${at}  ${site}  Zweige und Marken: ${tips.length}, Bündel: ${bundles.length}`,
    taken: (done: number, of: number) => `Bündel ${done} von ${of}`,
    damaged: (site: string) =>
      `Am Standort ${site} ist die Sicherung beschädigt oder unvollständig; der nächste wird versucht.`,
    restored: ({ at }: StoredList, folder: string) =>
      `Wiederhergestellt, Stand ${at}, geprüft: ${folder}\nArbeite darin nicht, klone es: git clone ${folder}`,
    failed: 'Von keinem Standort ließ es sich wiederherstellen.',
  },
  en: {
    none: 'No backup found.',
    night: ({ at, tips, bundles }: StoredList, site: string) =>
      `${at}  ${site}  branches and tags: ${tips.length}, bundles: ${bundles.length}`,
    taken: (done: number, of: number) => `bundle ${done} of ${of}`,
    damaged: (site: string) => `The backup at the site ${site} is damaged or incomplete; the next one is tried.`,
    restored: ({ at }: StoredList, folder: string) =>
      `Restored, as of ${at}, checked: ${folder}\nDo not work in it, clone it: git clone ${folder}`,
    failed: 'It could not be restored from any site.',
  },
} as const;

const say = (text: string) => process.stdout.write(`${text}\n`);

interface Opened {
  readonly sites: readonly Site[];
  readonly shelf: Shelf;
}

async function openShelf(settings: Settings): Promise<Opened> {
  const sites = sitesForBackups(await openSites(settings));
  const keys = join(settings.data, 'keys');
  // A new one would be made, and open nothing.
  if (settings.rootKey === 'file' && !existsSync(join(keys, 'root.key')))
    throw new StartError(
      'root_key_missing',
      `${join(keys, 'root.key')} is missing: only the root key opens a backup.`,
      'Put it there (32 bytes in base64, mode 0600), and name the sites in obhut.yaml.',
    );
  const rootKey = await loadRootKey(settings.rootKey, keys);
  return { sites, shelf: createShelf(sites, sourceCodeKey(rootKey)) };
}

function needsName(name: string | undefined): string {
  if (name !== undefined && /^[a-z][a-z0-9-]{0,40}$/.test(name)) return name;
  throw new StartError(
    'setting_invalid',
    'Which repository?',
    'source list NAME, source restore NAME FOLDER [--at 2026-11-25]; the name is that of sourceCode.repositories.',
  );
}

/** Every night of a repository, the newest first. @returns the exit code. */
export async function listSource(settings: Settings, name: string | undefined, language: Language): Promise<number> {
  const { sites, shelf } = await openShelf(settings);
  const t = words[language];
  let found = 0;
  for (const site of sites)
    for (const list of await shelf.lists(site, needsName(name))) {
      say(t.night(list, site.name));
      found += 1;
    }
  if (found === 0) say(t.none);
  return found === 0 ? 1 : 0;
}

/** @param args name, folder that is not there yet, and perhaps `--at` with a time; the newest night that is not after it. */
export async function restoreSource(
  settings: Settings,
  args: readonly string[],
  from: string,
  language: Language,
): Promise<number> {
  const t = words[language];
  const at = args.indexOf('--at');
  const limit = at < 0 ? undefined : new Date(args[at + 1] ?? '');
  if (limit !== undefined && Number.isNaN(limit.getTime()))
    throw new StartError(
      'setting_invalid',
      '--at wants a time.',
      'As in --at 2026-11-25 or --at 2026-11-25T03:00:00+01:00.',
    );
  const name = needsName(args[0]);
  const target = args[1];
  if (target === undefined || target.startsWith('--')) needsName(undefined);
  const folder = resolve(from, target ?? '');
  if (await stat(folder).catch(() => undefined))
    throw new StartError('setting_invalid', `${folder} is there already.`, 'Name a folder that is not there yet.');
  const { sites, shelf } = await openShelf(settings);
  const nights = await Promise.all(
    sites.map(async (site) => (await shelf.lists(site, name).catch(() => [])).map((list) => ({ site, list }))),
  );
  const fitting = nights
    .flat()
    .filter(({ list }) => limit === undefined || list.at <= limit.toISOString())
    .toSorted((a, b) => b.list.at.localeCompare(a.list.at));
  const newest = fitting[0]?.list.at;
  if (newest === undefined) {
    say(t.none);
    return 1;
  }
  const scratch = await mkdtemp(`${folder}.`);
  const git = createGit(gitLongestMs);
  try {
    for (const { site, list } of fitting.filter((one) => one.list.at === newest))
      try {
        await rebuild({ git, shelf, progress: (done, of) => say(t.taken(done, of)) }, site, list, folder, scratch);
        say(t.restored(list, folder));
        return 0;
      } catch {
        await rm(folder, { recursive: true, force: true });
        say(t.damaged(site.name));
      }
    say(t.failed);
    return 1;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
