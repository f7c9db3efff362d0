import { chmod, mkdtemp, open, readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { commitment, SecretKey, sameBytes } from '../platform/crypto/key.ts';
import { roleNames } from '../platform/database/roles.ts';
import { type CustomerId, type EpochId, newId } from '../platform/ids/ids.ts';
import { createFolderSite, type Site } from '../platform/sites/site.ts';
import { connect, createTestDatabase, type TestDatabase } from '../testing/cluster.ts';
import { createEpochs } from './epoch.ts';
import { createWholeSafes, type Safes } from './safes.ts';

let folder: string;
let sites: Site[];
let safes: Safes;
const rootKey = SecretKey.generate();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obhut-safes-'));
  sites = await Promise.all(
    ['a', 'b'].map((name) =>
      createFolderSite({ name, path: join(folder, name), country: 'DE', purposes: ['safe'] }, ['DE']),
    ),
  );
  safes = createWholeSafes(sites, rootKey);
});
afterEach(() => rm(folder, { recursive: true }));

const fileOf = (site: number, epoch: EpochId) => join(sites[site]?.folder('safe') ?? '', `${epoch}.epoch`);
const filesAt = (site: number) => readdir(sites[site]?.folder('safe') ?? '');

async function damage(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, 30);
  buffer[0] = (buffer[0] ?? 0) ^ 1;
  await handle.write(buffer, 0, bytesRead, 30);
  await handle.close();
}

async function stored(): Promise<{ epoch: EpochId; key: SecretKey }> {
  const epoch = newId<EpochId>();
  const key = SecretKey.generate();
  await safes.store(epoch, key);
  return { epoch, key };
}

describe('two safes', () => {
  it.each([0, 1])('either suffices: without number %i the key is still there', async (site) => {
    const { epoch, key } = await stored();
    await unlink(fileOf(site, epoch));
    const loaded = await safes.load(epoch, commitment(key));
    expect(sameBytes(SecretKey.bytesOf(loaded), SecretKey.bytesOf(key))).toBe(true);
  });

  it.each([
    ['a flipped bit', damage],
    ['an empty file', (path: string) => writeFile(path, '')],
    ['half a file', (path: string) => writeFile(path, Buffer.alloc(20))],
  ])('one with %s is skipped; both make it unreadable', async (_what, spoil) => {
    const { epoch, key } = await stored();
    await spoil(fileOf(0, epoch));
    expect(commitment(await safes.load(epoch, commitment(key)))).toEqual(commitment(key));
    await spoil(fileOf(1, epoch));
    await expect(safes.load(epoch, commitment(key))).rejects.toMatchObject({ code: 'safes_unreadable' });
  });

  it("one that gives another epoch's key is not believed", async () => {
    const [one, two] = [await stored(), await stored()];
    for (const site of [0, 1]) {
      const other = await sites[site]?.read('safe', `${two.epoch}.epoch`);
      await writeFile(fileOf(site, one.epoch), other ?? '');
    }
    await expect(safes.load(one.epoch, commitment(one.key))).rejects.toMatchObject({ code: 'safes_unreadable' });
  });

  it('under another root key give nothing', async () => {
    const { epoch, key } = await stored();
    const thief = createWholeSafes(sites, SecretKey.generate());
    await expect(thief.load(epoch, commitment(key))).rejects.toMatchObject({ code: 'safes_unreadable' });
  });

  it('one full disk does not stop a new epoch; two do', async () => {
    const { epoch } = await stored();
    await expect(safes.store(epoch, SecretKey.generate())).rejects.toMatchObject({ code: 'safes_unreadable' });
    const half = newId<EpochId>();
    await writeFile(fileOf(0, half), 'in the way');
    await safes.store(half, SecretKey.generate());
    expect(await safes.living()).toContain(half);
  });

  it('destroy overwrites the same file, then removes it, in both', async () => {
    const { epoch, key } = await stored();
    // A second name for the same bytes shows what was done to them before the name went.
    const handles = await Promise.all([0, 1].map((site) => open(fileOf(site, epoch), 'r')));
    await safes.destroy(epoch);
    for (const [site, handle] of handles.entries()) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(500), 0, 500, 0);
      await handle.close();
      expect(bytesRead).toBeGreaterThan(40);
      expect(buffer.subarray(0, bytesRead).every((byte) => byte === 0)).toBe(true);
      expect(await filesAt(site)).toEqual([]);
    }
    await expect(safes.load(epoch, commitment(key))).rejects.toMatchObject({ code: 'safes_unreadable' });
    await safes.destroy(epoch);
    expect((await safes.living()).size).toBe(0);
  });

  it('keep their files to this user alone', async () => {
    await chmod(folder, 0o755);
    const { epoch } = await stored();
    const { stat } = await import('node:fs/promises');
    expect((await stat(fileOf(0, epoch))).mode & 0o777).toBe(0o600);
    expect((await stat(sites[0]?.folder('safe') ?? '')).mode & 0o777).toBe(0o700);
  });
});

