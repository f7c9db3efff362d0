/** Drills of what runs: only where the embedded PostgreSQL is, which can be started a second time beside itself. */
import type { App } from '../app.ts';
import { systemClock } from '../platform/clock/clock.ts';
import type { Settings } from '../platform/config/settings.ts';
import type { SecretKey } from '../platform/crypto/key.ts';
import type { SecretStore } from '../platform/secrets/secrets.ts';
import type { Site } from '../platform/sites/site.ts';
import { createCanaries } from '../practices/recovery/drill/canaries.ts';
import { createDrills, type Drills } from '../practices/recovery/drill/drills.ts';
import type { Recovery } from '../practices/recovery/recovery.ts';
import { rooms } from '../rooms.ts';
import type { OpenedDatabase } from './database.ts';

export interface DrillsStart {
  readonly app: App;
  readonly settings: Settings;
  readonly opened: OpenedDatabase;
  readonly sites: readonly Site[];
  readonly secrets: SecretStore;
  readonly rootKey: SecretKey;
  readonly backupKey: SecretKey;
  readonly node: string;
  readonly backups: Recovery;
}

/** @returns nothing where no copy can be started beside the database. */
export async function openDrills(options: DrillsStart): Promise<Drills | undefined> {
  const { app, settings, opened, sites, secrets, rootKey, backupKey, node, backups } = options;
  const { openCopy } = opened;
  if (openCopy === undefined) return undefined;
  const drills = createDrills({
    data: settings.data,
    settings: settings.recovery,
    sites,
    lineage: backups.lineage,
    backupKey,
    rootKey,
    secrets,
    tables: rooms.flatMap(({ tables }) => tables),
    clock: systemClock,
    database: opened.database,
    asOwner: opened.asOwner,
    openCopy,
    canaries: createCanaries({
      database: opened.database,
      custody: app.custody,
      erasures: app.erasures,
      keyring: app.keyring,
      operator: app.customers.operator,
    }),
    operator: app.customers.operator,
    logStored: backups.logStored,
    worstLossMs: () => backups.log().worstLossMs,
    node,
    failed: (code) => app.server.log.error(`drill: ${code}`),
  });
  await drills.tidy();
  app.alerts.add(drills.checks);
  backups.afterwards(async () => {
    await drills.look();
  });
  return drills;
}
