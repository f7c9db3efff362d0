import { mkdtemp, readdir, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { commitment, SecretKey, sameBytes } from '../platform/crypto/key.ts';
import { type EpochId, newId } from '../platform/ids/ids.ts';
import { createFolderSite, type Site } from '../platform/sites/site.ts';
import { createTestApp } from '../testing/app.ts';
import { createHouse } from '../testing/household.ts';
import type { Safes } from './safes.ts';
import { createSafes } from './shared-safes.ts';

let folder: string;
let sites: Site[];
let safes: Safes;
const rootKey = SecretKey.generate();
const settingsOf = (at: string) =>
  ['a', 'b', 'c'].map((name) => ({ name, path: join(at, name), country: 'DE', purposes: ['safe' as const] }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obhut-shares-'));
  sites = await Promise.all(settingsOf(folder).map((one) => createFolderSite(one, ['DE'])));
  safes = createSafes(sites, rootKey);
});
afterEach(() => rm(folder, { recursive: true }));

const fileOf = (site: number, epoch: EpochId) => join(sites[site]?.folder('safe') ?? '', `${epoch}.epoch`);
const silent = async () => {
  throw new Error('the volume is not there');
};

async function stored(): Promise<{ epoch: EpochId; key: SecretKey }> {
  const epoch = newId<EpochId>();
  const key = SecretKey.generate();
  await safes.store(epoch, key);
  return { epoch, key };
}

describe('three safes', () => {
  it.each([0, 1, 2])('two suffice: without number %i the key is rebuilt', async (site) => {
    const { epoch, key } = await stored();
    await unlink(fileOf(site, epoch));
    const loaded = await safes.load(epoch, commitment(key));
    expect(sameBytes(SecretKey.bytesOf(loaded), SecretKey.bytesOf(key))).toBe(true);
  });

  it.each([0, 1, 2])('number %i alone gives nothing', async (site) => {
    const { epoch, key } = await stored();
    for (const other of [0, 1, 2].filter((one) => one !== site)) await unlink(fileOf(other, epoch));
    await expect(safes.load(epoch, commitment(key))).rejects.toMatchObject({ code: 'safes_unreadable' });
    expect((await safes.living()).size).toBe(0);
    expect([...(await safes.remains())]).toEqual([epoch]);
  });

  it('one share of another key does not spoil the other two', async () => {
    const [one, two] = [await stored(), await stored()];
    const other = await sites[0]?.read('safe', `${two.epoch}.epoch`);
    await unlink(fileOf(0, one.epoch));
    await sites[0]?.create('safe', `${one.epoch}.epoch`, other ?? Buffer.alloc(0));
    const loaded = await safes.load(one.epoch, commitment(one.key));
    expect(sameBytes(SecretKey.bytesOf(loaded), SecretKey.bytesOf(one.key))).toBe(true);
  });

  it('one that is silent stops neither a new epoch nor a destruction; two that are stop both', async () => {
    const [first, second] = sites;
    if (first === undefined || second === undefined) throw new Error('there are three');
    const { epoch, key } = await stored();
    Object.assign(first, { create: silent, size: silent, read: silent, list: silent });
    const other = await stored();
    expect(sameBytes(commitment(await safes.load(other.epoch, commitment(other.key))), commitment(other.key))).toBe(
      true,
    );
    await safes.destroy(epoch);
    await expect(safes.load(epoch, commitment(key))).rejects.toMatchObject({ code: 'safes_unreadable' });
    Object.assign(second, { create: silent, size: silent });
    await expect(safes.store(newId<EpochId>(), SecretKey.generate())).rejects.toMatchObject({
      code: 'safes_unreadable',
    });
    await expect(safes.destroy(other.epoch)).rejects.toMatchObject({ code: 'safes_unreadable' });
  });
});

describe('an installation with three safes', () => {
  it('rolls over while one is silent, and takes its old share when it is back', async () => {
    const at = await mkdtemp(join(tmpdir(), 'obhut-three-'));
    const test = await createTestApp({
      cluster: inject('cluster'),
      settings: {
        sites: [
          ...settingsOf(at),
          { name: 'd', path: join(at, 'd'), country: 'DE', purposes: ['objects', 'ledger', 'heads'] },
        ],
      },
    });
    try {
      const house = await createHouse(test.http);
      const person = await house.person();
      const record = await house.put(person, { name: 'Ada' });
      const away = test.sites[1];
      if (away === undefined) throw new Error('there are four');
      const kept = { ...away };
      const [old] = await readdir(away.folder('safe'));
      Object.assign(away, { create: silent, size: silent, read: silent, list: silent });
      await test.app.erasures.rollOver();
      expect((await test.http.get(house.recordUrl(person, record))).status).toBe(200);
      expect(await readdir(away.folder('safe'))).toEqual([old]);
      Object.assign(away, kept);
      await test.app.erasures.rollOver();
      expect(await readdir(away.folder('safe'))).toHaveLength(1);
      expect(await readdir(away.folder('safe'))).not.toEqual([old]);
    } finally {
      await test.close();
      await rm(at, { recursive: true });
    }
  });
});
