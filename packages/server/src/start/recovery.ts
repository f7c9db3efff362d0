/** Backups of what runs: where they go, under which key, of which history. */
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

/** @returns nothing where the database may not be copied, or no site is for it. */
export async function openRecovery(options: RecoveryStart): Promise<Recovery | undefined> {
  const { settings, opened, secrets, sites } = options;
  const { replication } = opened;
  const lineage = options.restored === true ? await renewLineage(settings.data) : await loadLineage(settings.data);
  if (replication === undefined || !sites.some(({ purposes }) => purposes.includes('backups'))) return undefined;
  return createRecovery({
    database: opened.database,
    connect: () => openReplication(replication),
    sites,
    lineage,
    backupKey: await secrets.key(backupKeyName),
    rootKey: options.rootKey,
    secrets: secrets.sealed,
    settings: settings.recovery,
    clock: systemClock,
    node: options.node,
    versions: { postgres: opened.description.version, obhut: options.version },
    threads,
    alarm: (code) => options.alarm(code),
  });
}
