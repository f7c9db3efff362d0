/** Backups of what runs: where they go, under which key, of which history. */
import { statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { systemClock } from '../platform/clock/clock.ts';
import type { Settings } from '../platform/config/settings.ts';
import type { SecretKey } from '../platform/crypto/key.ts';
import { openReplication } from '../platform/replication/replication.ts';
import { loadLineage, renewLineage } from '../platform/repository/lineage.ts';
import type { SecretStore } from '../platform/secrets/secrets.ts';
import type { Site } from '../platform/sites/site.ts';
import { createRecovery, type Recovery } from '../practices/recovery/recovery.ts';
import type { OpenedDatabase } from './database.ts';
import { siteSettings } from './sites.ts';

/** Its own key, wrapped by the root key: who only restores needs no safe, and who has the safes cannot read a backup. */
export const backupKeyName = 'backup';

export interface RecoveryStart {
  readonly settings: Settings;
  readonly opened: OpenedDatabase;
  readonly sites: readonly Site[];
  readonly secrets: SecretStore;
  readonly rootKey: SecretKey;
  readonly node: string;
  readonly version: string;
  /** The database is another than before: what it writes must not be mixed with what lies there. */
  readonly restored?: true;
  readonly alarm: (code: string) => void;
}

/** One core stays free for those who read and write. */
const threads = Math.max(1, Math.min(4, availableParallelism() - 1));

/** Of a disk: the journal refuses at 97 % and would be without its last room. */
const keptFree = 0.05;

async function hasRoom(path: string, bytes: number): Promise<boolean> {
  const { bavail, blocks, bsize } = await statfs(path);
  return bavail * bsize - bytes >= blocks * bsize * keptFree;
}

/**
 * A backup never takes the last room of a disk: on a machine with one disk it is the database's. What does not fit is an error
 * like any full disk, and told.
 */
function keepingRoom(site: Site, path: string | undefined): Site {
  if (path === undefined) return site;
  return {
    ...site,
    async create(purpose, name, content) {
      if (!(await hasRoom(path, content.length)))
        throw Object.assign(new Error('the disk of the site is almost full'), { code: 'ENOSPC' });
      return site.create(purpose, name, content);
    },
  };
}

/** @returns nothing where the database may not be copied, or no site is for it. */
export async function openRecovery(options: RecoveryStart): Promise<Recovery | undefined> {
  const { settings, opened, secrets, sites } = options;
  const { replication } = opened;
  const lineage = options.restored === true ? await renewLineage(settings.data) : await loadLineage(settings.data);
  if (replication === undefined || !sites.some(({ purposes }) => purposes.includes('backups'))) return undefined;
  const paths = new Map(siteSettings(settings).map(({ name, path }) => [name, path]));
  return createRecovery({
    database: opened.database,
    connect: () => openReplication(replication),
    sites: sites.map((site) => keepingRoom(site, paths.get(site.name))),
    lineage,
    backupKey: await secrets.key(backupKeyName),
    rootKey: options.rootKey,
    secrets: secrets.sealed,
    settings: settings.recovery,
    clock: systemClock,
    node: options.node,
    versions: { postgres: opened.description.version, obhut: options.version },
    threads,
    ...(opened.kind === 'embedded' && { hasRoom: () => hasRoom(opened.description.where, 0) }),
    alarm: (code) => options.alarm(code),
  });
}
