/** Writing records, many at a time: new ones are inserted, others replaced only over exactly the version before. */
import type { Folded } from '../journal/flush.ts';
import { bigintArray, byteaArray, textArray, uuidArray } from '../platform/database/arrays.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { RecordPlace, RecordWrite } from './record-place.ts';

/** The four arrays that say where records are, in the order that the statements name them. */
export const columnsOf = (places: readonly RecordPlace[]) => [
  uuidArray(places.map(({ customer }) => customer)),
  uuidArray(places.map(({ person }) => person)),
  textArray(places.map(({ collection }) => collection)),
  uuidArray(places.map(({ record }) => record)),
];

/** @returns the positions of the writes that were applied; what another writer changed meanwhile is not among them. */
export async function writeRecords(
  connection: Queryable,
  writes: readonly RecordWrite[],
): Promise<ReadonlySet<number>> {
  const positions = [...writes.keys()];
  const isNew = (position: number) => writes[position]?.version === 1;
  const inserted = await insertNew(connection, writes, positions.filter(isNew));
  const updated = await updateKnown(
    connection,
    writes,
    positions.filter((position) => !isNew(position)),
  );
  return new Set([...inserted, ...updated]);
}

const insertTypes = ['uuid', 'uuid', 'text', 'uuid', 'uuid', 'bytea', 'bytea', 'bytea'];

/** Inserts new records; returns a row for each that was not there. `from`: what else to select from, with its comma. */
const insertSql = (from: string, firstParameter: number) => `
  insert into custody.record
    (customer_id, person_id, collection, record_id, data_key_id, data_key, data_key_commitment, sealed, version)
  select w.*, 1
  from ${from} unnest(${insertTypes.map((type, i) => `$${firstParameter + i}::${type}[]`).join(', ')}) as w
  on conflict (customer_id, person_id, collection, record_id) do nothing
  returning 1`;

const insertValues = (writes: readonly RecordWrite[]) => [
  ...columnsOf(writes),
  uuidArray(writes.map(({ dataKey }) => dataKey.id)),
  byteaArray(writes.map(({ dataKey }) => dataKey.wrapped)),
  byteaArray(writes.map(({ dataKey }) => dataKey.commitment)),
  byteaArray(writes.map(({ sealed }) => sealed)),
];

/** New records as part of the journal's own statement; `undefined` when one of them is a later version. */
export function foldInserts(
  writes: readonly RecordWrite[],
  firstParameter: number,
): Pick<Folded, 'sql' | 'values' | 'expected'> | undefined {
  if (writes.length === 0 || writes.some(({ version }) => version !== 1)) return undefined;
  return { sql: insertSql('head,', firstParameter), values: insertValues(writes), expected: writes.length };
}

const pick = (writes: readonly RecordWrite[], positions: readonly number[]) =>
  positions.flatMap((position) => writes[position] ?? []);

async function insertNew(
  connection: Queryable,
  all: readonly RecordWrite[],
  positions: readonly number[],
): Promise<readonly number[]> {
  if (positions.length === 0) return [];
  const writes = pick(all, positions);
  const [row] = await connection.query<{ inserted: number }>(
    `with inserted as (${insertSql('', 1)}) select count(*) as inserted from inserted`,
    insertValues(writes),
    'record-insert',
  );
  if (row?.inserted === writes.length) return positions;
  // Somebody was first with some of them. Ours are those that hold the data key we have just made.
  const mine = await connection.query<{ o: number }>(
    `select w.o
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[])
       with ordinality as w (customer_id, person_id, collection, record_id, data_key_id, o)
     join custody.record r using (customer_id, person_id, collection, record_id)
     where r.data_key_id = w.data_key_id`,
    [...columnsOf(writes), uuidArray(writes.map(({ dataKey }) => dataKey.id))],
    'record-mine',
  );
  return mine.flatMap(({ o }) => positions[o - 1] ?? []);
}

async function updateKnown(
  connection: Queryable,
  all: readonly RecordWrite[],
  positions: readonly number[],
): Promise<readonly number[]> {
  if (positions.length === 0) return [];
  const writes = pick(all, positions);
  const rows = await connection.query<{ o: number }>(
    `update custody.record r set version = w.version, sealed = w.sealed, updated_at = now()
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::bigint[], $6::uuid[], $7::bytea[])
       with ordinality as w (customer_id, person_id, collection, record_id, version, data_key_id, sealed, o)
     where r.customer_id = w.customer_id and r.person_id = w.person_id and r.collection = w.collection
       and r.record_id = w.record_id and r.version = w.version - 1 and r.data_key_id = w.data_key_id
     returning w.o`,
    [
      ...columnsOf(writes),
      bigintArray(writes.map(({ version }) => version)),
      uuidArray(writes.map(({ dataKey }) => dataKey.id)),
      byteaArray(writes.map(({ sealed }) => sealed)),
    ],
    'record-update',
  );
  return rows.flatMap(({ o }) => positions[o - 1] ?? []);
}
