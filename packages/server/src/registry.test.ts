/** The registry of tables against the catalogue of a migrated database, and the scale contract of the house. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Database } from './platform/database/database.ts';
import { roleNames } from './platform/database/roles.ts';
import { rooms } from './rooms.ts';
import { connect, createTestDatabase, type TestDatabase } from './testing/cluster.ts';

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
}

const ours = `n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'pgboss')`;
const tables = rooms.flatMap((room) => room.tables);
const distributed = tables.filter((table) => table.class === 'distributed');

let database: TestDatabase;
let columns: readonly Column[];

beforeAll(async () => {
  database = await createTestDatabase(inject('cluster'));
  columns = await database.owner.query<Column>(
    `select n.nspname || '.' || c.relname as table, a.attname as column, format_type(a.atttypid, null) as type
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and ${ours} and n.nspname <> 'platform'
     order by 1, 2`,
  );
});
afterAll(() => database.drop());

const typeOf = (table: string, column: string) =>
  columns.find((one) => one.table === table && one.column === column)?.type;

describe('the registry', () => {
  it('names every column of every table, and none that is not there', () => {
    const registered = tables.flatMap(({ name, columns: declared }) =>
      Object.keys(declared).map((column) => `${name}.${column}`),
    );
    const there = columns.map(({ table, column }) => `${table}.${column}`);
    expect(registered.sort()).toEqual([...there].sort());
    expect(registered.length).toBeGreaterThan(80);
  });

  it('has each table once, in the schema of its room', () => {
    const names = tables.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const room of rooms) for (const { name } of room.tables) expect(name.startsWith(`${room.room}.`)).toBe(true);
  });

  it('calls sealed or digest only what are bytes, and plain only what are none, save the entries themselves', () => {
    for (const { name, columns: declared } of tables)
      for (const [column, kind] of Object.entries(declared)) {
        const where = `${name}.${column}`;
        if (kind !== 'plain') expect(typeOf(name, column), where).toBe('bytea');
        // An entry is canonical JSON of ids and codes; it is bytes because its hash is over bytes.
        else if (where !== 'journal.entry.body') expect(typeOf(name, column), where).not.toBe('bytea');
      }
  });

  it('knows of each table with a person which column that is', () => {
    for (const { name, person, columns: declared, sweep } of tables) {
      expect('person_id' in declared, name).toBe(person !== undefined);
      if (person !== undefined) expect(Object.keys(declared)).toContain(person);
      if (sweep === 'by-person') expect(person, name).toBeDefined();
    }
  });
});

describe('the scale contract', () => {
  it('every key of a distributed table begins with the customer', async () => {
    const keys = await database.owner.query<{ table: string; index: string; first: string }>(
      `select n.nspname || '.' || c.relname as table, i.indexrelid::regclass::text as index, a.attname as first
       from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
       where (i.indisunique or i.indisprimary) and ${ours}`,
    );
    for (const { name } of distributed) {
      const own = keys.filter(({ table }) => table === name);
      expect(own.length, name).toBeGreaterThan(0);
      for (const { first, index } of own) expect(first, index).toBe('customer_id');
    }
  });

  it('every table has a primary key, and every id is a UUID or a bigint', async () => {
    const without = await database.owner.query(
      `select c.oid::regclass::text as table from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and ${ours}
         and not exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisprimary)`,
    );
    expect(without).toEqual([]);
    for (const { table, column, type } of columns)
      if (column.endsWith('_id')) expect(['uuid', 'bigint'], `${table}.${column}`).toContain(type);
  });

  it('has nothing that Citus refuses: triggers, rules, exclusions, inheritance, sequences, foreign keys across', async () => {
    const found = await database.owner.query<{ what: string }>(
      `select 'trigger ' || tgname as what from pg_trigger where not tgisinternal
       union all select 'rule ' || rulename from pg_rules r
         where r.schemaname not in ('pg_catalog', 'information_schema', 'pgboss')
       union all select 'exclusion ' || conname from pg_constraint where contype = 'x'
       union all select 'inheritance ' || inhrelid::regclass::text from pg_inherits
       union all select 'sequence ' || c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'S' and ${ours}
       union all select 'foreign key ' || conname from pg_constraint where contype = 'f'
       union all select 'function ' || p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where ${ours}`,
    );
    expect(found).toEqual([]);
  });

  it('has no schema but ours', async () => {
    const schemas = await database.owner.query<{ name: string }>(
      `select n.nspname as name from pg_namespace n where ${ours} and n.nspname not like 'pg_%' and n.nspname <> 'public'`,
    );
    const rooms_ = new Set(tables.map(({ name }) => name.split('.')[0]));
    expect(schemas.map(({ name }) => name).sort()).toEqual([...rooms_, 'platform'].sort());
    const inPublic = await database.owner.query(
      "select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'",
    );
    expect(inPublic).toEqual([]);
  });
});

describe('privileges', () => {
  const privileges = ['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'] as const;

  async function held(role: string, table: string): Promise<string[]> {
    const [row] = await database.owner.query<Record<string, boolean>>(
      `select ${privileges.map((one) => `has_table_privilege($1, $2, '${one}') as ${one}`).join(', ')}`,
      [role, table],
    );
    return privileges.filter((one) => row?.[one]);
  }

  it('let the app neither change nor delete what is append-only', async () => {
    const appendOnly = tables.filter((table) => table.appendOnly);
    expect(appendOnly.map(({ name }) => name)).toEqual(expect.arrayContaining(['journal.entry', 'journal.sealed']));
    for (const { name } of appendOnly) expect(await held(roleNames.app, name), name).toEqual(['select', 'insert']);
    for (const { name } of tables.filter((table) => !table.appendOnly))
      expect(await held(roleNames.app, name), name).toEqual(['select', 'insert', 'update', 'delete']);
  });

  it('let the probe read and nothing else', async () => {
    for (const { name } of tables) expect(await held(roleNames.probe, name), name).toEqual(['select']);
    const probe: Database = connect(inject('cluster'), database.name, roleNames.probe, 1);
    try {
      await expect(probe.query('select 1 from custody.record')).resolves.toEqual([]);
      await expect(probe.query('delete from custody.record')).rejects.toMatchObject({ code: '42501' });
      await expect(probe.query('create table custody.mine (x int)')).rejects.toMatchObject({ code: '42501' });
    } finally {
      await probe.close();
    }
  });

  it('let neither of them change the structure', async () => {
    for (const statement of [
      'drop table journal.entry',
      'alter table journal.entry add x int',
      'truncate journal.entry',
    ])
      await expect(database.app.query(statement)).rejects.toMatchObject({ code: '42501' });
    await expect(database.app.query("update platform.migration set digest = ''")).rejects.toMatchObject({
      code: '42501',
    });
  });
});
