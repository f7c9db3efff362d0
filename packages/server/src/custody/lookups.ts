/** Finding a record by an identifying value, without a value or a comparable digest of it being stored. */
import type { CustomerHandle, Keyring } from '../keyring/keyring.ts';
import { lookupBlock, maxEqualValues, normaliseLookup } from '../keyring/lookup.ts';
import type { DataKey } from '../keyring/objects.ts';
import type { PersonHandle } from '../keyring/person-keys.ts';
import { Problem } from '../platform/http/problem.ts';
import type { Name, PersonId, RecordId } from '../platform/ids/ids.ts';
import type { Collection } from './collections.ts';
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
  ): Promise<LookupChange | undefined>;
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

export function createLookups(keyring: Keyring, store: LookupStore): Lookups {
  /** Blocks of positions, as long as the block before had a hit; a tombstone counts as one. */
  async function* blocks(
    customer: CustomerHandle,
    which: 'current' | 'building',
    seed: Buffer,
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
      more = hits.length > 0;
    }
  }

  /** The digest that this record already has for the value, or the smallest free one. */
  async function position(
    customer: CustomerHandle,
    which: 'current' | 'building',
    seed: Buffer,
    record: RecordId,
  ): Promise<{ readonly generation: string; readonly digest: Buffer; readonly kept: boolean } | undefined> {
    let free: { readonly generation: string; readonly digest: Buffer } | undefined;
    let living = 0;
    for await (const { generation, digests, hits } of blocks(customer, which, seed)) {
      for (const digest of digests) {
        const hit = hits.get(digest.toString('hex'));
        if (hit === undefined) free ??= { generation, digest };
        else if (hit.at?.record === record) return { generation, digest, kept: true };
        else if (hit.at !== undefined) living += 1;
      }
      if (living > maxEqualValues) throw new Problem('not_identifying');
    }
    return free && { ...free, kept: false };
  }

  return {
    async plan(customer, person, collection, { record, dataKey, data }) {
      if (collection.lookups.length === 0) return undefined;
      const add: LookupRow[] = [];
      const keep: Buffer[] = [];
      for (const field of collection.lookups) {
        const value = data[field];
        if (!isLookupValue(value)) continue;
        const seed = keyring.lookupSeed(customer, `${collection.name}.${field}`, normaliseLookup(value));
        const place = { collection: collection.name, record, dataKey };
        for (const which of ['current', 'building'] as const) {
          const found = await position(customer, which, seed, record);
          if (found === undefined) continue;
          if (found.kept) keep.push(found.digest);
          else add.push({ ...found, field, seed: keyring.sealSeed(person, place, field, seed) });
        }
        seed.fill(0);
      }
      return { customer: customer.customer, person: person.person, collection: collection.name, record, add, keep };
    },
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
      return [...found.values()];
    },
  };
}

export function isLookupValue(value: unknown): value is LookupValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
