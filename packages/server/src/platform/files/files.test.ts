import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SecretKey } from '../crypto/key.ts';
import { loadRootKey } from '../secrets/root-key.ts';
import { createSecretStore } from '../secrets/secrets.ts';
import { createFolderSite } from '../sites/site.ts';
import { createFile, replaceFile } from './durable.ts';
import { lockFolder } from './lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obhut-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a durable file', () => {
  it('is created once, for this user alone, and leaves no temporary one', async () => {
    const path = join(folder, 'x');
    await createFile(path, Buffer.from('one'));
    await expect(createFile(path, Buffer.from('two'))).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(path, 'utf8')).toBe('one');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['x']);
  });

  it('is replaced whole: whoever reads meanwhile sees one of the two', async () => {
    const path = join(folder, 'x');
    const contents = ['a', 'b'].map((letter) => letter.repeat(100_000));
    await replaceFile(path, Buffer.from(contents[0] ?? ''));
    const seen = new Set<string>();
    let writing = true;
    const reader = (async () => {
      while (writing) seen.add(await readFile(path, 'utf8'));
    })();
    for (let i = 0; i < 20; i += 1) await replaceFile(path, Buffer.from(contents[i % 2] ?? ''));
    writing = false;
    await reader;
    for (const content of seen) expect(contents).toContain(content);
    expect(await readdir(folder)).toEqual(['x']);
  });
});

describe('the lock of a data folder', () => {
  it('refuses a second server, and lets go when the first is done', async () => {
    const path = join(folder, 'lock');
    const lock = await lockFolder(path, folder);
    await expect(lockFolder(path, folder)).rejects.toMatchObject({ code: 'already_running' });
    await lock.release();
    await (await lockFolder(path, folder)).release();
  });

  it.each([
    ['is gone', () => ({ pid: spawnSync(process.execPath, ['-e', '']).pid, began: '1' })],
    ['has a pid that was given to somebody else', () => ({ pid: process.pid, began: '1' })],
  ])('is taken over when its holder %s', async (_why, holder) => {
    const path = join(folder, 'lock');
    await writeFile(path, JSON.stringify(holder()));
    const lock = await lockFolder(path, folder);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is taken over when a power loss left it empty', async () => {
    const path = join(folder, 'lock');
    await writeFile(path, '');
    await (await lockFolder(path, folder)).release();
  });
});

describe('a site', () => {
  const settings = () => ({ name: 'a', path: join(folder, 'a'), country: 'DE', purposes: ['objects' as const] });

  it('in a country that is not allowed is refused, also when the list changes under it', async () => {
    await expect(createFolderSite(settings(), ['FR'])).rejects.toMatchObject({ code: 'country_refused' });
    const allowed = ['DE'];
    const site = await createFolderSite(settings(), allowed);
    await site.create('objects', 'x', Buffer.from('x'));
    allowed[0] = 'FR';
    for (const write of [
      () => site.create('objects', 'y', Buffer.from('x')),
      () => site.replace('objects', 'x', Buffer.from('y')),
      () => site.append('objects', 'x', Buffer.from('y')),
      () => site.writer('objects', 'y'),
    ])
      await expect(write()).rejects.toMatchObject({ code: 'country_refused' });
    expect(String(await site.read('objects', 'x'))).toBe('x');
  });

  it.each(['', '..', '../x', 'a/b', '.x', 'A', 'x y', 'x\0', 'x'.repeat(121)])(
    'takes no object named %j',
    async (name) => {
      const site = await createFolderSite(settings(), ['DE']);
      await expect(site.create('objects', name, Buffer.from('x'))).rejects.toThrow('not an object name');
      await expect(site.read('objects', name)).rejects.toThrow('not an object name');
      expect(() => site.stream('objects', name, 0, 1)).toThrow('not an object name');
    },
  );

  it('keeps nothing for a purpose that it does not have', async () => {
    const site = await createFolderSite(settings(), ['DE']);
    await expect(site.create('safe', 'x', Buffer.from('x'))).rejects.toThrow('not for safe');
  });

  it('shows an object only once it is committed, and nothing of one that was given up', async () => {
    const site = await createFolderSite(settings(), ['DE']);
    const [kept, dropped] = [await site.writer('objects', 'kept'), await site.writer('objects', 'dropped')];
    await kept.write(Buffer.from('con'));
    await dropped.write(Buffer.from('x'));
    expect(await site.list('objects')).toEqual([]);
    await kept.write(Buffer.from('tent'));
    await kept.commit();
    await dropped.abort();
    expect(await readdir(site.folder('objects'))).toEqual(['kept']);
    expect(String(await site.read('objects', 'kept'))).toBe('content');
    expect(await site.size('objects', 'kept')).toBe(7);
    await site.remove('objects', 'kept');
    await site.remove('objects', 'kept');
    expect(await site.read('objects', 'kept')).toBeUndefined();
    expect(await site.size('objects', 'kept')).toBeUndefined();
  });
});

describe('the root key', () => {
  const bytes = (key: SecretKey) => SecretKey.bytesOf(key).toString('hex');

  it('is made at the first start and found at the next', async () => {
    const first = await loadRootKey('file', folder);
    expect(bytes(await loadRootKey('file', folder))).toBe(bytes(first));
    expect((await stat(join(folder, 'root.key'))).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['another one', () => `${Buffer.alloc(32, 7).toString('base64')}\n`, 'root_key_wrong'],
    ['half of it', () => Buffer.alloc(16).toString('base64'), 'root_key_wrong'],
    ['no base64', () => 'not a key at all', 'root_key_wrong'],
    ['an empty file', () => '', 'root_key_wrong'],
  ])('is refused when there is %s', async (_what, content, code) => {
    await loadRootKey('file', folder);
    await writeFile(join(folder, 'root.key'), content());
    await expect(loadRootKey('file', folder)).rejects.toMatchObject({ name: 'StartError', code });
  });

  it('that is missing is not made anew', async () => {
    await loadRootKey('file', folder);
    await rm(join(folder, 'root.key'));
    await expect(loadRootKey('file', folder)).rejects.toMatchObject({ code: 'root_key_missing' });
    expect(await readdir(folder)).toEqual(['root.commitment']);
  });

  it('as a credential that is not there is named', async () => {
    await expect(loadRootKey('credential', folder)).rejects.toMatchObject({ code: 'root_key_missing' });
  });
});

describe('secrets', () => {
  it('are made once and open under their root key only', async () => {
    const rootKey = SecretKey.generate();
    const store = await createSecretStore(rootKey, folder);
    const made = await store.get('a', () => Buffer.from('secret'));
    expect(String(await store.get('a', () => Buffer.from('other')))).toBe(String(made));
    expect((await readFile(join(folder, 'a.sealed'))).includes('secret')).toBe(false);
    const thief = await createSecretStore(SecretKey.generate(), folder);
    await expect(thief.get('a', () => Buffer.from('x'))).rejects.toMatchObject({ code: 'root_key_wrong' });
  });

  it('under another name do not open, and take no name that leads elsewhere', async () => {
    const store = await createSecretStore(SecretKey.generate(), folder);
    await store.get('a', () => Buffer.from('secret'));
    await writeFile(join(folder, 'b.sealed'), await readFile(join(folder, 'a.sealed')));
    await expect(store.get('b', () => Buffer.from('x'))).rejects.toMatchObject({ code: 'root_key_wrong' });
    await expect(store.get('../a', () => Buffer.from('x'))).rejects.toThrow('not a name');
  });
});
