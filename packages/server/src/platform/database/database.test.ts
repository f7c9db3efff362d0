import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { rooms } from '../../rooms.ts';
import { connect, connection, createTestDatabase, type TestDatabase } from '../../testing/cluster.ts';
import { bigintArray, byteaArray, textArray, uuidArray } from './arrays.ts';
import type { Queryable } from './database.ts';
import { adminUser } from './embedded.ts';
import { failureOf } from './errors.ts';
import { migrate, pendingMigrations } from './migrate.ts';
import { openPipeline } from './pipeline.ts';
import { prepareEmbedded, roleNames, rolesSql } from './roles.ts';
import { checkDurability } from './safety.ts';
import type { RoomSchema } from './tables.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(inject('cluster'));
});
afterAll(() => database.drop());

async function echo<Element>(type: string, array: Buffer): Promise<Element[]> {
  const rows = await database.app.query<{ v: Element }>(
    `select v from unnest($1::${type}[]) with ordinality as t (v, o) order by o`,
    [array],
  );
  return rows.map(({ v }) => v);
}

describe('binary arrays', () => {
  it('of bytes come back, with nulls and empty ones', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(fc.uint8Array({ maxLength: 300 }))), async (values) => {
        const back = await echo<Buffer | null>('bytea', byteaArray(values));
        expect(back.map((one) => one?.toString('hex'))).toEqual(
          values.map((one) => (one === null ? undefined : Buffer.from(one).toString('hex'))),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('of whole numbers come back, with nulls and negative ones', async () => {
    const edge = [0, 1, -1, null, 2 ** 31, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, null];
    expect(await echo('bigint', bigintArray(edge))).toEqual(edge);
  });

  it('of texts and UUIDs come back', async () => {
    const texts = ['', 'Größe „groß“', '日本語', '{a,"b"}', 'null', "it's", '🙂'];
    expect(await echo('text', textArray(texts))).toEqual(texts);
    const ids = Array.from({ length: 50 }, () => randomUUID());
    expect(await echo('uuid', uuidArray(ids))).toEqual(ids);
    expect(() => uuidArray(['not-a-uuid'])).toThrow('not a UUID');
  });

  it('without elements are empty', async () => {
    expect(await echo('bytea', byteaArray([]))).toEqual([]);
    expect(await echo('uuid', uuidArray([]))).toEqual([]);
    expect(await echo('bigint', bigintArray([]))).toEqual([]);
    expect(await echo('text', textArray([]))).toEqual([]);
  });
});

const pipeline = () =>
  openPipeline({
    connection: connection(inject('cluster'), database.name, roleNames.app),
    application: 'obhut test pipeline',
  });

describe('a transaction', () => {
  it.each([
    ['of a pool', () => database.app],
    ['of a pipeline', pipeline],
  ])('%s rolls back whole when its work throws, and its connection is of use again', async (_, open) => {
    const on = open();
    const label = `x${randomBytes(6).toString('hex')}`;
    const insert = (connection: Queryable) =>
      connection.query('insert into customers.label (label, customer_id) values ($1, $2)', [label, randomUUID()]);
    const failing = async (connection: Queryable) => {
      await insert(connection);
      throw new Error('no');
    };
    await expect(on.transaction(failing)).rejects.toThrow('no');
    await expect(
      on.pipelined(async (connection) => ({ result: await failing(connection), last: undefined })),
    ).rejects.toThrow('no');
    // A last statement that the database refuses takes the ones before with it.
    await expect(
      on.pipelined(async (connection) => {
        await insert(connection);
        return { result: 1, last: connection.query('select 1 / 0') };
      }),
    ).rejects.toMatchObject({ code: '22012' });
    expect(await on.query('select 1 from customers.label where label = $1', [label])).toEqual([]);
    await on.pipelined(async (connection) => ({ result: 1, last: insert(connection) }));
    expect(await on.query('select 1 from customers.label where label = $1', [label])).toHaveLength(1);
    if (on !== database.app) await on.close();
  });

  it('commits durably whatever the default of the server is', async () => {
    const [row] = await database.app.query<{ s: string }>("select current_setting('synchronous_commit') as s");
    expect(row?.s).toBe('on');
  });
});

describe('a pipeline', () => {
  it('answers each statement by itself: a refused one takes no other with it', async () => {
    const on = pipeline();
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => on.query<{ n: number }>('select 6 / $1::int as n', [n % 5], 'sixth')),
    );
    expect(answers.map((one) => (one.status === 'fulfilled' ? one.value[0]?.n : 'refused')).slice(0, 5)).toEqual([
      'refused',
      6,
      3,
      2,
      1,
    ]);
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(4);
    await on.close();
  });

  it('lets no statement into a transaction that is not its own', async () => {
    const on = pipeline();
    const label = `x${randomBytes(6).toString('hex')}`;
    const insert = (n: number) =>
      on.query('insert into customers.label (label, customer_id) values ($1, $2)', [`${label}${n}`, randomUUID()]);
    const statements = [insert(0)];
    await expect(
      on.transaction(async (connection) => {
        statements.push(insert(1));
        await connection.query('select 1');
        statements.push(insert(2));
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await Promise.all(statements);
    const rows = await on.query('select 1 from customers.label where label like $1', [`${label}%`]);
    expect(rows).toHaveLength(3);
    await on.close();
  });

  it('carries out transactions one after the other, also when many wait for the same one', async () => {
    const on = pipeline();
    const [{ id } = { id: 0 }] = await on.query<{ id: number }>('select pg_backend_pid() as id');
    let within = 0;
    const counts = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        on
          .transaction(async (connection) => {
            within += 1;
            const alone = within;
            const [row] = await connection.query<{ id: number }>('select pg_backend_pid() as id, pg_sleep(0.002)');
            within -= 1;
            if (n % 3 === 0) await connection.query('select 1 / 0').catch(() => undefined);
            return row?.id === id ? alone : -1;
          })
          .catch(() => 1),
      ),
    );
    expect(counts).toEqual(Array.from({ length: 12 }, () => 1));
    await on.close();
  });

  it('makes a new connection after the old one broke, also under what waits on it', async () => {
    const on = pipeline();
    const id = async () => (await on.query<{ id: number }>('select pg_backend_pid() as id'))[0]?.id;
    const before = await id();
    const answers = await Promise.allSettled([
      on.query('select pg_sleep(0.05), pg_terminate_backend(pg_backend_pid())'),
      on.query('select 1'),
      on.query('select 2'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    for (const answer of answers.slice(1))
      expect(failureOf((answer as PromiseRejectedResult).reason)).toMatch(/^un(known|available)$/);
    const after = await id();
    expect(after).toBeTypeOf('number');
    expect(after).not.toBe(before);
    await on.close();
    expect(failureOf(await on.query('select 1').catch((error: unknown) => error))).toBe('unavailable');
  });
});

describe('a failure', () => {
  it.each([
    ['select 1 / 0', 'item'],
    ["select 'x'::uuid", 'item'],
    ['select nothing', 'defect'],
    ['select pg_terminate_backend(pg_backend_pid())', 'unavailable'],
  ])('of %s means %s', async (statement, meaning) => {
    const error = await database.app.query(statement).catch((thrown: unknown) => thrown);
    expect(failureOf(error)).toBe(meaning);
  });

  it('of a connection that was never made means that nothing was done', async () => {
    const nowhere = connect({ ...inject('cluster'), socketFolder: '/nonexistent' }, 'x', 'y', 1);
    const error = await nowhere.query('select 1').catch((thrown: unknown) => thrown);
    await nowhere.close();
    expect(failureOf(error)).toBe('unavailable');
    const stranger = connect(inject('cluster'), `no_${randomUUID()}`, roleNames.app, 1);
    const refused = await stranger.query('select 1').catch((thrown: unknown) => thrown);
    await stranger.close();
    expect(failureOf(refused)).toBe('unavailable');
  });
});

describe('migrations', () => {
  const roles = { app: roleNames.app, probe: roleNames.probe };
  const more = (sql: string): RoomSchema => ({ room: 'extra', tables: [], migrations: [{ id: '001', sql }] });

  it('run twice change nothing', async () => {
    const before = await database.owner.query('select * from platform.migration order by room, id');
    expect(before.length).toBeGreaterThan(4);
    await migrate(database.owner, rooms, roles);
    expect(await database.owner.query('select * from platform.migration order by room, id')).toEqual(before);
    expect(await pendingMigrations(database.owner, rooms)).toMatchObject({ pending: 0, empty: false });
  });

  it('of a newer Obhut are refused, as are changed ones', async () => {
    const step = more('create schema extra');
    await migrate(database.owner, [...rooms, step], roles);
    await expect(pendingMigrations(database.owner, rooms)).rejects.toMatchObject({ code: 'database_newer' });
    const changed = more('create schema extra; select 1');
    await expect(migrate(database.owner, [...rooms, changed], roles)).rejects.toMatchObject({ code: 'database_newer' });
    await database.owner.query("delete from platform.migration where room = 'extra'");
    await database.owner.query('drop schema extra');
  });

  it('that fail leave nothing half done', async () => {
    const broken = more('create schema half; select 1 / 0');
    await expect(migrate(database.owner, [...rooms, broken], roles)).rejects.toMatchObject({ code: '22012' });
    expect(await database.owner.query("select 1 from pg_namespace where nspname = 'half'")).toEqual([]);
    expect(await database.owner.query("select 1 from platform.migration where room = 'extra'")).toEqual([]);
  });
});

describe('safety', () => {
  const answering = (row: object): Queryable => ({ query: async () => [row] as never });
  const safe = { fsync: 'on', full_page_writes: 'on', version: 180_000, standbys: '' };

  it('takes the real one', async () => {
    expect((await checkDurability(database.app)).version).toBeGreaterThanOrEqual(160_000);
  });

  it.each([
    [{ fsync: 'off' }, 'database_unsafe'],
    [{ full_page_writes: 'off' }, 'database_unsafe'],
    [{ version: 150_004 }, 'database_major'],
    [{ version: 190_000 }, 'database_major'],
  ])('refuses %j', async (wrong, code) => {
    await expect(checkDurability(answering({ ...safe, ...wrong }))).rejects.toMatchObject({ code });
  });
});

describe('roles', () => {
  it('are made once, get their passwords anew, and are no superusers', async () => {
    const cluster = inject('cluster');
    const admin = connect(cluster, 'postgres', adminUser, 1);
    try {
      const { password } = cluster;
      await prepareEmbedded(admin, database.name, {
        owner: password,
        app: password,
        probe: password,
        replication: password,
      });
      const found = await admin.query<{ name: string; power: boolean }>(
        'select rolname as name, rolsuper or rolcreaterole or rolcreatedb or rolbypassrls as power from pg_roles where rolname = any($1)',
        [Object.values(roleNames)],
      );
      expect(found).toHaveLength(3);
      expect(found.every(({ power }) => !power)).toBe(true);
    } finally {
      await admin.close();
    }
  });

  it('are printed as SQL that quotes the name of the database', () => {
    expect(rolesSql('my"db')).toContain('"my""db"');
  });
});
