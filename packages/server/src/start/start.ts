/** From settings to a listening server, and back in order. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type App, createApp } from '../app.ts';
import type { GenerationReason } from '../journal/never-fork.ts';
import { systemClock } from '../platform/clock/clock.ts';
import type { Settings } from '../platform/config/settings.ts';
import { asStartError, StartError } from '../platform/config/start-error.ts';
import { makePrivateFolder, replaceFile } from '../platform/files/durable.ts';
import { type Lock, lockFolder } from '../platform/files/lock.ts';
import { loadRootKey } from '../platform/secrets/root-key.ts';
import { createSecretStore } from '../platform/secrets/secrets.ts';
import { countPlaces, placesOf } from '../platform/sites/places.ts';
import { lacksForRestore } from '../practices/recovery/alone.ts';
import type { Drills } from '../practices/recovery/drill/drills.ts';
import { lastRehearsal } from '../practices/recovery/store.ts';
import type { StartFacts, Warning } from './banner.ts';
import { builtConsole } from './console-build.ts';
import { consoleRoutes } from './console-routes.ts';
import { type OpenedDatabase, openObhutDatabase } from './database.ts';
import { openDrills } from './drills.ts';
import { outermost } from './folders.ts';
import { machineChecks } from './machine-checks.ts';
import { type MachineSocket, openMachineSocket } from './machine-socket.ts';
import { inspectMedium } from './medium.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createPruning } from './pruning.ts';
import { backupKeyName, openRecovery } from './recovery.ts';
import { createRehearsals } from './rehearsal.ts';
import { openSites, siteSettings } from './sites.ts';
import { digestOfSources } from './source-digest.ts';
import { createWatch } from './watch.ts';

export const version = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
).version;

export interface StartOptions {
  readonly newGeneration?: GenerationReason;
  /** Nothing is measured: for commands that only look. */
  readonly probes?: false;
  /** Reads the settings anew, for a preview of the page. @throws StartError */
  readonly settingsNow?: () => Settings;
}

export interface Running {
  readonly app: App;
  readonly facts: StartFacts;
  /** Stops taking requests, finishes what is under way, signs, closes the database. */
  stop(): Promise<void>;
}

/** @throws StartError for everything that the operator can mend. */
export async function start(settings: Settings, options: StartOptions = {}): Promise<Running> {
  /** What has been opened so far, closed in the opposite order: also when the start fails half-way. */
  const closers: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return await startInOrder(settings, options, closers, stop);
  } catch (error) {
    await stop().catch(() => undefined);
    throw asStartError(error, settings.data);
  }
}

