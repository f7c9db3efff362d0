/** SQL of sealed objects: which lie where, where they are missing, what the last comparison saw. No rules. */
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { CustomerId, FileId, PersonId } from '../../platform/ids/ids.ts';

/** The row to which an object belongs, as far as sites are concerned. */
export interface ObjectRow {
  readonly customer: CustomerId;
  readonly person: PersonId;
  readonly file: FileId;
  readonly object: string;
  /** SHA-256 of the sealed bytes; `undefined` of an object that was written before digests were kept. */
  readonly digest: Buffer | undefined;
  readonly bytes: number | undefined;
  readonly sites: readonly string[];
  /** Where it should lie as well, and does not, or not right. */
  readonly missing: readonly string[];
}

/** What the last comparison of a site with the rows saw: counts only. */
export interface Compared {
  readonly objects: number;
  readonly missing: number;
  readonly wrong: number;
  readonly strangers: number;
}

export interface ComparedSite extends Compared {
  readonly site: string;
  readonly at: Date;
}

/** One of the parts into which all objects are divided, read whole in turn. */
export interface PartRead {
  readonly part: number;
  readonly at: Date;
}

export interface ObjectStore {
  /** Which of these objects belong to a file. */
  known(objects: readonly string[]): Promise<ReadonlySet<string>>;
  /** Whether any row says that something lies at this site. */
  expects(site: string): Promise<boolean>;
  /** How many do. */
  expected(site: string): Promise<number>;
  /** `isThere`: it was written at the site, or found there. */
  mark(site: string): Promise<{ readonly mark: string; readonly isThere: boolean } | undefined>;
  /** Before it is written at the site. The first one stays. @returns which is kept. */
  keepMark(site: string, mark: string): Promise<string>;
  markIsThere(site: string, mark: string): Promise<void>;
  /** All objects, a page at a time. */
  pages(): AsyncIterable<readonly ObjectRow[]>;
  /** Those that are missing somewhere. */
  incomplete(): AsyncIterable<readonly ObjectRow[]>;
  /** It is not there, or not right. @returns false when the object belongs to no row any more. */
  lacks(row: ObjectRow, site: string): Promise<boolean>;
  /** It is there and right. @returns false when the object belongs to no row any more. */
  has(row: ObjectRow, site: string): Promise<boolean>;
  keepDigest(row: ObjectRow, digest: Buffer, bytes: number): Promise<void>;
  /** It has no digest, and its sites have different bytes. */
  differs(row: ObjectRow): Promise<void>;
  /** Locks the row until the transaction ends. @returns false when the object belongs to no row any more. */
  lock(connection: Queryable, row: ObjectRow): Promise<boolean>;
  /** Forgets that something is missing at sites that are none any more. */
  forgetOthers(sites: readonly string[]): Promise<void>;
  compared(site: string, at: Date, counts: Compared): Promise<void>;
  partsRead(site: string): Promise<readonly PartRead[]>;
  partRead(site: string, part: number, at: Date, counts: { objects: number; wrong: number }): Promise<void>;
}

interface Row {
  readonly customer_id: CustomerId;
  readonly person_id: PersonId;
  readonly file_id: FileId;
  readonly object: string;
  readonly object_digest: Buffer | null;
  readonly object_bytes: number | null;
  readonly sites: string[];
  readonly missing: string[];
}

const columns = 'customer_id, person_id, file_id, object, object_digest, object_bytes, sites, missing';
const pageRows = 1_000;
const nil = '00000000-0000-0000-0000-000000000000';
const whose = 'customer_id = $1 and person_id = $2 and file_id = $3 and object = $4';
const keyOf = (row: ObjectRow) => [row.customer, row.person, row.file, row.object];

const asObject = (row: Row): ObjectRow => ({
  customer: row.customer_id,
  person: row.person_id,
  file: row.file_id,
  object: row.object,
  digest: row.object_digest ?? undefined,
  bytes: row.object_bytes ?? undefined,
  sites: row.sites,
  missing: row.missing,
});

