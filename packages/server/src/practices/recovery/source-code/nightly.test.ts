/** Each repository once a night, over all servers; and the page says what lies at the sites, not what a job says of itself. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { SecretKey } from '../../../platform/crypto/key.ts';
import { listSource, restoreSource } from '../../../start/source.ts';
import { createTestApp, type TestApp } from '../../../testing/app.ts';
import { createTestClock } from '../../../testing/clock.ts';
import { testSettings } from '../../../testing/settings.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
let folder: string;
let clock: ReturnType<typeof createTestClock>;
let test: TestApp;

const identity = ['-c', 'user.name=T', '-c', 'user.email=t@example.org'];
function commitTo(name: string, message: string): void {
  const remote = join(folder, `${name}.git`);
  if (!existsSync(remote)) execFileSync('git', ['init', '-q', '--bare', '-b', 'main', remote]);
  const tree = execFileSync('git', ['-C', remote, 'mktree'], { input: '', encoding: 'utf8' }).trim();
  const commit = execFileSync('git', ['-C', remote, ...identity, 'commit-tree', tree, '-m', message], {
    encoding: 'utf8',
  }).trim();
  execFileSync('git', ['-C', remote, 'update-ref', 'refs/heads/main', commit]);
}
const headOf = (name: string) =>
  execFileSync('git', ['-C', join(folder, `${name}.git`), 'rev-parse', 'main'], { encoding: 'utf8' }).trim();

const repositories = () =>
  ['product', 'missing'].map((name) => ({ name, url: `file://${join(folder, `${name}.git`)}` }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obhut-nightly-'));
  // Ten in the morning, in Berlin.
  clock = createTestClock(new Date('2026-11-25T09:00:00Z'));
  commitTo('product', 'one');
  test = await createTestApp({
    cluster: inject('cluster'),
    clock,
    settings: { data: join(folder, 'data'), sourceCode: { hour: 2, nights: 90, repositories: repositories() } },
  });
});
afterEach(async () => {
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

const run = () => test.app.sourceBackups.run();
const states = async () =>
  (
    await test.database.owner.query<{ text: string }>(
      `select repository || ' ' || to_char(night, 'DD') || ' ' || state || coalesce(' ' || error, '') as text
       from source_code.night order by repository, night`,
    )
  ).map(({ text }) => text);
const claim = async () => {
  const proof = await test.app.page.runner.run('recovery.source-nightly');
  return { verdict: proof?.verdict, reason: proof?.reason, ...proof?.counts };
};

describe('a night', () => {
  it('is one backup of each repository; what fails holds nothing up, and is tried again after half an hour', async () => {
    expect(await run()).toBe(1);
    expect(await states()).toEqual(['missing 25 failed git_failed', 'product 25 done']);
    expect(await test.app.sourceBackups.failing()).toEqual([{ repository: 'missing', code: 'git_failed' }]);
    const open = async () => {
      await test.app.alerts.look();
      const all = await test.app.alerts.store.list(['open'], 50);
      return all
        .filter(({ code }) => code === 'source_backup_failed')
        .map(({ subject, refs }) => [subject, refs.reason]);
    };
    expect(await open()).toEqual([['missing', 'git_failed']]);
    expect(await run()).toBe(0);
    commitTo('missing', 'it was only late');
    clock.advance(29 * minuteMs);
    expect(await run()).toBe(0);
    clock.advance(2 * minuteMs);
    expect(await run()).toBe(1);
    expect(await states()).toEqual(['missing 25 done', 'product 25 done']);
    clock.advance(minuteMs);
    expect(await open()).toEqual([]);
    clock.advance(16 * hourMs);
    // Half past two at night.
    expect(await run()).toBe(2);
    expect(await states()).toEqual(['missing 25 done', 'missing 26 done', 'product 25 done', 'product 26 done']);
  });

  it('is of one server; what one was at when it was ended, it begins again, and another after half a day', async () => {
    const second = await test.start('node-1');
    commitTo('missing', 'there');
    const both = await Promise.all([run(), second.sourceBackups.run()]);
    expect(both[0] + both[1]).toBe(2);
    await test.database.owner.query("update source_code.night set state = 'running', node = 'node-9'");
    clock.advance(hourMs);
    expect(await run()).toBe(0);
    clock.advance(12 * hourMs);
    expect(await run()).toBe(2);
    await test.database.owner.query("update source_code.night set state = 'running', node = 'node-0'");
    test.app.sourceBackups.start();
    await vi.waitUntil(async () => (await states()).every((one) => one.endsWith('done')), { timeout: 20_000 });
  });
});

describe('the claim', () => {
  it('holds while every repository of last night lies whole at every site, and fails where it does not', async () => {
    expect(await claim()).toMatchObject({ verdict: 'unknown', reason: 'nothing-yet' });
    await run();
    expect(await claim()).toMatchObject({ verdict: 'unknown', reason: 'nothing-yet', repositories: 2 });
    commitTo('missing', 'there');
    clock.advance(hourMs);
    await run();
    expect(await claim()).toMatchObject({ verdict: 'holds', repositories: 2, refs: 2, behind: 0, missing: 0 });

    const [, site] = test.sites;
    const [bundle = ''] = (await site?.list('backups'))?.filter((name) => name.endsWith('.bundle')) ?? [];
    const content = await site?.read('backups', bundle);
    await site?.remove('backups', bundle);
    expect(await claim()).toMatchObject({ verdict: 'fails', missing: 1 });
    await site?.create('backups', bundle, content ?? Buffer.alloc(0));
    expect(await claim()).toMatchObject({ verdict: 'holds' });

    clock.advance(31 * hourMs);
    expect(await claim()).toMatchObject({ verdict: 'fails', behind: 2 });
    await run();
    expect(await claim()).toMatchObject({ verdict: 'holds' });
  });
});

describe('restoring', () => {
  const said: string[] = [];
  beforeEach(() => {
    said.length = 0;
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      said.push(String(text));
      return true;
    });
  });
  afterEach(() => vi.restoreAllMocks());

  /** Another machine: the sites' folders, and the root key where it belongs. */
  const bare = () =>
    testSettings({
      data: join(folder, 'bare'),
      sites: test.sites.map((site) => ({
        name: site.name,
        path: join(site.folder('backups'), '..'),
        country: 'DE',
        purposes: [...site.purposes],
      })),
    });

  it('takes a site and the root key; the newest night, or the one that is asked for', async () => {
    await run();
    const first = headOf('product');
    commitTo('product', 'two');
    clock.advance(24 * hourMs);
    await run();
    const restore = (...args: string[]) => restoreSource(bare(), ['product', ...args], folder, 'en');
    await expect(restore('r1')).rejects.toMatchObject({ code: 'root_key_missing' });
    await mkdir(join(folder, 'bare', 'keys'), { recursive: true, mode: 0o700 });
    await writeFile(join(folder, 'bare', 'keys', 'root.key'), SecretKey.bytesOf(test.rootKey).toString('base64'));
    expect(await listSource(bare(), 'product', 'en')).toBe(0);
    expect(said.filter((line) => line.includes('branches and tags: 1'))).toHaveLength(4);
    expect(await restore('r1')).toBe(0);
    expect(await restore('r2', '--at', '2026-11-25T20:00:00Z')).toBe(0);
    const at = (name: string) =>
      execFileSync('git', ['-C', join(folder, name), 'rev-parse', 'main'], { encoding: 'utf8' }).trim();
    expect(at('r1')).toBe(headOf('product'));
    expect(at('r2')).toBe(first);
    await expect(restore('r1')).rejects.toMatchObject({ code: 'setting_invalid' });
    await expect(restore('r3', '--at', 'yesterday')).rejects.toMatchObject({ code: 'setting_invalid' });
    expect(await restore('r3', '--at', '2020-01-01')).toBe(1);
    expect(await listSource(bare(), 'nothing', 'en')).toBe(1);

    // The first site is broken: the second is taken, and it is said.
    for (const name of (await test.sites[0]?.list('backups')) ?? [])
      if (name.endsWith('.bundle')) await writeFile(join(test.sites[0]?.folder('backups') ?? '', name), 'rotten');
    expect(await restore('r4')).toBe(0);
    expect(said.join('')).toContain('at the site a is damaged');
    expect(at('r4')).toBe(headOf('product'));
  });
});
