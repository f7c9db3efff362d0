import { createHash } from 'node:crypto';
import { StartError } from '../config/start-error.ts';
import type { Database, Queryable } from './database.ts';
import type { Migration, RoomSchema } from './tables.ts';

interface Applied {
  readonly room: string;
  readonly id: string;
  readonly digest: string;
}

const bookkeeping = `
  create schema if not exists platform;
  create table if not exists platform.migration (
    room text not null, id text not null, digest text not null, applied_at timestamptz not null default now(),
    primary key (room, id)
  )`;

const digestOf = (migration: Migration) => createHash('sha256').update(migration.sql).digest('hex');

async function appliedMigrations(database: Queryable): Promise<Applied[]> {
  const [found] = await database.query<{ there: boolean }>(
    "select to_regclass('platform.migration') is not null as there",
  );
  return found?.there ? database.query<Applied>('select room, id, digest from platform.migration') : [];
}

/**
 * Which migrations are still to run. `state` names what has run so far.
 * @throws StartError when the database was made by a newer Obhut, or by one whose steps differ from ours.
 */
export async function pendingMigrations(
  database: Queryable,
  rooms: readonly RoomSchema[],
): Promise<{ readonly pending: number; readonly empty: boolean; readonly state: string }> {
  const applied = await appliedMigrations(database);
  const known = new Map(
    rooms.flatMap(({ room, migrations }) => migrations.map((step) => [`${room}/${step.id}`, digestOf(step)])),
  );
  for (const { room, id, digest } of applied) {
    const expected = known.get(`${room}/${id}`);
    if (expected === undefined)
      throw new StartError(
        'database_newer',
        `The database holds ${room}/${id}, which this Obhut does not know: it was used by a newer version.`,
        'Start that version, or restore a backup made before the upgrade.',
      );
    if (expected !== digest)
      throw new StartError(
        'database_newer',
        `The database was made by another build: ${room}/${id} differs.`,
        'Start the version that made it.',
      );
  }
  const digests = applied.map(({ room, id, digest }) => `${room}/${id} ${digest}\n`).sort();
  return {
    pending: known.size - applied.length,
    empty: applied.length === 0,
    state: createHash('sha256').update(digests.join('')).digest('hex').slice(0, 12),
  };
}

/** Runs what is missing, in the order of the rooms, each step in a transaction of its own. Forward only. */
export async function migrate(owner: Database, rooms: readonly RoomSchema[], roles: Roles): Promise<void> {
  await pendingMigrations(owner, rooms);
  await owner.query(bookkeeping);
  for (const { room, migrations } of rooms)
    for (const step of migrations)
      await owner.transaction(async (connection) => {
        // Two servers that start together: the second waits here and then finds the step done.
        await connection.query('lock table platform.migration in exclusive mode');
        const done = await connection.query('select 1 from platform.migration where room = $1 and id = $2', [
          room,
          step.id,
        ]);
        if (done.length > 0) return;
        await connection.query(step.sql);
        await connection.query('insert into platform.migration (room, id, digest) values ($1, $2, $3)', [
          room,
          step.id,
          digestOf(step),
        ]);
      });
  await grantRights(owner, rooms, roles);
}

/** Names of the three roles; with one role for all, nothing is granted. */
export interface Roles {
  readonly app: string;
  readonly probe: string | undefined;
}

/** The app may not change what is append-only; the probe reads. Privileges, not triggers: Citus refuses triggers. */
async function grantRights(owner: Database, rooms: readonly RoomSchema[], { app, probe }: Roles): Promise<void> {
  const [self] = await owner.query<{ name: string }>('select current_user as name');
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
  const schemas = [
    ...new Set(['platform', ...rooms.flatMap(({ tables }) => tables.map(({ name }) => name.split('.')[0] ?? ''))]),
  ];
  const statements: string[] = [];
  for (const role of [app, probe]) {
    if (role === undefined || role === self?.name) continue;
    for (const schema of schemas) statements.push(`grant usage on schema ${schema} to ${quoted(role)}`);
    statements.push(`grant select on platform.migration to ${quoted(role)}`);
  }
  for (const { name, appendOnly } of rooms.flatMap(({ tables }) => tables)) {
    if (app !== self?.name)
      statements.push(
        `grant ${appendOnly ? 'select, insert' : 'select, insert, update, delete'} on ${name} to ${quoted(app)}`,
      );
    if (probe !== undefined && probe !== self?.name) statements.push(`grant select on ${name} to ${quoted(probe)}`);
  }
  for (const statement of statements) await owner.query(statement);
}
