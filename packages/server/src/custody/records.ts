/** One record: read it, write it. */

import { personOf, withCurrentKeys } from '../keyring/current.ts';
import type { CustomerHandle, Keyring } from '../keyring/keyring.ts';
import type { PersonHandle, PersonRow } from '../keyring/person-keys.ts';
import { Problem } from '../platform/http/problem.ts';
import type { CustomerId, Name, PersonId, RecordId } from '../platform/ids/ids.ts';
import type { AccessLog, Call } from './call.ts';
import type { Collection, Collections } from './collections.ts';
import type { Reservation } from './lookup-reservations.ts';
import type { Lookups } from './lookups.ts';
import type { RecordHead, RecordPlace, RecordWrite, StoredRecord } from './record-place.ts';
import type { RecordStore, WriteBatch } from './record-store.ts';

export interface ReadRecord {
  readonly version: number;
  /** The record's JSON text. */
  readonly data: Buffer;
  readonly receipt: string;
}

export interface PutRecord {
  readonly record: RecordId;
  readonly data: Readonly<Record<string, unknown>>;
  /** Only when the record has this version; 0: only when there is none. */
  readonly ifVersion?: number;
}

export interface Written {
  readonly version: number;
  readonly receipt: string;
}

/** What became of one of several records written together. */
export type WrittenOne = { readonly version: number } | 'version_mismatch' | 'conflict';

export interface Records {
  /** @throws Problem `not_found`. A record that is not there has its entry all the same: somebody asked. */
  read(place: RecordPlace, call: Call): Promise<ReadRecord>;
  put(customer: CustomerId, person: PersonId, collection: Name, put: PutRecord, call: Call): Promise<Written>;
  /**
   * Writes several records of one person and collection with one entry, in one commit; the person may be new.
   * The data has been checked against the collection.
   */
  putTogether(
    customer: CustomerHandle,
    person: { readonly handle: PersonHandle; readonly newRow?: PersonRow },
    collection: Collection,
    puts: readonly PutRecord[],
    heads: readonly (RecordHead | undefined)[],
    call: Call,
  ): Promise<{ readonly receipt: string; readonly written: readonly WrittenOne[] } | 'stale' | 'conflict'>;
  /** Opens stored records of one person, after their entry. */
  open(
    receipt: Parameters<Keyring['openRecords']>[0],
    person: PersonHandle,
    stored: readonly StoredRecord[],
  ): readonly Buffer[];
  /** @throws Problem `not_found`. */
  collection(customer: CustomerHandle, name: Name): Collection | Promise<Collection>;
}

export interface RecordsOptions {
  readonly keyring: Keyring;
  readonly log: AccessLog;
  readonly collections: Collections;
  readonly lookups: Lookups;
  readonly store: RecordStore;
}

/** @throws Problem `data_invalid` naming the field, never its value. */
export function needsValid(collection: Collection, data: unknown): void {
  const wrong = collection.check(data);
  if (wrong !== undefined) throw new Problem('data_invalid', wrong);
}

export function createRecords({ keyring, log, collections, lookups, store }: RecordsOptions): Records {
  function needed(collection: Collection | undefined): Collection {
    if (collection === undefined) throw new Problem('not_found', { field: 'collection' });
    return collection;
  }

  function collectionOf(customer: CustomerHandle, name: Name): Collection | Promise<Collection> {
    const found = collections.find(customer, name);
    return found instanceof Promise ? found.then(needed) : needed(found);
  }

  async function prepare(
    customer: CustomerHandle,
    person: PersonHandle,
    collection: Collection,
    put: PutRecord,
    head: RecordHead | undefined,
    reservation: Reservation,
  ): Promise<RecordWrite> {
    const dataKey = head?.dataKey ?? keyring.newDataKey(person);
    const version = (head?.version ?? 0) + 1;
    const place = { collection: collection.name, record: put.record, version, dataKey };
    const sealed = keyring.sealRecord(person, place, Buffer.from(JSON.stringify(put.data)));
    const change = await lookups.plan(customer, person, collection, { ...put, dataKey }, reservation);
    return { customer: customer.customer, person: person.person, ...place, sealed, lookups: change };
  }

  const putTogether: Records['putTogether'] = async (customer, person, collection, puts, heads, call) => {
    const reservation = lookups.reserve();
    try {
      return await putReserved(reservation, customer, person, collection, puts, heads, call);
    } finally {
      reservation.release();
    }
  };

  async function putReserved(
    reservation: Reservation,
    ...[customer, person, collection, puts, heads, call]: Parameters<Records['putTogether']>
  ): ReturnType<Records['putTogether']> {
    const refused = puts.map(({ ifVersion }, i) => ifVersion !== undefined && ifVersion !== (heads[i]?.version ?? 0));
    const writes: RecordWrite[] = [];
    for (const [i, put] of puts.entries())
      if (!refused[i]) writes.push(await prepare(customer, person.handle, collection, put, heads[i], reservation));
    const batch: WriteBatch = { newPerson: person.newRow, writes, applied: [] };
    const receipt = await log.change(
      person.handle,
      call,
      { kind: 'record.write', scope: { collection: collection.name, count: writes.length } },
      { rider: store.write, payload: batch },
      // Two writes of one record must not meet in one statement; one person's writes go one after the other.
      { exclusive: `${customer.customer}/${person.handle.person}` },
    );
    if (receipt === 'stale') return 'stale';
    if (receipt === 'declined') return 'conflict';
    let next = 0;
    const written = puts.map((_put, i): WrittenOne => {
      if (refused[i]) return 'version_mismatch';
      const position = next++;
      return batch.applied[position] ? { version: writes[position]?.version ?? 0 } : 'conflict';
    });
    return { receipt, written };
  }

  return {
    collection: collectionOf,
    putTogether,
    open: (receipt, person, stored) => keyring.openRecords(receipt, person, stored),
    async read(place, call) {
      return withCurrentKeys(keyring, place.customer, async (customer) => {
        const known = personOf(keyring, place.customer, place.person);
        const person = known instanceof Promise ? await known : known;
        const collection = collectionOf(customer, place.collection);
        if (collection instanceof Promise) await collection;
        // The row is fetched while its entry becomes durable; it is opened only after both.
        const [authorised, stored] = await Promise.all([
          log.authorise(person, call, {
            kind: 'record.read',
            scope: { collection: place.collection, count: 1 },
            release: { collection: place.collection, what: 'records' },
          }),
          store.read(place),
        ]);
        if (authorised === 'stale') return 'stale';
        if (stored === undefined) throw new Problem('not_found');
        const [data] = keyring.openRecords(authorised.receipt, person, [stored]);
        if (data === undefined) throw new Problem('not_found');
        return { version: stored.version, data, receipt: authorised.text };
      });
    },
    async put(customerId, personId, name, put, call) {
      return withCurrentKeys(keyring, customerId, async (customer) => {
        const [handle, collection, head] = await Promise.all([
          personOf(keyring, customerId, personId),
          collectionOf(customer, name),
          store.head({ customer: customerId, person: personId, collection: name, record: put.record }),
        ]);
        needsValid(collection, put.data);
        const current = head?.version ?? 0;
        if (put.ifVersion !== undefined && put.ifVersion !== current)
          throw new Problem('version_mismatch', { members: { version: current } });
        const result = await putTogether(customer, { handle }, collection, [put], [head], call);
        if (result === 'stale' || result === 'conflict') return result;
        const [one] = result.written;
        return typeof one === 'object' ? { version: one.version, receipt: result.receipt } : 'conflict';
      });
    },
  };
}
