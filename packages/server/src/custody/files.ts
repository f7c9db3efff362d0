/** Files: sealed in segments of 64 KiB while they stream, in constant memory; opened the same way, also by range. */

import type { Readable } from 'node:stream';
import { personOf, withCurrentKeys } from '../keyring/current.ts';
import type { DataKey, FileOpener } from '../keyring/objects.ts';
import type { PersonHandle } from '../keyring/person-keys.ts';
import { padme } from '../platform/crypto/padding.ts';
import { Problem } from '../platform/http/problem.ts';
import { type CustomerId, type FileId, isUuid, type PersonId } from '../platform/ids/ids.ts';
import type { Site } from '../platform/sites/site.ts';
import type { Call } from './call.ts';
import type { FileMeta, FilePlace, FilesOptions, StoredFile, Upload } from './file-place.ts';
import { openRange, type Segments } from './file-segments.ts';
import type { FileRow } from './file-store.ts';
import { createUploads } from './file-upload.ts';

export interface Download {
  readonly meta: FileMeta;
  readonly version: number;
  readonly receipt: string;
  /** From first to last byte, both inclusive. @throws Problem `range_invalid` before anything is read. */
  read(range?: { readonly first: number; readonly last: number }): Readable;
}

export interface Files {
  put(place: FilePlace, upload: Upload, call: Call): Promise<StoredFile>;
  open(place: FilePlace, call: Call): Promise<Download>;
  list(
    customer: CustomerId,
    person: PersonId,
    call: Call,
  ): Promise<{
    readonly files: readonly (FileMeta & { readonly file: FileId; readonly version: number })[];
    readonly receipt: string;
  }>;
  /** Whether the person has files at all. Says nothing about them. */
  any(customer: CustomerId, person: PersonId): Promise<boolean>;
  /**
   * Removes sealed objects older than an hour that no row knows: an upload was cut off before its commit. After a restore
   * they stay until somebody says that they go.
   */
  sweep(): Promise<number>;
  /**
   * Removes a sealed object at every site, after its row is gone. Where a site fails it stays there, readable by nobody,
   * and the hourly sweep takes it: what was asked for has been done.
   */
  removeObject(object: string): Promise<void>;
}

/** Objects that are compared with the table in one query. */
const sweepBatch = 500;
const sweepAgeMs = 3_600_000;

