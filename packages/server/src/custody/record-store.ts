/** SQL of records: look up by place, write and remove as riders of the journal. No rules. */
import type { Rider } from '../journal/flush.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { PersonRow } from '../keyring/person-keys.ts';
import { uuidArray } from '../platform/database/arrays.ts';
import { createBatcher } from '../platform/database/batcher.ts';
import type { Database, Queryable, Value } from '../platform/database/database.ts';
import type { CustomerId, KeyId, Name, PersonId, RecordId } from '../platform/ids/ids.ts';
import type { LookupStore } from './lookup-store.ts';
import type { RecordHead, RecordPlace, RecordWrite, StoredRecord } from './record-place.ts';
import { columnsOf, foldInserts, writeRecords } from './record-write.ts';

/** Writes of one person in one commit, with the person's own row where it is new. */
export interface WriteBatch {
  readonly newPerson: PersonRow | undefined;
  readonly writes: readonly RecordWrite[];
  /** Filled in by the rider: which writes were applied. */
  applied: readonly boolean[];
}

/** Where a listing goes on. */
export interface Cursor {
  readonly collection: Name;
  readonly record: RecordId;
}

export interface RecordStore {
  head(place: RecordPlace): Promise<RecordHead | undefined>;
  read(place: RecordPlace): Promise<StoredRecord | undefined>;
  readMany(customer: CustomerId, places: readonly RecordPlace[]): Promise<readonly (StoredRecord | undefined)[]>;
  /** A person's records in the order of collection and id, from `after` (exclusive). */
  ofPerson(
    customer: CustomerId,
    person: PersonId,
    collection: Name | undefined,
    after: Cursor | undefined,
    limit: number,
  ): Promise<readonly StoredRecord[]>;
  readonly write: Rider<WriteBatch>;
}

interface HeadRow {
  readonly o: number;
  readonly version: number;
  readonly data_key_id: KeyId;
  readonly data_key: Buffer;
  readonly data_key_commitment: Buffer;
}

interface ContentRow extends HeadRow {
  readonly sealed: Buffer;
}

interface Row extends ContentRow {
  readonly person_id: PersonId;
  readonly collection: Name;
  readonly record_id: RecordId;
}

const headColumns = 'r.version, r.data_key_id, r.data_key, r.data_key_commitment';
const allColumns = `${headColumns}, r.person_id, r.collection, r.record_id, r.sealed`;
const wanted = `
  unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) with ordinality as w (customer_id, person_id, collection, record_id, o)
  join custody.record r using (customer_id, person_id, collection, record_id)
  where r.order_id is null`;

/** The same where all are of one customer and collection, which what is read at one moment mostly is. */
const wantedOfOne = `
  unnest($3::uuid[], $4::uuid[]) with ordinality as w (person_id, record_id, o)
  join custody.record r using (person_id, record_id)
  where r.customer_id = $1 and r.collection = $2 and r.order_id is null`;

/** The statement's end, its parameters and what tells its name from the other's. */
function lookUp(places: readonly RecordPlace[]): { from: string; values: readonly Value[]; suffix: string } {
  const [first] = places;
  if (
    first === undefined ||
    places.some((one) => one.customer !== first.customer || one.collection !== first.collection)
  )
    return { from: wanted, values: columnsOf(places), suffix: '' };
  return {
    from: wantedOfOne,
    values: [
      first.customer,
      first.collection,
      uuidArray(places.map(({ person }) => person)),
      uuidArray(places.map(({ record }) => record)),
    ],
    suffix: '-of-one',
  };
}

const asHead = (row: HeadRow): RecordHead => ({
  version: row.version,
  dataKey: { id: row.data_key_id, wrapped: row.data_key, commitment: row.data_key_commitment },
});

const asRecord = (row: Row): StoredRecord => ({
  ...asHead(row),
  person: row.person_id,
  collection: row.collection,
  record: row.record_id,
  sealed: row.sealed,
});

export function createRecordStore(
  database: Database,
  reads: Queryable,
  keyring: Keyring,
  lookups: LookupStore,
): RecordStore {
  async function byPlace<Found extends HeadRow, Result>(
    connection: Queryable,
    columns: string,
    name: string,
    places: readonly RecordPlace[],
    convert: (row: Found, place: RecordPlace) => Result,
  ): Promise<(Result | undefined)[]> {
    const { from, values, suffix } = lookUp(places);
    const rows = await connection.query<Found>(`select w.o, ${columns} from ${from}`, values, `${name}${suffix}`);
    const results: (Result | undefined)[] = places.map(() => undefined);
    for (const row of rows) {
      const place = places[row.o - 1];
      if (place !== undefined) results[row.o - 1] = convert(row, place);
    }
    return results;
  }

  const contents = (connection: Queryable) => (places: readonly RecordPlace[]) =>
    byPlace<ContentRow, StoredRecord>(connection, `${headColumns}, r.sealed`, 'record-read', places, (row, place) => ({
      ...asHead(row),
      person: place.person,
      collection: place.collection,
      record: place.record,
      sealed: row.sealed,
    }));

  const write: Rider<WriteBatch> = {
    name: 'records',
    fold(batches, firstParameter) {
      const plain = batches.every(
        ({ newPerson, writes }) => newPerson === undefined && writes.every((one) => one.lookups === undefined),
      );
      const folded = plain
        ? foldInserts(
            batches.flatMap(({ writes }) => writes),
            firstParameter,
          )
        : undefined;
      return (
        folded && {
          ...folded,
          done() {
            for (const batch of batches) batch.applied = batch.writes.map(() => true);
          },
        }
      );
    },
    async apply(connection, batches) {
      const newPersons = batches.flatMap(({ newPerson }) => (newPerson === undefined ? [] : [newPerson]));
      if (newPersons.length > 0) await keyring.insertPersons(connection, newPersons);
      const writes = batches.flatMap((batch) => batch.writes);
      const taken = await writeRecords(connection, writes);
      await lookups.apply(
        connection,
        writes.flatMap(({ lookups: change }, index) => (change !== undefined && taken.has(index) ? [change] : [])),
      );
      let next = 0;
      return batches.map((batch) => {
        batch.applied = batch.writes.map(() => taken.has(next++));
        return batch.writes.length === 0 || batch.applied.some(Boolean);
      });
    },
  };

  return {
    head: createBatcher((places: readonly RecordPlace[]) =>
      byPlace<HeadRow, RecordHead>(reads, headColumns, 'record-head', places, asHead),
    ),
    read: createBatcher(contents(reads)),
    // Up to a thousand at once would stand in the way of all the single ones.
    readMany: (_customer, places) => contents(database)(places),
    async ofPerson(customer, person, collection, after, limit) {
      const rows = await database.query<Row>(
        `select 0 as o, ${allColumns} from custody.record r
         where customer_id = $1 and person_id = $2 and ($3::text is null or collection = $3) and r.order_id is null
           and ($4::text is null or (collection, record_id) > ($4, $5::uuid))
         order by collection, record_id limit $6`,
        [customer, person, collection ?? null, after?.collection ?? null, after?.record ?? null, limit],
        'record-list',
      );
      return rows.map(asRecord);
    },
    write,
  };
}
