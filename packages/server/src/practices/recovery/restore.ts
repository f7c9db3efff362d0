/**
 * From a site and the backup key to a PostgreSQL that runs: which backup, which log, how far. First a plan that changes
 * nothing, then the deed, into a folder that is empty.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { StartError } from '../../platform/config/start-error.ts';
import type { SecretKey } from '../../platform/crypto/key.ts';
import { manifestKeys } from '../../platform/crypto/pack.ts';
import { type EmbeddedCluster, placeOf, removeEmbedded, startEmbedded } from '../../platform/database/embedded.ts';
import { asLsn, formatLsn, type Lsn, parseLsn, segmentOf } from '../../platform/replication/lsn.ts';
import { readCatalogue, type SiteCatalogue } from '../../platform/repository/catalogue.ts';
import { BackupError } from '../../platform/repository/errors.ts';
import type { Manifest } from '../../platform/repository/manifest.ts';
import type { Packer } from '../../platform/repository/packer.ts';
import type { Damage } from '../../platform/repository/store.ts';
import {
  endedBeforeTarget,
  type RecoveryTarget,
  recoverySettings,
  signalRecovery,
  unpackBase,
  unpackWal,
} from '../../platform/repository/unpack.ts';
import { readWal, type WalRun, walRun } from '../../platform/repository/wal-archive.ts';
import type { Site } from '../../platform/sites/site.ts';

export interface RestorePlan {
  readonly manifest: Manifest;
  /** The log from the backup on, without a hole. */
  readonly run: WalRun;
  /** How far the database will be; `undefined`: as far as the log reaches. */
  readonly target: Date | undefined;
  /** Or the place in the log before which it stops. */
  readonly place: Lsn | undefined;
  /** The youngest moment of which something is stored. */
  readonly newest: Date;
  /** Sites with a manifest of it. */
  readonly sites: readonly string[];
  readonly damaged: readonly Damage[];
  /** Sites that could not be listed. */
  readonly away: readonly string[];
}

export interface PlanOptions {
  readonly sites: readonly Site[];
  readonly packer: Packer;
  readonly backupKey: SecretKey;
  /** Point in time; without it the newest. */
  readonly at?: Date;
  /** A place in the log instead of a time: everything before it, nothing behind it. */
  readonly place?: Lsn;
  /** One backup by its id; without it the newest that fits. */
  readonly backup?: string;
}

interface Listed {
  readonly catalogues: readonly SiteCatalogue[];
  readonly away: readonly string[];
}

async function listAll(sites: readonly Site[], backupKey: SecretKey): Promise<Listed> {
  const { verifying } = manifestKeys(backupKey);
  const read = await Promise.all(sites.map((site) => readCatalogue(site, verifying).catch(() => site.name)));
  return {
    catalogues: read.filter((one) => typeof one !== 'string'),
    away: read.filter((one) => typeof one === 'string'),
  };
}

/** @throws BackupError when there is none that fits, or the log does not reach so far. */
export async function planRestore({ sites, packer, backupKey, at, place, backup }: PlanOptions): Promise<RestorePlan> {
  const { catalogues, away } = await listAll(sites, backupKey);
  const all = new Map(
    catalogues.flatMap(({ backups }) => backups.map(({ manifest }) => [manifest.backup, manifest] as const)),
  );
  const fitting = [...all.values()]
    .filter((one) => backup === undefined || one.backup === backup)
    // What was changed while the copy ran is only whole at its end.
    .filter((one) => at === undefined || Date.parse(one.endedAt) <= at.getTime())
    .filter((one) => place === undefined || parseLsn(one.endLsn) <= place)
    .sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  const manifest = fitting.at(-1);
  if (manifest === undefined) {
    const newer = catalogues.some((one) => one.newer.length > 0);
    const why = newer ? 'backups that lie there were made by a newer Obhut' : 'there is no backup that fits';
    throw new BackupError('backup_missing', why);
  }
  // One that is being written just now has its first manifest and not yet its second: no damage of what is restored.
  const later = place === undefined ? [] : [...all.values()].filter((one) => parseLsn(one.endLsn) > place);
  const names = new Set(catalogues.flatMap((one) => one.names));
  const found = walRun(names, manifest, segmentOf(parseLsn(manifest.startLsn), manifest.segmentBytes));
  const reaches = found.end >= parseLsn(manifest.endLsn);
  // The copy brings what it needs of the log itself; a run that ends before it adds nothing.
  const run = reaches ? found : { parts: [], end: parseLsn(manifest.endLsn) };
  const last = run.parts.at(-1);
  const newest =
    last === undefined ? new Date(manifest.endedAt) : (await readWal({ packer, sites }, manifest, last)).sentAt;
  if (at !== undefined && at > newest)
    throw new BackupError('backup_log_missing', `what is stored ends at ${newest.toISOString()}`);
  // It stops at the first record behind the place: there has to be one.
  if (place !== undefined && run.end <= place)
    throw new BackupError('backup_log_missing', `what is stored ends at ${formatLsn(asLsn(run.end))}`);
  return {
    manifest,
    run,
    target: at,
    place,
    newest,
    sites: catalogues.flatMap(({ site, backups }) =>
      backups.some((one) => one.manifest.backup === manifest.backup) ? [site.name] : [],
    ),
    damaged: catalogues
      .flatMap((one) => one.damaged)
      .filter(({ name }) => !later.some((one) => name.includes(one.backup))),
    away,
  };
}

