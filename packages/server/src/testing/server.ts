/** A server over a database, sites and a root key that are there: one of several, or one in a process of its own. */
import { join } from 'node:path';
import { type App, createApp } from '../app.ts';
import type { GenerationReason } from '../journal/never-fork.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Settings, SiteSettings } from '../platform/config/settings.ts';
import type { SecretKey } from '../platform/crypto/key.ts';
import type { Database } from '../platform/database/database.ts';
import { openPipeline } from '../platform/database/pipeline.ts';
import { roleNames } from '../platform/database/roles.ts';
import { createSecretStore } from '../platform/secrets/secrets.ts';
import { createFolderSite, type Site } from '../platform/sites/site.ts';
import { type ClusterAddress, connect, connection, type TestDatabase } from './cluster.ts';

export interface ServerOptions {
  readonly cluster: ClusterAddress;
  readonly database: Pick<TestDatabase, 'name' | 'app'>;
  readonly folder: string;
  readonly settings: Settings;
  readonly settingsNow?: () => Settings;
  readonly clock: Clock;
  readonly rootKey: SecretKey;
  readonly sites: readonly Site[];
  readonly node: string;
  readonly wrap: (database: Database, which: 'pool' | 'flush') => Database;
  readonly files: readonly string[];
  readonly newGeneration?: GenerationReason;
}

export interface RunningServer {
  readonly app: App;
  close(): Promise<void>;
}

/** Two folders, one of them a safe. */
const defaultSites = (folder: string): readonly SiteSettings[] => [
  { name: 'a', path: join(folder, 'a'), country: 'DE', purposes: ['objects', 'safe', 'ledger', 'heads', 'backups'] },
  { name: 'b', path: join(folder, 'b'), country: 'DE', purposes: ['objects', 'ledger', 'heads', 'backups'] },
];

export function testSites(settings: Settings, folder: string): Promise<readonly Site[]> {
  return Promise.all(
    (settings.sites ?? defaultSites(folder)).map((site) => createFolderSite(site, settings.allowedCountries)),
  );
}

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { cluster, database, rootKey, wrap, newGeneration } = options;
  const flushDatabase = openPipeline({
    connection: connection(cluster, database.name, roleNames.app),
    application: 'obhut test flush',
    statementTimeoutMs: 0,
  });
  const readDatabase = openPipeline({
    connection: connection(cluster, database.name, roleNames.app),
    application: 'obhut test read',
  });
  const probeDatabase = connect(cluster, database.name, roleNames.probe);
  const app = await createApp({
    settings: options.settings,
    ...(options.settingsNow !== undefined && { settingsNow: options.settingsNow }),
    version: '0.0.0-test',
    clock: options.clock,
    database: wrap(database.app, 'pool'),
    flushDatabase: wrap(flushDatabase, 'flush'),
    readDatabase: wrap(readDatabase, 'pool'),
    probeDatabase,
    // Where a test is about probes it runs them itself.
    probeEveryMs: 0,
    // And where one is about alarms.
    alarmsByThemselves: false,
    files: options.files,
    rootKey,
    secrets: await createSecretStore(rootKey, join(options.folder, 'secrets')),
    sites: options.sites,
    node: options.node,
    host: 'obhut.example',
    ...(newGeneration !== undefined && { newGeneration }),
    integrateEveryMs: 50,
    anchorEveryMs: 100,
    beatEveryMs: 50,
    graceMs: 0,
    // Tests carry orders out themselves.
    erasureEveryMs: 0,
  });
  return {
    app,
    async close() {
      await app.close();
      for (const pool of [flushDatabase, readDatabase, probeDatabase]) await pool.close();
    },
  };
}
