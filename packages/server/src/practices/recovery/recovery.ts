/**
 * Each night: a backup, then at each site by itself: what it missed is brought from another, all is read back, what is too old
 * goes. The log is carried all the time. State stands in PostgreSQL; what counts lies at the sites.
 */
import type { Finding } from '../../alerts/alarm.ts';
import type { Check } from '../../alerts/checks.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Settings } from '../../platform/config/settings.ts';
import type { SecretKey } from '../../platform/crypto/key.ts';
import { manifestKeys } from '../../platform/crypto/pack.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Lsn } from '../../platform/replication/lsn.ts';
import type { Replication } from '../../platform/replication/replication.ts';
import { readCatalogue, verifyAt } from '../../platform/repository/catalogue.ts';
import { healAt, healWal } from '../../platform/repository/heal.ts';
import { createPacker } from '../../platform/repository/packer.ts';
import { prune } from '../../platform/repository/prune.ts';
import { createWalShipping, type WalState } from '../../platform/repository/wal-shipping.ts';
import type { Site } from '../../platform/sites/site.ts';
import { type BackupStep, type MadeBackup, makeBackup } from './backup.ts';
import { nightOf } from './nights.ts';
import { createRecoveryStore, type NightClaim } from './store.ts';

export interface Recovery {
  start(): void;
  stop(): Promise<void>;
  /** One look now: makes the night's backup where it is due. @returns it, or nothing. */
  look(): Promise<MadeBackup | undefined>;
  log(): WalState;
  /** Waits until everything before this place lies at a site. @throws BackupError when that takes too long. */
  logStored(lsn: Lsn): Promise<void>;
  /** Which history this is. */
  readonly lineage: string;
  /** Done after each look, in the same turn: never beside a backup of this server. */
  afterwards(work: () => Promise<void>): void;
  /** Raise an alarm where no backup is complete in time, and where one was damaged when it was last read. */
  readonly checks: readonly Check[];
}

export interface RecoveryOptions {
  readonly database: Database;
  readonly connect: () => Promise<Replication>;
  /** All; those for backups are taken. */
  readonly sites: readonly Site[];
  readonly lineage: string;
  readonly backupKey: SecretKey;
  readonly rootKey: SecretKey;
  readonly secrets: () => Promise<ReadonlyMap<string, Buffer>>;
  readonly settings: Settings['recovery'];
  readonly clock: Clock;
  readonly node: string;
  readonly versions: { readonly postgres: string; readonly obhut: string };
  readonly threads: number;
  /** Whether the database's own disk has room: a copy ends with a new segment of the log, and without room that ends PostgreSQL. */
  readonly hasRoom?: () => Promise<boolean>;
  /** Codes and counts for whoever mends it; nothing personal. */
  readonly alarm: (code: string, details: Readonly<Record<string, string | number>>) => void;
  readonly reached?: (step: BackupStep | 'heal' | 'verify' | 'prune') => Promise<void>;
  readonly logEveryMs?: number;
  readonly lookEveryMs?: number;
}

const slot = 'obhut_wal';
const dayMs = 86_400_000;
/** Tried again after a pause, a few times. */
const attempts = 8;
const minuteMs = 60_000;
/** Not in the way of a start. */
const firstMs = 15_000;
const pauseMs = 15 * minuteMs;
/** A server that made a backup and was not seen for so long is dead. */
const deadMs = 10 * minuteMs;
const hourMs = 60 * minuteMs;
/** A night, and some time for trying again. */
const lateHours = 27;
const logMs = 10 * minuteMs;

const codeOf = (error: unknown) => {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && /^[A-Za-z0-9_]{1,40}$/.test(code) ? code : 'backup_failed';
};

