/** Files: sealed in segments of 64 KiB while they stream, in constant memory; opened the same way, also by range. */

import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Rider } from '../journal/flush.ts';
import type { Journal } from '../journal/journal.ts';
import { personOf, withCurrentKeys } from '../keyring/current.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { DataKey, FileOpener } from '../keyring/objects.ts';
import type { PersonHandle } from '../keyring/person-keys.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { padme } from '../platform/crypto/padding.ts';
import { Problem } from '../platform/http/problem.ts';
import { type CustomerId, type FileId, isUuid, type PersonId } from '../platform/ids/ids.ts';
import type { ObjectWriter, Site } from '../platform/sites/site.ts';
import type { AccessLog, Call } from './call.ts';
import { openRange, type Segments, segments } from './file-segments.ts';
import type { FileRow, FileStore } from './file-store.ts';

export interface FilePlace {
  readonly customer: CustomerId;
  readonly person: PersonId;
  readonly file: FileId;
}

/** What a file is: sealed, like its content. */
export interface FileMeta {
  readonly name?: string;
  readonly type: string;
  readonly bytes: number;
}

export interface Upload {
  readonly content: AsyncIterable<Uint8Array>;
  readonly name: string | undefined;
  readonly type: string;
  readonly ifVersion?: number;
}

export interface Download {
  readonly meta: FileMeta;
  readonly version: number;
  readonly receipt: string;
  /** From first to last byte, both inclusive. @throws Problem `range_invalid` before anything is read. */
  read(range?: { readonly first: number; readonly last: number }): Readable;
}

export interface Files {
  put(
    place: FilePlace,
    upload: Upload,
    call: Call,
  ): Promise<{ readonly version: number; readonly bytes: number; readonly receipt: string }>;
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
  /** Removes sealed objects older than an hour that no row knows: an upload was cut off before its commit. */
  sweep(): Promise<number>;
  /**
   * Removes a sealed object at every site, after its row is gone. Where a site fails it stays there, readable by nobody,
   * and the hourly sweep takes it: what was asked for has been done.
   */
  removeObject(object: string): Promise<void>;
}

export interface FilesOptions {
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly log: AccessLog;
  readonly store: FileStore;
  readonly sites: readonly Site[];
  readonly clock: Clock;
  readonly maxBytes: number;
  readonly warn: (sentence: string) => void;
}

/** Objects that are compared with the table in one query. */
const sweepBatch = 500;
const sweepAgeMs = 3_600_000;

interface Stored {
  readonly place: FilePlace;
  readonly version: number;
  readonly dataKey: DataKey;
  readonly sealedMeta: Buffer;
  readonly object: string;
  readonly sites: readonly string[];
}

