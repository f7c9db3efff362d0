import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../platform/clock/clock.ts';
import { SecretKey } from '../../platform/crypto/key.ts';
import { manifestKeys } from '../../platform/crypto/pack.ts';
import { type Database, openDatabase } from '../../platform/database/database.ts';
import { adminUser } from '../../platform/database/embedded.ts';
import { replicationRole } from '../../platform/database/roles.ts';
import { parseLsn } from '../../platform/replication/lsn.ts';
import { openReplication } from '../../platform/replication/replication.ts';
import { brokenChain, readCatalogue, verifyAt } from '../../platform/repository/catalogue.ts';
import { healAt, healWal } from '../../platform/repository/heal.ts';
import { createPacker, type Packer } from '../../platform/repository/packer.ts';
import { planPrune, prune } from '../../platform/repository/prune.ts';
import { readWhole } from '../../platform/repository/unpack.ts';
import { createWalShipping, type WalShipping } from '../../platform/repository/wal-shipping.ts';
import { createS3Site } from '../../platform/sites/s3-site.ts';
import { createFolderSite, type Site } from '../../platform/sites/site.ts';
import { startTestCluster } from '../../testing/cluster.ts';
import { startS3 } from '../../testing/s3/server.ts';
import { backupSteps, type MadeBackup, makeBackup } from './backup.ts';
import { planRestore, restoreCluster } from './restore.ts';

const folder = 'postgres-restoring';
const backupKey = SecretKey.generate();
const rootKey = SecretKey.generate();
const { verifying } = manifestKeys(backupKey);
let cluster: Awaited<ReturnType<typeof startTestCluster>>;
let database: Database;
let packer: Packer;
let at: string;
let sites: Site[];
let shipping: WalShipping;
let lineage = 0;

beforeAll(async () => {
  cluster = await startTestCluster();
  database = openDatabase({
    connection: {
      host: cluster.address.socketFolder,
      user: adminUser,
      password: cluster.address.password,
      database: 'postgres',
    },
    connections: 2,
    application: 'obhut test',
  });
  packer = createPacker(backupKey, 2);
  await database.query('create table story (n int primary key, said text not null)');
  await database.query('insert into story select n, repeat(md5(n::text), 20) from generate_series(1, 20000) n');
});
afterAll(async () => {
  await packer.close();
  await database.close();
  await cluster.stop();
});

const connectCopy = () =>
  openReplication({
    host: cluster.address.socketFolder,
    port: 5432,
    user: replicationRole,
    password: cluster.address.password,
    application: 'obhut test backup',
  });

let lineageOf = '';
beforeEach(async () => {
  at = await mkdtemp(join(tmpdir(), 'obhut-backup-'));
  await chmod(at, 0o711);
  const site = (name: string) =>
    createFolderSite({ name, path: join(at, name), country: 'DE', purposes: ['backups'] }, ['DE']);
  sites = [await site('a'), await site('b')];
  lineage += 1;
  lineageOf = lineage.toString(16).padStart(16, '0');
  shipping = createWalShipping({
    connect: connectCopy,
    packer,
    sites,
    lineage: lineageOf,
    slot: 'obhut_wal',
    clock: systemClock,
    everyMs: 100,
    retryMs: 100,
    failed: () => undefined,
  });
  shipping.start();
});
afterEach(async () => {
  await shipping.stop();
  await rm(at, { recursive: true, force: true });
});

const secrets = async () => new Map([['one.sealed', Buffer.from('sealed elsewhere')]]);
const backUp = (over: Partial<Parameters<typeof makeBackup>[0]> = {}): Promise<MadeBackup> =>
  makeBackup({
    connect: connectCopy,
    packer,
    sites,
    lineage: lineageOf,
    backupKey,
    rootKey,
    secrets,
    logStored: (lsn) => shipping.reached(lsn, 30_000),
    clock: systemClock,
    versions: { postgres: 'PostgreSQL 18', obhut: 'test' },
    ...over,
  });

