import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../platform/clock/clock.ts';
import { SecretKey } from '../../../platform/crypto/key.ts';
import type { Database, Queryable } from '../../../platform/database/database.ts';
import { adminUser } from '../../../platform/database/embedded.ts';
import { roleNames } from '../../../platform/database/roles.ts';
import { createTestApp, type TestApp } from '../../../testing/app.ts';
import { connect, startTestCluster } from '../../../testing/cluster.ts';
import { createHouse, type House } from '../../../testing/household.ts';
import { drillsOf, type RecoveryWorld, recoveryOf } from '../../../testing/mortal-recovery.ts';
import type { Recovery } from '../recovery.ts';
import { type DrillStep, drillFolder, drillLog, drillSteps } from './drill.ts';
import type { Drills, DrillsOptions } from './drills.ts';
import { listDrills } from './store.ts';

const lineage = '0123456789abcdef';
const hourMs = 3_600_000;
let cluster: Awaited<ReturnType<typeof startTestCluster>>;
let test: TestApp;
let house: House;
let data: string;
let world: RecoveryWorld;
/** True time, that the calendar may be ahead of. */
let skewMs = 0;
const clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + skewMs) };
let recovery: Recovery;
let alarms: string[] = [];

beforeAll(async () => {
  cluster = await startTestCluster();
  data = await mkdtemp(join(tmpdir(), 'obhut-drill-'));
  await chmod(data, 0o711);
  await writeFile(join(data, 'backup-lineage'), lineage);
  test = await createTestApp({ cluster: cluster.address, clock, settings: { data } });
  house = await createHouse(test.http);
  for (const name of ['Ada', 'Eve']) await house.put(await house.person(), { name, mail: `${name}@example.org` });
  world = {
    cluster: cluster.address,
    database: test.database.name,
    folder: test.folder,
    data,
    rootKey: SecretKey.bytesOf(test.rootKey).toString('hex'),
    backupKey: SecretKey.bytesOf(SecretKey.generate()).toString('hex'),
    lineage,
    skewMs: 0,
  };
  recovery = recoveryOf(world, parts(), { clock, alarm: (code) => alarms.push(code) });
  expect(await recovery.look()).toBeDefined();
}, 120_000);
afterAll(async () => {
  await recovery.stop();
  await test.close();
  await cluster.stop();
  await rm(data, { recursive: true, force: true });
});

const parts = () => ({ app: test.app, sites: test.sites, database: test.database.app });

async function drills(over: Partial<DrillsOptions> = {}): Promise<Drills> {
  alarms = [];
  return drillsOf(world, parts(), recovery, { clock, failed: (code) => alarms.push(code), ...over });
}
const at = (step: DrillStep, work: () => Promise<unknown>) => async (reached: DrillStep) => {
  if (reached === step) await work();
};
const verdicts = (checks: readonly { check: string; verdict: string }[] = []) =>
  Object.fromEntries(checks.map(({ check, verdict }) => [check, verdict]));
const allGood = {
  restored: 'holds',
  reached: 'holds',
  same: 'holds',
  erased: 'holds',
  living: 'holds',
  structure: 'holds',
};
const claim = async (id: string) => {
  const proof = await test.app.page.runner.run(id);
  return { verdict: proof?.verdict, reason: proof?.reason, ...proof?.counts };
};
const left = async () => (await readdir(data)).filter((name) => name.startsWith(drillFolder));

/** PostgreSQL reads for long; whoever waits for it waits with it. */
const slowly = (queryable: Queryable, hang: () => unknown): Queryable['query'] => {
  return async (text, ...words) => {
    if (text.includes('hash_record_extended')) {
      void hang();
      await queryable.query('select pg_sleep(25)');
    }
    return queryable.query(text, ...words);
  };
};
function readingFor(hang: () => unknown): DrillsOptions['asOwner'] {
  return async (work) => {
    const owner = connect(cluster.address, test.database.name, roleNames.owner, 1);
    const transaction: Database['transaction'] = (deed) =>
      owner.transaction((connection) => deed({ query: slowly(connection, hang) }));
    try {
      return await work({ ...owner, transaction });
    } finally {
      await owner.close();
    }
  };
}
function copyReadingFor(hang: () => unknown): DrillsOptions['openCopy'] {
  return ({ socketFolder }) => {
    const copy = connect({ ...cluster.address, socketFolder }, test.database.name, adminUser, 4);
    return { ...copy, query: slowly(copy, hang) };
  };
}

