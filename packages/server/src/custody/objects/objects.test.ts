/** Files at three sites, of which one is gone, slow, lying, read-only, another volume, and back again. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import type { SiteSettings } from '../../platform/config/settings.ts';
import { asId, type CustomerId, type PersonId } from '../../platform/ids/ids.ts';
import type { ObjectWriter, Site } from '../../platform/sites/site.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { goAway } from '../../testing/away.ts';
import { createHouse, type House } from '../../testing/household.ts';

const actor = { kind: 'system', id: 'obhut' } as const;
let folder: string;
let test: TestApp;
let house: House;
let person: string;

/** Three sites for objects, of which two have to have an upload. */
async function start(quorum: number | undefined = 2): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'obhut-objects-'));
  const site = (name: string, ...more: SiteSettings['purposes']): SiteSettings => ({
    name,
    path: join(folder, name),
    country: 'DE',
    purposes: ['objects', ...more],
  });
  test = await createTestApp({
    cluster: inject('cluster'),
    settings: {
      sites: [site('a', 'safe', 'ledger', 'heads'), site('b'), site('c')],
      objects: quorum === undefined ? {} : { quorum },
    },
  });
  house = await createHouse(test.http);
  person = await house.person();
}
beforeEach(() => start());
afterEach(async () => {
  vi.restoreAllMocks();
  await test.close();
  for (const site of ['a', 'b', 'c'])
    expect(readdirSync(join(folder, site, 'objects')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  await rm(folder, { recursive: true, force: true });
});

const siteOf = (name: string): Site => {
  const site = test.sites.find((one) => one.name === name);
  if (site === undefined) throw new Error(`there is no site ${name}`);
  return site;
};
const pathOf = (site: string, object: string) => join(folder, site, 'objects', object);
const urlOf = (file: string = randomUUID()) => `${house.base}/people/${person}/files/${file}`;
const listOf = (site: string) => readdirSync(join(folder, site, 'objects')).filter((name) => !name.startsWith('.'));
const failure = (code: string) => Object.assign(new Error(`${code}: write`), { code });
const found = async () =>
  (await test.app.custody.objects.compare()).map(({ code, subject, refs }) => ({ code, subject, ...refs }));

async function upload(content: string): Promise<{ url: string; object: string }> {
  const before = new Set(await objects());
  const url = urlOf();
  const answer = await test.http.put(url, content);
  expect(answer.status, answer.text).toBe(201);
  const [object = ''] = (await objects()).filter((one) => !before.has(one));
  return { url, object };
}
async function objects(): Promise<readonly string[]> {
  return (await test.database.owner.query<{ object: string }>('select object from custody.file')).map(
    (row) => row.object,
  );
}
async function rowOf(object: string) {
  const [row] = await test.database.owner.query<{ sites: string[]; missing: string[] }>(
    'select sites, missing from custody.file where object = $1',
    [object],
  );
  return row && { sites: [...row.sites].sort(), missing: row.missing };
}
/** Written long enough ago to be compared. */
function age(object: string): void {
  const old = new Date(Date.now() - 2 * 3_600_000);
  for (const site of ['a', 'b', 'c']) utimesSync(pathOf(site, object), old, old);
}

describe('an upload with a quorum', () => {
  it.each(['gone', 'read-only', 'full'] as const)(
    'succeeds with one site %s, says where it is missing, and is brought there when it is back',
    async (how) => {
      if (how === 'gone') vi.spyOn(siteOf('c'), 'note').mockRejectedValue(failure('EIO'));
      vi.spyOn(siteOf('c'), 'writer').mockRejectedValue(failure(how === 'full' ? 'ENOSPC' : 'EROFS'));
      const { url, object } = await upload('content');
      expect(await rowOf(object)).toEqual({ sites: ['a', 'b'], missing: ['c'] });
      expect((await test.http.get(url)).text).toBe('content');
      expect(await test.app.custody.objects.heal()).toMatchObject({ healed: 0, waiting: 1, lost: 0 });
      vi.restoreAllMocks();
      expect(await test.app.custody.objects.heal()).toMatchObject({ healed: 1, waiting: 0, lost: 0 });
      expect(await rowOf(object)).toEqual({ sites: ['a', 'b', 'c'], missing: [] });
      expect(await siteOf('c').read('objects', object)).toEqual(await siteOf('a').read('objects', object));
      expect(await test.app.custody.objects.heal()).toMatchObject({ healed: 0, waiting: 0 });
    },
  );

  it('is refused where too few are left, and leaves nothing', async () => {
    for (const name of ['b', 'c']) vi.spyOn(siteOf(name), 'writer').mockRejectedValue(failure('EIO'));
    const answer = await test.http.put(urlOf(), 'content');
    expect(answer.status, answer.text).toBe(503);
    expect(listOf('a')).toEqual([]);
    expect(await objects()).toEqual([]);
  });

  it('goes on where a site fails at its last step, and that site gets it whole', async () => {
    const site = siteOf('b');
    const real = site.writer.bind(site);
    vi.spyOn(site, 'writer').mockImplementation(async (...args) => {
      const writer: ObjectWriter = await real(...args);
      return { ...writer, commit: () => Promise.reject(failure('EIO')) };
    });
    const { object } = await upload('content');
    expect(await rowOf(object)).toEqual({ sites: ['a', 'c'], missing: ['b'] });
    vi.restoreAllMocks();
    await test.app.custody.objects.heal();
    expect(await siteOf('b').read('objects', object)).toEqual(await siteOf('a').read('objects', object));
  });
});

describe('healing', () => {
  it('never copies from a site that lies, and brings that one in order too', async () => {
    const comesBack = goAway(siteOf('c'));
    const { url, object } = await upload('as it was written');
    comesBack();
    const right = await siteOf('b').read('objects', object);
    const wrong = Buffer.from(right ?? '');
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
    writeFileSync(pathOf('a', object), wrong);
    expect(await test.app.custody.objects.heal()).toMatchObject({ healed: 1, lost: 0 });
    expect(await siteOf('c').read('objects', object)).toEqual(right);
    // Who reads gets it from another site, and the one that lied is noted.
    expect((await test.http.get(url)).text).toBe('as it was written');
    await expect.poll(() => rowOf(object)).toEqual({ sites: ['b', 'c'], missing: ['a'] });
    expect(await test.app.custody.objects.heal()).toMatchObject({ healed: 1, lost: 0 });
    expect(await siteOf('a').read('objects', object)).toEqual(right);
  });

  it('copies nothing where no site has it right, and says that it is lost', async () => {
    const comesBack = goAway(siteOf('c'));
    const { object } = await upload('content');
    comesBack();
    for (const site of ['a', 'b']) writeFileSync(pathOf(site, object), 'something else');
    expect(await test.app.custody.objects.heal()).toMatchObject({ healed: 0, lost: 1 });
    expect(listOf('c')).toEqual([]);
  });

  it('reads what is right nowhere less and less often, and at once when a site is back', async () => {
    const comesBack = goAway(siteOf('c'));
    const { object } = await upload('content');
    comesBack();
    const right = await siteOf('a').read('objects', object);
    for (const site of ['a', 'b']) writeFileSync(pathOf(site, object), 'something else');
    const reads = ['a', 'b', 'c'].map((site) => vi.spyOn(siteOf(site), 'stream'));
    const heal = async () => {
      for (const read of reads) read.mockClear();
      const result = await test.app.custody.objects.heal();
      return { ...result, read: reads.reduce((sum, { mock }) => sum + mock.calls.length, 0) };
    };
    expect(await heal()).toEqual({ healed: 0, waiting: 0, lost: 1, gone: 0, read: 2 });
    expect(await heal()).toMatchObject({ lost: 1, read: 2 });
    expect(await heal()).toMatchObject({ lost: 1, read: 0 });
    vi.restoreAllMocks();
    const returns = goAway(siteOf('a'));
    expect(await test.app.custody.objects.heal()).toMatchObject({ healed: 0 });
    returns();
    writeFileSync(pathOf('a', object), right ?? '');
    expect(await test.app.custody.objects.heal()).toMatchObject({ healed: 1, lost: 0 });
    expect(await siteOf('c').read('objects', object)).toEqual(right);
  });

  it('passes over what a site does not take for the sake of one object', async () => {
    const all = [await upload('one'), await upload('two'), await upload('three')];
    for (const { object } of all) rmSync(pathOf('b', object));
    // A folder in its place: nothing can get this name.
    const [first = { object: '' }] = all;
    mkdirSync(pathOf('b', first.object));
    writeFileSync(join(pathOf('b', first.object), 'in-the-way'), '');
    await test.database.owner.query("update custody.file set sites = array_remove(sites, 'b'), missing = array['b']");
    expect(await test.app.custody.objects.heal()).toMatchObject({ healed: 2, waiting: 1, lost: 0 });
  });

  it('believes a site only what it reads back', async () => {
    const comesBack = goAway(siteOf('c'));
    const { object } = await upload('content');
    comesBack();
    const site = siteOf('c');
    const real = site.writer.bind(site);
    vi.spyOn(site, 'writer').mockImplementation(async (...args) => {
      const writer: ObjectWriter = await real(...args);
      return { ...writer, write: async () => {} };
    });
    expect(await test.app.custody.objects.heal()).toMatchObject({ healed: 0, waiting: 1, lost: 0 });
    expect(await rowOf(object)).toEqual({ sites: ['a', 'b'], missing: ['c'] });
  });

  it('does not bring back what was erased while a site was away', async () => {
    const comesBack = goAway(siteOf('c'));
    const { url, object } = await upload('content');
    expect((await test.http.delete(url)).status).toBe(202);
    comesBack();
    expect(await test.app.custody.objects.heal()).toMatchObject({ healed: 0, waiting: 0, lost: 0 });
    for (const site of ['a', 'b', 'c']) expect(listOf(site), site).not.toContain(object);
  });

  it('that is overtaken by an erasure leaves no copy', async () => {
    const comesBack = goAway(siteOf('c'));
    const { url, object } = await upload('content');
    comesBack();
    const site = siteOf('c');
    const real = site.writer.bind(site);
    vi.spyOn(site, 'writer').mockImplementationOnce(async (...args) => {
      const writer: ObjectWriter = await real(...args);
      return {
        ...writer,
        // All bytes are there, and only their name is missing: now the order comes.
        async write(bytes) {
          await writer.write(bytes);
          expect((await test.http.delete(url)).status).toBe(202);
        },
      };
    });
    expect(await test.app.custody.objects.heal()).toMatchObject({ healed: 0, waiting: 0, lost: 0 });
    for (const name of ['a', 'b', 'c']) expect(listOf(name), name).not.toContain(object);
    expect(readdirSync(join(folder, 'c', 'objects')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('that is naming its copy makes the erasure wait, which then takes that copy too', async () => {
    const comesBack = goAway(siteOf('c'));
    const { url, object } = await upload('content');
    comesBack();
    const site = siteOf('c');
    const real = site.writer.bind(site);
    let erased: Promise<number> | undefined;
    vi.spyOn(site, 'writer').mockImplementationOnce(async (...args) => {
      const writer: ObjectWriter = await real(...args);
      return {
        ...writer,
        async commit() {
          erased = test.http.delete(url).then(({ status }) => status);
          // It waits for the row.
          await expect
            .poll(async () => {
              const rows = await test.database.owner.query(
                `select 1 from pg_locks join pg_stat_activity using (pid)
                 where not granted and datname = current_database()`,
              );
              return rows.length;
            })
            .toBeGreaterThan(0);
          await writer.commit();
        },
      };
    });
    await test.app.custody.objects.heal();
    expect(erased).toBeDefined();
    expect(await erased).toBe(202);
    for (const name of ['a', 'b', 'c']) expect(listOf(name), name).not.toContain(object);
  });
});

describe('a volume that is not there', () => {
  /** As a mount point without its volume: an empty folder. */
  function unmount(site: string): () => void {
    const path = join(folder, site, 'objects');
    renameSync(path, `${path}-volume`);
    mkdirSync(path, { mode: 0o700 });
    return () => {
      rmSync(path, { recursive: true });
      renameSync(`${path}-volume`, path);
    };
  }

  it('takes nothing, is not called erased, and is told of; back, it is caught up', async () => {
    const first = await upload('first');
    const mount = unmount('c');
    const second = await upload('second');
    expect(await rowOf(second.object)).toEqual({ sites: ['a', 'b'], missing: ['c'] });
    expect(listOf('c')).toEqual([]);
    const { order } = await test.app.erasures.place(
      { customer: asId<CustomerId>(house.customer), scope: 'person', person: asId<PersonId>(person) },
      0,
      actor,
      'api',
    );
    await test.app.erasures.rollOver();
    // The volume that is not there still holds it.
    expect(await test.app.erasures.get(asId(house.customer), order)).toMatchObject({ missed: ['c'] });
    mount();
    expect(listOf('c')).toContain(first.object);
    await test.app.erasures.tick();
    expect(listOf('c')).toEqual([]);
    expect(await test.app.erasures.get(asId(house.customer), order)).toMatchObject({ state: 'final', missed: [] });
  });

  it('is an alarm with how much should be there; nothing is swept or noted as missing', async () => {
    const { object } = await upload('first');
    const mount = unmount('c');
    expect(await found()).toEqual([{ code: 'site_unmarked', subject: 'c', expected: 1 }]);
    expect(await rowOf(object)).toEqual({ sites: ['a', 'b', 'c'], missing: [] });
    mount();
    expect(await found()).toEqual([]);
  });

  it('is filled where somebody says that it is new', async () => {
    const { object } = await upload('first');
    unmount('c');
    writeFileSync(pathOf('c', '.obhut-accept'), '');
    expect(await found()).toEqual([{ code: 'site_differs', subject: 'c', missing: 1, healed: 1, waiting: 0, lost: 0 }]);
    expect(listOf('c')).toEqual([object]);
    expect(await rowOf(object)).toEqual({ sites: ['a', 'b', 'c'], missing: [] });
    expect(await found()).toEqual([]);
  });

  it('that another installation has marked and not filled yet is left to it', async () => {
    const marks = () => test.database.owner.query<{ mark: string }>('select mark from custody.object_site');
    const path = pathOf('c', '.obhut-mark');
    const theirs = randomUUID();
    // What the first server does at its start is over by then.
    await test.app.custody.files.sweep();
    await test.app.close();
    await test.database.owner.query("delete from custody.object_site where site = 'c'");
    writeFileSync(path, theirs);
    const app = await test.start('node-1');
    const house = await createHouse(test.httpOf(1));
    const url = `${house.base}/people/${await house.person()}/files/${randomUUID()}`;
    expect((await test.httpOf(1).put(url, 'content')).status).toBe(201);
    expect(listOf('c')).toEqual([]);
    expect(readFileSync(path, 'utf8')).toBe(theirs);
    expect((await marks()).map(({ mark }) => mark)).not.toContain(theirs);
    // What they put there meanwhile is theirs.
    const object = randomUUID();
    writeFileSync(pathOf('c', object), 'theirs');
    utimesSync(pathOf('c', object), new Date(0), new Date(0));
    await app.custody.files.sweep();
    expect(listOf('c')).toEqual([object]);
    // Nothing is stuck when they are gone: no mark is ours that was never written.
    for (const name of [path, pathOf('c', object)]) rmSync(name);
    expect(await app.custody.objects.heal()).toMatchObject({ healed: 1 });
    expect((await marks()).map(({ mark }) => mark)).toContain(readFileSync(path, 'utf8').trim());
  });

  it('or one of another installation is left alone: its objects are not swept', async () => {
    await upload('first');
    const path = join(folder, 'c', 'objects');
    rmSync(path, { recursive: true });
    mkdirSync(path, { mode: 0o700 });
    const theirs = randomUUID();
    writeFileSync(join(path, theirs), 'theirs');
    writeFileSync(join(path, '.obhut-mark'), randomUUID());
    utimesSync(join(path, theirs), new Date(0), new Date(0));
    await test.app.custody.files.sweep();
    expect(listOf('c')).toEqual([theirs]);
    expect(await found()).toEqual([{ code: 'site_unmarked', subject: 'c', expected: 1 }]);
  });
});

it('after a restore nothing younger than the backup is swept, until somebody says that it goes', async () => {
  await upload('of the backup');
  // As another machine has it that lives: of its rows this database knows nothing.
  const theirs = randomUUID();
  for (const site of ['a', 'b']) {
    writeFileSync(pathOf(site, theirs), 'theirs');
    utimesSync(pathOf(site, theirs), new Date(0), new Date(0));
  }
  await test.app.close();
  const app = await test.start('restored', 'restored');
  expect(await app.custody.files.sweep()).toBe(0);
  for (const site of ['a', 'b']) expect(listOf(site)).toContain(theirs);
  // Nor after the next start, which needs no word.
  await app.close();
  const again = await test.start('again');
  expect(await again.custody.files.sweep()).toBe(0);
  expect(listOf('a')).toContain(theirs);
  writeFileSync(pathOf('a', '.obhut-accept'), '');
  expect(await again.custody.files.sweep()).toBe(1);
  expect([listOf('a').includes(theirs), listOf('b').includes(theirs)]).toEqual([false, true]);
  // It was said once, and of this site.
  expect(readdirSync(join(folder, 'a', 'objects'))).not.toContain('.obhut-accept');
});

describe('the daily comparison', () => {
  it('finds what is missing and what has another length, mends both, and finds nothing then', async () => {
    const [one, two, three] = [await upload('one'), await upload('two'), await upload('three')];
    expect(await found()).toEqual([]);
    rmSync(pathOf('a', one.object));
    writeFileSync(pathOf('b', two.object), 'short');
    expect(await found()).toEqual([
      { code: 'site_differs', subject: 'a', missing: 1, healed: 2, waiting: 0, lost: 0 },
      { code: 'site_lying', subject: 'b', different: 1 },
    ]);
    expect(await found()).toEqual([]);
    for (const { object } of [one, two, three])
      expect(await siteOf('b').read('objects', object)).toEqual(await siteOf('c').read('objects', object));
  });

  it('says that an object is lost that no site has', async () => {
    const { object } = await upload('one');
    for (const site of ['a', 'b', 'c']) rmSync(pathOf(site, object));
    const lost = await found();
    expect(lost.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      'site_differs a',
      'site_differs b',
      'site_differs c',
    ]);
    expect(lost.at(-1)).toMatchObject({ healed: 0 });
  });

  it('does not believe an empty listing: it asks by name, tells, and copies nothing', async () => {
    const { object } = await upload('one');
    age(object);
    vi.spyOn(siteOf('b'), 'sizes').mockResolvedValue(new Map());
    const copies = vi.spyOn(siteOf('b'), 'writer');
    expect(await found()).toEqual([{ code: 'site_lying', subject: 'b', different: 1 }]);
    expect(copies).not.toHaveBeenCalled();
    expect(await rowOf(object)).toEqual({ sites: ['a', 'b', 'c'], missing: [] });
  });

  it('reads another part whole each day, so that bytes that changed are found within a month', async () => {
    const { object } = await upload('as it was written');
    const right = await siteOf('b').read('objects', object);
    const wrong = Buffer.from(right ?? '');
    wrong[20] = (wrong[20] ?? 0) ^ 1;
    writeFileSync(pathOf('b', object), wrong);
    let days = 0;
    for (let findings = await found(); findings.length === 0; findings = await found()) {
      days += 1;
      expect(days).toBeLessThan(30);
      await test.database.owner.query("update custody.object_reading set read_at = read_at - interval '1 day'");
    }
    expect(await siteOf('b').read('objects', object)).toEqual(right);
  });

  it('an object that cannot be read is one that is wrong: it stops nothing, and is brought anew', async () => {
    const [one, two] = [await upload('one'), await upload('two')];
    const site = siteOf('b');
    const right = await site.read('objects', one.object);
    writeFileSync(pathOf('b', one.object), Buffer.alloc(right?.length ?? 0, 'x'));
    const real = site.stream.bind(site);
    vi.spyOn(site, 'stream').mockImplementation((purpose, name, ...range) => {
      const isBroken = name === one.object && readFileSync(pathOf('b', name), 'utf8').startsWith('xxxx');
      return isBroken ? Readable.from(failing()) : real(purpose, name, ...range);
    });
    async function* failing(): AsyncGenerator<Buffer> {
      yield await Promise.reject(failure('EIO'));
    }
    let days = 0;
    for (let findings = await found(); findings.length === 0; findings = await found()) {
      days += 1;
      expect(days).toBeLessThan(30);
      await test.database.owner.query("update custody.object_reading set read_at = read_at - interval '1 day'");
    }
    expect(await site.read('objects', one.object)).toEqual(right);
    // Nor one of which not even the length can be asked.
    rmSync(pathOf('c', two.object));
    const size = siteOf('b').size.bind(site);
    vi.spyOn(site, 'sizes').mockRejectedValue(failure('EIO'));
    vi.spyOn(site, 'size').mockImplementation(async (purpose, name) => {
      if (name === one.object) throw failure('EIO');
      return size(purpose, name);
    });
    const findings = await found();
    expect(findings).toContainEqual(expect.objectContaining({ code: 'site_lying', subject: 'b', different: 1 }));
    expect(findings).toContainEqual(expect.objectContaining({ code: 'site_differs', subject: 'c', healed: 1 }));
    expect(listOf('c')).toContain(two.object);
  });

  it('counts what belongs to nobody, and leaves it to the sweep', async () => {
    await upload('one');
    const stranger = randomUUID();
    writeFileSync(pathOf('a', stranger), 'what is this');
    utimesSync(pathOf('a', stranger), new Date(0), new Date(0));
    await found();
    const rows = await test.database.owner.query<{ site: string; strangers: number }>(
      'select site, objects, missing, wrong, strangers from custody.object_site order by site',
    );
    expect(rows).toEqual([
      { site: 'a', objects: 1, missing: 0, wrong: 0, strangers: 1 },
      { site: 'b', objects: 1, missing: 0, wrong: 0, strangers: 0 },
      { site: 'c', objects: 1, missing: 0, wrong: 0, strangers: 0 },
    ]);
    expect(listOf('a')).toContain(stranger);
  });
});