const say = (n: number, said: string) => database.query('insert into story values ($1, $2)', [n, said]);
const stored = async () => {
  const [row] = await database.query<{ lsn: string }>('select pg_current_wal_flush_lsn()::text as lsn');
  await shipping.reached(parseLsn(row?.lsn ?? ''), 30_000);
};

/** Restores, asks, and ends it. */
async function restored<Result>(
  work: (database: Database) => Promise<Result>,
  options: { at?: Date; backup?: string; from?: readonly Site[] } = {},
): Promise<Result> {
  const from = options.from ?? sites;
  const plan = await planRestore({ sites: from, packer, backupKey, ...options });
  const data = join(at, 'restored');
  await mkdir(data, { recursive: true, mode: 0o711 });
  await chmod(data, 0o711);
  const running = await restoreCluster({ plan, packer, sites: from, data, folder, damaged: () => undefined });
  const copy = openDatabase({
    connection: {
      host: running.socketFolder,
      user: adminUser,
      password: cluster.address.password,
      database: 'postgres',
    },
    connections: 1,
    application: 'obhut test',
  });
  try {
    return await work(copy);
  } finally {
    await copy.close();
    await running.stop();
    await rm(data, { recursive: true, force: true });
  }
}
const numbers = async (copy: Database) =>
  (await copy.query<{ n: number }>('select n from story where n > 20000 order by n')).map(({ n }) => n);
const digestOf = async (one: Database) =>
  (await one.query<{ d: string }>("select md5(string_agg(n || said, '' order by n)) as d from story"))[0]?.d;

describe('a backup', { timeout: 120_000 }, () => {
  it('is restored whole, with what was written after it, and nothing of it lies there readable', async () => {
    await backUp();
    await say(30_001, 'after the backup');
    await stored();
    const live = await digestOf(database);
    expect(await restored(digestOf)).toBe(live);
    for (const name of await readdir(sites[0]?.folder('backups') ?? '')) {
      const bytes = await readFile(join(sites[0]?.folder('backups') ?? '', name));
      for (const word of ['story', 'after the backup', 'obhut_admin', createHash('md5').update('7').digest('hex')])
        expect(bytes.includes(word), `${word} in ${name}`).toBe(false);
    }
  });

  it('is restored to a moment: what was said before is there, what was said after is not', async () => {
    await backUp();
    await say(40_001, 'before');
    await new Promise((resolve) => setTimeout(resolve, 30));
    const moment = new Date();
    await new Promise((resolve) => setTimeout(resolve, 30));
    await say(40_002, 'after');
    await stored();
    const said = await restored(numbers, { at: moment });
    expect(said).toContain(40_001);
    expect(said).not.toContain(40_002);
    // Later than the last that was committed, and not later than what is stored.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const late = new Date();
    await say(40_003, 'later');
    await stored();
    expect(await restored(numbers, { at: late })).toContain(40_002);
    await expect(planRestore({ sites, packer, backupKey, at: new Date(Date.now() + 60_000) })).rejects.toMatchObject({
      code: 'backup_log_missing',
    });
  });

  it('needs one site alone, whichever it is', async () => {
    await backUp();
    for (const site of sites) expect((await restored(numbers, { from: [site] })).length).toBeGreaterThan(0);
  });

  it('opens under no other key', async () => {
    await backUp();
    const other = SecretKey.generate();
    await expect(planRestore({ sites, packer, backupKey: other })).rejects.toMatchObject({ code: 'backup_missing' });
  });

  it.each(backupSteps)('that breaks off at "%s" is none; the next one is whole and clears up', async (step) => {
    const broken = backUp({
      reached: async (now) => {
        if (now === step) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      },
    });
    await expect(broken).rejects.toMatchObject({ code: 'ENOSPC' });
    const [site] = sites;
    if (site === undefined) throw new Error('no site');
    const before = await readCatalogue(site, verifying);
    // From its first manifest on it is whole, with one copy of the two.
    expect(before.backups).toHaveLength(step === 'second-manifest' ? 1 : 0);
    expect(before.unreadable).toEqual([]);
    const { manifest } = await backUp();
    const catalogue = await readCatalogue(site, verifying);
    await prune({
      catalogue,
      retention: { keepMs: 0, keepAtLeast: 1 },
      now: new Date(),
      mustHave: manifest.backup,
      isGood: (backup) => backup === manifest.backup,
    });
    const after = await readCatalogue(site, verifying);
    expect(after.backups.map((one) => one.manifest.backup)).toEqual([manifest.backup]);
    const packs = manifest.streams.flatMap((stream) => stream.packs);
    expect(after.names.filter((name) => name.startsWith('p-'))).toHaveLength(packs.length);
  });

  it('goes on where one site takes nothing, says which, and that site is healed from the other', async () => {
    const [good, bad] = sites;
    if (good === undefined || bad === undefined) throw new Error('no sites');
    let fails = true;
    const faulty: Site = {
      ...bad,
      create: (...words) => (fails ? Promise.reject(new Error('EIO')) : bad.create(...words)),
    };
    const made = await backUp({ sites: [good, faulty] });
    expect([made.sites, made.missed]).toEqual([['a'], ['b']]);
    fails = false;
    const [signed] = (await readCatalogue(good, verifying)).backups;
    if (signed === undefined) throw new Error('no backup');
    expect((await healAt(bad, [good], signed, verifying)).lost).toEqual([]);
    expect(await verifyAt(bad, signed)).toEqual([]);
    expect((await readCatalogue(bad, verifying)).damaged).toEqual([]);
    await expect(
      backUp({ sites: [{ ...good, create: () => Promise.reject(new Error('EIO')) }] }),
    ).rejects.toMatchObject({ code: 'backup_no_site' });
  });
});

