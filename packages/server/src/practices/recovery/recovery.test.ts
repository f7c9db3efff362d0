import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SecretKey } from '../../platform/crypto/key.ts';
import { replicationRole } from '../../platform/database/roles.ts';
import { openReplication } from '../../platform/replication/replication.ts';
import { createFolderSite, type Site } from '../../platform/sites/site.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createTestDatabase, startTestCluster, type TestDatabase } from '../../testing/cluster.ts';
import { createRecovery, type Recovery, type RecoveryOptions } from './recovery.ts';

const backupKey = SecretKey.generate();
const rootKey = SecretKey.generate();
const hourMs = 3_600_000;
let cluster: Awaited<ReturnType<typeof startTestCluster>>;
let database: TestDatabase;
let at: string;
let sites: Site[];
let alarms: string[];
const started: Recovery[] = [];

beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());
beforeEach(async () => {
  database = await createTestDatabase(cluster.address);
  at = await mkdtemp(join(tmpdir(), 'obhut-nights-'));
  await chmod(at, 0o711);
  const site = (name: string) =>
    createFolderSite({ name, path: join(at, name), country: 'DE', purposes: ['backups'] }, ['DE']);
  sites = [await site('a'), await site('b')];
  alarms = [];
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
  await database.drop();
  await rm(at, { recursive: true, force: true });
});

const clockAt = (time: string) => createTestClock(new Date(time));
function recovery(clock: ReturnType<typeof createTestClock>, over: Partial<RecoveryOptions> = {}): Recovery {
  const made = createRecovery({
    database: database.app,
    connect: () =>
      openReplication({
        host: cluster.address.socketFolder,
        port: 5432,
        user: replicationRole,
        password: cluster.address.password,
        application: 'obhut test backup',
      }),
    sites,
    lineage: '0123456789abcdef',
    backupKey,
    rootKey,
    secrets: async () => new Map(),
    settings: { hour: 2, keepDays: 2, keepAtLeast: 1 },
    clock,
    node: 'n',
    versions: { postgres: '18', obhut: 'test' },
    threads: 1,
    alarm: (code) => alarms.push(code),
    logEveryMs: 50,
    // It looks only where the test does.
    lookEveryMs: 10 * hourMs,
    ...over,
  });
  made.start();
  started.push(made);
  return made;
}
const manifests = async (site: number) =>
  (await readdir(sites[site]?.folder('backups') ?? '')).filter((name) => name.startsWith('m-'));
const nights = async () =>
  database.owner.query('select night::text, attempt, state, failure from recovery.night order by night, attempt');

