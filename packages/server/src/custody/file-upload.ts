/** Uploads: a file is sealed while it streams to the sites, and its row and entry follow once it is there whole. */

import { randomUUID } from 'node:crypto';
import type { Rider } from '../journal/flush.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { PersonHandle } from '../keyring/person-keys.ts';
import { segments } from '../platform/crypto/cutting.ts';
import { padme } from '../platform/crypto/padding.ts';
import { Problem } from '../platform/http/problem.ts';
import type { Call } from './call.ts';
import type { FileMeta, FilePlace, FilesOptions, StoredFile, Upload } from './file-place.ts';
import type { FileRow, NewFile } from './file-store.ts';
import { writeObject } from './objects/write.ts';

/** How often a row is entered anew because keys were renewed just then. */
const maxAttempts = 8;

interface UploadsOptions extends FilesOptions {
  readonly currentPerson: (place: FilePlace) => Promise<PersonHandle>;
  readonly removeObject: (object: string) => Promise<void>;
}

export function createUploads(
  options: UploadsOptions,
): (place: FilePlace, upload: Upload, call: Call) => Promise<StoredFile> {
  const { keyring, log, store, askOrderedAway, maxBytes, currentPerson, removeObject } = options;
  const rider: Rider<NewFile> = {
    name: 'file',
    async apply(connection, files) {
      const applied: boolean[] = [];
      for (const file of files) applied.push(await store.write(connection, file));
      return applied;
    },
  };

  async function seal(
    person: PersonHandle,
    place: FilePlace,
    upload: Upload,
  ): Promise<{ stored: NewFile; bytes: number; before: FileRow | undefined }> {
    const before = await store.find(place);
    const current = before?.version ?? 0;
    if (upload.ifVersion !== undefined && upload.ifVersion !== current)
      throw new Problem('version_mismatch', { members: { version: current } });
    const ref = { file: place.file, version: current + 1, dataKey: before?.dataKey ?? keyring.newDataKey(person) };
    const object = randomUUID();
    const counted = { bytes: 0 };
    const written = await writeObject(
      options,
      object,
      sealedSegments(keyring.fileSealer(person, ref), upload.content, counted),
    ).catch(async (error: unknown) => {
      // One site may have had it whole already.
      await removeObject(object);
      throw error;
    });
    const meta: FileMeta = {
      ...(upload.name !== undefined && { name: upload.name }),
      type: upload.type,
      bytes: counted.bytes,
    };
    const sealedMeta = keyring.sealFileMeta(person, ref, Buffer.from(JSON.stringify(meta)));
    const stored = { place, ...ref, sealedMeta, object, ...written };
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

  /** What is brought back from an export: asked with keys that the entry checks. @throws Problem `ordered_away` */
  async function needsNotAway(place: FilePlace, exportedAt: Date | undefined): Promise<void> {
    if (exportedAt === undefined) return;
    const away = await askOrderedAway({ ...place, at: exportedAt });
    if (away.part({ object: place.file })) throw new Problem('ordered_away', { field: 'file' });
  }

  /**
   * Row and entry of a file whose sealed object is at its sites. The content was read and cannot be read again, so where
   * the customer's keys were renewed meanwhile, what is left to do is done with the new ones.
   * @throws Problem `write_conflict` when another version came first, `not_found` when the person is gone.
   */
  async function enter(
    person: PersonHandle,
    sealed: NewFile,
    before: FileRow | undefined,
    call: Call,
    exportedAt: Date | undefined,
  ): Promise<string> {
    let handle = person;
    let stored = sealed;
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const receipt = await log.change(
        handle,
        call,
        { kind: 'file.write', scope: { count: 1 } },
        { rider, payload: stored },
        { exclusive: `file/${stored.place.file}` },
      );
      if (receipt === 'declined') break;
      if (receipt !== 'stale') return receipt;
      keyring.stale(stored.place.customer);
      const fresh = await currentPerson(stored.place);
      await needsNotAway(stored.place, exportedAt);
      const dataKey = before
        ? (await store.find(stored.place))?.dataKey
        : keyring.rewrapDataKey(handle, fresh, stored.dataKey);
      // The file went, and a row of its next version must not come back.
      if (dataKey?.id !== stored.dataKey.id) break;
      handle = fresh;
      stored = { ...stored, dataKey };
    }
    throw new Problem('write_conflict');
  }

  return async (place, upload, call) => {
    const person = await currentPerson(place);
    await needsNotAway(place, upload.exportedAt);
    const { stored, bytes, before } = await seal(person, place, upload);
    const receipt = await enter(person, stored, before, call, upload.exportedAt).catch(async (error: unknown) => {
      // Where it is not known whether the row was committed, the object stays: it may belong to one.
      if ((error as { code?: string }).code !== 'outcome_unknown') await removeObject(stored.object);
      throw error;
    });
    if (before !== undefined) await removeObject(before.object);
    return { version: stored.version, bytes, receipt };
  };
}
