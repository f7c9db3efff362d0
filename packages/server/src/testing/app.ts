/** A whole Obhut for one test: a database, sites and a root key of its own, one or several servers over them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from '../app.ts';
import { type Action, actions } from '../identity/tokens.ts';
import type { GenerationReason } from '../journal/never-fork.ts';
import { type Clock, systemClock } from '../platform/clock/clock.ts';
import type { Settings } from '../platform/config/settings.ts';
import { SecretKey } from '../platform/crypto/key.ts';
import type { Database } from '../platform/database/database.ts';
import type { CustomerId, TokenId } from '../platform/ids/ids.ts';
import type { Site } from '../platform/sites/site.ts';
import { type ClusterAddress, createTestDatabase, type TestDatabase } from './cluster.ts';
import { createHttp, type Http } from './http.ts';
import { type RunningServer, startServer, testSites } from './server.ts';
import { testSettings } from './settings.ts';

export interface TestAppOptions {
  readonly cluster: ClusterAddress;
  /** As they would be read anew. */
  readonly settingsNow?: () => Settings;
  readonly settings?: Partial<Settings>;
  readonly clock?: Clock;
  /** Searched for values that were planted. */
  readonly files?: readonly string[];
  /** How many servers share the database and the sites; 1 when absent. */
  readonly nodes?: number;
  /** Puts something between the servers and their sites (faults, a recorder). */
  readonly wrapSite?: (site: Site) => Site;
  /** Puts something between the servers and their databases (faults). */
  readonly wrap?: (database: Database, which: 'pool' | 'flush') => Database;
}

export interface IssuedToken {
  readonly id: TokenId;
  readonly text: string;
}

export interface TokenWish {
  readonly customer?: string;
  readonly actions?: readonly Action[];
  readonly requestsPerSecond?: number;
  readonly expiresAt?: Date;
}

export interface TestApp {
  /** The first server. */
  readonly app: App;
  readonly apps: readonly App[];
  readonly database: TestDatabase;
  readonly folder: string;
  readonly sites: readonly Site[];
  readonly rootKey: SecretKey;
  /** For every customer and every action. */
  readonly token: IssuedToken;
  /** Calls the first server with that token. */
  readonly http: Http;
  /** Calls the server of this number. */
  httpOf(node: number): Http;
  issue(wish?: TokenWish): Promise<IssuedToken>;
  /** Another server over the same database and sites. @param newGeneration as after a restore. */
  start(node: string, newGeneration?: GenerationReason): Promise<App>;
  close(): Promise<void>;
}

const dayMs = 86_400_000;

export async function createTestApp(options: TestAppOptions): Promise<TestApp> {
  const { cluster, clock = systemClock, wrap = (database) => database } = options;
  const folder = await mkdtemp(join(tmpdir(), 'obhut-app-'));
  const settings = testSettings(options.settings);
  const database = await createTestDatabase(cluster);
  const rootKey = SecretKey.generate();
  const sites = (await testSites(settings, folder)).map((site) => options.wrapSite?.(site) ?? site);
  const apps: App[] = [];
  const servers: RunningServer[] = [];

  async function start(node: string, newGeneration?: GenerationReason): Promise<App> {
    const server = await startServer({
      cluster,
      database,
      folder,
      settings,
      ...(options.settingsNow !== undefined && { settingsNow: options.settingsNow }),
      clock,
      rootKey,
      sites,
      node,
      wrap,
      files: options.files ?? [],
      ...(newGeneration !== undefined && { newGeneration }),
    });
    apps.push(server.app);
    servers.push(server);
    return server.app;
  }

  const app = await start('node-0');
  // A server that starts while the very first heads are being written would take them for lost.
  if ((options.nodes ?? 1) > 1) await app.journal.integrator.round();
  for (let node = 1; node < (options.nodes ?? 1); node += 1) await start(`node-${node}`);

  const issue = (wish: TokenWish = {}) =>
    app.office.issue(
      {
        name: 'test',
        customer: wish.customer as CustomerId | undefined,
        actions: wish.actions ?? actions,
        requestsPerSecond: wish.requestsPerSecond ?? 1_000_000,
        expiresAt: wish.expiresAt ?? new Date(clock.now().getTime() + 365 * dayMs),
        madeBy: undefined,
      },
      { kind: 'system', id: 'machine' },
    );
  const token = await issue();
  const httpOf = (node: number) => createHttp(() => apps[node]?.server ?? app.server, token.text);

  return {
    app,
    apps,
    database,
    folder,
    sites,
    rootKey,
    token,
    http: httpOf(0),
    httpOf,
    issue,
    start,
    async close() {
      for (const server of servers) await server.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