async function startInOrder(
  settings: Settings,
  options: StartOptions,
  closers: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Running> {
  const { data } = settings;
  // PostgreSQL may run as another user, so the folder itself lets pass; what is secret in it is closed.
  await mkdir(data, { recursive: true, mode: 0o711 });
  const lock: Lock = await lockFolder(join(data, 'lock'), data);
  closers.push(lock.release);

  await removeLeftSocket(join(data, 'runtime.json'));

  const keys = join(data, 'keys');
  await makePrivateFolder(keys);
  const rootKey = await loadRootKey(settings.rootKey, keys);
  const secrets = await createSecretStore(rootKey, join(keys, 'secrets'));
  const sites = await openSites(settings);
  const folders = [data, ...siteSettings(settings).flatMap(({ path }) => path ?? [])];
  const opened: OpenedDatabase = await openObhutDatabase(settings, secrets, version);
  closers.push(opened.close);

  const node = (await secrets.get('node-name', () => Buffer.from(randomUUID()))).toString();
  const url = settings.url?.replace(/\/$/, '') ?? `${settings.tls ? 'https' : 'http'}://localhost:${settings.port}`;
  const app = await createApp({
    settings,
    version,
    program: `${version}+${(await digestOfSources('server/src', 'proof/src')).slice(0, 16)}`,
    clock: systemClock,
    database: opened.database,
    flushDatabase: opened.flushDatabase,
    readDatabase: opened.readDatabase,
    probeDatabase: opened.probeDatabase,
    rootKey,
    secrets,
    sites,
    node,
    host: new URL(url).host,
    files: opened.kind === 'embedded' ? outermost([opened.description.where, ...folders]) : [],
    ...(options.newGeneration !== undefined && { newGeneration: options.newGeneration }),
    ...(options.settingsNow !== undefined && { settingsNow: options.settingsNow }),
  });
  closers.push(app.close);

  const consoleFolder = await builtConsole(join(data, 'cache'));
  if (consoleFolder !== undefined) app.page.useAssets(await consoleRoutes(app.server, consoleFolder, settings.form));

  const watch = createWatch({
    database: opened.database,
    journal: app.journal,
    folders,
  });
  await watch.look();
  app.alerts.add(machineChecks({ diskUsed: watch.diskUsed, certificate: settings.tls?.cert, clock: systemClock }));
  // Before anybody uploads: what an upload that was cut off left behind has no key that lives.
  await app.custody.files.sweep();
  watch.start();
  closers.push(async () => watch.stop());

  const pruning = createPruning({
    journal: app.journal,
    asOwner: opened.asOwner,
    clock: systemClock,
    years: settings.journal,
    done: () => app.alerts.jobs.done('pruning'),
    failed: () => app.server.log.error('entries that are over could not be removed; tried again tomorrow'),
  });
  app.alerts.jobs.expect('pruning', 86_400_000);
  pruning.start();
  closers.push(pruning.stop);

  const backups = await openRecovery({
    settings,
    opened,
    sites,
    secrets,
    rootKey,
    node,
    version,
    alarm: (code) =>
      code === 'backup_delete_denied'
        ? app.server.log.warn('backup: a site does not let its writer delete; its own rule removes what is too old')
        : app.server.log.error(`backup: ${code}`),
    ...(options.newGeneration !== undefined && { restored: true }),
  });
  const backupKey = await secrets.key(backupKeyName);
  let drills: Drills | undefined;
  if (backups !== undefined) {
    closers.push(backups.stop);
    app.alerts.add(backups.checks);
    drills = await openDrills({ app, settings, opened, sites, secrets, rootKey, backupKey, node, backups });
    if (drills !== undefined) closers.push(drills.stop);
  }

  const metrics: Metrics = createMetrics(app, watch, drills?.figures);
  const metricsUrl = await listening(metrics.listen(settings.metricsPort), settings.metricsPort, 'OBHUT_METRICS_PORT');
  closers.push(metrics.close);
  await listening(app.server.listen({ host: settings.host, port: settings.port }), settings.port, 'OBHUT_PORT');
  // Its probes ask this server: it has to be whole.
  if (options.probes !== false) {
    app.alerts.jobs.expect('probes', 1_200_000);
    app.page.start();
    app.sourceBackups.start();
    backups?.start();
  }
  const ownUrl = settings.port === 0 && settings.url === undefined ? boundUrl(app) : url;

  const machine: MachineSocket = await openMachineSocket(
    app,
    ownUrl,
    systemClock,
    settings.limits.requestsPerSecond,
    createRehearsals({
      app,
      database: opened.database,
      clock: systemClock,
      rootKey,
      backupKey,
    }),
    drills,
  );
  closers.push(machine.close);
  const runtime = join(data, 'runtime.json');
  await replaceFile(
    runtime,
    Buffer.from(`${JSON.stringify({ pid: process.pid, url: ownUrl, adminSocket: machine.path })}\n`),
  );
  closers.push(() => unlink(runtime).catch(() => undefined));

  const safes = sites.filter(({ purposes }) => purposes.includes('safe'));
  const warnings: Warning[] = [
    ...(sites.length === 1 ? (['one-site'] as const) : []),
    ...(sites.length > 1 && countPlaces(await placesOf(sites), sites) < 2 ? (['one-place'] as const) : []),
    ...(settings.sites === undefined ? (['country-assumed'] as const) : []),
    ...(opened.fewRoles ? (['few-roles'] as const) : []),
    ...(backups !== undefined && (await lastRehearsal(opened.database)) === undefined
      ? (['kit-not-rehearsed'] as const)
      : []),
    ...inspectMedium(safes.map((site) => site.folder('safe'))),
  ];
  const facts: StartFacts = {
    version,
    operator: settings.operator,
    database: { ...opened.description, embedded: opened.kind === 'embedded' },
    safes: safes.map((site) => site.folder('safe')),
    sites: await Promise.all(
      sites.map(async (site) => ({
        name: site.name,
        country: site.country,
        where: site.where,
        lacks: await lacksForRestore(site, safes.length),
      })),
    ),
    url: ownUrl,
    metricsUrl,
    hasTokens: (await app.tokens.list()).length > 0,
    firstOwnerLink: await firstOwnerLink(app, opened, ownUrl),
    warnings,
  };
  return { app, facts, stop };
}

/** While nobody is there: a link for the first one. A new one at each start; the one before is void. */
async function firstOwnerLink(
  { identity }: App,
  { database }: OpenedDatabase,
  url: string,
): Promise<string | undefined> {
  if ((await identity.accounts.list('staff')).length > 0) return undefined;
  return `${url}/start#${(await identity.links.make(database, 'first-owner', undefined)).secret}`;
}

/** A server that was killed could not remove the folder of its machine socket. */
async function removeLeftSocket(runtime: string): Promise<void> {
  const text = await readFile(runtime, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const { adminSocket } = JSON.parse(text) as { readonly adminSocket: string };
  // Only what has the form that we give it is ours to remove.
  if (dirname(adminSocket).startsWith(join(tmpdir(), 'obhut-')))
    await rm(dirname(adminSocket), { recursive: true, force: true });
  await unlink(runtime);
}

function boundUrl(app: App): string {
  const address = app.server.server.address();
  return `http://localhost:${typeof address === 'object' ? address?.port : ''}`;
}

async function listening<Result>(work: Promise<Result>, port: number, variable: string): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new StartError(
        'port_in_use',
        `Port ${port} is in use.`,
        `Stop what uses it, or set ${variable} to another port.`,
      );
    if (code === 'EACCES')
      throw new StartError(
        'port_in_use',
        `Port ${port} may not be used by this user.`,
        `Set ${variable} to one above 1023.`,
      );
    throw error;
  }
}
