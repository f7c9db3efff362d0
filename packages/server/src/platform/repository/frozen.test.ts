/** What an earlier release wrote is restored by every later one: a backup of format 1 as it lay at a site, and a log of parts. */
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SecretKey } from '../crypto/key.ts';
import { manifestKeys } from '../crypto/pack.ts';
import { parseLsn, segmentOf } from '../replication/lsn.ts';
import { createFolderSite, type Site } from '../sites/site.ts';
import { readCatalogue, verifyAt } from './catalogue.ts';
import { createPacker, type Packer } from './packer.ts';
import { readWhole, unpackBase, unpackWal } from './unpack.ts';
import { walRun } from './wal-archive.ts';

/** Made for this backup alone. */
const backupKey = SecretKey.from(Buffer.alloc(32, 7));
let at: string;
let site: Site;
let packer: Packer;

beforeAll(async () => {
  at = await mkdtemp(join(tmpdir(), 'obhut-frozen-'));
  site = await createFolderSite({ name: 'a', path: join(at, 'a'), country: 'DE', purposes: ['backups'] }, ['DE']);
  const frozen = new URL('../../testing/frozen/backup-1', import.meta.url).pathname;
  await cp(frozen, site.folder('backups'), { recursive: true });
  packer = createPacker(backupKey, 1);
});
afterAll(async () => {
  await packer.close();
  await rm(at, { recursive: true, force: true });
});

it('a backup of format 1 is found, verified and unpacked, with its log and its secrets', async () => {
  const { backups, damaged, unreadable } = await readCatalogue(site, manifestKeys(backupKey).verifying);
  expect({ damaged, unreadable, count: backups.length }).toEqual({ damaged: [], unreadable: [], count: 1 });
  const [signed] = backups;
  if (signed === undefined) throw new Error('there is one');
  const { manifest } = signed;
  expect(manifest).toMatchObject({ version: 1, lineage: '00f1e2d3c4b5a697', previous: null, endLsn: '0/200200' });
  expect(await verifyAt(site, signed)).toEqual([]);

  const damages: unknown[] = [];
  const folder = join(at, 'cluster');
  const options = {
    manifest,
    packer,
    sites: [site],
    folder,
    user: undefined,
    damaged: (one: unknown) => void damages.push(one),
  };
  await unpackBase(options);
  const first = segmentOf(parseLsn(manifest.startLsn), manifest.segmentBytes);
  const run = walRun(await site.list('backups'), manifest, first);
  expect(run.end).toBe(3n * 1_048_576n + 5_096n);
  await unpackWal(options, run);
  expect(damages).toEqual([]);

  expect((await readdir(folder, { recursive: true })).sort()).toEqual([
    'PG_VERSION',
    'base',
    'base/5',
    'base/5/1259',
    'global',
    'global/pg_control',
    'pg_wal',
    'pg_wal/000000010000000000000002',
    'pg_wal/000000010000000000000003',
  ]);
  expect(await readFile(join(folder, 'base/5/1259'), 'utf8')).toBe('rows '.repeat(4_000));
  const log = await readFile(join(folder, 'pg_wal/000000010000000000000003'));
  expect(log.subarray(4_092, 4_100).toString()).toBe('log3more');
  expect(log.subarray(5_096).every((byte) => byte === 0)).toBe(true);
  expect(JSON.parse((await readWhole(options, 'secrets.json')).toString())).toEqual({
    'node-name.sealed': Buffer.from('sealed elsewhere').toString('base64'),
  });
});
