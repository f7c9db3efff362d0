/** On a PostgreSQL of the operator's own: three roles, migrations as the owner, and a database that is refused when unsafe. */
import { randomUUID } from 'node:crypto';
import { createObhut } from '@obhut/client';
import { afterEach, expect, inject, it } from 'vitest';
import { adminUser } from '../../packages/server/src/platform/database/embedded.ts';
import { roleNames } from '../../packages/server/src/platform/database/roles.ts';
import { connect, startTestCluster } from '../../packages/server/src/testing/cluster.ts';
import { firstToken, newFolder, removeFolder, startProduct, startRefused } from './product.ts';

const cluster = inject('cluster');
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await removeFolder(folder);
});

/** An empty database, as the SQL of `obhut db roles` leaves it. */
async function emptyDatabase(): Promise<{
  readonly name: string;
  readonly url: (role: string) => string;
  drop(): Promise<void>;
}> {
  const name = `own_${randomUUID().replaceAll('-', '')}`;
  const admin = connect(cluster, 'postgres', adminUser, 1);
  await admin.query(`create database ${name} owner ${roleNames.owner}`);
  await admin.query(`revoke all on database ${name} from public`);
  await admin.query(`grant connect on database ${name} to ${roleNames.app}, ${roleNames.probe}`);
  return {
    name,
    url: (role) => `postgresql://${role}:${cluster.password}@/${name}?host=${encodeURIComponent(cluster.socketFolder)}`,
    async drop() {
      await admin.query(`drop database ${name} with (force)`);
      await admin.close();
    },
  };
}

/** Who is connected to a database; waits for the first of the probes, which come after the start. */
async function usersOf(name: string): Promise<readonly string[]> {
  const admin = connect(cluster, 'postgres', adminUser, 1);
  try {
    for (const until = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
      const rows = await admin.query<{ usename: string }>(
        'select distinct usename from pg_stat_activity where datname = $1 order by 1',
        [name],
      );
      if (rows.length > 1 || Date.now() > until) return rows.map(({ usename }) => usename);
    }
  } finally {
    await admin.close();
  }
}

it('serves from it with three roles, twice in a row, and starts no PostgreSQL of its own', async () => {
  const database = await emptyDatabase();
  const data = await newFolder();
  folders.push(data);
  const environment = {
    DATABASE_URL: database.url(roleNames.app),
    DATABASE_OWNER_URL: database.url(roleNames.owner),
    DATABASE_PROBE_URL: database.url(roleNames.probe),
  };
  const first = await startProduct({ data, environment });
  expect(first.output()).toContain('PostgreSQL 18');
  expect(first.output()).not.toContain('embedded');
  expect(first.output()).not.toContain('DATABASE_OWNER_URL');
  // Each role is used for what it is for.
  expect(await usersOf(database.name)).toEqual([roleNames.app, roleNames.probe]);
  expect(first.output()).not.toContain(cluster.password);
  const api = createObhut({ url: first.url, token: firstToken(first) });
  const { id } = await api.customers.create({ label: 'own' });
  const { person } = await api.customer(id).people.create();
  expect(await first.stop()).toBe(130);

  const second = await startProduct({ data, environment });
  const again = createObhut({ url: second.url, token: firstToken(second) });
  expect((await again.customer(id).people.list()).people).toEqual([{ person }]);
  expect(await second.stop()).toBe(130);
  await database.drop();
}, 60_000);

it('says so when one role has to do everything', async () => {
  const database = await emptyDatabase();
  const data = await newFolder();
  folders.push(data);
  const running = await startProduct({ data, environment: { DATABASE_URL: database.url(roleNames.owner) } });
  expect(running.output()).toContain('DATABASE_OWNER_URL');
  expect(await running.stop()).toBe(130);
  await database.drop();
}, 60_000);

it('refuses one that could lose what it acknowledges', async () => {
  const unsafe = await startTestCluster({ fsync: 'off' });
  const data = await newFolder();
  folders.push(data);
  const { socketFolder, password } = unsafe.address;
  const url = `postgresql://${roleNames.app}:${password}@/postgres?host=${encodeURIComponent(socketFolder)}`;
  const { code, text } = await startRefused({ data, environment: { DATABASE_URL: url } });
  await unsafe.stop();
  expect(code).toBe(1);
  expect(text).toContain('database_unsafe');
  expect(text).toContain('fsync = off');
  expect(text).not.toContain(password);
}, 60_000);

it('refuses a server that it cannot verify, one that is not there, and a password that is wrong, without printing it', async () => {
  const data = await newFolder();
  folders.push(data);
  const secret = 'very-secret';
  for (const [url, code] of [
    [`postgresql://u:${secret}@db.example/x?sslmode=disable`, 'database_unsafe'],
    [`postgresql://u:${secret}@127.0.0.1:1/x`, 'database_unreachable'],
    [
      `postgresql://obhut_app:${secret}@/postgres?host=${encodeURIComponent(cluster.socketFolder)}`,
      'database_unreachable',
    ],
  ] as const) {
    const { code: exit, text } = await startRefused({ data, environment: { DATABASE_URL: url } });
    expect(exit).toBe(1);
    expect(text).toContain(code);
    expect(text).not.toContain(secret);
  }
}, 60_000);
