/** SQL of lookups. A removed row stays as an empty tombstone: its digest is never used again and counts as a hit. */
import type { Database, Queryable } from '../platform/database/database.ts';
import type { CustomerId, Name, PersonId, RecordId } from '../platform/ids/ids.ts';

export interface LookupRow {
  readonly generation: string;
  readonly digest: Buffer;
  readonly field: Name;
  readonly seed: Buffer;
}

/** What a write changes in the lookups of its record: rows to add, digests that stay; every other one becomes a tombstone. */
export interface LookupChange {
  readonly customer: CustomerId;
  readonly person: PersonId;
  readonly collection: Name;
  readonly record: RecordId;
  readonly add: readonly LookupRow[];
  readonly keep: readonly Buffer[];
  /** A new generation may be being built: its builder may be copying a row of this record at this moment. */
  readonly mayBeCopied: boolean;
}

export interface Hit {
  /** Hexadecimal. */
  readonly digest: string;
  /** Absent for a tombstone. */
  readonly at: { readonly person: PersonId; readonly collection: Name; readonly record: RecordId } | undefined;
}

export interface LookupStore {
  /** Those of these records that no open order hides, by itself or with its person. */
  visible(
    customer: CustomerId,
    records: readonly { readonly person: PersonId; readonly record: RecordId }[],
  ): Promise<ReadonlySet<RecordId>>;
  hits(customer: CustomerId, generation: string, digests: readonly Buffer[]): Promise<readonly Hit[]>;
  apply(connection: Queryable, changes: readonly LookupChange[]): Promise<void>;
}

interface HitRow {
  readonly digest: Buffer;
  readonly person_id: PersonId | null;
  readonly collection: Name;
  readonly record_id: RecordId | null;
}

export function createLookupStore(database: Database): LookupStore {
  return {
    async visible(customer, records) {
      if (records.length === 0) return new Set();
      const rows = await database.query<{ record_id: RecordId }>(
        `select r.record_id from unnest($2::uuid[], $3::uuid[]) as w (person_id, record_id)
         join custody.record r on r.customer_id = $1 and r.person_id = w.person_id and r.record_id = w.record_id
         join keyring.person p on p.customer_id = $1 and p.person_id = w.person_id
         where r.order_id is null and not p.locked`,
        [customer, records.map(({ person }) => person), records.map(({ record }) => record)],
        'lookup-visible',
      );
      return new Set(rows.map(({ record_id: record }) => record));
    },
    async hits(customer, generation, digests) {
      const rows = await database.query<HitRow>(
        `select digest, person_id, collection, record_id from custody.lookup
         where customer_id = $1 and generation = $2 and digest = any($3::bytea[])`,
        [customer, generation, digests],
        'lookup-hits',
      );
      return rows.map(({ digest, person_id: person, collection, record_id: record }) => ({
        digest: digest.toString('hex'),
        at: person === null || record === null ? undefined : { person, collection, record },
      }));
    },
    async apply(connection, changes) {
      if (changes.length === 0) return;
      // The builder holds the row that it copies. Whoever waits for it has to look anew, in a statement of its own: one that
      // began before the copy was committed would not see it, and a value that is gone would be found after the flip.
      const copied = changes.filter(({ mayBeCopied }) => mayBeCopied);
      if (copied.length > 0)
        await connection.query(
          `select 1 from custody.lookup l
           join unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) as w (customer_id, person_id, collection, record_id)
             using (customer_id, person_id, collection, record_id)
           order by l.customer_id, l.generation, l.digest for update of l`,
          [
            copied.map(({ customer }) => customer),
            copied.map(({ person }) => person),
            copied.map(({ collection }) => collection),
            copied.map(({ record }) => record),
          ],
          'lookup-hold',
        );
      const keep = changes.flatMap((change) => [...change.keep, ...change.add.map(({ digest }) => digest)]);
      await connection.query(
        `update custody.lookup l set person_id = null, record_id = null, seed = null
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) as w (customer_id, person_id, collection, record_id)
         where l.customer_id = w.customer_id and l.person_id = w.person_id and l.collection = w.collection
           and l.record_id = w.record_id and l.digest <> all($5::bytea[])`,
        [
          changes.map(({ customer }) => customer),
          changes.map(({ person }) => person),
          changes.map(({ collection }) => collection),
          changes.map(({ record }) => record),
          keep,
        ],
        'lookup-bury',
      );
      const rows = changes.flatMap((change) => change.add.map((row) => ({ change, row })));
      if (rows.length === 0) return;
      await connection.query(
        `insert into custody.lookup (customer_id, generation, digest, person_id, collection, record_id, field, seed)
         select * from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::bytea[])`,
        [
          rows.map(({ change }) => change.customer),
          rows.map(({ row }) => row.generation),
          rows.map(({ row }) => row.digest),
          rows.map(({ change }) => change.person),
          rows.map(({ change }) => change.collection),
          rows.map(({ change }) => change.record),
          rows.map(({ row }) => row.field),
          rows.map(({ row }) => row.seed),
        ],
        'lookup-add',
      );
    },
  };
}
