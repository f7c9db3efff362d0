/**
 * From a site and the backup key to a PostgreSQL that runs: which backup, which log, how far. First a plan that changes
 * nothing, then the deed, into a folder that is empty.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { StartError } from '../../platform/config/start-error.ts';
import type { SecretKey } from '../../platform/crypto/key.ts';
import { manifestKeys } from '../../platform/crypto/pack.ts';
import { type EmbeddedCluster, placeOf, startEmbedded } from '../../platform/database/embedded.ts';
import { parseLsn, segmentOf } from '../../platform/replication/lsn.ts';
import { readCatalogue, type SiteCatalogue } from '../../platform/repository/catalogue.ts';
import { BackupError } from '../../platform/repository/errors.ts';
import type { Manifest } from '../../platform/repository/manifest.ts';
import type { Packer } from '../../platform/repository/packer.ts';
import type { Damage } from '../../platform/repository/store.ts';
import {
  endedBeforeTarget,
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
export async function planRestore({ sites, packer, backupKey, at, backup }: PlanOptions): Promise<RestorePlan> {
  const { catalogues, away } = await listAll(sites, backupKey);
  const all = new Map(
    catalogues.flatMap(({ backups }) => backups.map(({ manifest }) => [manifest.backup, manifest] as const)),
  );
  const fitting = [...all.values()]
    .filter((one) => backup === undefined || one.backup === backup)
    // What was changed while the copy ran is only whole at its end.
    .filter((one) => at === undefined || Date.parse(one.endedAt) <= at.getTime())
    .sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  const manifest = fitting.at(-1);
  if (manifest === undefined) {
    const newer = catalogues.some((one) => one.newer.length > 0);
    const why = newer ? 'backups that lie there were made by a newer Obhut' : 'there is no backup that fits';
    throw new BackupError('backup_missing', why);
  }
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
  return {
    manifest,
    run,
    target: at,
    newest,
    sites: catalogues.flatMap(({ site, backups }) =>
      backups.some((one) => one.manifest.backup === manifest.backup) ? [site.name] : [],
    ),
    damaged: catalogues.flatMap((one) => one.damaged),
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
  await rm(at, { recursive: true, force: true });
  const unpack = { ...options, manifest: plan.manifest, folder: at, user };
  await reached('unpack');
  await unpackBase(unpack);
  await reached('log');
  await unpackWal(unpack, plan.run);
  await signalRecovery(at, user);
  await reached('replay');
  /** @returns `undefined` where PostgreSQL ended by itself before it was up. */
  async function startAt(target: Date | undefined): Promise<EmbeddedCluster | undefined> {
    const cluster = await startEmbedded({
      data,
      folder,
      adminPassword: '',
      settings: recoverySettings(target),
      startSeconds: replaySeconds,
    });
    if (await untilReady(cluster.dataFolder)) return cluster;
    await cluster.stop();
    return undefined;
  }
  const log = join(home, 'postgres.log');
  let cluster = await startAt(plan.target);
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
