/** Several records at once: each person gets an entry of its own, also in bulk. */

import { personOf, withCurrentKeys } from '../keyring/current.ts';
import type { Keyring } from '../keyring/keyring.ts';
import { Problem } from '../platform/http/problem.ts';
import type { CustomerId, Name, PersonId, RecordId } from '../platform/ids/ids.ts';
import type { AccessLog, Authorised, Call } from './call.ts';
import type { Collections } from './collections.ts';
import { isLookupValue, type Lookups, type Match } from './lookups.ts';
import type { RecordPlace, StoredRecord } from './record-place.ts';
import type { Cursor, RecordStore } from './record-store.ts';
import type { Records } from './records.ts';

export interface Wanted {
  readonly person: PersonId;
  readonly collection: Name;
  readonly record: RecordId;
}

/** One answer of many: the record's JSON text, or nothing. */
export interface Got extends Wanted {
  readonly found: { readonly version: number; readonly data: Buffer } | undefined;
}

export interface Bulk {
  get(
    customer: CustomerId,
    wanted: readonly Wanted[],
    call: Call,
  ): Promise<{ readonly records: readonly Got[]; readonly receipts: ReadonlyMap<PersonId, string> }>;
  find(
    customer: CustomerId,
    collection: Name,
    field: Name,
    value: unknown,
    call: Call,
  ): Promise<{ readonly matches: readonly Match[]; readonly receipt: string }>;
  list(
    customer: CustomerId,
    person: PersonId,
    collection: Name,
    after: RecordId | undefined,
    limit: number,
    call: Call,
  ): Promise<Listed>;
}

export interface Listed {
  readonly records: readonly { readonly record: RecordId; readonly version: number; readonly data: Buffer }[];
  readonly next: RecordId | undefined;
  readonly receipt: string;
}

export interface BulkOptions {
  readonly keyring: Keyring;
  readonly log: AccessLog;
  readonly collections: Collections;
  readonly lookups: Lookups;
  readonly store: RecordStore;
  readonly records: Records;
}

export function createBulk({ keyring, log, collections, lookups, store, records }: BulkOptions): Bulk {
  /** Entry first, then the person's records are opened. `stale`: with older keys than the fence. */
  async function openPerson(
    customer: CustomerId,
    person: PersonId,
    indexes: readonly number[],
    wanted: readonly Wanted[],
    stored: readonly (StoredRecord | undefined)[],
    call: Call,
  ): Promise<{ readonly authorised: Authorised; readonly opened: ReadonlyMap<number, Buffer> } | 'stale' | undefined> {
    const handle = await keyring.person(customer, person);
    if (handle === undefined) return undefined;
    const byName = Map.groupBy(indexes, (index) => wanted[index]?.collection as Name);
    const [collection] = byName.size === 1 ? byName.keys() : [];
    const authorised = await log.authorise(handle, call, {
      kind: 'record.read',
      scope: { count: indexes.length, ...(collection !== undefined && { collection }) },
      parts: [...byName].map(([name, places]) => ({ collection: name, count: places.length })),
      release: { collection, what: 'records' },
    });
    if (authorised === 'stale') return 'stale';
    const there = indexes.flatMap((index) => (stored[index] === undefined ? [] : [{ index, record: stored[index] }]));
    const data = records.open(
      authorised.receipt,
      handle,
      there.map(({ record }) => record),
    );
    return { authorised, opened: new Map(there.map(({ index }, i) => [index, data[i] ?? Buffer.alloc(0)])) };
  }

  return {
    async get(customerId, wanted, call) {
      return withCurrentKeys(keyring, customerId, async () => {
        const byPerson = Map.groupBy(wanted.keys(), (index) => wanted[index]?.person as PersonId);
        const places: readonly RecordPlace[] = wanted.map((one) => ({ customer: customerId, ...one }));
        const stored = await store.readMany(customerId, places);
        const persons = await Promise.all(
          [...byPerson].map(async ([person, indexes]) => ({
            person,
            result: await openPerson(customerId, person, indexes, wanted, stored, call),
          })),
        );
        if (persons.some(({ result }) => result === 'stale')) return 'stale';
        const receipts = new Map<PersonId, string>();
        const data = new Map<number, Buffer>();
        for (const { person, result } of persons) {
          if (result === undefined || result === 'stale') continue;
          receipts.set(person, result.authorised.text);
          for (const [index, content] of result.opened) data.set(index, content);
        }
        const answers = wanted.map((one, index): Got => {
          const content = data.get(index);
          const version = stored[index]?.version;
          return { ...one, found: content && version !== undefined ? { version, data: content } : undefined };
        });
        return { records: answers, receipts };
      });
    },
    async find(customerId, name, field, value, call) {
      return withCurrentKeys(keyring, customerId, async (customer) => {
        const collection = await collections.find(customer, name);
        if (collection === undefined) throw new Problem('not_found', { field: 'collection' });
        if (!collection.lookups.includes(field))
          throw new Problem('input_invalid', { field: 'field', reason: 'is not a lookup field of this collection' });
        if (!isLookupValue(value))
          throw new Problem('input_invalid', { field: 'value', reason: 'is not a text, number or boolean' });
        const receipt = await log.note(customer, call, {
          kind: 'records.find',
          scope: { collection: name, fields: [field] },
        });
        if (receipt === 'stale') return 'stale';
        return { matches: await lookups.find(customer, collection, field, value), receipt };
      });
    },
    async list(customerId, personId, name, after, limit, call) {
      return withCurrentKeys(keyring, customerId, async (customer) => {
        const [person] = await Promise.all([
          personOf(keyring, customerId, personId),
          records.collection(customer, name),
        ]);
        const cursor: Cursor | undefined = after === undefined ? undefined : { collection: name, record: after };
        const stored = await store.ofPerson(customerId, personId, name, cursor, limit + 1);
        const page = stored.slice(0, limit);
        const authorised = await log.authorise(person, call, {
          kind: 'records.list',
          scope: { collection: name, count: page.length },
          release: { collection: name, what: 'records' },
        });
        if (authorised === 'stale') return 'stale';
        const data = records.open(authorised.receipt, person, page);
        return {
          records: page.map(({ record, version }, i) => ({ record, version, data: data[i] ?? Buffer.alloc(0) })),
          next: stored.length > limit ? page.at(-1)?.record : undefined,
          receipt: authorised.text,
        };
      });
    },
  };
}