describe('epochs', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase(inject('cluster'));
  });
  afterEach(() => database.drop());

  const open_ = () => createEpochs(database.app, safes);
  const states = async () =>
    (await database.app.query<{ state: string }>('select state from keyring.epoch order by created_at')).map(
      ({ state }) => state,
    );
  const use = async (epoch: EpochId) =>
    database.app.query(
      "insert into keyring.customer_key (customer_id, key_id, epoch_id, wrapped, commitment, state) values ($1, $2, $3, '', '', 'current')",
      [newId<CustomerId>(), newId(), epoch],
    );

  it('begin with one, however many servers start at once on an empty installation', async () => {
    const pools = [1, 2, 3].map(() => connect(inject('cluster'), database.name, roleNames.app));
    const servers = pools.map((pool) => createEpochs(pool, safes));
    const made = await Promise.all(servers.map((one) => one.ready()));
    expect(made.filter((one) => one.made)).toHaveLength(1);
    expect(await states()).toEqual(['open']);
    const keys = await Promise.all(
      servers.map((one) => database.app.transaction(async (connection) => (await one.openForWrap(connection)).key)),
    );
    for (const key of keys)
      expect(sameBytes(SecretKey.bytesOf(key), SecretKey.bytesOf(keys[0] ?? SecretKey.generate()))).toBe(true);
    for (const pool of pools) await pool.close();
  });

  it('begin with one on an empty installation, and it is found again', async () => {
    expect(await open_().ready()).toEqual({ made: true });
    const again = open_();
    expect(await again.ready()).toEqual({ made: false });
    const { id, key } = await database.app.transaction((connection) => again.openForWrap(connection));
    expect([...(await safes.living())]).toEqual([id]);
    again.drop();
    expect(() => SecretKey.bytesOf(key)).toThrow('destroyed');
    // What lives is loaded anew; what was closed while this process ran is not, even where a safe still had it.
    SecretKey.bytesOf(await again.key(id));
    again.forget(id);
    await expect(again.key(id)).rejects.toThrow('closed');
  });

  it('whose key no safe has any more stop the start, where customers hang on them', async () => {
    await open_().ready();
    const [epoch] = await safes.living();
    await use(epoch as EpochId);
    await unlink(fileOf(0, epoch as EpochId));
    expect(await open_().ready()).toEqual({ made: false });
    await unlink(fileOf(1, epoch as EpochId));
    await expect(open_().ready()).rejects.toMatchObject({ name: 'StartError', code: 'safes_unreadable' });
  });

  it('are healed when a start was killed between the row and the safes', async () => {
    await database.app.query("insert into keyring.epoch (epoch_id, commitment, state) values ($1, $2, 'open')", [
      newId<EpochId>(),
      Buffer.alloc(16),
    ]);
    expect(await open_().ready()).toEqual({ made: true });
    expect((await states()).sort()).toEqual(['closed', 'open']);
    expect(await open_().ready()).toEqual({ made: false });
  });
});