describe('a byte that changed', { timeout: 120_000 }, () => {
  const flip = async (site: Site, name: string, where: number) => {
    const path = join(site.folder('backups'), name);
    const bytes = await readFile(path);
    const index = where < 0 ? bytes.length + where : where;
    bytes[index] = (bytes[index] ?? 0) ^ 0x01;
    await writeFile(path, bytes);
  };

  it('in any class of a pack, a manifest or the log is found, never restored, and healed', async () => {
    const { manifest } = await backUp();
    await say(50_000 + Math.floor(Math.random() * 9_999), 'more');
    await stored();
    const [a, b] = sites;
    if (a === undefined || b === undefined) throw new Error('no sites');
    const [signed] = (await readCatalogue(a, verifying)).backups;
    if (signed === undefined) throw new Error('no backup');
    const ignore = { damaged: () => undefined };
    for (const { name: stream, packs } of manifest.streams) {
      const name = `p-${packs[0]?.digest}`;
      // Mark, salt, suite, nonce, content, tag.
      for (const where of [0, 4, 20, 21, 40, -1]) {
        await flip(a, name, where);
        expect(await verifyAt(a, signed)).toEqual([{ site: 'a', name, what: 'changed' }]);
        const reading =
          stream === 'secrets.json'
            ? readWhole({ manifest, packer, sites: [a], ...ignore }, stream)
            : restored(numbers, { from: [a] });
        await expect(reading).rejects.toMatchObject({ code: 'backup_damaged' });
        expect(await healAt(a, [b], signed, verifying)).toEqual({ copied: 1, lost: [] });
        expect(await verifyAt(a, signed)).toEqual([]);
      }
    }
    const names = (await readCatalogue(a, verifying)).names;
    const manifests = names.filter((name) => /^[mn]-/.test(name));
    for (const name of manifests)
      for (const where of [0, 30, -1, -20]) {
        await flip(a, name, where);
        const catalogue = await readCatalogue(a, verifying);
        expect(catalogue.damaged).toHaveLength(1);
        // The other copy stands for it.
        expect(catalogue.backups).toHaveLength(1);
        expect(await healAt(a, [b], signed, verifying)).toEqual({ copied: 1, lost: [] });
      }
    for (const name of manifests) await flip(a, name, 12);
    expect((await readCatalogue(a, verifying)).unreadable).toEqual([manifest.backup]);
    await expect(planRestore({ sites: [a], packer, backupKey })).rejects.toMatchObject({ code: 'backup_missing' });
    expect((await healAt(a, [b], signed, verifying)).copied).toBe(2);
    await shipping.stop();
    const log = (await planRestore({ sites, packer, backupKey })).run.parts.at(-1)?.name ?? '';
    for (const site of sites) await flip(site, log, 60);
    await expect(planRestore({ sites, packer, backupKey })).rejects.toMatchObject({ code: 'backup_damaged' });
  });
});