/** In their order; a test stops at each. */
export const restoreSteps = ['unpack', 'log', 'replay', 'running'] as const;
export type RestoreStep = (typeof restoreSteps)[number];

export interface RestoreOptions {
  readonly plan: RestorePlan;
  readonly packer: Packer;
  readonly sites: readonly Site[];
  /** The data folder; the cluster goes to `folder` in it, or where PostgreSQL's user can go. */
  readonly data: string;
  readonly folder: string;
  /** For a cluster that runs beside the one that serves: a log of its own, and small. */
  readonly log?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly damaged: (damage: Damage) => void;
  readonly progress?: (doneBytes: number, totalBytes: number) => void;
  readonly reached?: (step: RestoreStep) => Promise<void>;
}

/** pg_ctl comes back while the log is still being replayed. The eighth line of postmaster.pid says how far it is. */
async function untilReady(dataFolder: string): Promise<boolean> {
  for (;;) {
    const text = await readFile(join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => undefined);
    if (text === undefined) return false;
    if (text.split('\n')[7]?.trim() === 'ready') return true;
    await setTimeout(50);
  }
}

const logAttempts = 3;

/**
 * Where the database that was backed up goes on meanwhile, the parts of a segment go once it lies there whole: what is not
 * there any more is looked for anew.
 */
async function unpackLog(options: Parameters<typeof unpackWal>[0], { manifest, run }: RestorePlan): Promise<void> {
  const first = segmentOf(parseLsn(manifest.startLsn), manifest.segmentBytes);
  for (let attempt = 1, found = run; ; attempt += 1)
    try {
      await unpackWal(options, found);
      return;
    } catch (error) {
      if (!(error instanceof BackupError) || attempt === logAttempts) throw error;
      const lists = await Promise.all(
        options.sites.map((site) => site.list('backups').catch((): readonly string[] => [])),
      );
      const now = walRun(new Set(lists.flat()), manifest, first);
      // Less than was planned would be an older state that nobody asked for.
      if (now.end < run.end) throw error;
      found = now;
    }
}

/** A large log is replayed for long; PostgreSQL itself says when it cannot go on. */
const replaySeconds = 24 * 3_600;

/**
 * Unpacks and replays. What an attempt before left in the folder is removed first.
 * @returns the running cluster: promoted, on a timeline of its own. @throws BackupError, StartError
 */
export async function restoreCluster(options: RestoreOptions): Promise<EmbeddedCluster> {
  const { plan, data, folder, reached = async () => undefined } = options;
  const { home, user } = await placeOf(data);
  const at = join(home, folder);
  // Also a PostgreSQL of an attempt that was killed: it may still run.
  await removeEmbedded(data, folder);
  const unpack = { ...options, manifest: plan.manifest, folder: at, user };
  await reached('unpack');
  await unpackBase(unpack);
  await reached('log');
  await unpackLog(unpack, plan);
  await signalRecovery(at, user);
  await reached('replay');
  /** @returns `undefined` where PostgreSQL ended by itself before it was up. */
  async function startAt(target: RecoveryTarget): Promise<EmbeddedCluster | undefined> {
    const cluster = await startEmbedded({
      data,
      folder,
      adminPassword: '',
      settings: { ...options.settings, ...recoverySettings(target) },
      ...(options.log !== undefined && { log: options.log }),
      startSeconds: replaySeconds,
    });
    if (await untilReady(cluster.dataFolder)) return cluster;
    await cluster.stop();
    return undefined;
  }
  const log = join(home, options.log ?? 'postgres.log');
  let cluster = await startAt(plan.target ?? plan.place);
  // Nothing was committed between the target and the end of the log: with all of it, it is where it should be.
  if (cluster === undefined && plan.target !== undefined && (await endedBeforeTarget(log)))
    cluster = await startAt(undefined);
  if (cluster === undefined)
    throw new StartError(
      'database_broken',
      'PostgreSQL could not replay the log of the backup.',
      `The whole story is in ${log}.`,
    );
  await reached('running');
  return cluster;
}
