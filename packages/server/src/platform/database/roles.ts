import type { Queryable } from './database.ts';

/**
 * Three roles: `owner` runs migrations, `app` serves (it may neither update nor delete what is append-only), `probe`
 * only reads.
 */
export const roleNames = { owner: 'obhut_owner', app: 'obhut_app', probe: 'obhut_probe' } as const;

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
    "-- On PostgreSQL 16 leave out the two words \"locale_provider builtin builtin_locale 'C.UTF-8'\" and take locale 'C.UTF-8'.",
  ];
  return `${lines.join('\n')}\n`;
}

export interface RolePasswords {
  readonly owner: string;
  readonly app: string;
  readonly probe: string;
}

/** Makes roles and database on the embedded cluster; does nothing where they are there already. */
export async function prepareEmbedded(admin: Queryable, database: string, passwords: RolePasswords): Promise<void> {
  for (const kind of ['owner', 'app', 'probe'] as const) {
    const role = roleNames[kind];
    const there = await admin.query('select 1 from pg_roles where rolname = $1', [role]);
    const verb = there.length === 0 ? 'create' : 'alter';
    await admin.query(`${verb} role ${role} login password ${literal(passwords[kind])}`);
  }
  const there = await admin.query('select 1 from pg_database where datname = $1', [database]);
  if (there.length === 0) {
    await admin.query(`create database ${identifier(database)} owner ${roleNames.owner}`);
    await admin.query(`revoke all on database ${identifier(database)} from public`);
    await admin.query(`grant connect on database ${identifier(database)} to ${roleNames.app}, ${roleNames.probe}`);
  }
}
