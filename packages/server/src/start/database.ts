/** Brings up the database: the embedded one, or the operator's own by URL; roles, migrations, and what must hold. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import type { Settings } from '../platform/config/settings.ts';
import { StartError } from '../platform/config/start-error.ts';
import { type Database, openDatabase } from '../platform/database/database.ts';
import {
  adminUser,
  type EmbeddedCluster,
  placeOf,
  restoringFolder,
  startEmbedded,
} from '../platform/database/embedded.ts';
import { migrate, pendingMigrations } from '../platform/database/migrate.ts';
import { openPipeline } from '../platform/database/pipeline.ts';
import { prepareEmbedded, replicationRole, roleNames } from '../platform/database/roles.ts';
import { checkDurability } from '../platform/database/safety.ts';
import { syncFolder } from '../platform/files/durable.ts';
import type { ReplicationAddress } from '../platform/replication/wire.ts';
import type { SecretStore } from '../platform/secrets/secrets.ts';
import { rooms } from '../rooms.ts';

export interface OpenedDatabase {
  readonly database: Database;
  /** One connection for the journal's flushes alone. */
  readonly flushDatabase: Database;
  /** One connection for the small look-ups of every read and write. */
  readonly readDatabase: Database;
  /** For probes: it changes nothing. */
  readonly probeDatabase: Database;
  readonly kind: 'embedded' | 'own';
  /** For physical backups; none where the operator named no role for them. */
  readonly replication: ReplicationAddress | undefined;
  readonly description: { readonly version: string; readonly where: string; readonly relocated: boolean };
  /** With fewer than three roles the journal is not append-only by privilege, or probes may write: said so at start. */
  readonly fewRoles: boolean;
  /** Work as the database's owner, on a connection of its own: migrations, and what the app's role may not delete. */
  asOwner<Result>(work: (owner: Database) => Promise<Result>): Promise<Result>;
  /** A copy of this cluster, by its superuser: for drills. Only of the embedded one. */
  readonly openCopy: ((copy: Pick<EmbeddedCluster, 'socketFolder'>) => Database) | undefined;
  close(): Promise<void>;
}

const databaseName = 'obhut';
const flushAnswerMs = 10_000;

/** @throws StartError with a sentence and the next step. */
export async function openObhutDatabase(
  settings: Settings,
  secrets: SecretStore,
  version: string,
): Promise<OpenedDatabase> {
  return settings.database.url === undefined
    ? openEmbedded(settings, secrets, version)
    : openOwn(settings, settings.database.url);
}

interface Pools {
  readonly database: Database;
  readonly flushDatabase: Database;
  readonly readDatabase: Database;
  readonly probeDatabase: Database;
}

/** @param probe with the role that only reads; without one probes read with the app's, in transactions that only read. */
function pools(settings: Settings, connection: PoolConfig, probe: PoolConfig = connection): Pools {
  return {
    database: openDatabase({ connection, connections: settings.database.connections, application: 'obhut' }),
    flushDatabase: openPipeline({
      connection,
      application: 'obhut journal',
      statementTimeoutMs: 0,
      answerTimeoutMs: flushAnswerMs,
    }),
    readDatabase: openPipeline({ connection, application: 'obhut read', answerTimeoutMs: flushAnswerMs }),
    probeDatabase: openDatabase({ connection: probe, connections: 2, application: 'obhut probe', readOnly: true }),
  };
}

const openForOwner = (connection: PoolConfig): Database =>
  openDatabase({ connection, connections: 1, application: 'obhut start', statementTimeoutMs: 0 });

