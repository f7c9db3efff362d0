/** Whether tables and indexes of a restored database are whole inside: PostgreSQL's own amcheck reads them through. */
import type { Database } from '../../../platform/database/database.ts';

export interface Structure {
  readonly tables: number;
  readonly indexes: number;
  /** Relations that are not whole. Names of tables and indexes only. */
  readonly damaged: readonly string[];
}

interface Relation {
  readonly oid: number;
  readonly name: string;
  readonly kind: 'r' | 't' | 'm' | 'i';
  readonly method: string | null;
}

async function isAvailable(database: Database): Promise<boolean> {
  const rows = await database.query("select 1 from pg_available_extensions where name = 'amcheck'");
  return rows.length > 0;
}

/** `raises` where the check itself throws at the first thing that is wrong. */
function checkOf({ kind, method }: Relation): { readonly sql: string; readonly raises: boolean } | undefined {
  if (kind !== 'i')
    return { sql: 'select 1 from verify_heapam($1::oid::regclass, check_toast => true)', raises: false };
  // With the rows of the table beside it: an index that lacks one would hide it.
  if (method === 'btree') return { sql: 'select bt_index_check($1::oid::regclass, true, true)', raises: true };
  if (method === 'gin') return { sql: 'select gin_index_check($1::oid::regclass)', raises: true };
  return undefined;
}

/** index_corrupted, data_corrupted: an answer of the check. Everything else is a check that did not work. */
const corrupted = new Set(['XX001', 'XX002']);

/** @param database as superuser. @returns `undefined` where this PostgreSQL does not bring amcheck. */
export async function checkStructure(database: Database): Promise<Structure | undefined> {
  if (!(await isAvailable(database))) return undefined;
  await database.query('create extension if not exists amcheck');
  const relations = await database.query<Relation>(
    `select c.oid::int8 as oid, c.oid::regclass::text as name, c.relkind::text as kind, a.amname as method
     from pg_class c left join pg_index i on i.indexrelid = c.oid left join pg_am a on a.oid = c.relam
     where c.relpersistence = 'p' and c.relkind in ('r', 't', 'm', 'i') and coalesce(i.indisvalid and i.indisready, true)
     order by c.oid`,
  );
  const damaged: string[] = [];
  const counts = { tables: 0, indexes: 0 };
  for (const relation of relations) {
    const check = checkOf(relation);
    if (check === undefined) continue;
    counts[relation.kind === 'i' ? 'indexes' : 'tables'] += 1;
    try {
      const found = await database.query(check.sql, [relation.oid]);
      if (!check.raises && found.length > 0) damaged.push(relation.name);
    } catch (error) {
      if (!corrupted.has((error as { code?: string }).code ?? '')) throw error;
      damaged.push(relation.name);
    }
  }
  return { ...counts, damaged };
}
