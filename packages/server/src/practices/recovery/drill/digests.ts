/**
 * What a database holds, as counts and digests of rows: per table, and per customer where rows carry one. The digests are
 * PostgreSQL's own hash of a whole row, under a seed of the day, summed up: no row leaves the database, and two servers of
 * one version that hold the same rows come to the same sums in whatever order the rows lie.
 */
import type { Queryable } from '../../../platform/database/database.ts';

export interface Sum {
  readonly rows: number;
  readonly digest: bigint;
}

export interface Fingerprint {
  readonly tables: ReadonlyMap<string, Sum>;
  readonly customers: ReadonlyMap<string, Sum>;
}

export interface Difference {
  /** Tables whose rows are others, more or fewer, and such that only one side has. */
  readonly tables: readonly string[];
  readonly customers: readonly string[];
}

interface Table {
  readonly name: string;
  readonly of_customers: boolean;
}

/** Every table with rows of ours, as the catalogue knows it: also one that nobody declared. */
export function tablesOf(database: Queryable): Promise<readonly Table[]> {
  return database.query<Table>(
    `select format('%I.%I', n.nspname, c.relname) as name,
            exists (select 1 from pg_attribute a
                    where a.attrelid = c.oid and a.attname = 'customer_id' and not a.attisdropped) as of_customers
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     order by 1`,
  );
}

interface SumRow {
  readonly customer: string | null;
  readonly rows: number;
  readonly digest: string;
}

const nothing: Sum = { rows: 0, digest: 0n };
const added = (one: Sum, other: Sum): Sum => ({ rows: one.rows + other.rows, digest: one.digest + other.digest });

/** Reads everything once. @param seed the same on both sides; which table a row is in goes into its digest. */
export async function fingerprint(database: Queryable, seed: bigint): Promise<Fingerprint> {
  const tables = new Map<string, Sum>();
  const customers = new Map<string, Sum>();
  for (const { name, of_customers: ofCustomers } of await tablesOf(database)) {
    // The name comes from the catalogue, quoted by it.
    const rows = await database.query<SumRow>(
      `select ${ofCustomers ? 't.customer_id::text' : 'null'} as customer, count(*) as rows,
              sum(hash_record_extended(t, hashtextextended($1, $2::bigint)))::text as digest
       from ${name} t group by 1`,
      [name, String(seed)],
    );
    let whole = nothing;
    for (const { customer, rows: count, digest } of rows) {
      const sum = { rows: count, digest: BigInt(digest) };
      whole = added(whole, sum);
      if (customer !== null) customers.set(customer, added(customers.get(customer) ?? nothing, sum));
    }
    tables.set(name, whole);
  }
  return { tables, customers };
}

function differing(one: ReadonlyMap<string, Sum>, other: ReadonlyMap<string, Sum>): readonly string[] {
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].filter((name) => {
    const [a, b] = [one.get(name), other.get(name)];
    return a === undefined || b === undefined || a.rows !== b.rows || a.digest !== b.digest;
  });
}

export function compare(one: Fingerprint, other: Fingerprint): Difference {
  return {
    tables: differing(one.tables, other.tables),
    customers: differing(one.customers, other.customers),
  };
}
