/**
 * A server in a process of its own that is killed at a step of what it does (SIGKILL: nobody gets to say goodbye). Takes
 * its orders as JSON on standard input, and prints the answer's status where it outlives the work.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { App } from '../app.ts';
import { systemClock } from '../platform/clock/clock.ts';
import type { SiteSettings } from '../platform/config/settings.ts';
import { SecretKey } from '../platform/crypto/key.ts';
import { roleNames } from '../platform/database/roles.ts';
import type { TestApp } from './app.ts';
import { goAway } from './away.ts';
import { type ClusterAddress, connect } from './cluster.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { createHttp } from './http.ts';
import { startServer, testSites } from './server.ts';
import { testSettings } from './settings.ts';

/** What it does: a request, and perhaps background work. */
export interface Deed {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Background work that the request asked for (its steps count on), or that follows it (only its steps count). */
  readonly afterwards?: 'backfill' | 'integrate';
}

export interface MortalOrders {
  readonly cluster: ClusterAddress;
  readonly database: string;
  readonly folder: string;
  readonly rootKey: string;
  readonly token: string;
  /** `erasures`: orders that are due are carried out, and the epoch of keys is rolled over. */
  readonly deed: Deed | 'erasures';
  /** The statement of the deed, from 0, before or after which it dies. */
  readonly step: number;
  readonly fault: Fault;
  readonly sites?: readonly SiteSettings[];
  /** Names of sites that are not there meanwhile. */
  readonly away?: readonly string[];
}

/** The world of a test's own server, for one that dies in it. */
export const worldOf = (
  test: Pick<TestApp, 'database' | 'folder' | 'rootKey' | 'token'>,
  cluster: ClusterAddress,
): Pick<MortalOrders, 'cluster' | 'database' | 'folder' | 'rootKey' | 'token'> => ({
  cluster,
  database: test.database.name,
  folder: test.folder,
  rootKey: SecretKey.bytesOf(test.rootKey).toString('hex'),
  token: test.token.text,
});

/** @returns `killed` where it died at the step; else it had fewer steps, and this is its answer's status. */
export async function sendToDie(orders: MortalOrders): Promise<'killed' | number> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(orders));
  const [said, complained, signal] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_code, by) => resolve(by))),
  ]);
  if (signal === 'SIGKILL') return 'killed';
  if (!/^\d+$/.test(said)) throw new Error(`the mortal server failed: ${complained}`);
  return Number(said);
}

async function live(orders: MortalOrders): Promise<number> {
  const faults = createFaults(async () => {
    process.kill(process.pid, 'SIGKILL');
    // The signal arrives while this waits.
    await new Promise(() => setInterval(() => undefined, 1_000));
  });
  const settings = testSettings({ ...(orders.sites !== undefined && { sites: [...orders.sites] }) });
  const sites = await testSites(settings, orders.folder);
  for (const site of sites) if (orders.away?.includes(site.name)) goAway(site);
  const { app, close } = await startServer({
    cluster: orders.cluster,
    database: { name: orders.database, app: connect(orders.cluster, orders.database, roleNames.app, 8) },
    folder: orders.folder,
    settings,
    clock: systemClock,
    rootKey: SecretKey.from(Buffer.from(orders.rootKey, 'hex')),
    sites,
    node: 'mortal',
    wrap: faults.wrap,
    files: [],
  });
  // Its own rhythm would come to the step first.
  await app.journal.integrator.stop();
  const status = await act(app, orders, faults);
  // A statement of its background work may be the one that counts, and still be on its way.
  await faults.settled();
  faults.disarm();
  await close();
  return status;
}

async function act(app: App, { deed, step, fault, token }: MortalOrders, faults: Faults): Promise<number> {
  if (deed === 'erasures') {
    await app.keyring.nodes.stop();
    faults.arm(step, fault);
    await app.erasures.tick();
    await app.erasures.rollOver();
    return 200;
  }
  const { method, url, afterwards, ...options } = deed;
  if (afterwards !== 'integrate') faults.arm(step, fault);
  const { status } = await createHttp(() => app.server, token).call(method, url, options);
  if (afterwards === 'backfill') await app.custody.backfill.run();
  if (afterwards === 'integrate') {
    faults.arm(step, fault);
    await app.journal.integrator.round();
  }
  return status;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(String(await live(JSON.parse(await text(process.stdin)) as MortalOrders)));
  process.exit(0);
}
