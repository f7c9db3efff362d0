/** Finding a record by an identifying value, without a value or a comparable digest of it being stored. */
import { WriteConflict } from '../journal/queue.ts';
import type { CustomerHandle, Keyring } from '../keyring/keyring.ts';
import { lookupBlock, maxEqualValues, normaliseLookup } from '../keyring/lookup.ts';
import type { DataKey } from '../keyring/objects.ts';
import type { PersonHandle } from '../keyring/person-keys.ts';
import { Problem } from '../platform/http/problem.ts';
import type { Name, PersonId, RecordId } from '../platform/ids/ids.ts';
import type { Collection } from './collections.ts';
import { createReservations, type Reservation } from './lookup-reservations.ts';
import type { Hit, LookupChange, LookupRow, LookupStore } from './lookup-store.ts';

export interface Match {
  readonly person: PersonId;
  readonly record: RecordId;
}

export interface Lookups {
  /** What a write has to change; `undefined` when the collection has no lookups. @throws Problem `not_identifying` */
  plan(
    customer: CustomerHandle,
    person: PersonHandle,
    collection: Collection,
    write: PlannedWrite,
    reservation: Reservation,
  ): Promise<LookupChange | undefined>;
  /** Holds positions for one write, from its plan until it is done; then it has to be released. */
  reserve(): Reservation;
  /** Where the value stands now. @throws Problem `not_identifying` */
  find(customer: CustomerHandle, collection: Collection, field: Name, value: LookupValue): Promise<readonly Match[]>;
}

export type LookupValue = string | number | boolean;

export interface PlannedWrite {
  readonly record: RecordId;
  readonly dataKey: DataKey;
  readonly data: Readonly<Record<string, unknown>>;
}

const positionsOf = (block: number) => Array.from({ length: lookupBlock }, (_, i) => block * lookupBlock + i);

interface Position {
  readonly generation: string;
  readonly digest: Buffer;
  readonly kept: boolean;
}

/** How often a write waits for others of the same value before it gives way. */
const maxTries = 200;

export function createLookups(keyring: Keyring, store: LookupStore): Lookups {
  const reservations = createReservations();

  /** Blocks of positions, as long as the block before had a hit; a tombstone counts as one. */
  async function* blocks(
    customer: CustomerHandle,
    which: 'current' | 'building',
    seed: Buffer,
    reservation?: Reservation,
  ): AsyncGenerator<{
    readonly generation: string;
    readonly digests: readonly Buffer[];
    readonly hits: ReadonlyMap<string, Hit>;
  }> {
    for (let block = 0, more = true; more; block += 1) {
      const wanted = keyring.lookupDigests(customer, which, seed, positionsOf(block));
      if (wanted === undefined) return;
      const hits = await store.hits(customer.customer, wanted.generation, wanted.digests);
      yield { ...wanted, hits: new Map(hits.map((hit) => [hit.digest, hit])) };
      more = hits.length > 0 || wanted.digests.some((digest) => reservation?.has(digest.toString('hex')) === true);
    }
  }

  /**
   * The digest that this record already has for the value, or a free one of the first block that has one: never of a later
   * block, because a search goes on only while blocks have hits, and a write that fails would leave a gap.
   */
  async function position(
    customer: CustomerHandle,
    which: 'current' | 'building',
    seed: Buffer,
    record: RecordId,
    reservation: Reservation,
  ): Promise<Position | undefined> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      let free: { readonly generation: string; readonly digests: readonly Buffer[] } | undefined;
      let living = 0;
      for await (const { generation, digests, hits } of blocks(customer, which, seed, reservation)) {
        const open: Buffer[] = [];
        for (const digest of digests) {
          const id = digest.toString('hex');
          const hit = hits.get(id);
          if (hit?.at?.record === record) return { generation, digest, kept: true };
          if (hit?.at !== undefined || reservation.has(id)) living += 1;
          else if (hit === undefined) open.push(digest);
        }
        if (open.length > 0) free ??= { generation, digests: open };
        if (living > maxEqualValues) throw new Problem('not_identifying');
      }
      if (free === undefined) return undefined;
      const taken = free.digests.find((digest) => reservation.take(digest.toString('hex')));
      if (taken !== undefined) return { generation: free.generation, digest: taken, kept: false };
      await reservations.freed(free.digests.map((digest) => digest.toString('hex')));
    }
    throw new WriteConflict('too many writes of one value at once');
  }

  return {
    async plan(customer, person, collection, { record, dataKey, data }, reservation) {
      if (collection.lookups.length === 0) return undefined;
      const add: LookupRow[] = [];
      const keep: Buffer[] = [];
      for (const field of collection.lookups) {
        const value = data[field];
        if (!isLookupValue(value)) continue;
        const seed = keyring.lookupSeed(customer, `${collection.name}.${field}`, normaliseLookup(value));
        const place = { collection: collection.name, record, dataKey };
        for (const which of ['current', 'building'] as const) {
          const found = await position(customer, which, seed, record, reservation);
          if (found === undefined) continue;
          if (found.kept) keep.push(found.digest);
          else add.push({ ...found, field, seed: keyring.sealSeed(person, place, field, seed) });
        }
        seed.fill(0);
      }
      const mayBeCopied = keyring.isBuilding(customer);
      return {
        customer: customer.customer,
        person: person.person,
        collection: collection.name,
        record,
        add,
        keep,
        mayBeCopied,
      };
    },
    reserve: reservations.begin,
    async find(customer, collection, field, value) {
      const seed = keyring.lookupSeed(customer, `${collection.name}.${field}`, normaliseLookup(value));
      // By record: while a generation is built, a record can stand under two digests of the same value.
      const found = new Map<RecordId, Match>();
      for await (const { hits } of blocks(customer, 'current', seed))
        for (const { at } of hits.values())
          if (at !== undefined && at.collection === collection.name)
            found.set(at.record, { person: at.person, record: at.record });
      seed.fill(0);
      if (found.size > maxEqualValues) throw new Problem('not_identifying');
      const visible = await store.visible(customer.customer, [...found.values()]);
      return [...found.values()].filter(({ record }) => visible.has(record));
    },
  };
}

export function isLookupValue(value: unknown): value is LookupValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