describe('pruning', { timeout: 120_000 }, () => {
  const dayMs = 86_400_000;
  const retention = { keepMs: 14 * dayMs, keepAtLeast: 2 };

  it('keeps what is young and the newest good ones, and never believes an empty listing', async () => {
    const made: string[] = [];
    for (let n = 0; n < 3; n += 1) made.push((await backUp()).manifest.backup);
    const [site] = sites;
    if (site === undefined) throw new Error('no site');
    const catalogue = await readCatalogue(site, verifying);
    expect(brokenChain(catalogue.backups)).toEqual([]);
    const [first = '', second = '', third = ''] = made;
    const options = { catalogue, retention, mustHave: third, isGood: () => true };
    const soon = new Date(Date.now() + dayMs);
    const late = new Date(Date.now() + 15 * dayMs);
    const goes = (over: Partial<Parameters<typeof planPrune>[0]>) =>
      planPrune({ ...options, now: late, ...over }).filter((name) => /^[mn]-/.test(name));
    expect(goes({ now: soon })).toEqual([]);
    expect(goes({})).toEqual(catalogue.names.filter((name) => /^[mn]-/.test(name) && name.includes(first)));
    // Two good ones are kept, also where a younger one is not good.
    expect(goes({ isGood: (backup) => backup !== second })).toEqual(
      goes({}).filter((name) => name.includes(second)).length > 0
        ? []
        : catalogue.names.filter((name) => /^[mn]-/.test(name) && name.includes(second)),
    );
    expect(goes({ isGood: () => false })).toEqual([]);
    for (const wrong of [
      { ...catalogue, names: [], backups: [] },
      { ...catalogue, backups: catalogue.backups.slice(0, 2) },
    ])
      expect(() => planPrune({ ...options, catalogue: wrong, now: late })).toThrow('does not list');
    // Of one that cannot be read nobody knows what it needs.
    expect(
      planPrune({ ...options, now: late, catalogue: { ...catalogue, unreadable: ['x'] } }).filter((name) =>
        /^[pwv]-/.test(name),
      ),
    ).toEqual([]);
    await prune({ ...options, now: late });
    const after = await readCatalogue(site, verifying);
    expect(after.backups.map(({ manifest }) => manifest.backup)).toEqual([second, third]);
    for (const signed of after.backups) expect(await verifyAt(site, signed)).toEqual([]);
    expect((await restored(numbers, { from: [site], backup: second })).length).toBeGreaterThan(0);
    await rm(join(site.folder('backups'), after.names.find((name) => name.includes(second)) ?? ''));
    expect((await readCatalogue(site, verifying)).damaged).toHaveLength(1);
  });
});

