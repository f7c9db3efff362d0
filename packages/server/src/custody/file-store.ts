import type { DataKey } from '../keyring/objects.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import type { CustomerId, FileId, KeyId, PersonId } from '../platform/ids/ids.ts';

export interface FileRow {
  readonly file: FileId;
  readonly version: number;
  readonly dataKey: DataKey;
  readonly sealedMeta: Buffer;
  /** Name of the sealed object at its sites: random, new with each version. */
  readonly object: string;
  readonly sites: readonly string[];
}

/** A version that is written: its object as well. */
export interface NewFile extends Omit<FileRow, 'file'> {
  readonly place: Place;
  readonly digest: Buffer;
  readonly bytes: number;
  /** Sites that should have it and do not yet. */
  readonly missing: readonly string[];
}

interface Place {
  readonly customer: CustomerId;
  readonly person: PersonId;
  readonly file: FileId;
}

export interface FileStore {
  find(place: Place): Promise<FileRow | undefined>;
  /** All of them: their rows are small. */
  ofPerson(customer: CustomerId, person: PersonId): Promise<readonly FileRow[]>;
  any(customer: CustomerId, person: PersonId): Promise<boolean>;
  /** @returns false when another version came first. */
  write(connection: Queryable, file: NewFile): Promise<boolean>;
}

interface Row {
  readonly file_id: FileId;
  readonly version: number;
  readonly data_key_id: KeyId;
  readonly data_key: Buffer;
  readonly data_key_commitment: Buffer;
  readonly sealed_meta: Buffer;
  readonly object: string;
  readonly sites: string[];
}

const columns = 'file_id, version, data_key_id, data_key, data_key_commitment, sealed_meta, object, sites';

const asFile = (row: Row): FileRow => ({
  file: row.file_id,
  version: row.version,
  dataKey: { id: row.data_key_id, wrapped: row.data_key, commitment: row.data_key_commitment },
  sealedMeta: row.sealed_meta,
  object: row.object,
  sites: row.sites,
});

export function createFileStore(database: Database): FileStore {
  return {
    async find({ customer, person, file }) {
      const [row] = await database.query<Row>(
        `select ${columns} from custody.file
         where customer_id = $1 and person_id = $2 and file_id = $3 and order_id is null`,
        [customer, person, file],
        'file-find',
      );
      return row && asFile(row);
    },
    async ofPerson(customer, person) {
      const rows = await database.query<Row>(
        `select ${columns} from custody.file
         where customer_id = $1 and person_id = $2 and order_id is null order by file_id`,
        [customer, person],
        'file-list',
      );
      return rows.map(asFile);
    },
    async any(customer, person) {
      const rows = await database.query(
        'select 1 from custody.file where customer_id = $1 and person_id = $2 and order_id is null limit 1',
        [customer, person],
      );
      return rows.length > 0;
    },
    async write(connection, { place, version, dataKey, sealedMeta, object, sites, digest, bytes, missing }) {
      const rows = await connection.query(
        version === 1
          ? `insert into custody.file (customer_id, person_id, file_id, version, data_key_id, data_key, data_key_commitment, sealed_meta, object, sites, object_digest, object_bytes, missing)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing returning file_id`
          : `update custody.file set version = $4, sealed_meta = $8, object = $9, sites = $10,
               object_digest = $11, object_bytes = $12, missing = $13, updated_at = now()
             where customer_id = $1 and person_id = $2 and file_id = $3 and version = $4 - 1 and data_key_id = $5 and order_id is null
               and $6::bytea is not null and $7::bytea is not null returning file_id`,
        [
          place.customer,
          place.person,
          place.file,
          version,
          dataKey.id,
          dataKey.wrapped,
          dataKey.commitment,
          sealedMeta,
          object,
          sites,
          digest,
          bytes,
          missing,
        ],
      );
      return rows.length > 0;
    },
  };
}
