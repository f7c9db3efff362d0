/** Whether data lies at several places: what the operator declares is not enough, and the safes have the last word. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import type { SiteSettings } from '../../platform/config/settings.ts';
import type { Ground } from '../../platform/sites/ground.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { goAway } from '../../testing/away.ts';
import { createHouse } from '../../testing/household.ts';

let test: TestApp;
let folder: string;
afterEach(async () => {
  vi.restoreAllMocks();
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

type Declared = Pick<SiteSettings, 'street'> & { readonly ground?: Ground };

/** Sites that are for everything, declared so, and on such a ground where it is not this machine. */
async function start(...sites: readonly Declared[]): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'obhut-redundant-'));
  test = await createTestApp({
    cluster: inject('cluster'),
    settings: {
      objects: { quorum: 1 },
      sites: sites.map(({ street }, i) => ({
        name: `s${i}`,
        path: join(folder, `s${i}`),
        country: 'DE',
        purposes: ['objects', 'safe', 'ledger', 'heads', 'backups'],
        ...(street !== undefined && { street }),
      })),
    },
  });
  for (const [i, { ground }] of sites.entries())
    if (ground !== undefined) vi.spyOn(siteOf(i), 'ground').mockResolvedValue(ground);
}

const siteOf = (number: number) => {
  const site = test.sites[number];
  if (site === undefined) throw new Error(`no site ${number}`);
  return site;
};
const run = (id: string) => test.app.page.runner.run(id);
const apart = [{ street: 'Hafenstraße 1, Hamburg' }, { street: 'Isarweg 2, München', ground: 'network:7' }] as const;

async function upload(): Promise<void> {
  const house = await createHouse(test.http);
  const answer = await test.http.put(`${house.base}/people/${await house.person()}/files/${randomUUID()}`, 'content');
  expect(answer.status, answer.text).toBe(201);
}

let nights = 0;
async function backup(site: string, ago: string): Promise<void> {
  const id = randomUUID();
  nights += 1;
  await test.database.owner.query(
    `insert into recovery.night (night, lineage, attempt, node, state, started_at, seen_at, completed_at, backup_id)
     values ($1, 'l', 1, 'n', 'complete', now() - $2::interval, now() - $2::interval, now() - $2::interval, $3)`,
    [new Date(Date.now() - nights * 86_400_000).toISOString().slice(0, 10), ago, id],
  );
  await test.database.owner.query(
    "insert into recovery.stored (backup_id, site, state, looked_at, damaged) values ($1, $2, 'verified', now(), 0)",
    [id, site],
  );
}