export function createFiles({ journal, keyring, log, store, sites, clock, maxBytes, warn }: FilesOptions): Files {
  const rider: Rider<Stored> = {
    name: 'file',
    async apply(connection, files) {
      const applied: boolean[] = [];
      for (const file of files) applied.push(await store.write(connection, file));
      return applied;
    },
  };

  /** The same sealed bytes to every site, one pass. */
  async function writeObject(object: string, sealed: AsyncIterable<Buffer>): Promise<void> {
    const writers: ObjectWriter[] = [];
    try {
      for (const site of sites) writers.push(await site.writer('objects', object));
      for await (const chunk of sealed) await Promise.all(writers.map((writer) => writer.write(chunk)));
      await Promise.all(writers.map((writer) => writer.commit()));
    } catch (error) {
      await Promise.all(writers.map((writer) => writer.abort()));
      // One site may have had it whole already.
      await removeObject(object);
      throw error;
    }
  }

  async function removeObject(object: string): Promise<void> {
    for (const site of sites)
      await site.remove('objects', object).catch(() => warn(`an object stays at the site ${site.name} for now`));
  }

  /** The first site that has the object whole. */
  async function siteOf(row: FileRow, expectedBytes: number): Promise<Site> {
    for (const site of sites)
      if (row.sites.includes(site.name) && (await site.size('objects', row.object)) === expectedBytes) return site;
    throw new Problem('damaged', { field: 'file' });
  }

  async function seal(
    person: PersonHandle,
    place: FilePlace,
    upload: Upload,
  ): Promise<{ stored: Stored; bytes: number; before: FileRow | undefined }> {
    const before = await store.find(place);
    const current = before?.version ?? 0;
    if (upload.ifVersion !== undefined && upload.ifVersion !== current)
      throw new Problem('version_mismatch', { members: { version: current } });
    const ref = { file: place.file, version: current + 1, dataKey: before?.dataKey ?? keyring.newDataKey(person) };
    const object = randomUUID();
    const counted = { bytes: 0 };
    await writeObject(object, sealedSegments(keyring.fileSealer(person, ref), upload.content, counted));
    const meta: FileMeta = {
      ...(upload.name !== undefined && { name: upload.name }),
      type: upload.type,
      bytes: counted.bytes,
    };
    const sealedMeta = keyring.sealFileMeta(person, ref, Buffer.from(JSON.stringify(meta)));
    const stored = { place, ...ref, sealedMeta, object, sites: sites.map(({ name }) => name) };
    return { stored, bytes: counted.bytes, before };
  }

  async function* sealedSegments(
    sealer: ReturnType<Keyring['fileSealer']>,
    content: AsyncIterable<Uint8Array>,
    counted: { bytes: number },
  ): AsyncGenerator<Buffer> {
    yield sealer.header;
    for await (const { bytes, last } of segments(padded(content, counted))) yield sealer.next(bytes, last);
  }

  /** Zeros at the end hide the exact length, which only the sealed metadata know. */
  async function* padded(content: AsyncIterable<Uint8Array>, counted: { bytes: number }): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      counted.bytes += chunk.length;
      if (counted.bytes > maxBytes) throw new Problem('too_large', { members: { limit: maxBytes } });
      yield chunk;
    }
    let rest = padme(counted.bytes) - counted.bytes;
    const zeros = Buffer.alloc(Math.min(rest, 65_536));
    for (; rest > 0; rest -= zeros.length) yield zeros.subarray(0, Math.min(rest, zeros.length));
  }

  return {
    removeObject,
    any: store.any,
    async sweep() {
      // Younger ones may belong to an upload of another server that is about to commit.
      const before = new Date(clock.now().getTime() - sweepAgeMs);
      let removed = 0;
      for (const site of sites) {
        removed += await site.removeUnfinished('objects', before);
        const objects = (await site.list('objects')).filter(isUuid);
        for (let from = 0; from < objects.length; from += sweepBatch) {
          const part = objects.slice(from, from + sweepBatch);
          const known = await store.known(part);
          for (const object of part) {
            const modified = await site.modifiedAt('objects', object);
            if (known.has(object) || modified === undefined || modified >= before) continue;
            await site.remove('objects', object);
            removed += 1;
          }
        }
      }
      return removed;
    },
    async put(place, upload, call) {
      // The content can be read once only: that the keys are current is asked before, not found out after.
      const person = await withCurrentKeys(keyring, place.customer, async (customer) =>
        (await keyring.isCurrent(customer)) ? personOf(keyring, place.customer, place.person) : 'stale',
      );
      const { stored, bytes, before } = await seal(person, place, upload);
      const receipt = await log
        .change(
          person,
          call,
          { kind: 'file.write', scope: { count: 1 } },
          { rider, payload: stored },
          { exclusive: `file/${place.file}` },
        )
        .catch(async (error: unknown) => {
          // Where it is not known whether the row was committed, the object stays: it may belong to one.
          if ((error as { code?: string }).code !== 'outcome_unknown') await removeObject(stored.object);
          throw error;
        });
      if (receipt === 'stale' || receipt === 'declined') {
        // The content was consumed: the caller sends it again.
        await removeObject(stored.object);
        if (receipt === 'stale') keyring.stale(place.customer);
        throw new Problem('write_conflict');
      }
      if (before !== undefined) await removeObject(before.object);
      return { version: stored.version, bytes, receipt };
    },
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
        return download(place.customer, person, row, opener, meta, authorised.text);
      });
    },
    async list(customer, personId, call) {
      return withCurrentKeys(keyring, customer, async () => {
        const person = await personOf(keyring, customer, personId);
        const rows = await store.ofPerson(customer, personId);
        const files: (FileMeta & { file: FileId; version: number })[] = [];
        let receipt = '';
        // Names are personal: each is opened against an entry of its own.
        for (const row of rows.length === 0 ? [undefined] : rows) {
          const authorised = await log.authorise(person, call, {
            kind: 'records.list',
            scope: { count: rows.length },
            release: { collection: undefined, what: 'file' },
          });
          if (authorised === 'stale') return 'stale';
          receipt = authorised.text;
          if (row === undefined) break;
          const ref = { file: row.file, version: row.version, dataKey: row.dataKey };
          const { meta } = keyring.openFile(authorised.receipt, person, ref, row.sealedMeta);
          files.push({ file: row.file, version: row.version, ...(JSON.parse(meta.toString('utf8')) as FileMeta) });
        }
        return { files, receipt };
      });
    },
  };

  function download(
    customer: CustomerId,
    person: PersonHandle,
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
        const source: Segments = {
          contentBytes: padme(meta.bytes),
          open: opener.segment,
          site: (sealedBytes) => siteOf(row, sealedBytes),
          object: row.object,
          // A long stream ends when the customer's keys are closed meanwhile.
          stillAllowed: async () => (await journal.fence(customer)) === person.fence,
          clock,
        };
        return openRange(source, range, meta.bytes);
      },
    };
  }
}
