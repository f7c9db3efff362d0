import type { Clock } from '../platform/clock/clock.ts';
import { unwrapKey, type WrappedKey, wrapKey } from '../platform/crypto/aead.ts';
import { SecretKey } from '../platform/crypto/key.ts';
import { kept } from '../platform/crypto/long-lived.ts';
import { randomFrom } from '../platform/crypto/random.ts';
import { byteaArray, uuidArray } from '../platform/database/arrays.ts';
import { createBatcher } from '../platform/database/batcher.ts';
import type { Queryable } from '../platform/database/database.ts';
import { type CustomerId, type KeyId, newId, type PersonId, type Subject } from '../platform/ids/ids.ts';
import { createFencedCache } from './cache.ts';
import { type CustomerKeys, keyNamed } from './customer-keys.ts';

/**
 * A person whose keys are loaded. What can be seen of it is free of secrets; the keys themselves stay in this room.
 */
export interface PersonHandle {
  readonly customer: CustomerId;
  readonly person: PersonId;
  /** The pseudonym in the journal. */
  readonly subject: Subject;
  /** The customer's fence when the keys were loaded. */
  readonly fence: number;
}

interface PersonSecrets {
  readonly key: SecretKey;
  readonly details: WrappedKey;
  readonly locked: boolean;
}

interface KnownDataKey {
  readonly id: KeyId;
  readonly key: SecretKey;
}

/** More than a page of a person's records. Beyond that a key is unwrapped again, which costs ten microseconds. */
const maxDataKeys = 64;

/**
 * The handle as this room makes it: its secrets are in private fields, which printing and copying do not show. They lie in
 * the handle itself, and the first data key too: with many persons in the cache each further object on the way to a key is
 * a fetch from memory for every read.
 */