describe('two sites', () => {
  it.each<readonly [string, readonly Declared[]]>([
    ['on one machine, with two streets', [{ street: 'Hafenstraße 1' }, { street: 'Isarweg 2' }]],
    ['of which the far one has no street', [{ street: 'Hafenstraße 1' }, { ground: 'network:7' }]],
    [
      'in one street, written in two ways',
      [
        { street: 'Hafenstraße 1, Hamburg' },
        { street: 'HAFENSTRASSE 1 Hamburg'.replace('SS', 'ß'), ground: 'network:7' },
      ],
    ],
  ])('%s are one place: nothing is redundant, and the page says so', async (_, sites) => {
    await start(...sites);
    await upload();
    await test.app.custody.objects.compare();
    for (const id of ['recovery.files-redundant', 'recovery.records-redundant', 'recovery.keys-redundant'])
      expect(await run(id), id).toMatchObject({ verdict: 'fails', counts: { places: 1 } });
    expect((await test.http.get('/', { token: null })).text).toContain('Nicht redundant');
  });

  it('apart hold files once all was compared, and no longer where one lacks a file', async () => {
    await start(...apart);
    await upload();
    expect(await run('recovery.files-redundant')).toMatchObject({ verdict: 'unknown', reason: 'still-looking' });
    await test.app.custody.objects.compare();
    expect(await run('recovery.files-redundant')).toMatchObject({
      verdict: 'holds',
      counts: { objects: 1, single: 0, sites: 2, places: 2, countries: 1 },
    });
    const comesBack = goAway(siteOf(1));
    await upload();
    expect(await run('recovery.files-redundant')).toMatchObject({
      verdict: 'fails',
      counts: { objects: 2, single: 1 },
    });
    comesBack();
    await test.app.custody.objects.heal();
    expect(await run('recovery.files-redundant')).toMatchObject({ verdict: 'holds', counts: { single: 0 } });
  });

  it('apart do not hold a file that each of them has otherwise: nobody knows which is right', async () => {
    await start(...apart);
    await upload();
    // As written before digests were kept.
    await test.database.owner.query('update custody.file set object_digest = null, object_bytes = null');
    const [object = ''] = await siteOf(1).list('objects');
    const right = (await siteOf(1).read('objects', object)) ?? Buffer.alloc(0);
    await siteOf(1).replace('objects', object, Buffer.alloc(right.length, 'x'));
    for (let day = 0; day < 30; day += 1) {
      await test.app.custody.objects.compare();
      await test.database.owner.query("update custody.object_reading set read_at = read_at - interval '1 day'");
    }
    expect(await run('recovery.files-redundant')).toMatchObject({
      verdict: 'fails',
      counts: { objects: 1, single: 0, differing: 1 },
    });
    await siteOf(1).replace('objects', object, right);
    await test.database.owner.query('delete from custody.object_reading');
    for (let day = 0; day < 30; day += 1) {
      await test.app.custody.objects.compare();
      await test.database.owner.query("update custody.object_reading set read_at = read_at - interval '1 day'");
    }
    expect(await run('recovery.files-redundant')).toMatchObject({ verdict: 'holds', counts: { differing: 0 } });
  });

  it('apart hold records once a good backup lies at the other place than the database; not for ever', async () => {
    await start(...apart);
    expect(await run('recovery.records-redundant')).toMatchObject({ verdict: 'unknown', reason: 'nothing-yet' });
    await backup('s0', '1 hour');
    expect(await run('recovery.records-redundant')).toMatchObject({ verdict: 'fails', counts: { places: 1 } });
    await backup('s1', '2 hours');
    expect(await run('recovery.records-redundant')).toMatchObject({ verdict: 'holds', counts: { places: 2 } });
    await test.database.owner.query("update recovery.stored set state = 'damaged' where site = 's1'");
    expect(await run('recovery.records-redundant')).toMatchObject({ verdict: 'fails' });
    await test.database.owner.query(
      "update recovery.stored set state = 'verified'; update recovery.night set completed_at = now() - interval '4 days'",
    );
    expect(await run('recovery.records-redundant')).toMatchObject({ verdict: 'unknown', reason: 'nothing-yet' });
  });

  it('apart do not hold the keys where one of them lacks the living epoch, or has it otherwise', async () => {
    await start(...apart);
    const counts = { safes: 2, places: 2, unreadable: 0 };
    vi.spyOn(siteOf(1), 'create').mockRejectedValue(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    await test.app.erasures.rollOver();
    vi.spyOn(siteOf(1), 'create').mockRestore();
    expect(await siteOf(1).list('safe')).toEqual([]);
    expect(await run('recovery.keys-redundant')).toMatchObject({ verdict: 'fails', counts: { ...counts, left: 0 } });
    // Back for an hour, it gets the next one, and once only.
    await test.app.erasures.tick();
    expect(await siteOf(1).list('safe')).toEqual([]);
    await test.database.owner.query("update keyring.epoch set created_at = now() - interval '61 minutes'");
    await test.app.erasures.tick();
    const got = await siteOf(1).list('safe');
    expect(got).toHaveLength(1);
    await test.database.owner.query("update keyring.epoch set created_at = now() - interval '61 minutes'");
    await test.app.erasures.tick();
    expect(await siteOf(1).list('safe')).toEqual(got);
    expect(await run('recovery.keys-redundant')).toMatchObject({ verdict: 'holds', counts: { ...counts, left: 1 } });
    // A safe that cannot be read may have it, or not.
    const comesBack = goAway(siteOf(1));
    vi.spyOn(siteOf(1), 'ground').mockResolvedValue('network:7');
    expect(await run('recovery.keys-redundant')).toMatchObject({
      verdict: 'unknown',
      counts: { ...counts, unreadable: 1, left: 0 },
    });
    comesBack();
    vi.spyOn(siteOf(1), 'ground').mockResolvedValue('network:7');
    const [file = ''] = await siteOf(1).list('safe');
    const whole = (await siteOf(1).read('safe', file)) ?? Buffer.alloc(0);
    await siteOf(1).replace('safe', file, Buffer.alloc(whole.length));
    expect(await run('recovery.keys-redundant')).toMatchObject({ verdict: 'fails', counts: { ...counts, left: 0 } });
    await siteOf(1).replace('safe', file, whole);
    expect(await run('recovery.keys-redundant')).toMatchObject({ verdict: 'holds' });
  });

  it('apart hold the keys with a safe each; one of them that has none does not', async () => {
    await start(...apart);
    expect(await run('recovery.keys-redundant')).toMatchObject({ verdict: 'holds', counts: { safes: 2, left: 1 } });
    Object.assign(siteOf(1), { purposes: ['objects', 'ledger', 'heads', 'backups'] });
    expect(await run('recovery.keys-redundant')).toMatchObject({ verdict: 'fails', counts: { safes: 1, left: 0 } });
    // Wherever the rest is: without the keys it is lost, and the sentence says so.
    await upload();
    await test.app.custody.objects.compare();
    expect(await run('recovery.files-redundant')).toMatchObject({ verdict: 'holds' });
    const answer = await test.http.get('/page.json', { token: null });
    const page = answer.json() as {
      practices: { sentences: { id: string; verdict: string }[] }[];
    };
    expect(answer.status, answer.text).toBe(200);
    const sentences = page.practices.flatMap((one) => one.sentences);
    expect(sentences.find(({ id }) => id === 'recovery.redundant')).toMatchObject({ verdict: 'fails' });
  });
});

it('three safes need two places that leave two shares, whichever is lost', async () => {
  await start(...apart, { street: 'Isarweg 2, München', ground: 'network:8' });
  expect(await run('recovery.keys-redundant')).toMatchObject({
    verdict: 'fails',
    counts: { safes: 3, places: 2, left: 1 },
  });
  vi.spyOn(siteOf(2), 'ground').mockResolvedValue('network:9');
  Object.assign(siteOf(2), { street: 'Mainkai 3, Frankfurt' });
  expect(await run('recovery.keys-redundant')).toMatchObject({
    verdict: 'holds',
    counts: { safes: 3, places: 3, left: 2 },
  });
});
