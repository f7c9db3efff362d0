/** A night of a repository: nothing that was ever there is lost, and nothing counts that was not restored. */
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SecretKey } from '../../../platform/crypto/key.ts';
import { createFolderSite, type Site } from '../../../platform/sites/site.ts';
import { createTestClock } from '../../../testing/clock.ts';
import { type BackUpOptions, backUp } from './backup.ts';
import { createGit, type GitError } from './git.ts';
import { rebuild } from './rebuild.ts';
import { createShelf, type Shelf, type StoredList, sourceCodeKey } from './shelf.ts';

const dayMs = 86_400_000;
const git = createGit(60_000);
const key = sourceCodeKey(SecretKey.from(Buffer.alloc(32, 5)));
let folder: string;
let remote: string;
let sites: Site[];
let shelf: Shelf;
let clock: ReturnType<typeof createTestClock>;
let options: BackUpOptions;

/** In a checkout of the remote. */
const inWork = (...args: readonly string[]) =>
  execFileSync('git', ['-C', join(folder, 'work'), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'T',
      GIT_AUTHOR_EMAIL: 't@example.org',
      GIT_COMMITTER_NAME: 'T',
      GIT_COMMITTER_EMAIL: 't@example.org',
    },
  }).trim();

async function commit(name: string, content = name): Promise<string> {
  await writeFile(join(folder, 'work', name), content);
  inWork('add', '.');
  inWork('commit', '-qm', name);
  inWork('push', '-qf', 'origin', 'HEAD:main');
  return inWork('rev-parse', 'HEAD');
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obhut-source-'));
  remote = join(folder, 'remote.git');
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', remote]);
  execFileSync('git', ['clone', '-q', remote, join(folder, 'work')], { stdio: 'ignore' });
  sites = await Promise.all(
    ['a', 'b'].map((name) =>
      createFolderSite({ name, path: join(folder, name), country: 'DE', purposes: ['backups'] }, ['DE']),
    ),
  );
  shelf = createShelf(sites, key);
  clock = createTestClock(new Date('2026-11-25T01:00:00Z'));
  options = { git, shelf, sites, folder: join(folder, 'copies'), clock, nights: 90 };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const night = (over: Partial<BackUpOptions> = {}) => {
  clock.advance(dayMs);
  return backUp({ ...options, ...over }, { name: 'product', url: `file://${remote}` });
};
const siteOf = (i: number) => sites[i] as Site;
const lists = (i = 0) => shelf.lists(siteOf(i), 'product');
const bundlesAt = async (i: number) => (await siteOf(i).list('backups')).filter((name) => name.endsWith('.bundle'));

/** What a list restores to: each ref with its commit. */
async function restored(list: StoredList | undefined, i = 0): Promise<Readonly<Record<string, string>>> {
  if (list === undefined) throw new Error('there is a list');
  const target = await mkdtemp(join(folder, 'restored-'));
  await rebuild({ git, shelf }, siteOf(i), list, join(target, 'r.git'), target);
  const refs = await git(['for-each-ref', '--format=%(refname) %(objectname)'], { folder: join(target, 'r.git') });
  return Object.fromEntries(
    refs
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
}

describe('nights in a row', () => {
  it('store what is new, once, and each restores to what it was', async () => {
    const first = await commit('one');
    expect(await night()).toMatchObject({ refs: 1, bundles: 1, sites: ['a', 'b'], missed: [] });
    expect(await night()).toMatchObject({ refs: 1, bundles: 1 });
    const second = await commit('two');
    inWork('tag', '-am', 'release', 'v1');
    inWork('push', '-q', 'origin', 'v1');
    expect(await night()).toMatchObject({ refs: 2, bundles: 2 });
    const all = await lists();
    expect(all.map(({ bundles }) => bundles.length)).toEqual([2, 1, 1]);
    expect(await restored(all[2])).toEqual({ 'refs/heads/main': first });
    expect(await restored(all[0], 1)).toMatchObject({ 'refs/heads/main': second, 'refs/tags/v1': expect.any(String) });
    expect(all[0]?.head).toBe('heads/main');
    const clone = join(folder, 'clone');
    const target = join(folder, 'final');
    await rebuild({ git, shelf }, siteOf(0), all[0] as StoredList, target, folder);
    execFileSync('git', ['clone', '-q', target, clone]);
    expect(await readFile(join(clone, 'two'), 'utf8')).toBe('two');
  });

  it('lose nothing to a force-push, a deleted branch, a branch that was set back, or a name that becomes a folder', async () => {
    const lost = await commit('secret work');
    inWork('push', '-q', 'origin', 'HEAD:refs/heads/topic');
    await night();
    inWork('checkout', '-q', '--orphan', 'fresh');
    const other = await commit('other');
    inWork('push', '-q', 'origin', ':topic');
    inWork('push', '-q', 'origin', 'HEAD:refs/heads/topic/part');
    expect(await night()).toMatchObject({ refs: 2, bundles: 2 });
    // Back to where it was: no object is new.
    inWork('push', '-qf', 'origin', `${lost}:refs/heads/main`);
    expect(await night()).toMatchObject({ bundles: 2 });
    const [back, forced, before] = await lists();
    expect(await restored(before)).toEqual({ 'refs/heads/main': lost, 'refs/heads/topic': lost });
    expect(await restored(forced)).toEqual({ 'refs/heads/main': other, 'refs/heads/topic/part': other });
    expect(await restored(back)).toEqual({ 'refs/heads/main': lost, 'refs/heads/topic/part': other });
  });

  it('begin anew with a whole bundle after so many', async () => {
    for (let i = 0; i < 4; i += 1) {
      await commit(`file ${i}`);
      await night({ longestChain: 3 });
    }
    const all = await lists();
    expect(all.map(({ bundles }) => bundles.length)).toEqual([1, 3, 2, 1]);
    expect(await restored(all[0])).toEqual({ 'refs/heads/main': inWork('rev-parse', 'HEAD') });
    expect(await restored(all[1])).toEqual({ 'refs/heads/main': inWork('rev-parse', 'HEAD~1') });
  });

  it('go on where the working copy is gone or rotten', async () => {
    await commit('one');
    await night();
    await rm(join(folder, 'copies'), { recursive: true });
    await commit('two');
    expect(await night()).toMatchObject({ bundles: 2 });
    const objects = join(folder, 'copies', 'product.git', 'objects');
    for (const name of await readdir(objects)) await rm(join(objects, name), { recursive: true });
    const third = await commit('three');
    await night().catch(() => undefined);
    await night();
    expect(await restored((await lists())[0])).toEqual({ 'refs/heads/main': third });
  });

  it('know an empty repository', async () => {
    expect(await night()).toMatchObject({ refs: 0, bundles: 0, sites: ['a', 'b'] });
    await commit('one');
    expect(await night()).toMatchObject({ refs: 1, bundles: 1 });
  });
});

describe('what lies at a site', () => {
  it('is sealed: nothing of the source can be read there', async () => {
    await commit('one', 'a very particular line of source');
    await night();
    for (const i of [0, 1])
      for (const name of await siteOf(i).list('backups')) {
        const content = await readFile(join(siteOf(i).folder('backups'), name));
        for (const word of ['particular', 'PACK', 'heads/main', 'git bundle'])
          expect(content.includes(word)).toBe(false);
      }
  });

  /** One of each class of byte: header, first segment, tag, in the middle, at the end; and cut off. */
  const broken: readonly (readonly [string, (content: Buffer) => Buffer])[] = [
    ...([0, 5, 20, 0.5, -1] as const).map(
      (at) =>
        [
          `with another byte at ${at}`,
          (content: Buffer) => {
            const position = at < 0 ? content.length + at : at < 1 ? Math.floor(content.length * at) : at;
            content[position] = (content[position] ?? 0) ^ 1;
            return content;
          },
        ] as const,
    ),
    ['cut off', (content) => content.subarray(0, content.length - 20)],
    ['gone', () => Buffer.alloc(0)],
  ];

  it.each(broken)('%s is never restored from, and is healed from the other site', async (_, change) => {
    const first = await commit('one', 'x'.repeat(200_000));
    await night();
    const [bundle = ''] = await bundlesAt(0);
    const path = join(siteOf(0).folder('backups'), bundle);
    const whole = await readFile(path);
    await writeFile(path, change(Buffer.from(whole)));
    await expect(restored((await lists())[0], 0)).rejects.toMatchObject({ code: 'backup_damaged' });
    expect(await restored((await lists(1))[0], 1)).toEqual({ 'refs/heads/main': first });
    expect(await night()).toMatchObject({ sites: ['a', 'b'], missed: [] });
    expect(await readFile(path)).toEqual(whole);
  });

  it('is made anew, whole, where a bundle is broken at every site', async () => {
    await commit('one');
    await night();
    for (const i of [0, 1])
      for (const name of await bundlesAt(i)) await writeFile(join(siteOf(i).folder('backups'), name), 'rotten');
    const second = await commit('two');
    expect(await night()).toMatchObject({ bundles: 1, missed: [] });
    expect(await restored((await lists())[0])).toEqual({ 'refs/heads/main': second });
  });

  it('counts only where all of it is: a site that was away is named, and caught up when it is back', async () => {
    await commit('one');
    await night();
    const away: Site = {
      ...siteOf(1),
      writer: () => Promise.reject(new Error('EIO')),
      create: () => Promise.reject(new Error('EIO')),
    };
    await commit('two');
    const sitesThen = [siteOf(0), away];
    expect(await night({ sites: sitesThen, shelf: createShelf(sitesThen, key) })).toMatchObject({
      sites: ['a'],
      missed: ['b'],
    });
    expect(await lists(1)).toHaveLength(1);
    expect(await night()).toMatchObject({ sites: ['a', 'b'], missed: [] });
    expect(await restored((await lists(1))[0], 1)).toEqual({ 'refs/heads/main': inWork('rev-parse', 'HEAD') });
  });

  it('fails where no site takes anything', async () => {
    await commit('one');
    const none = sites.map((site): Site => ({ ...site, writer: () => Promise.reject(new Error('ENOSPC')) }));
    await expect(night({ sites: none, shelf: createShelf(none, key) })).rejects.toMatchObject({ code: 'no_site' });
  });
});

describe('what is over', () => {
  it('goes with the nights that are kept, and never what a night still needs', async () => {
    await commit('one');
    for (let i = 0; i < 4; i += 1) {
      await commit(`more ${i}`);
      await night({ nights: 2 });
    }
    const kept = await lists();
    expect(kept).toHaveLength(3);
    // All of the chain is still needed.
    expect(await bundlesAt(0)).toHaveLength(4);
    for (const list of kept) expect(Object.keys(await restored(list))).toEqual(['refs/heads/main']);
  });

  it('stays where a list cannot be opened, or the listing is empty', async () => {
    await commit('one');
    await night();
    const before = await bundlesAt(0);
    await writeFile(join(siteOf(0).folder('backups'), 'code.product.20200101t000000000z.aaaaaaaa.list'), 'rotten');
    const far = new Date('2030-01-01');
    expect(await shelf.prune(siteOf(0), 'product', () => false, far)).toBe(0);
    expect(await shelf.prune(siteOf(0), 'product', (_, i) => i === 0, far)).toBe(0);
    expect(await shelf.prune({ ...siteOf(1), list: async () => [] }, 'product', () => true, far)).toBe(0);
    expect(await bundlesAt(0)).toEqual(before);
  });
});

it('restores what the first version of the format has written, for ever', async () => {
  const frozen = new URL('../../../testing/frozen/source-code-1', import.meta.url).pathname;
  await cp(frozen, siteOf(0).folder('backups'), { recursive: true });
  const [second, first] = await lists();
  expect(await restored(first)).toEqual({ 'refs/heads/main': '26852d99a70683aab8603dd4272cae38c00e3a3e' });
  const newest = '75a60f0d1a4cba21cd40297eeb60133d2d801fdc';
  expect(await restored(second)).toEqual({ 'refs/heads/main': newest, 'refs/tags/v1': newest });
});

describe('a night that is cut off', () => {
  it.each([1, 2, 3, 4, 5, 6])('after step %d is repeated whole, and nothing of before is lost', async (number) => {
    const first = await commit('one');
    await night();
    const second = await commit('two');
    const step = async (at: number) => {
      if (at === number) throw new Error('cut off');
    };
    await expect(night({ step })).rejects.toThrow('cut off');
    const counting = await lists();
    // The list is what counts, and it is written in step 5.
    expect(await restored(counting[0])).toEqual({ 'refs/heads/main': number < 5 ? first : second });
    expect(await night()).toMatchObject({ sites: ['a', 'b'] });
    expect(await restored((await lists())[0])).toEqual({ 'refs/heads/main': second });
    expect((await readdir(join(folder, 'copies'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('git', () => {
  it('ends in time, with all that it started', async () => {
    const slow = createGit(300);
    const begun = Date.now();
    const failed = slow(['-c', 'alias.wait=!sleep 30', 'wait'], { folder: remote });
    await expect(failed).rejects.toMatchObject({ code: 'git_too_long' } satisfies Partial<GitError>);
    expect(Date.now() - begun).toBeLessThan(10_000);
  });

  it('says what went wrong by a code, without an address', async () => {
    const url = `file://${join(folder, 'nothing-here')}`;
    const failed = backUp(options, { name: 'other', url });
    await expect(failed).rejects.toMatchObject({ code: 'git_failed', message: 'git fetch: git_failed' });
    const before = process.env.PATH;
    process.env.PATH = folder;
    try {
      await expect(git(['version'], { folder })).rejects.toMatchObject({ code: 'git_missing' });
    } finally {
      process.env.PATH = before;
    }
  });
});