class LoadedPerson implements PersonHandle {
  readonly customer: CustomerId;
  readonly person: PersonId;
  readonly subject: Subject;
  readonly fence: number;
  readonly #key: SecretKey;
  readonly #details: WrappedKey;
  readonly #locked: boolean;
  /** Data keys used last, in no order; they leave memory with the person. */
  #dataKeyId: KeyId | undefined;
  #dataKey: SecretKey | undefined;
  #moreDataKeys: KnownDataKey[] | undefined;
  constructor(keys: CustomerKeys, person: PersonId, subject: Subject, { key, details, locked }: PersonSecrets) {
    this.customer = keys.customer;
    this.person = person;
    this.subject = subject;
    this.fence = keys.fence;
    this.#key = key;
    this.#details = details;
    this.#locked = locked;
  }
  static of(handle: PersonHandle): LoadedPerson {
    if (!(#key in handle)) throw new TypeError('not a handle of this keyring');
    return handle;
  }
  static key = (handle: PersonHandle): SecretKey => LoadedPerson.of(handle).#key;
  static details = (handle: PersonHandle): WrappedKey => LoadedPerson.of(handle).#details;
  static locked = (handle: PersonHandle): boolean => LoadedPerson.of(handle).#locked;
  static dataKey(handle: PersonHandle, id: KeyId): SecretKey | undefined {
    const person = LoadedPerson.of(handle);
    return person.#dataKeyId === id ? person.#dataKey : person.#moreDataKeys?.find((known) => known.id === id)?.key;
  }
  static keepDataKey(handle: PersonHandle, id: KeyId, key: SecretKey): void {
    const person = LoadedPerson.of(handle);
    if (person.#dataKeyId === undefined) {
      person.#dataKeyId = id;
      person.#dataKey = key;
      return;
    }
    person.#moreDataKeys ??= [];
    const more = person.#moreDataKeys;
    if (more.length < maxDataKeys - 1) more.push({ id, key });
    else more[Math.floor(Math.random() * more.length)] = { id, key };
  }
}

/** For this room alone. */
export const personKey: (handle: PersonHandle) => SecretKey = LoadedPerson.key;

/** Whether an order for this person is open: then nobody gets the handle but the upkeep. */
export const isLocked: (handle: PersonHandle) => boolean = LoadedPerson.locked;

/** The key of the person's sealed journal details; for this room alone. */
export function detailsKey(handle: PersonHandle): SecretKey {
  return unwrapKey(personKey(handle), detailsPlace(handle.customer, handle.person), LoadedPerson.details(handle)).key;
}

/** A data key that was unwrapped under this person's key before; for this room alone. */
export const knownDataKey: (handle: PersonHandle, id: KeyId) => SecretKey | undefined = LoadedPerson.dataKey;

/** Keeps a data key with its person; for this room alone. */
export const keepDataKey: (handle: PersonHandle, id: KeyId, key: SecretKey) => void = LoadedPerson.keepDataKey;

/** The row of a new person, wrapped and ready to be inserted. */
export interface NewPerson {
  readonly handle: PersonHandle;
  readonly row: PersonRow;
}

export interface PersonRow {
  readonly customer_id: CustomerId;
  readonly person_id: PersonId;
  readonly key_id: KeyId;
  readonly customer_key_id: KeyId;
  readonly wrapped: Buffer;
  readonly commitment: Buffer;
  readonly details_wrapped: Buffer;
  readonly details_commitment: Buffer;
}

interface StoredPerson extends Omit<PersonRow, 'customer_id' | 'person_id'> {
  /** Its place among those asked for, from 1. */
  readonly o: number;
  readonly locked: boolean;
}

const subjectBytes = 16;
export const personPlace = (customer: CustomerId, person: PersonId, key: KeyId) =>
  ({ use: 'wrap-person-key', customer, person, object: key }) as const;
export const detailsPlace = (customer: CustomerId, person: PersonId) =>
  ({ use: 'wrap-details-key', customer, person }) as const;

function makeHandle(keys: CustomerKeys, person: PersonId, subject: Buffer, secrets: PersonSecrets): PersonHandle {
  return new LoadedPerson(keys, person, subject.toString('base64url') as Subject, secrets);
}

/** A new person's key, details key and pseudonym, wrapped under the customer's key. Nothing is stored yet. */
export function newPerson(keys: CustomerKeys, person: PersonId = newId()): NewPerson {
  const keyId = newId<KeyId>();
  const key = SecretKey.generate();
  const subject = randomFrom(subjectBytes);
  const own = wrapKey(keys.key, personPlace(keys.customer, person, keyId), key, subject);
  const details = wrapKey(key, detailsPlace(keys.customer, person), SecretKey.generate());
  return {
    handle: makeHandle(keys, person, subject, {
      key,
      details: { wrapped: kept(details.wrapped), commitment: kept(details.commitment) },
      locked: false,
    }),
    row: {
      customer_id: keys.customer,
      person_id: person,
      key_id: keyId,
      customer_key_id: keys.keyId,
      wrapped: own.wrapped,
      commitment: own.commitment,
      details_wrapped: details.wrapped,
      details_commitment: details.commitment,
    },
  };
}

/** Inserts new persons in one statement. */
export async function insertPersons(connection: Queryable, rows: readonly PersonRow[]): Promise<void> {
  await connection.query(
    `insert into keyring.person
       (customer_id, person_id, key_id, customer_key_id, wrapped, commitment, details_wrapped, details_commitment)
     select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[])`,
    [
      uuidArray(rows.map((row) => row.customer_id)),
      uuidArray(rows.map((row) => row.person_id)),
      uuidArray(rows.map((row) => row.key_id)),
      uuidArray(rows.map((row) => row.customer_key_id)),
      byteaArray(rows.map((row) => row.wrapped)),
      byteaArray(rows.map((row) => row.commitment)),
      byteaArray(rows.map((row) => row.details_wrapped)),
      byteaArray(rows.map((row) => row.details_commitment)),
    ],
    'keyring-insert-persons',
  );
}

export interface PersonKeyring {
  /** The person's keys at the customer's fence; `undefined` when there is no such person. */
  load(keys: CustomerKeys, person: PersonId): PersonHandle | Promise<PersonHandle | undefined>;
  /** Keeps a handle that was just made and stored. */
  keep(handle: PersonHandle): void;
  /** Removes from memory what belongs to these customers: a rollover has closed their keys. */
  forget(customers: ReadonlySet<CustomerId>): void;
  clear(): void;
  size(): number;
}

export function createPersonKeyring(database: Queryable, clock: Clock, maxEntries: number): PersonKeyring {
  const cache = createFencedCache<PersonHandle>(maxEntries, clock);
  const rowOf = createBatcher<{ readonly customer: CustomerId; readonly person: PersonId }, StoredPerson>(
    async (wanted) => {
      const rows = await database.query<StoredPerson>(
        `select w.o, p.key_id, p.customer_key_id, p.wrapped, p.commitment, p.details_wrapped, p.details_commitment, p.locked
       from keyring.person p
       join unnest($1::uuid[], $2::uuid[]) with ordinality as w (customer_id, person_id, o) using (customer_id, person_id)`,
        [uuidArray(wanted.map(({ customer }) => customer)), uuidArray(wanted.map(({ person }) => person))],
        'keyring-persons',
      );
      const found: (StoredPerson | undefined)[] = wanted.map(() => undefined);
      for (const row of rows) found[row.o - 1] = row;
      return found;
    },
  );

  async function fetch(keys: CustomerKeys, person: PersonId): Promise<PersonHandle | undefined> {
    const row = await rowOf({ customer: keys.customer, person });
    if (row === undefined) return undefined;
    const { key, attached } = unwrapKey(
      keyNamed(keys, row.customer_key_id),
      personPlace(keys.customer, person, row.key_id),
      row,
    );
    const details = { wrapped: kept(row.details_wrapped), commitment: kept(row.details_commitment) };
    const handle = makeHandle(keys, person, attached, { key, details, locked: row.locked });
    cache.set(person, keys.fence, handle);
    return handle;
  }

  return {
    load(keys, person) {
      const known = cache.get(person, keys.fence);
      // Ids are unique over all customers; that it is this customer's person is not left to that.
      return known?.customer === keys.customer ? known : fetch(keys, person);
    },
    keep: (handle) => cache.set(handle.person, handle.fence, handle),
    forget: (customers) => cache.removeWhere((handle) => customers.has(handle.customer)),
    clear: cache.clear,
    size: cache.size,
  };
}
