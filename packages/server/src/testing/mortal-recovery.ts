/**
 * A backup of the night, a restore or a drill in a process of its own, that is killed at a step (SIGKILL). Takes its orders as
 * JSON on standard input, and prints `lived` where it outlives the work.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../platform/clock/clock.ts';
import { systemClock } from '../platform/clock/clock.ts';
import { SecretKey } from '../platform/crypto/key.ts';
import type { Database } from '../platform/database/database.ts';
import { adminUser } from '../platform/database/embedded.ts';
import { replicationRole, roleNames } from '../platform/database/roles.ts';
import { openReplication } from '../platform/replication/replication.ts';
import { createPacker } from '../platform/repository/packer.ts';
import { createSecretStore } from '../platform/secrets/secrets.ts';
import type { Site } from '../platform/sites/site.ts';
import { createCanaries } from '../practices/recovery/drill/canaries.ts';
import { createDrills, type Drills, type DrillsOptions } from '../practices/recovery/drill/drills.ts';
import { createRecovery, type Recovery, type RecoveryOptions } from '../practices/recovery/recovery.ts';
import { planRestore, restoreCluster } from '../practices/recovery/restore.ts';
import { rooms } from '../rooms.ts';
import type { TestApp } from './app.ts';
import { type ClusterAddress, connect } from './cluster.ts';
import { startServer, testSites } from './server.ts';
import { testSettings } from './settings.ts';

export interface RecoveryWorld {
  readonly cluster: ClusterAddress;
  readonly database: string;
  /** With the sites. */
  readonly folder: string;
  /** Where copies go. */
  readonly data: string;
  readonly rootKey: string;
  readonly backupKey: string;
  readonly lineage: string;
  /** How far its calendar is ahead. */
  readonly skewMs: number;
}

export interface RecoveryOrders extends RecoveryWorld {
  readonly deed: 'night' | 'restore' | 'drill';
  readonly step: string;
}

export const restoredFolder = 'postgres-restoring';
const settings = { hour: 2, keepDays: 9, keepAtLeast: 1 };
const keyOf = (hex: string) => SecretKey.from(Buffer.from(hex, 'hex'));
const clockOf = ({ skewMs }: RecoveryWorld): Clock => ({
  ...systemClock,
  now: () => new Date(systemClock.now().getTime() + skewMs),
});

type Parts = Pick<TestApp, 'app' | 'sites'> & { readonly database: Database };

export function recoveryOf(
  world: RecoveryWorld,
  { database, sites }: Pick<Parts, 'database' | 'sites'>,
  over: Partial<RecoveryOptions> = {},
): Recovery {
  const recovery = createRecovery({
    database,
    connect: () =>
      openReplication({
        host: world.cluster.socketFolder,
        port: 5432,
        user: replicationRole,
        password: world.cluster.password,
        application: 'obhut test backup',
      }),
    sites,
    lineage: world.lineage,
    backupKey: keyOf(world.backupKey),
    rootKey: keyOf(world.rootKey),
    secrets: async () => new Map(),
    settings,
    clock: clockOf(world),
    node: 'n',
    versions: { postgres: '18', obhut: 'test' },
    threads: 1,
    alarm: () => undefined,
    logEveryMs: 50,
    // It looks only where it is told to.
    lookEveryMs: 36_000_000,
    ...over,
  });
  recovery.start();
  return recovery;
}

export async function drillsOf(
  world: RecoveryWorld,
  { app, database, sites }: Parts,
  recovery: Recovery,
  over: Partial<DrillsOptions> = {},
): Promise<Drills> {
  const rootKey = keyOf(world.rootKey);
  const asOwner: DrillsOptions['asOwner'] = async (work) => {
    const owner = connect(world.cluster, world.database, roleNames.owner, 1);
    try {
      return await work(owner);
    } finally {
      await owner.close();
    }
  };
  return createDrills({
    data: world.data,
    settings,
    sites,
    lineage: world.lineage,
    backupKey: keyOf(world.backupKey),
    rootKey,
    secrets: await createSecretStore(rootKey, join(world.folder, 'secrets')),
    tables: rooms.flatMap(({ tables }) => tables),
    clock: clockOf(world),
    database,
    asOwner,
    openCopy: ({ socketFolder }) => connect({ ...world.cluster, socketFolder }, world.database, adminUser, 4),
    canaries: createCanaries({
      database,
      custody: app.custody,
      erasures: app.erasures,
      keyring: app.keyring,
      operator: app.customers.operator,
    }),
    operator: app.customers.operator,
    logStored: recovery.logStored,
    worstLossMs: () => recovery.log().worstLossMs,
    node: 'n',
    failed: () => undefined,
    momentMs: 0,
    ...over,
  });
}

/** Restores the newest into the data folder, as the command does; ends the cluster. */
export async function restoreOf(
  world: RecoveryWorld,
  sites: readonly Site[],
  reached?: (step: string) => Promise<void>,
): Promise<string> {
  const backupKey = keyOf(world.backupKey);
  const packer = createPacker(backupKey, 1);
  try {
    const plan = await planRestore({ sites, packer, backupKey });
    const { data } = world;
    const at = { sites, packer, plan, data, folder: restoredFolder, damaged: () => undefined };
    const cluster = await restoreCluster({ ...at, ...(reached !== undefined && { reached }) });
    await cluster.stop();
    return plan.manifest.backup;
  } finally {
    await packer.close();
  }
}

/** @returns whether it was killed; else the work has no such step. */
export async function killRecovery(orders: RecoveryOrders): Promise<boolean> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(orders));
  const [said, complained, signal] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_code, by) => resolve(by))),
  ]);
  if (signal === 'SIGKILL') return true;
  if (said !== 'lived') throw new Error(`the mortal one failed: ${said} ${complained}`);
  return false;
}

async function live(orders: RecoveryOrders): Promise<void> {
  const reached = async (step: string) => {
    if (step !== orders.step) return;
    process.kill(process.pid, 'SIGKILL');
    // The signal arrives while this waits.
    await new Promise(() => setInterval(() => undefined, 1_000));
  };
  const sites = await testSites(testSettings(), orders.folder);
  if (orders.deed === 'restore') {
    await restoreOf(orders, sites, reached);
    return;
  }
  const database = connect(orders.cluster, orders.database, roleNames.app, 8);
  if (orders.deed === 'night') {
    await recoveryOf(orders, { database, sites }, { reached }).look();
    return;
  }
  const { app } = await startServer({
    cluster: orders.cluster,
    database: { name: orders.database, app: database },
    folder: orders.folder,
    settings: testSettings(),
    clock: clockOf(orders),
    rootKey: keyOf(orders.rootKey),
    sites,
    node: 'mortal',
    wrap: (one) => one,
    files: [],
  });
  const recovery = recoveryOf(orders, { database, sites });
  await (await drillsOf(orders, { app, database, sites }, recovery, { reached })).ask('a');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const orders = JSON.parse(await text(process.stdin)) as RecoveryOrders;
  await live(orders);
  process.stdout.write('lived', () => process.exit(0));
}