export function createFiles(options: FilesOptions): Files {
  const { journal, keyring, log, store, sites, known, clock, warn } = options;

  async function removeObject(object: string): Promise<void> {
    for (const site of sites)
      await site.remove('objects', object).catch(() => warn(`an object stays at the site ${site.name} for now`));
  }

  /** @returns how many objects went. */
  async function sweepSite(site: Site): Promise<number> {
    // Younger ones may belong to an upload of another server that is about to commit.
    const before = new Date(clock.now().getTime() - sweepAgeMs);
    let removed = await site.removeUnfinished('objects', before);
    const objects = (await site.list('objects')).filter(isUuid);
    const areHeld = await options.areStrangersHeld(site);
    let held = 0;
    for (let from = 0; from < objects.length; from += sweepBatch) {
      const part = objects.slice(from, from + sweepBatch);
      const ours = await known(part);
      for (const object of part) {
        const modified = await site.modifiedAt('objects', object);
        if (ours.has(object) || modified === undefined || modified >= before) continue;
        if (areHeld) {
          held += 1;
          continue;
        }
        await site.remove('objects', object);
        removed += 1;
      }
    }
    if (held > 0)
      warn(`the site ${site.name} has ${held} objects of no file; since the restore they stay until accepted`);
    return removed;
  }

  /** Those that have the object whole, by its length; they are asked one after the other. */
  async function* sitesOf(row: FileRow, expectedBytes: number): AsyncGenerator<Site> {
    // What a site lacked by the row it may have got, or have in part.
    const there = (site: Site) => row.sites.includes(site.name);
    for (const site of [...sites.filter(there), ...sites.filter((one) => !there(one))]) {
      // One that is away is passed over: another one has it.
      const bytes = await site.size('objects', row.object).catch(() => undefined);
      if (bytes === expectedBytes) yield site;
    }
  }

  /** With keys of which is known that they are the customer's newest, and not only found out by the entry. */
  const currentPerson = ({ customer, person }: FilePlace): Promise<PersonHandle> =>
    withCurrentKeys(keyring, customer, async (handle) =>
      (await keyring.isCurrent(handle)) ? personOf(keyring, customer, person) : 'stale',
    );

  /** Whether a file that is being sent may go on: something of the customer's was closed, but not this. */
  async function isAlive(place: FilePlace, dataKey: DataKey): Promise<boolean> {
    const person = await currentPerson(place).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'not_found') return undefined;
      throw error;
    });
    return person !== undefined && (await store.find(place))?.dataKey.id === dataKey.id;
  }

  return {
    removeObject,
    any: store.any,
    async sweep() {
      let removed = 0;
      for (const site of sites)
        removed += await sweepSite(site).catch(() => {
          warn(`the site ${site.name} could not be swept; it is tried again`);
          return 0;
        });
      return removed;
    },
    put: createUploads({ ...options, currentPerson, removeObject }),
    async open(place, call) {
      return withCurrentKeys(keyring, place.customer, async () => {
        const person = await personOf(keyring, place.customer, place.person);
        const [authorised, row] = await Promise.all([
          log.authorise(person, call, {
            kind: 'file.read',
            scope: { count: 1 },
            release: { collection: undefined, what: 'file' },
          }),
          store.find(place),
        ]);
        if (authorised === 'stale') return 'stale';
        if (row === undefined) throw new Problem('not_found');
        const ref = { file: place.file, version: row.version, dataKey: row.dataKey };
        const opener = keyring.openFile(authorised.receipt, person, ref, row.sealedMeta);
        const meta = JSON.parse(opener.meta.toString('utf8')) as FileMeta;
        return download(place, person.fence, row, opener, meta, authorised.text);
      });
    },
    async list(customer, personId, call) {
      return withCurrentKeys(keyring, customer, async () => {
        const person = await personOf(keyring, customer, personId);
        const rows = await store.ofPerson(customer, personId);
        const authorised = await log.authorise(person, call, {
          kind: 'records.list',
          scope: { count: rows.length },
          release: { collection: undefined, what: 'file' },
        });
        if (authorised === 'stale') return 'stale';
        const metas = keyring.openFileMetas(authorised.receipt, person, rows);
        const files = rows.map(({ file, version }, i) => ({
          file,
          version,
          ...(JSON.parse(String(metas[i])) as FileMeta),
        }));
        return { files, receipt: authorised.text };
      });
    },
  };

  function download(
    place: FilePlace,
    loadedAt: number,
    row: FileRow,
    opener: FileOpener,
    meta: FileMeta,
    receipt: string,
  ): Download {
    return {
      meta,
      version: row.version,
      receipt,
      read(range = { first: 0, last: meta.bytes - 1 }) {
        if (meta.bytes > 0 && (range.first > range.last || range.last >= meta.bytes))
          throw new Problem('range_invalid');
        let fence: number | undefined = loadedAt;
        const source: Segments = {
          contentBytes: padme(meta.bytes),
          open: opener.segment,
          sites: (sealedBytes) => sitesOf(row, sealedBytes),
          object: row.object,
          wrong: (site) => options.wrong(place, row, site),
          // A long stream ends when the file, the person or the customer goes meanwhile.
          async stillAllowed() {
            const now = await journal.fence(place.customer);
            if (now === fence) return true;
            fence = now;
            return isAlive(place, row.dataKey);
          },
          clock,
        };
        return openRange(source, range, meta.bytes);
      },
    };
  }
}
