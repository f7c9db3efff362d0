/**
 * The server under measurement, in a process of its own: Obhut as it is, and beside it the baseline routes on the same
 * listener with the same token check. Prints one JSON line when it is ready and answers commands on its standard input.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type App, createApp } from '../../packages/server/src/app.ts';
import { actions } from '../../packages/server/src/identity/tokens.ts';
import { systemClock } from '../../packages/server/src/platform/clock/clock.ts';
import { loadSettings } from '../../packages/server/src/platform/config/load.ts';
import { openDatabase } from '../../packages/server/src/platform/database/database.ts';
import { adminUser } from '../../packages/server/src/platform/database/embedded.ts';
import { openPipeline } from '../../packages/server/src/platform/database/pipeline.ts';
import { roleNames } from '../../packages/server/src/platform/database/roles.ts';
import { makePrivateFolder } from '../../packages/server/src/platform/files/durable.ts';
import { loadRootKey } from '../../packages/server/src/platform/secrets/root-key.ts';
import { createSecretStore } from '../../packages/server/src/platform/secrets/secrets.ts';
import { openSites } from '../../packages/server/src/start/sites.ts';
import {
  connect,
  connection,
  createTestDatabase,
  startTestCluster,
} from '../../packages/server/src/testing/cluster.ts';
import { baselineRoutes, baselineSchema } from './baseline.ts';
import { createCommands } from './commands.ts';

const data = await mkdtemp(join(process.env.OBHUT_BENCH_DIR ?? tmpdir(), 'obhut-bench-'));
const settings = loadSettings({ OBHUT_DATA: data, OBHUT_LOG: 'silent' }, data);
const cluster = await startTestCluster();
const database = await createTestDatabase(cluster.address);
for (const statement of baselineSchema) await database.owner.query(statement);
const flushDatabase = openPipeline({
  connection: connection(cluster.address, database.name, roleNames.app),
  application: 'obhut journal',
  statementTimeoutMs: 0,
});
const readDatabase = openPipeline({
  connection: connection(cluster.address, database.name, roleNames.app),
  application: 'obhut read',
});

const keys = join(data, 'keys');
await makePrivateFolder(keys);
const rootKey = await loadRootKey('file', keys);
/** One of the servers of the installation: they share database, sites and keys. */
const appOf = async (node: string) =>
  createApp({
    settings: { ...settings, keyCacheEntries: Number(process.env.OBHUT_BENCH_CACHE ?? 400_000) },
    version: '0.0.0',
    clock: systemClock,
    database: database.app,
    flushDatabase,
    readDatabase,
    probeDatabase: openDatabase({
      connection: connection(cluster.address, database.name, roleNames.probe),
      connections: 2,
      application: 'obhut probe',
      readOnly: true,
    }),
    probeEveryMs: 0,
    files: [cluster.address.dataFolder, data],
    rootKey,
    secrets: await createSecretStore(rootKey, join(keys, 'secrets')),
    sites: await openSites(settings),
    node,
    host: 'bench.example',
  });
const app = await appOf('bench');
let second: Promise<App> | undefined;
baselineRoutes(app.server, database.app);
await app.server.listen({ host: '127.0.0.1', port: 0 });
const address = app.server.server.address();
const { text: token } = await app.office.issue(
  {
    name: 'bench',
    customer: undefined,
    madeBy: undefined,
    actions: [...actions],
    requestsPerSecond: 1_000_000,
    expiresAt: new Date(Date.now() + 3_600_000),
  },
  { kind: 'system', id: 'machine' },
);

const admin = connect(cluster.address, database.name, adminUser, 1);
const commands = createCommands({
  app,
  database: database.app,
  owner: database.owner,
  admin,
  data,
  secondApp: () => (second ??= appOf('bench-2')),
});
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
say({ port: typeof address === 'object' ? address?.port : 0, token });
for await (const line of createInterface({ input: process.stdin })) {
  const { command, argument } = JSON.parse(line) as { command: string; argument: Record<string, never> };
  if (command === 'stop') break;
  const work = commands[command];
  say(work === undefined ? { error: `no command ${command}` } : ((await work(argument)) ?? null));
}
await (await second)?.close();
await app.close();
await admin.close();
await flushDatabase.close();
await readDatabase.close();
await database.drop();
await cluster.stop();
await rm(data, { recursive: true, force: true });
// Standard input is still open and would keep the process.
process.exit(0);