describe('a drill', { timeout: 120_000 }, () => {
  it('proves the backup of the night, while others write', async () => {
    let writing = true;
    const writer = (async () => {
      const person = await house.person();
      for (let n = 0; writing; n += 1) await house.put(person, { name: `n${n}`, mail: `${n}@example.org` });
    })();
    const one = await drills();
    const end = await one.look().finally(() => {
      writing = false;
    });
    await writer;
    expect(alarms).toEqual([]);
    expect(end).toMatchObject({ state: 'proven', site: 'a' });
    expect(verdicts(end?.checks)).toEqual(allGood);
    const same = end?.checks.find(({ check }) => check === 'same');
    expect(Number(same?.counts.rows)).toBeGreaterThan(50);
    expect(Number(same?.counts.customers)).toBeGreaterThan(1);
    expect(end?.rtoMs).toBeGreaterThan(100);
    expect(end?.rpoMs).toBeGreaterThanOrEqual(0);
    expect(await left()).toEqual([]);
    // Once a night; and the next one that is asked for takes the other site.
    expect(await one.look()).toBeUndefined();
    expect(await one.ask()).toMatchObject({ state: 'proven', site: 'b' });
    expect((await listDrills(test.database.app, lineage, 9)).map(({ state }) => state)).toEqual(['proven', 'proven']);
  });

  it('takes the keys from the snapshot where an epoch was closed since', async () => {
    const one = await drills({ reached: at('restore', () => test.app.erasures.rollOver()) });
    const end = await one.ask();
    expect(verdicts(end?.checks)).toEqual(allGood);
    expect(end?.checks.find(({ check }) => check === 'erased')?.counts).toMatchObject({ snapshot: 1, reachable: 0 });
  });

  it('takes them anew where an epoch is closed while it tries them', async () => {
    let isTrying = false;
    const sites = test.sites.map((site) => ({
      ...site,
      async read(...words: Parameters<typeof site.read>) {
        // After the snapshot was taken, before the key is fetched: the key is gone.
        if (isTrying && words[0] === 'safe') {
          isTrying = false;
          await test.app.erasures.rollOver();
        }
        return site.read(...words);
      },
    }));
    const one = await drills({
      sites,
      reached: at('keys', async () => {
        isTrying = true;
      }),
    });
    expect(verdicts((await one.ask())?.checks)).toEqual(allGood);
    expect(isTrying).toBe(false);
  });

  /** The copy of the next drill, for whoever spoils it. */
  async function spoiled(
    step: DrillStep,
    spoil: (copy: Database) => Promise<unknown>,
    over: Partial<DrillsOptions> = {},
  ) {
    let copy: Database | undefined;
    const one = await drills({
      openCopy({ socketFolder }) {
        copy = connect({ ...cluster.address, socketFolder }, test.database.name, adminUser, 4);
        return copy;
      },
      reached: at(step, async () => {
        if (copy === undefined) throw new Error('no copy yet');
        await spoil(copy);
      }),
      ...over,
    });
    const end = await one.ask();
    expect(await left()).toEqual([]);
    return end;
  }
  const failing = (checks: readonly { check: string; verdict: string }[] = []) =>
    checks.filter(({ verdict }) => verdict === 'fails').map(({ check }) => check);

  it('fails where a row is another, one is missing, or a table is', async () => {
    for (const sql of [
      'update custody.record set version = version + 1 where ctid = (select min(ctid) from custody.record)',
      'delete from customers.customer where ctid = (select max(ctid) from customers.customer)',
      'drop table recovery.rehearsal',
    ]) {
      const end = await spoiled('compare', (copy) => copy.query(sql));
      expect(end).toMatchObject({ state: 'failed', reason: 'same' });
      expect(failing(end?.checks)).toContain('same');
    }
  });

  it('fails where somebody who was ordered away can be reached: the newest lines of the ledger are missing', async () => {
    let known: number | undefined;
    const forgetful = test.sites.map((site) => ({
      ...site,
      size: async (...words: Parameters<typeof site.size>) =>
        words[0] === 'ledger' && words[1] === 'erasures.ndjson' && known !== undefined ? known : site.size(...words),
    }));
    const one = await drills({
      sites: forgetful,
      reached: at('orders', async () => {
        known = await test.sites[0]?.size('ledger', 'erasures.ndjson');
      }),
    });
    const end = await one.ask();
    expect(failing(end?.checks)).toEqual(['erased']);
    expect(alarms).toEqual(['erased']);
  });

  it('fails where what was stored of somebody does not open', async () => {
    const end = await spoiled('keys', (copy) =>
      copy.query('update custody.record set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)'),
    );
    expect(failing(end?.checks)).toEqual(['living']);
  });

  it('fails where an index lacks a row of its table', async () => {
    const end = await spoiled('structure', async (copy) => {
      await copy.query('create table public.story as select n from generate_series(1, 9) n');
      await copy.query('create index story_n on public.story (n)');
      await copy.query("update pg_index set indisready = false where indexrelid = 'public.story_n'::regclass");
      await copy.query('insert into public.story values (10)');
      await copy.query("update pg_index set indisready = true where indexrelid = 'public.story_n'::regclass");
    });
    expect(failing(end?.checks)).toEqual(['structure']);
  });

  it('has no result where a check could not be made: whether tables are whole inside nobody knows', async () => {
    const one = await drills({
      openCopy({ socketFolder }) {
        const copy = connect({ ...cluster.address, socketFolder }, test.database.name, adminUser, 4);
        const query: Database['query'] = async (text, ...words) =>
          text.includes('pg_available_extensions') ? [] : copy.query(text, ...words);
        return { ...copy, query };
      },
    });
    const end = await one.ask();
    expect(end).toMatchObject({ state: 'unknown', reason: 'drill_unchecked' });
    expect(verdicts(end?.checks)).toEqual({ ...allGood, structure: 'unknown' });
  });

  it('fails where its site lacks a pack, is an alarm of that site, and over once it is proven again', async () => {
    const [a, b] = test.sites;
    if (a === undefined || b === undefined) throw new Error('no sites');
    const gone: typeof a = {
      ...a,
      read: async (purpose, name) => (name.startsWith('p-') ? undefined : a.read(purpose, name)),
    };
    expect(await (await drills()).ask('b')).toMatchObject({ state: 'proven' });
    const broken = await drills({ sites: [gone, b] });
    const found = async () => (await Promise.all(broken.checks.map(({ run }) => run()))).flat();
    expect(await broken.ask('a')).toMatchObject({ state: 'failed', reason: 'backup_damaged', site: 'a' });
    const finding = { code: 'drill_failed', subject: 'a', refs: { reason: 'backup_damaged', site: 'a' } };
    expect(await found()).toEqual([finding]);
    expect(await claim('recovery.drilled')).toMatchObject({ verdict: 'fails', failing: 1 });
    expect(await broken.ask('b')).toMatchObject({ state: 'proven' });
    expect(await found()).toEqual([finding]);
    expect(await (await drills()).ask('a')).toMatchObject({ state: 'proven' });
    expect(await found()).toEqual([]);
    expect(await claim('recovery.drilled')).toMatchObject({
      verdict: 'holds',
      failing: 0,
      sites: 2,
      hours: 0,
      asked: 1,
    });
    // What nobody proved for two nights is an alarm by itself.
    skewMs = 49 * hourMs;
    expect(await found()).toEqual([{ code: 'backup_unproven', refs: { hours: 49 } }]);
    expect(await claim('recovery.drilled')).toMatchObject({ verdict: 'fails', hours: 49 });
    skewMs = 0;
    expect(await claim('recovery.drilled')).toMatchObject({ verdict: 'holds' });
  });

  it('is beside the backup of the night, which is at every site or not', async () => {
    expect(await claim('recovery.backed-up')).toMatchObject({ verdict: 'holds', sites: 2, missing: 0 });
    const [site] = test.sites;
    const names = (await site?.list('backups')) ?? [];
    const manifest = names.find((name) => name.startsWith('m-')) ?? '';
    const bytes = (await site?.read('backups', manifest)) ?? Buffer.alloc(0);
    await site?.remove('backups', manifest);
    expect(await claim('recovery.backed-up')).toMatchObject({ verdict: 'fails', missing: 1 });
    await site?.create('backups', manifest, bytes);
    expect(await claim('recovery.backed-up')).toMatchObject({ verdict: 'holds' });
    skewMs = 28 * hourMs;
    expect(await claim('recovery.backed-up')).toMatchObject({ verdict: 'fails', hours: 28 });
    skewMs = 0;
  });

  it.each(drillSteps.filter((step) => step !== 'remove'))(
    'that meets an error at "%s" says so, leaves nothing, and the next one proves',
    async (step) => {
      const error = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      const one = await drills({ reached: at(step, () => Promise.reject(error)) });
      expect(await one.ask('a')).toMatchObject({ state: 'failed', reason: 'ENOSPC' });
      expect(alarms).toEqual(['ENOSPC']);
      expect(await left()).toEqual([]);
      if (step !== 'structure') return;
      expect(await (await drills()).ask('a')).toMatchObject({ state: 'proven' });
    },
  );

  it('has no result where its site is away, and the next one takes another site', async () => {
    const [a, b] = test.sites;
    if (a === undefined || b === undefined) throw new Error('no sites');
    const gone = () => Promise.reject(new Error('EIO'));
    const away: typeof a = { ...a, list: gone, read: gone };
    const one = await drills({ sites: [away, b] });
    expect(await one.ask('a')).toMatchObject({ state: 'unknown', reason: 'drill_site_away', site: 'a' });
    expect((await Promise.all(one.checks.map(({ run }) => run()))).flat()).toEqual([]);
    // Away from the middle on: the same.
    let isAway = false;
    const flaky: typeof a = {
      ...a,
      list: (...words) => (isAway ? gone() : a.list(...words)),
      read: (...words) => (isAway ? gone() : a.read(...words)),
    };
    const reached = at('restore', async () => {
      isAway = true;
    });
    const other = await drills({ sites: [flaky, b], reached });
    expect(await other.ask('a')).toMatchObject({ state: 'unknown', reason: 'drill_site_away', site: 'a' });
    // Its safe is away, too: of another site's backup that says nothing either.
    expect(await other.ask('b')).toMatchObject({ state: 'unknown', reason: 'drill_site_away', site: 'b' });
    const apart: typeof a = {
      ...a,
      list: (purpose) => (purpose === 'backups' ? gone() : a.list(purpose)),
      read: (purpose, name) => (purpose === 'backups' ? gone() : a.read(purpose, name)),
    };
    const third = await drills({ sites: [apart, b] });
    expect(await third.ask('a')).toMatchObject({ state: 'unknown', reason: 'drill_site_away' });
    expect(await third.ask()).toMatchObject({ state: 'proven', site: 'b' });
  });

  it('is tried again after an hour, four times a night, and only where the night has its backup', async () => {
    skewMs = 24 * hourMs;
    const one = await drills({ reached: at('room', () => Promise.reject(new Error('broken'))) });
    expect(await one.look()).toBeUndefined();
    expect(await recovery.look()).toBeDefined();
    for (let attempt = 0; attempt < 4; attempt += 1) {
      expect(await one.look()).toMatchObject({ state: 'failed', reason: 'drill_failed' });
      expect(await one.look()).toBeUndefined();
      skewMs += hourMs + 1;
    }
    expect(await one.look()).toBeUndefined();
    skewMs = 0;
  });

  it('is beside the backup of the night, of which the one before counts until it was read back', async () => {
    const nights = await test.database.owner.query<{ night: string; backup: string }>(
      "select night::text, backup_id as backup from recovery.night where state = 'complete' order by completed_at desc",
    );
    expect(nights).toHaveLength(2);
    const [newest, before] = nights;
    const unread = (backup: string | undefined) =>
      test.database.owner.query("delete from recovery.stored where site = 'b' and backup_id = $1", [backup ?? '']);
    skewMs = 25 * hourMs;
    expect(await claim('recovery.backed-up')).toMatchObject({ verdict: 'holds', night: newest?.night, hours: 1 });
    await unread(newest?.backup);
    expect(await claim('recovery.backed-up')).toMatchObject({ verdict: 'holds', night: before?.night, hours: 25 });
    skewMs = 28 * hourMs;
    const early = { verdict: 'unknown', reason: 'nothing-yet', night: before?.night, hours: 28, missing: 0 };
    expect(await claim('recovery.backed-up')).toMatchObject(early);
    skewMs = 37 * hourMs;
    expect(await claim('recovery.backed-up')).toMatchObject({ verdict: 'fails', missing: 1 });
    // A site that is not read in any night is not green in between either.
    await unread(before?.backup);
    skewMs = 25 * hourMs;
    expect(await claim('recovery.backed-up')).toMatchObject({ verdict: 'fails', missing: 1 });
    // In the first night nothing is known.
    await test.database.owner.query('delete from recovery.night where backup_id = $1', [before?.backup ?? '']);
    expect(await claim('recovery.backed-up')).toMatchObject({ verdict: 'unknown', reason: 'nothing-yet', missing: 0 });
    skewMs = 0;
  });

  it('takes a backup from before its moment, also where one is complete before it is restored', async () => {
    const one = await drills({
      reached: at('restore', async () => {
        skewMs = 72 * hourMs;
        expect(await recovery.look()).toBeDefined();
        skewMs = 0;
      }),
    });
    expect(await one.ask()).toMatchObject({ state: 'proven' });
  });

  it.each<[string, (hang: () => Promise<never>) => Partial<DrillsOptions>]>([
    ['while it waits for the log', (hang) => ({ logStored: hang })],
    ['while the living database is read', (hang) => ({ asOwner: readingFor(hang) })],
    ['while the copy is read', (hang) => ({ openCopy: copyReadingFor(hang) })],
  ])('that is broken off %s ends at once, and leaves nothing', async (_, over) => {
    let begun = () => {};
    const inside = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const one = await drills(
      over(() => {
        begun();
        return new Promise<never>(() => undefined);
      }),
    );
    const end = one.ask('a');
    await inside;
    const beganMs = performance.now();
    await one.stop();
    expect(performance.now() - beganMs).toBeLessThan(10_000);
    expect(await end).toMatchObject({ state: 'unknown', reason: 'broke_off' });
    expect(await left()).toEqual([]);
    expect(await one.ask('a')).toBeUndefined();
  });

  it('that is broken off while others write without end does not wait for them', async () => {
    const one = await drills();
    await test.database.owner.transaction(async (writer) => {
      await writer.query('lock table custody.record in row exclusive mode');
      const end = one.ask('a');
      await expect
        .poll(
          async () =>
            (await test.database.owner.query("select 1 from pg_locks where mode = 'ShareLock' and not granted")).length,
          { interval: 20, timeout: 20_000 },
        )
        .toBeGreaterThan(0);
      const beganMs = performance.now();
      await one.stop();
      expect(performance.now() - beganMs).toBeLessThan(10_000);
      expect(await end).toMatchObject({ state: 'unknown', reason: 'broke_off' });
    });
  });

  it('of which something cannot be removed says how it ended all the same, and what is left', async () => {
    const one = await drills({
      reached: at('remove', async () => {
        await rm(join(data, drillLog));
        await mkdir(join(data, drillLog));
      }),
    });
    expect(await one.ask('a')).toMatchObject({ state: 'proven' });
    expect(alarms).toEqual(['drill_copy_left']);
    expect((await listDrills(test.database.app, lineage, 99)).filter(({ state }) => state === 'running')).toEqual([]);
    // The next one begins with that.
    expect(await (await drills()).ask('a')).toMatchObject({ state: 'unknown', reason: 'drill_copy_left' });
    await rm(join(data, drillLog), { recursive: true });
    expect(await (await drills()).ask('a')).toMatchObject({ state: 'proven' });
  });

  it('that is broken off proves nothing and fails nothing, and leaves nothing', async () => {
    const one = await drills({
      reached: at('restore', async () => {
        void one.stop();
      }),
    });
    expect(await one.ask()).toMatchObject({ state: 'unknown', reason: 'broke_off' });
    expect(await left()).toEqual([]);
  });
});