/** What the last comparisons saw, for probes: any connection that reads will do. */
export async function comparedSites(reader: Queryable): Promise<readonly ComparedSite[]> {
  return (
    await reader.query<ComparedSite & { at: Date | null }>(
      `select site, compared_at as at, objects, missing, wrong, strangers from custody.object_site
       where compared_at is not null order by site`,
    )
  ).map((row) => row);
}

export function createObjectStore(database: Database): ObjectStore {
  async function* inPages(where: string): AsyncGenerator<readonly ObjectRow[]> {
    let after: readonly string[] = [nil, nil, nil];
    for (;;) {
      const rows = await database.query<Row>(
        `select ${columns} from custody.file where ${where} and (customer_id, person_id, file_id) > ($1, $2, $3)
         order by customer_id, person_id, file_id limit ${pageRows}`,
        after,
      );
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map(asObject);
      after = [last.customer_id, last.person_id, last.file_id];
    }
  }

  return {
    async known(objects) {
      const rows = await database.query<{ object: string }>(
        'select object from custody.file where object = any($1::uuid[])',
        [objects],
      );
      return new Set(rows.map(({ object }) => object));
    },
    async expects(site) {
      return (await database.query('select 1 from custody.file where $1 = any(sites) limit 1', [site])).length > 0;
    },
    async expected(site) {
      const [row] = await database.query<{ n: number }>(
        'select count(*) as n from custody.file where $1 = any(sites)',
        [site],
      );
      return row?.n ?? 0;
    },
    async mark(site) {
      const [row] = await database.query<{ mark: string; isThere: boolean }>(
        'select mark, marked_at is not null as "isThere" from custody.object_site where site = $1',
        [site],
      );
      return row;
    },
    async keepMark(site, mark) {
      await database.query('insert into custody.object_site (site, mark) values ($1, $2) on conflict do nothing', [
        site,
        mark,
      ]);
      return (await this.mark(site))?.mark ?? mark;
    },
    async markIsThere(site, mark) {
      await database.query(
        'update custody.object_site set marked_at = now() where site = $1 and mark = $2 and marked_at is null',
        [site, mark],
      );
    },
    pages: () => inPages('true'),
    incomplete: () => inPages("missing <> '{}'"),
    async lacks(row, site) {
      const rows = await database.query(
        `update custody.file set sites = array_remove(sites, $5), missing = array_append(array_remove(missing, $5), $5)
         where ${whose} returning 1`,
        [...keyOf(row), site],
      );
      return rows.length > 0;
    },
    async has(row, site) {
      const rows = await database.query(
        `update custody.file set missing = array_remove(missing, $5), sites = array_append(array_remove(sites, $5), $5)
         where ${whose} returning 1`,
        [...keyOf(row), site],
      );
      return rows.length > 0;
    },
    async keepDigest(row, digest, bytes) {
      await database.query(
        `update custody.file set object_digest = $5, object_bytes = $6, differs = false
         where ${whose} and object_digest is null`,
        [...keyOf(row), digest, bytes],
      );
    },
    async differs(row) {
      await database.query(
        `update custody.file set differs = true where ${whose} and object_digest is null and not differs`,
        keyOf(row),
      );
    },
    async lock(connection, row) {
      return (await connection.query(`select 1 from custody.file where ${whose} for update`, keyOf(row))).length > 0;
    },
    async forgetOthers(sites) {
      await database.query(
        `update custody.file set missing = array(select one from unnest(missing) one where one = any($1))
         where missing <> '{}' and not missing <@ $1`,
        [sites],
      );
    },
    async compared(site, at, { objects, missing, wrong, strangers }) {
      await database.query(
        `update custody.object_site set compared_at = $2, objects = $3, missing = $4, wrong = $5, strangers = $6
         where site = $1`,
        [site, at, objects, missing, wrong, strangers],
      );
    },
    async partsRead(site) {
      return database.query<PartRead>('select part, read_at as at from custody.object_reading where site = $1', [site]);
    },
    async partRead(site, part, at, { objects, wrong }) {
      await database.query(
        `insert into custody.object_reading (site, part, read_at, objects, wrong) values ($1, $2, $3, $4, $5)
         on conflict (site, part) do update set read_at = $3, objects = $4, wrong = $5`,
        [site, part, at, objects, wrong],
      );
    },
  };
}