export function createRecovery(options: RecoveryOptions): Recovery {
  const { clock, alarm, settings, node, backupKey, lineage, reached = async () => undefined } = options;
  const sites = options.sites.filter(({ purposes }) => purposes.includes('backups'));
  const store = createRecoveryStore(options.database);
  const packer = createPacker(backupKey, options.threads);
  const { verifying } = manifestKeys(backupKey);
  const shipping = createWalShipping({
    connect: options.connect,
    packer,
    sites,
    lineage,
    slot,
    clock,
    failed: (code) => alarm(code, {}),
    ...(options.logEveryMs !== undefined && { everyMs: options.logEveryMs }),
  });
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let stopping = false;
  let isFull = false;
  let afterwards: () => Promise<void> = async () => undefined;

  /** What a site lacks comes from the others; then everything is read back, and counted as good only if all is right. */
  async function tend(site: Site, made: string): Promise<void> {
    const others = sites.filter((one) => one !== site);
    const known = (
      await Promise.all(others.map((one) => readCatalogue(one, verifying).catch(() => undefined)))
    ).flatMap((one) => one?.backups ?? []);
    await reached('heal');
    const own = await readCatalogue(site, verifying);
    const all = new Map([...known, ...own.backups].map((one) => [one.manifest.backup, one]));
    for (const signed of all.values()) {
      const { copied, lost } = await healAt(site, others, signed, verifying);
      if (copied > 0) alarm('backup_healed', { site: site.name, copied });
      if (lost.length > 0) alarm('backup_damaged', { site: site.name, lost: lost.length });
    }
    await healWal(
      site,
      others,
      packer,
      [...all.values()].map(({ manifest }) => manifest),
    );
    await reached('verify');
    for (const signed of all.values()) {
      const damaged = await verifyAt(site, signed);
      await store.looked(signed.manifest.backup, site.name, clock.now(), damaged.length);
    }
    await reached('prune');
    const good = await store.goodAt(site.name);
    await prune({
      catalogue: await readCatalogue(site, verifying),
      retention: { keepMs: settings.keepDays * dayMs, keepAtLeast: settings.keepAtLeast },
      now: clock.now(),
      mustHave: made,
      isGood: (backup) => good.has(backup),
    });
  }

  async function night(claim: NightClaim): Promise<MadeBackup> {
    const beat = setInterval(() => void store.seen(claim, clock.now()).catch(() => undefined), minuteMs);
    beat.unref();
    try {
      const made = await makeBackup({
        ...options,
        packer,
        sites,
        reached,
        logStored: (lsn) => shipping.reached(lsn, logMs),
      });
      await store.complete(claim, clock.now(), { ...made, backup: made.manifest.backup });
      for (const site of made.missed) alarm('backup_site_missed', { site });
      return made;
    } catch (error) {
      await store.fail(claim, clock.now(), codeOf(error)).catch(() => undefined);
      throw error;
    } finally {
      clearInterval(beat);
    }
  }

  async function look(): Promise<MadeBackup | undefined> {
    const now = clock.now();
    if ((await options.hasRoom?.()) === false) {
      if (!isFull) alarm('backup_disk_full', {});
      isFull = true;
      return undefined;
    }
    isFull = false;
    const { date } = nightOf(now, settings.hour);
    const claim = await store.claim({ night: date, lineage }, node, now, {
      deadBefore: new Date(now.getTime() - deadMs),
      failedBefore: new Date(now.getTime() - pauseMs),
      most: attempts,
    });
    if (claim === undefined) return undefined;
    const made = await night(claim);
    for (const site of sites)
      await tend(site, made.manifest.backup).catch((error: unknown) => alarm(codeOf(error), { site: site.name }));
    return made;
  }

  function later(waitMs: number): void {
    timer = setTimeout(() => {
      running = look()
        .catch((error: unknown) => alarm(codeOf(error), {}))
        .then(() => (stopping ? undefined : afterwards()))
        .catch((error: unknown) => alarm(codeOf(error), {}))
        .finally(() => {
          if (!stopping) later(options.lookEveryMs ?? minuteMs);
        });
    }, waitMs);
    timer.unref();
  }

  /** Each night everything that is kept is read: what was found before that is over. */
  const health = () => store.health(lineage, new Date(clock.now().getTime() - lateHours * hourMs));

  async function late(): Promise<readonly Finding[]> {
    const { lastComplete, firstBegun } = await health();
    const since = lastComplete ?? firstBegun;
    const hours = since === undefined ? 0 : Math.floor((clock.now().getTime() - since.getTime()) / hourMs);
    return hours < lateHours ? [] : [{ code: 'backup_late', refs: { hours } }];
  }

  return {
    look,
    log: shipping.state,
    logStored: (lsn) => shipping.reached(lsn, logMs),
    lineage,
    afterwards(work) {
      afterwards = work;
    },
    checks: [
      { name: 'backups', everyMs: minuteMs, codes: ['backup_late'], run: late },
      {
        name: 'backups-read',
        everyMs: minuteMs,
        codes: ['backup_damaged'],
        run: async () => (await health()).damagedAt.map((site) => ({ code: 'backup_damaged', subject: site }) as const),
      },
    ],
    start() {
      if (sites.length === 0) return;
      shipping.start();
      later(options.lookEveryMs ?? firstMs);
    },
    async stop() {
      stopping = true;
      clearTimeout(timer);
      // A backup under way breaks off: its log will not come any more.
      await shipping.stop();
      await packer.close();
      await running;
    },
  };
}
