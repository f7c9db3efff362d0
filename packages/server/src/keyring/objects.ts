/**
 * Sealing and opening of records and files. Two doors: `seal` needs no receipt, because nothing readable leaves; `open`
 * is the only way out, and opens against a receipt for exactly this person.
 */

import { type Receipt, ReceiptRefused, type Release, redeem } from '../journal/receipt.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { open, type Place, seal, unwrapKey, type WrappedKey, wrapKey } from '../platform/crypto/aead.ts';
import { SecretKey } from '../platform/crypto/key.ts';
import { createSegmentSealer, openSegment, type SegmentSealer } from '../platform/crypto/stream.ts';
import { type FileId, type KeyId, type Name, newId, type RecordId } from '../platform/ids/ids.ts';
import { keepDataKey, knownDataKey, type PersonHandle, personKey } from './person-keys.ts';

/** One data key per record or file, made once and kept over all its versions; stored in the object's own row. */
export interface DataKey extends WrappedKey {
  readonly id: KeyId;
}

export interface SealedRecord {
  readonly collection: Name;
  readonly record: RecordId;
  readonly version: number;
  readonly dataKey: DataKey;
  readonly sealed: Buffer;
}

export type SeedPlace = Omit<SealedRecord, 'sealed' | 'version'>;

export interface FileRef {
  readonly file: FileId;
  readonly version: number;
  readonly dataKey: DataKey;
}

/** Opens a file's segments one by one, each only when its tag holds. */
export interface FileOpener {
  readonly meta: Buffer;
  segment(header: Buffer, index: number, last: boolean, sealed: Buffer): Buffer;
}

export interface Objects {
  newDataKey(person: PersonHandle): DataKey;
  /**
   * A data key that is not stored yet, under the person's keys as they are now: they were renewed while a file was
   * streaming in. Both handles are of one person.
   */
  rewrapDataKey(from: PersonHandle, to: PersonHandle, dataKey: DataKey): DataKey;
  sealRecord(person: PersonHandle, place: Omit<SealedRecord, 'sealed'>, content: Uint8Array): Buffer;
  /** Something small that belongs to a record (a lookup's seed), under the record's data key. */
  sealSeed(person: PersonHandle, place: SeedPlace, field: Name, seed: Uint8Array): Buffer;
  /** For this room alone: a seed is keyed, but it must not leave. */
  openSeed(person: PersonHandle, place: SeedPlace, field: Name, sealed: Buffer): Buffer;
  fileSealer(person: PersonHandle, ref: FileRef): SegmentSealer;
  sealFileMeta(person: PersonHandle, ref: FileRef, meta: Uint8Array): Buffer;
  /**
   * Opens records of one person against the receipt of the entry that says so.
   * @throws ReceiptRefused when the receipt was redeemed before, is too old, or is for another person or collection.
   * @throws OpenError when a ciphertext was changed, moved, or is under another key.
   */
  openRecords(receipt: Receipt, person: PersonHandle, records: readonly SealedRecord[]): Buffer[];
  /** As `openRecords`, for one file; the segments are opened as they are asked for. */
  openFile(receipt: Receipt, person: PersonHandle, ref: FileRef, sealedMeta: Buffer): FileOpener;
  /** What the person's files are called, of what kind and how large: no segment can be opened with it. */
  openFileMetas(receipt: Receipt, person: PersonHandle, files: readonly SealedFileMeta[]): Buffer[];
}

export interface SealedFileMeta extends FileRef {
  readonly sealedMeta: Buffer;
}

export const dataKeyPlace = (person: Pick<PersonHandle, 'customer' | 'person'>, id: KeyId): Place => ({
  use: 'wrap-data-key',
  customer: person.customer,
  person: person.person,
  object: id,
});

export const recordPlace = (
  person: Pick<PersonHandle, 'customer' | 'person'>,
  { collection, record, version }: Omit<SealedRecord, 'sealed' | 'dataKey'>,
): Place => ({
  use: 'record',
  customer: person.customer,
  person: person.person,
  collection,
  object: record,
  version,
});

const filePlace = (use: 'file' | 'file-meta', person: PersonHandle, { file, version }: FileRef): Place => ({
  use,
  customer: person.customer,
  person: person.person,
  object: file,
  version,
});

/** Without a version: a seed outlives the versions of its record that hold the same value. */
const seedPlace = (person: PersonHandle, { collection, record }: SeedPlace, field: Name): Place => ({
  use: 'lookup-seed',
  customer: person.customer,
  person: person.person,
  collection: `${collection}.${field}`,
  object: record,
});

export function createObjects(clock: Clock): Objects {
  function unwrapped(person: PersonHandle, dataKey: DataKey): SecretKey {
    const known = knownDataKey(person, dataKey.id);
    if (known !== undefined) return known;
    const { key } = unwrapKey(personKey(person), dataKeyPlace(person, dataKey.id), dataKey);
    keepDataKey(person, dataKey.id, key);
    return key;
  }

  function release(receipt: Receipt, person: PersonHandle, what: Release['what']): Release {
    const allowed = redeem(receipt, clock);
    if (allowed.customer !== person.customer || allowed.person !== person.person || allowed.what !== what)
      throw new ReceiptRefused('this receipt is for another person or another kind of data');
    if (allowed.fence !== person.fence) throw new ReceiptRefused('these keys are older than the receipt');
    return allowed;
  }

  return {
    newDataKey(person) {
      const id = newId<KeyId>();
      const key = SecretKey.generate();
      const wrapped = wrapKey(personKey(person), dataKeyPlace(person, id), key);
      keepDataKey(person, id, key);
      return { id, ...wrapped };
    },
    rewrapDataKey(from, to, dataKey) {
      if (from.customer !== to.customer || from.person !== to.person)
        throw new TypeError('a data key stays with its person');
      const key = unwrapped(from, dataKey);
      keepDataKey(to, dataKey.id, key);
      return { id: dataKey.id, ...wrapKey(personKey(to), dataKeyPlace(to, dataKey.id), key) };
    },
    sealRecord: (person, place, content) => seal(unwrapped(person, place.dataKey), recordPlace(person, place), content),
    sealSeed: (person, place, field, seed) =>
      seal(unwrapped(person, place.dataKey), seedPlace(person, place, field), seed),
    openSeed: (person, place, field, sealed) =>
      open(unwrapped(person, place.dataKey), seedPlace(person, place, field), sealed),
    fileSealer: (person, ref) => createSegmentSealer(unwrapped(person, ref.dataKey), filePlace('file', person, ref)),
    sealFileMeta: (person, ref, meta) =>
      seal(unwrapped(person, ref.dataKey), filePlace('file-meta', person, ref), meta),
    openRecords(receipt, person, records) {
      const { collection } = release(receipt, person, 'records');
      return records.map((record) => {
        if (collection !== undefined && collection !== record.collection)
          throw new ReceiptRefused('this receipt is for another collection');
        return open(unwrapped(person, record.dataKey), recordPlace(person, record), record.sealed);
      });
    },
    openFileMetas(receipt, person, files) {
      release(receipt, person, 'file');
      return files.map(({ sealedMeta, ...ref }) =>
        open(unwrapped(person, ref.dataKey), filePlace('file-meta', person, ref), sealedMeta),
      );
    },
    openFile(receipt, person, ref, sealedMeta) {
      release(receipt, person, 'file');
      const key = unwrapped(person, ref.dataKey);
      const place = filePlace('file', person, ref);
      return {
        meta: open(key, filePlace('file-meta', person, ref), sealedMeta),
        segment: (header, index, last, sealed) => openSegment(key, place, header, index, last, sealed),
      };
    },
  };
}
