/** A backup, a restore or a drill is killed at a step, and whoever comes next finds nothing that could be taken for whole. */
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SecretKey } from '../../platform/crypto/key.ts';
import { manifestKeys } from '../../platform/crypto/pack.ts';
import { readCatalogue, verifyAt } from '../../platform/repository/catalogue.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { startTestCluster } from '../../testing/cluster.ts';
import { createHouse } from '../../testing/household.ts';
import {
  drillsOf,
  killRecovery,
  type RecoveryWorld,
  recoveryOf,
  restoredFolder,
  restoreOf,
} from '../../testing/mortal-recovery.ts';
import { backupSteps } from './backup.ts';
import { drillFolder, drillSteps } from './drill/drill.ts';
import { restoreSteps } from './restore.ts';

/** In the long run each step; here those between which something durable changes. */
const isSoak = process.env.OBHUT_SOAK !== undefined;
const nightSteps = [...backupSteps, 'heal', 'verify', 'prune'];
const some = <Step extends string>(all: readonly Step[], few: readonly Step[]) => (isSoak ? all : few);

const hourMs = 3_600_000;
const backupKey = SecretKey.generate();
const hex = (key: SecretKey) => SecretKey.bytesOf(key).toString('hex');
let cluster: Awaited<ReturnType<typeof startTestCluster>>;
let test: TestApp;
let world: RecoveryWorld;
let nights = 0;

beforeAll(async () => {
  cluster = await startTestCluster();
  test = await createTestApp({ cluster: cluster.address });
  const house = await createHouse(test.http);
  await house.put(await house.person(), { name: 'Ada', mail: 'ada@example.org' });
  const data = await mkdtemp(join(tmpdir(), 'obhut-killed-'));
  await chmod(data, 0o711);
  world = {
    cluster: cluster.address,
    database: test.database.name,
    folder: test.folder,
    data,
    rootKey: hex(test.rootKey),
    backupKey: hex(backupKey),
    lineage: '0123456789abcdef',
    skewMs: 0,
  };
}, 120_000);
afterAll(async () => {
  await test.close();
  await cluster.stop();
  await rm(world.data, { recursive: true, force: true });
});
// Each one has a night of its own.
beforeEach(() => {
  nights += 1;
  world = { ...world, skewMs: nights * 24 * hourMs };
});
afterEach(() => rm(join(world.data, restoredFolder), { recursive: true, force: true }));

const parts = () => ({ app: test.app, sites: test.sites, database: test.database.app });
/** Whoever was killed is taken for dead after ten minutes, and the pause after a failure is over. */
const later = () => ({ ...world, skewMs: world.skewMs + hourMs / 2 });

/** One look by whoever comes next. @returns the id of what it made, if it made one. */
async function nextNight(at: RecoveryWorld): Promise<string | undefined> {
  const recovery = recoveryOf(at, parts());
  try {
    // The slot of the dead one's connection is free once the database has noticed.
    await expect.poll(() => recovery.log().trouble, { timeout: 30_000 }).toBeUndefined();
    return (await recovery.look())?.manifest.backup;
  } finally {
    await recovery.stop();
  }
}

async function allWhole(): Promise<readonly string[]> {
  const { verifying } = manifestKeys(backupKey);
  const ids: string[] = [];
  for (const site of test.sites) {
    const { backups, damaged, unreadable } = await readCatalogue(site, verifying);
    expect({ damaged, unreadable }).toEqual({ damaged: [], unreadable: [] });
    for (const one of backups) expect(await verifyAt(site, one)).toEqual([]);
    ids.push(...backups.map(({ manifest }) => manifest.backup));
  }
  return ids;
}

const isAlive = async (pid: number) => (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== '';

describe('killed at a step', { timeout: 120_000 }, () => {
  it.each(some(nightSteps, ['copy', 'first-manifest', 'second-manifest', 'verify']))(
    'of the night, "%s": the next one makes it whole, or has nothing more to do',
    async (step) => {
      expect(await killRecovery({ ...world, deed: 'night', step })).toBe(true);
      // Given up by the first look, tried again after the pause by the second.
      const made = (await nextNight(later())) ?? (await nextNight({ ...world, skewMs: world.skewMs + hourMs }));
      const isMade = !['heal', 'verify', 'prune'].includes(step);
      expect(made === undefined).toBe(!isMade);
      // What a killed one left in one copy the next night heals.
      if (!isMade) expect(await nextNight({ ...world, skewMs: world.skewMs + 24 * hourMs })).toBeDefined();
      nights += 1;
      const ids = await allWhole();
      if (made !== undefined) expect(ids.filter((id) => id === made)).toHaveLength(2);
    },
  );

  it.each(restoreSteps)('of a restore, "%s": the next one begins anew, and nobody else runs there', async (step) => {
    await nextNight(world);
    expect(await killRecovery({ ...world, deed: 'restore', step })).toBe(true);
    const pidFile = join(world.data, restoredFolder, 'postmaster.pid');
    const pid = existsSync(pidFile) ? Number((await readFile(pidFile, 'utf8')).split('\n')[0]) : undefined;
    if (step === 'running') expect(pid).toBeDefined();
    expect(await restoreOf(world, test.sites)).toMatch(/^[0-9a-f-]{36}$/);
    if (pid !== undefined) expect(await isAlive(pid)).toBe(false);
    expect(await readdir(join(world.data, restoredFolder))).toContain('PG_VERSION');
  });

  it.each(some(drillSteps, ['mark', 'compare', 'keys', 'remove']))(
    'of a drill, "%s": the next start leaves nothing of it, and the next one proves',
    async (step) => {
      await nextNight(world);
      expect(await killRecovery({ ...world, deed: 'drill', step })).toBe(true);
      const at = later();
      const recovery = recoveryOf(at, parts());
      try {
        await expect.poll(() => recovery.log().trouble, { timeout: 30_000 }).toBeUndefined();
        const drills = await drillsOf(at, parts(), recovery);
        await drills.tidy();
        expect((await readdir(world.data)).filter((name) => name.startsWith(drillFolder))).toEqual([]);
        expect(await drills.ask('a')).toMatchObject({ state: 'proven' });
      } finally {
        await recovery.stop();
      }
      const states = await test.database.owner.query<{ state: string; reason: string }>(
        "select state, reason from recovery.drill where state not in ('proven')",
      );
      expect(new Set(states.map(({ state, reason }) => `${state} ${reason}`))).toEqual(new Set(['unknown broke_off']));
    },
  );
});