async function withOwner<Result>(
  connection: PoolConfig,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const database = openForOwner(connection);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

async function openEmbedded(settings: Settings, secrets: SecretStore, version: string): Promise<OpenedDatabase> {
  const secret = async (name: string) =>
    (await secrets.get(name, () => Buffer.from(randomBytes(24).toString('hex')))).toString();
  const adminPassword = await secret('database-admin');
  const passwords = {
    owner: await secret('database-owner'),
    app: await secret('database-app'),
    probe: await secret('database-probe'),
    replication: await secret('database-replication'),
  };
  await refuseHalfRestored(settings.data);
  let cluster = await startEmbedded({ data: settings.data, adminPassword });
  const connect = (database: string, user: string, password: string): PoolConfig => ({
    host: cluster.socketFolder,
    user,
    password,
    database,
  });
  try {
    await withOwner(connect('postgres', adminUser, adminPassword), (admin) =>
      prepareEmbedded(admin, databaseName, passwords),
    );
    const asOwner = () => connect(databaseName, roleNames.owner, passwords.owner);
    const { pending, empty, state } = await withOwner(asOwner(), (owner) => pendingMigrations(owner, rooms));
    if (pending > 0 && !empty) {
      // An upgrade: the data folder as it was before, with the cluster at rest.
      await cluster.stop();
      await backUp(cluster, settings.data, `before-${version}-${state}`);
      cluster = await startEmbedded({ data: settings.data, adminPassword });
    }
    await withOwner(asOwner(), (owner) => migrate(owner, rooms, { app: roleNames.app, probe: roleNames.probe }));
    const opened = pools(
      settings,
      connect(databaseName, roleNames.app, passwords.app),
      connect(databaseName, roleNames.probe, passwords.probe),
    );
    await checkDurability(opened.database);
    return {
      ...opened,
      kind: 'embedded',
      replication: {
        host: cluster.socketFolder,
        port: 5432,
        user: replicationRole,
        password: passwords.replication,
        application: 'obhut backup',
      },
      description: {
        version: `PostgreSQL ${cluster.version}`,
        where: cluster.dataFolder,
        relocated: cluster.relocated,
      },
      fewRoles: false,
      asOwner: (work) => withOwner(asOwner(), work),
      openCopy: ({ socketFolder }) =>
        openDatabase({
          connection: { host: socketFolder, user: adminUser, password: adminPassword, database: databaseName },
          connections: 4,
          application: 'obhut drill',
          statementTimeoutMs: 0,
        }),
      async close() {
        await opened.probeDatabase.close();
        await opened.flushDatabase.close();
        await opened.readDatabase.close();
        await opened.database.close();
        await cluster.stop();
      },
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** A restore that broke off left no database: a start would make an empty one beside it. */
async function refuseHalfRestored(data: string): Promise<void> {
  const { home } = await placeOf(data);
  if (existsSync(join(home, restoringFolder)) && !existsSync(join(home, 'postgres')))
    throw new StartError(
      'restore_unfinished',
      'A restore was begun here and did not end.',
      'Run the restore again: it begins anew (docs/recovery.md).',
    );
}

/** @param name of the state that is left: a second upgrade of one version is copied again. */
async function backUp(cluster: EmbeddedCluster, data: string, name: string): Promise<void> {
  const folder = join(data, 'backups');
  const target = join(folder, name);
  if (existsSync(target)) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // With owners and modes, so that it can be put back as it is.
  const unfinished = `${target}.unfinished`;
  // What a start left behind that was killed while it copied is no backup.
  await rm(unfinished, { recursive: true, force: true });
  const { status } = spawnSync('cp', ['-a', cluster.dataFolder, unfinished], { stdio: 'ignore' });
  if (status !== 0)
    throw new StartError(
      'disk_full',
      `The backup before the upgrade could not be written to ${target}.`,
      'Make room; nothing has been changed.',
    );
  // On the disk before it has its name, and before the database is changed.
  spawnSync('sync', ['-f', unfinished], { stdio: 'ignore' });
  await rename(unfinished, target);
  await syncFolder(folder);
}

/** A URL of PostgreSQL may have no host (`postgresql://user@/name?host=/folder`), which the URL standard does not know. */
function parseDatabaseUrl(url: string): URL {
  try {
    return new URL(url.replace(/@\//, '@localhost/'));
  } catch {
    throw new StartError(
      'setting_invalid',
      'DATABASE_URL is not a URL.',
      'postgresql://user:password@host/name; special characters percent-encoded.',
    );
  }
}

/** TLS is verified unless the way is a local socket or loopback: `sslmode` may only be made stricter. */
function ownConnection(url: string): PoolConfig {
  const parsed = parseDatabaseUrl(url);
  const host = parsed.searchParams.get('host') ?? parsed.hostname;
  const local = host === '' || host.startsWith('/') || host === 'localhost' || host === '127.0.0.1' || host === '[::1]';
  const asked = parsed.searchParams.get('sslmode');
  if (!local && asked !== null && asked !== 'verify-full')
    throw new StartError(
      'database_unsafe',
      `DATABASE_URL asks for sslmode=${asked.replaceAll(/[^a-z-]/g, '')}, which does not verify the server.`,
      'Use sslmode=verify-full, with sslrootcert where the certificate authority is your own.',
    );
  if (!local && asked === null) parsed.searchParams.set('sslmode', 'verify-full');
  return { connectionString: parsed.toString() };
}

/** The same rules as for the others: beyond this machine with TLS that is verified, or not at all. */
function replicationAddress(url: string): ReplicationAddress {
  ownConnection(url);
  const { hostname, port, username, password, searchParams } = parseDatabaseUrl(url);
  const host = searchParams.get('host') ?? hostname;
  const local = host === '' || host.startsWith('/') || host === 'localhost' || host === '127.0.0.1' || host === '[::1]';
  const authority = searchParams.get('sslrootcert');
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(searchParams.get('port') ?? (port || '5432')),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    application: 'obhut backup',
    ...(!local && { tls: authority === null ? {} : { ca: readFileSync(authority, 'utf8') } }),
  };
}

async function openOwn(settings: Settings, url: string): Promise<OpenedDatabase> {
  const connection = ownConnection(url);
  const { ownerUrl, probeUrl, replicationUrl } = settings.database;
  const replication = replicationUrl === undefined ? undefined : replicationAddress(replicationUrl);
  const ownersConnection = ownerUrl === undefined ? connection : ownConnection(ownerUrl);
  const owner = openForOwner(ownersConnection);
  const opened = pools(settings, connection, probeUrl === undefined ? connection : ownConnection(probeUrl));
  try {
    const { version } = await checkDurability(owner);
    const [app] = await opened.database.query<{ name: string }>('select current_user as name');
    const [probe] = await owner.query<{ name: string }>('select rolname as name from pg_roles where rolname = $1', [
      roleNames.probe,
    ]);
    await migrate(owner, rooms, { app: app?.name ?? roleNames.app, probe: probe?.name });
    const { hostname, pathname } = parseDatabaseUrl(url);
    return {
      ...opened,
      kind: 'own',
      replication,
      description: {
        version: `PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000}`,
        where: `${hostname || 'socket'}${pathname}`,
        relocated: false,
      },
      asOwner: (work) => withOwner(ownersConnection, work),
      openCopy: undefined,
      fewRoles: ownerUrl === undefined || probeUrl === undefined,
      async close() {
        await opened.probeDatabase.close();
        await opened.flushDatabase.close();
        await opened.readDatabase.close();
        await opened.database.close();
      },
    };
  } catch (error) {
    await opened.probeDatabase.close();
    await opened.flushDatabase.close();
    await opened.readDatabase.close();
    await opened.database.close();
    if (error instanceof StartError) throw error;
    throw new StartError(
      'database_unreachable',
      'The database of DATABASE_URL does not answer.',
      `Check address, password and certificate (${(error as NodeJS.ErrnoException).code ?? (error as Error).name}). docs/operating.md says what it needs.`,
    );
  } finally {
    await owner.close();
  }
}