describe('the nights', { timeout: 60_000 }, () => {
  it('have one backup each, at every site, read back, and what is too old goes', async () => {
    const clock = clockAt('2026-11-25T00:30:00Z');
    const one = recovery(clock);
    const first = await one.look();
    expect(first?.sites).toEqual(['a', 'b']);
    expect(await one.look()).toBeUndefined();
    clock.advance(hourMs);
    const second = await one.look();
    expect(second).toBeDefined();
    expect([(await manifests(0)).length, (await manifests(1)).length]).toEqual([2, 2]);
    const stored = await database.owner.query('select site, state, damaged from recovery.stored order by site, state');
    expect(stored).toHaveLength(4);
    expect(stored.every((row) => (row as { state: string }).state === 'verified')).toBe(true);
    clock.advance(5 * 24 * hourMs);
    const third = await one.look();
    for (const site of [0, 1]) {
      const names = await manifests(site);
      expect(names).toHaveLength(1);
      expect(names[0]).toContain(third?.manifest.backup);
    }
    expect(alarms).toEqual([]);
  });

  it('are made by one of two servers, and by the other where the first one died', async () => {
    const clock = clockAt('2026-11-25T01:30:00Z');
    const never = new Promise<void>(() => undefined);
    let begun = () => {};
    const inside = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const dead = recovery(clock, {
      node: 'dead',
      reached: async () => {
        begun();
        await never;
      },
    });
    void dead.look().catch(() => undefined);
    await inside;
    const other = recovery(clock, { node: 'other' });
    expect(await other.look()).toBeUndefined();
    clock.advance(11 * 60_000);
    // What the dead one began is given up; the slot of the log is free once it is gone.
    await dead.stop();
    clock.advance(16 * 60_000);
    await other.look();
    await expect.poll(() => other.log().trouble, { timeout: 20_000 }).toBeUndefined();
    clock.advance(16 * 60_000);
    await other.look();
    expect(await nights()).toEqual(
      expect.arrayContaining([
        { night: '2026-11-25', attempt: 1, state: 'failed', failure: 'broke_off' },
        expect.objectContaining({ state: 'complete' }),
      ]),
    );
  });

  it.each(['identify', 'copy', 'log', 'second-manifest', 'heal', 'verify', 'prune'])(
    'that fail at "%s" say so, are tried again after a pause, and then are whole',
    async (step) => {
      const clock = clockAt('2026-11-25T01:30:00Z');
      let fails = true;
      const one = recovery(clock, {
        reached: async (now) => {
          if (fails && now === step) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        },
      });
      const tended = ['heal', 'verify', 'prune'].includes(step);
      if (tended) {
        await one.look();
        expect(alarms).toEqual(['ENOSPC', 'ENOSPC']);
        clock.advance(24 * hourMs);
      } else {
        await expect(one.look()).rejects.toMatchObject({ code: 'ENOSPC' });
        expect(await nights()).toEqual([expect.objectContaining({ state: 'failed', failure: 'ENOSPC' })]);
        fails = false;
        expect(await one.look()).toBeUndefined();
        clock.advance(16 * 60_000);
      }
      fails = false;
      const made = await one.look();
      expect(made?.sites).toEqual(['a', 'b']);
      expect(
        await database.owner.query('select 1 from recovery.stored where backup_id = $1 and damaged = 0', [
          made?.manifest.backup ?? '',
        ]),
      ).toHaveLength(2);
    },
  );

  it('wait where the disk of the database is almost full, say so once, and are made when there is room', async () => {
    const clock = clockAt('2026-11-25T01:30:00Z');
    let room = false;
    const one = recovery(clock, { hasRoom: async () => room });
    expect([await one.look(), await one.look()]).toEqual([undefined, undefined]);
    expect(alarms).toEqual(['backup_disk_full']);
    expect(await nights()).toEqual([]);
    room = true;
    expect((await one.look())?.sites).toEqual(['a', 'b']);
  });

  it('a site that was away is brought up to date, backups and log', async () => {
    const clock = clockAt('2026-11-25T01:30:00Z');
    const [a, b] = sites;
    if (a === undefined || b === undefined) throw new Error('no sites');
    let away = true;
    const gone = () => Promise.reject(new Error('EIO'));
    const faulty: Site = {
      ...b,
      create: (...words) => (away ? gone() : b.create(...words)),
      list: (...words) => (away ? gone() : b.list(...words)),
      read: (...words) => (away ? gone() : b.read(...words)),
    };
    const one = recovery(clock, { sites: [a, faulty] });
    expect((await one.look())?.missed).toEqual(['b']);
    expect(alarms).toEqual(expect.arrayContaining(['backup_site_missed', 'wal_site_missed']));
    away = false;
    clock.advance(24 * hourMs);
    await one.look();
    const listed = async (site: Site) => (await site.list('backups')).filter((name) => !name.startsWith('v-'));
    expect(await listed(b)).toEqual(await listed(a));
    expect(alarms).toContain('backup_healed');
  });
});

it('is not held up by log that comes to a site while it is brought from another', { timeout: 60_000 }, async () => {
  const clock = clockAt('2026-11-25T01:30:00Z');
  const [a, b] = sites as [Site, Site];
  // As if each whole segment came just after the site was listed.
  const list: Site['list'] = async (purpose) => (await b.list(purpose)).filter((name) => !name.startsWith('w-'));
  const one = recovery(clock, { sites: [a, { ...b, list }] });
  expect(await one.look()).toBeDefined();
  clock.advance(24 * hourMs);
  expect(await one.look()).toBeDefined();
  const segments = async (site: Site) => (await site.list('backups')).filter((name) => name.startsWith('w-'));
  expect((await segments(b)).length).toBeGreaterThan(0);
  expect(alarms).toEqual([]);
});

describe('what raises an alarm', { timeout: 60_000 }, () => {
  const found = async (one: Recovery) => (await Promise.all(one.checks.map(({ run }) => run()))).flat();

  it('is that no backup was complete in time, and that one cannot be read', async () => {
    const clock = clockAt('2026-11-25T01:30:00Z');
    let isBroken = false;
    const one = recovery(clock, {
      reached: async (step) => {
        if (isBroken && step !== 'heal') throw Object.assign(new Error('broken'), { code: 'EIO' });
      },
    });
    expect(await found(one)).toEqual([]);
    expect(await one.look()).toBeDefined();
    isBroken = true;
    clock.advance(24 * hourMs);
    await expect(one.look()).rejects.toThrow('broken');
    expect(await found(one)).toEqual([]);
    clock.advance(4 * hourMs);
    expect(await found(one)).toEqual([{ code: 'backup_late', refs: { hours: 28 } }]);
    isBroken = false;
    expect(await one.look()).toBeDefined();
    expect(await found(one)).toEqual([]);

    await database.owner.query("update recovery.stored set state = 'damaged' where site = 'b'");
    expect(await found(one)).toEqual([{ code: 'backup_damaged', subject: 'b' }]);
    clock.advance(24 * hourMs);
    await one.look();
    expect(await found(one)).toEqual([]);
  });
});