describe('a bucket', { timeout: 120_000 }, () => {
  it('has the whole backup, restores alone, and whose writer may not delete keeps what is too old', async () => {
    const server = await startS3();
    try {
      const far = await createS3Site({
        settings: {
          name: 'far',
          country: 'DE',
          purposes: ['backups'],
          s3: { ...server, pathStyle: true, credentialsEnv: 'X' },
        },
        credentials: server.keys,
        allowedCountries: ['DE'],
      });
      const [near] = sites;
      if (near === undefined) throw new Error('no site');
      const first = await backUp({ sites: [near, far] });
      expect(first.sites).toEqual(['a', 'far']);
      const said = await numbers(database);
      // Its log was carried to the folders; from there it is brought.
      const { backups } = await readCatalogue(far, verifying);
      await healWal(
        far,
        [near],
        packer,
        backups.map(({ manifest }) => manifest),
      );
      for (const signed of backups) expect(await verifyAt(far, signed)).toEqual([]);
      const pack = [...server.objects.keys()].find((key) => key.startsWith('backups/p-'));
      server.objects.delete(pack ?? '');
      for (const signed of backups) {
        expect(await verifyAt(far, signed)).toHaveLength(1);
        expect(await healAt(far, [near], signed, verifying)).toMatchObject({ copied: 1, lost: [] });
      }
      await backUp({ sites: [near, far] });
      const before = server.objects.size;
      server.fault = (operation) => (operation === 'delete' ? 'denied' : undefined);
      const catalogue = await readCatalogue(far, verifying);
      const { backup = '' } = catalogue.backups.at(-1)?.manifest ?? {};
      const options = { catalogue, retention: { keepMs: 0, keepAtLeast: 1 }, now: new Date(), mustHave: backup };
      await expect(prune({ ...options, isGood: () => true })).rejects.toMatchObject({ code: 'backup_delete_denied' });
      expect(server.objects.size).toBe(before);
      server.fault = (operation) => (operation === 'list' ? 'empty' : undefined);
      const empty = await readCatalogue(far, verifying);
      await expect(prune({ ...options, catalogue: empty, isGood: () => true })).rejects.toMatchObject({
        code: 'backup_listing_wrong',
      });
      server.fault = () => undefined;
      expect(await restored(numbers, { from: [far], backup: first.manifest.backup })).toEqual(said);
    } finally {
      await server.close();
    }
  });
});

describe('the log', { timeout: 120_000 }, () => {
  it('is carried over whole segments and parts, also where the connection breaks, and loses seconds at the most', async () => {
    await backUp();
    await database.query('create table if not exists bulk (t text)');
    await database.query('insert into bulk select repeat(md5(n::text), 30) from generate_series(1, 40000) n');
    await stored();
    await database.query('select pg_terminate_backend(pid) from pg_stat_replication');
    await say(60_001, 'after the break');
    await stored();
    const { trouble, lossMs, worstLossMs, gaps, missed } = shipping.state();
    expect([trouble, gaps, missed]).toEqual([undefined, 0, []]);
    expect(lossMs).toBeLessThan(10_000);
    expect(worstLossMs).toBeLessThan(10_000);
    const names = await readdir(sites[0]?.folder('backups') ?? '');
    expect(names.filter((name) => name.startsWith('w-')).length).toBeGreaterThan(1);
    expect(
      await restored(async (copy) => (await copy.query<{ n: number }>('select count(*)::int as n from bulk'))[0]?.n),
    ).toBe(40_000);
    expect(await restored(numbers)).toContain(60_001);
  });

  it('stops at once, also while it connects', async () => {
    let connecting = () => {};
    const begun = new Promise<void>((resolve) => {
      connecting = resolve;
    });
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    await shipping.stop();
    const late = createWalShipping({
      connect: async () => {
        connecting();
        await gate;
        return connectCopy();
      },
      packer,
      sites,
      lineage: lineageOf,
      slot: 'obhut_wal',
      clock: systemClock,
      failed: () => undefined,
    });
    late.start();
    await begun;
    const ended = late.stop();
    go();
    await ended;
    expect(late.state().stored).toBeUndefined();
  });

  it('says that it carries nothing where the database does not answer, and does not call that no loss', async () => {
    const lonely = createWalShipping({
      connect: () => openReplication({ host: '/nowhere', port: 1, user: 'x', password: 'x', application: 'x' }),
      packer,
      sites,
      lineage: 'f'.repeat(16),
      slot: 'obhut_wal',
      clock: systemClock,
      retryMs: 20,
      failed: () => undefined,
    });
    lonely.start();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(lonely.state()).toMatchObject({ trouble: 'replication_unreachable', stored: undefined, lossMs: undefined });
    await lonely.stop();
  });
});
