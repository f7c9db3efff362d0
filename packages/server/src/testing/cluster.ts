/** One PostgreSQL for all tests; each test gets a database of its own from a migrated template. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {} from 'vitest';
import { type Database, openDatabase } from '../platform/database/database.ts';
import { adminUser, type EmbeddedCluster, startEmbedded } from '../platform/database/embedded.ts';
import { migrate } from '../platform/database/migrate.ts';
import { prepareEmbedded, roleNames } from '../platform/database/roles.ts';
import { rooms } from '../rooms.ts';

/** What a test file needs to reach the cluster; plain data, because it crosses processes. */
export interface ClusterAddress {
  readonly socketFolder: string;
  readonly dataFolder: string;
  readonly password: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterAddress;
  }
}

const template = 'obhut_template';

export async function startTestCluster(
  settings: Readonly<Record<string, string>> = {},
): Promise<{ readonly address: ClusterAddress; stop(): Promise<void> }> {
  const data = await mkdtemp(join(tmpdir(), 'obhut-test-'));
  // So that PostgreSQL's user can enter where the tests run as root.
  await chmod(data, 0o711);
  const password = randomUUID();
  const cluster: EmbeddedCluster = await startEmbedded({
    data,
    adminPassword: password,
    settings: { max_connections: '200', shared_buffers: '128MB', ...settings },
  });
  const address = { socketFolder: cluster.socketFolder, dataFolder: cluster.dataFolder, password };
  const admin = connect(address, 'postgres', adminUser);
  await prepareEmbedded(admin, template, {
    owner: password,
    app: password,
    probe: password,
    replication: password,
  });
  await admin.close();
  const owner = connect(address, template, roleNames.owner);
  await migrate(owner, rooms, { app: roleNames.app, probe: roleNames.probe });
  await owner.close();
  return {
    address,
    async stop() {
      await cluster.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

export function connection({ socketFolder, password }: ClusterAddress, database: string, user: string) {
  return { host: socketFolder, user, password, database };
}

export function connect(address: ClusterAddress, database: string, user: string, connections = 2): Database {
  return openDatabase({ connection: connection(address, database, user), connections, application: 'obhut test' });
}

export interface TestDatabase {
  readonly name: string;
  readonly app: Database;
  /** May do what the app may not: change append-only rows, as an attacker with the database would. */
  readonly owner: Database;
  drop(): Promise<void>;
}

/** A fresh migrated database. */
export async function createTestDatabase(address: ClusterAddress): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = connect(address, 'postgres', adminUser, 1);
  await admin.query(`create database ${name} template ${template} owner ${roleNames.owner}`);
  await admin.query(`grant connect on database ${name} to ${roleNames.app}, ${roleNames.probe}`);
  const app = connect(address, name, roleNames.app, 8);
  const owner = connect(address, name, roleNames.owner);
  return {
    name,
    app,
    owner,
    async drop() {
      await app.close();
      await owner.close();
      await admin.query(`drop database if exists ${name} with (force)`);
      await admin.close();
    },
  };
}
