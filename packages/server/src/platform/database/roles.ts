import type { Queryable } from './database.ts';

/**
 * Three roles: `owner` runs migrations, `app` serves (it may neither update nor delete what is append-only), `probe`
 * only reads.
 */
export const roleNames = { owner: 'obhut_owner', app: 'obhut_app', probe: 'obhut_probe' } as const;

/** May copy the whole cluster and read its log, and nothing else: it can open no database. */
export const replicationRole = 'obhut_backup';

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** The SQL for a database of the operator's own; `obhut db roles` prints it. Passwords are left for the operator. */
export function rolesSql(database: string): string {
  const lines = [
    '-- Run this as a superuser, once. Choose the passwords; Obhut never sees the superuser.',
    ...Object.values(roleNames).map((role) => `create role ${role} login password '…';`),
    `create database ${identifier(database)} owner ${roleNames.owner} encoding 'UTF8' locale_provider builtin builtin_locale 'C.UTF-8' template template0;`,
    `revoke all on database ${identifier(database)} from public;`,
    `grant connect on database ${identifier(database)} to ${roleNames.app}, ${roleNames.probe};`,
    '-- DATABASE_URL=postgresql://obhut_app:…@host/…   DATABASE_OWNER_URL=postgresql://obhut_owner:…@host/…',
    '-- DATABASE_PROBE_URL=postgresql://obhut_probe:…@host/…',
    '-- For physical backups, if you want them: a role that may copy the cluster, and a line in pg_hba.conf that lets it',
    '-- in from the host of Obhut only (hostssl replication obhut_backup ADDRESS scram-sha-256).',
    `create role ${replicationRole} login replication password '…';`,
    '-- DATABASE_REPLICATION_URL=postgresql://obhut_backup:…@host/   and in postgresql.conf max_slot_wal_keep_size.',
    "-- On PostgreSQL 16 leave out the two words \"locale_provider builtin builtin_locale 'C.UTF-8'\" and take locale 'C.UTF-8'.",
  ];
  return `${lines.join('\n')}\n`;
}

export interface RolePasswords {
  readonly owner: string;
  readonly app: string;
  readonly probe: string;
  readonly replication: string;
}

/** Makes roles and database on the embedded cluster; does nothing where they are there already. */
export async function prepareEmbedded(admin: Queryable, database: string, passwords: RolePasswords): Promise<void> {
  const roles = [
    ...(['owner', 'app', 'probe'] as const).map((kind) => [roleNames[kind], 'login', passwords[kind]] as const),
    [replicationRole, 'login replication', passwords.replication] as const,
  ];
  for (const [role, rights, password] of roles) {
    const there = await admin.query('select 1 from pg_roles where rolname = $1', [role]);
    const verb = there.length === 0 ? 'create' : 'alter';
    await admin.query(`${verb} role ${role} ${rights} password ${literal(password)}`);
  }
  const there = await admin.query('select 1 from pg_database where datname = $1', [database]);
  if (there.length === 0) {
    await admin.query(`create database ${identifier(database)} owner ${roleNames.owner}`);
    await admin.query(`revoke all on database ${identifier(database)} from public`);
    await admin.query(`grant connect on database ${identifier(database)} to ${roleNames.app}, ${roleNames.probe}`);
  }
}
