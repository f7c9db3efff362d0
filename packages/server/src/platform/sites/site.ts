import { randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open, opendir, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { SitePurpose, SiteSettings } from '../config/settings.ts';
import { createFile, makePrivateFolder, replaceFile, syncFolder } from '../files/durable.ts';
import { type Ground, groundOf } from './ground.ts';

/** A write to a site outside the allowed countries. Configuration refuses it first; this refuses it again. */
export class CountryRefused extends Error {
  override readonly name = 'CountryRefused';
  readonly code = 'country_refused';
  constructor(site: string, country: string) {
    super(`site ${site} is in ${country}, where this installation may not write`);
  }
}

/** An object being written: visible under its name only after `commit`. */
export interface ObjectWriter {
  write(bytes: Uint8Array): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

/**
 * A place that keeps bytes: a folder, or a bucket (`s3-site.ts`). Objects have a purpose and a name of fixed form (`[0-9a-z.-]`); what is in
 * them is sealed before it gets here. Every write checks the site's country.
 */
export interface Site {
  readonly name: string;
  readonly country: string;
  readonly street: string | undefined;
  readonly purposes: readonly SitePurpose[];
  /** For whoever runs it: its folder, or its bucket. */
  readonly where: string;
  /** On what it lies. @throws where it cannot be asked. */
  ground(): Promise<Ground>;
  /** The folder, for what needs raw access (the safe's own rules, the residue scan). */
  folder(purpose: SitePurpose): string;
  create(purpose: SitePurpose, name: string, content: Uint8Array): Promise<void>;
  replace(purpose: SitePurpose, name: string, content: Uint8Array): Promise<void>;
  append(purpose: SitePurpose, name: string, content: Uint8Array): Promise<void>;
  writer(purpose: SitePurpose, name: string): Promise<ObjectWriter>;
  read(purpose: SitePurpose, name: string): Promise<Buffer | undefined>;
  /** A part of an object, in constant memory. */
  stream(purpose: SitePurpose, name: string, from: number, toInclusive: number): Readable;
  size(purpose: SitePurpose, name: string): Promise<number | undefined>;
  modifiedAt(purpose: SitePurpose, name: string): Promise<Date | undefined>;
  remove(purpose: SitePurpose, name: string): Promise<void>;
  /** Removes what writers that were cut off left unfinished before this time; a bucket a day later. @returns how many. */
  removeUnfinished(purpose: SitePurpose, before: Date): Promise<number>;
  list(purpose: SitePurpose): Promise<readonly string[]>;
  /** Asks as little as can be asked. @throws where the site cannot be read. */
  reach(purpose: SitePurpose): Promise<void>;
  /** The same with the length of each in bytes. */
  sizes(purpose: SitePurpose): Promise<ReadonlyMap<string, number>>;
  /** A word beside the objects that no list shows. `undefined`: there is none. */
  note(purpose: SitePurpose, note: SiteNote): Promise<string | undefined>;
  /** Writes it where there is none. @returns what stands there then. */
  noteOnce(purpose: SitePurpose, note: SiteNote, text: string): Promise<string>;
  forgetNote(purpose: SitePurpose, note: SiteNote): Promise<void>;
}

/** `mark`: which site this is; `accept`: somebody says that an empty one may be filled. */
export type SiteNote = 'mark' | 'accept';

const statsAtOnce = 64;
/** The one form of names, at sites of every kind. */
export const objectName = /^[0-9a-z][0-9a-z.-]{0,119}$/;

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** @throws CountryRefused at every write when the country is not allowed. */
export async function createFolderSite(settings: SiteSettings, allowedCountries: readonly string[]): Promise<Site> {
  const { path } = settings;
  if (path === undefined) throw new TypeError(`site ${settings.name} has no folder`);
  const folder = (purpose: SitePurpose) => join(path, purpose);
  const allow = () => {
    if (!allowedCountries.includes(settings.country)) throw new CountryRefused(settings.name, settings.country);
  };
  const pathOf = (purpose: SitePurpose, name: string) => {
    if (!objectName.test(name)) throw new TypeError('not an object name');
    if (!settings.purposes.includes(purpose)) throw new TypeError(`site ${settings.name} is not for ${purpose}`);
    return join(folder(purpose), name);
  };
  const noteOf = (purpose: SitePurpose, note: SiteNote) => join(folder(purpose), `.obhut-${note}`);
  const readNote = async (purpose: SitePurpose, note: SiteNote) => {
    try {
      return (await readFile(noteOf(purpose, note), 'utf8')).trim();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };
  allow();
  await makePrivateFolder(path);
  for (const purpose of settings.purposes) await makePrivateFolder(folder(purpose));

  return {
    name: settings.name,
    country: settings.country,
    street: settings.street,
    purposes: settings.purposes,
    where: path,
    ground: () => groundOf(path),
    folder,
    async create(purpose, name, content) {
      allow();
      await createFile(pathOf(purpose, name), content);
    },
    async replace(purpose, name, content) {
      allow();
      await replaceFile(pathOf(purpose, name), content);
    },
    async append(purpose, name, content) {
      allow();
      const handle = await open(
        pathOf(purpose, name),
        constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT,
        0o600,
      );
      try {
        await handle.appendFile(content);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await syncFolder(folder(purpose));
    },
    async writer(purpose, name) {
      allow();
      const path = pathOf(purpose, name);
      const temporary = join(folder(purpose), `.${randomUUID()}.tmp`);
      return createObjectWriter(await open(temporary, 'wx', 0o600), temporary, path, folder(purpose));
    },
    async read(purpose, name) {
      try {
        return await readFile(pathOf(purpose, name));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    stream: (purpose, name, from, toInclusive) =>
      createReadStream(pathOf(purpose, name), { start: from, end: toInclusive, highWaterMark: 262_144 }),
    async size(purpose, name) {
      try {
        return (await stat(pathOf(purpose, name))).size;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async modifiedAt(purpose, name) {
      try {
        return (await stat(pathOf(purpose, name))).mtime;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async removeUnfinished(purpose, before) {
      let removed = 0;
      for (const entry of await readdir(folder(purpose))) {
        const path = join(folder(purpose), entry);
        if (!entry.startsWith('.') || !entry.endsWith('.tmp') || (await stat(path)).mtime >= before) continue;
        await unlink(path);
        removed += 1;
      }
      return removed;
    },
    async remove(purpose, name) {
      try {
        await unlink(pathOf(purpose, name));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
      await syncFolder(folder(purpose));
    },
    async list(purpose) {
      const names = await readdir(folder(purpose));
      return names.filter((name) => objectName.test(name)).sort();
    },
    async reach(purpose) {
      await (await opendir(folder(purpose))).close();
    },
    async sizes(purpose) {
      const names = (await readdir(folder(purpose))).filter((name) => objectName.test(name));
      const sizes = new Map<string, number>();
      for (let from = 0; from < names.length; from += statsAtOnce)
        await Promise.all(
          names.slice(from, from + statsAtOnce).map(async (name) => {
            const found = await stat(join(folder(purpose), name)).catch((error: unknown) => {
              if (isMissing(error)) return undefined;
              throw error;
            });
            if (found !== undefined) sizes.set(name, found.size);
          }),
        );
      return sizes;
    },
    note: readNote,
    async noteOnce(purpose, note, text) {
      allow();
      await createFile(noteOf(purpose, note), Buffer.from(`${text}\n`)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      const written = await readNote(purpose, note);
      if (written === undefined) throw new Error(`the site ${settings.name} does not keep what is written`);
      return written;
    },
    async forgetNote(purpose, note) {
      await unlink(noteOf(purpose, note)).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    },
  };
}

function createObjectWriter(handle: FileHandle, temporary: string, path: string, folder: string): ObjectWriter {
  return {
    async write(bytes) {
      await handle.writeFile(bytes);
    },
    async commit() {
      await handle.sync();
      await handle.close();
      await rename(temporary, path);
      await syncFolder(folder);
    },
    async abort() {
      await handle.close().catch(() => undefined);
      await unlink(temporary).catch(() => undefined);
    },
  };
}
