/** A disk that is full, a small one of the test's own: at the start a sentence, later a refusal that ends by itself. */
import { spawnSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createObhut } from '@obhut/client';
import { afterEach, expect, it } from 'vitest';
import { asStartError } from '../../packages/server/src/platform/config/start-error.ts';
import { firstToken, newFolder, removeFolder, startProduct, startRefused } from './product.ts';

const mounted: string[] = [];
afterEach(async () => {
  for (const folder of mounted.splice(0)) {
    spawnSync('umount', [folder]);
    await removeFolder(folder);
  }
});

async function smallDisk(megabytes: number): Promise<string> {
  const folder = await newFolder();
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=711`, 'tmpfs', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`no disk of our own: ${stderr}`);
  mounted.push(folder);
  return folder;
}

it('is told apart from other faults of a folder, with the next step', () => {
  const of = (code: string) => asStartError(Object.assign(new Error(code), { code }), '/srv/obhut');
  expect(of('ENOSPC')).toMatchObject({ code: 'disk_full', hint: expect.stringContaining('Free some space') });
  expect(of('EACCES')).toMatchObject({ code: 'folder_unwritable' });
});

/** Only root may make a disk of its own. */
const asRoot = process.getuid?.() === 0 ? it : undefined;

asRoot?.(
  'says so at the start, with the next step, and comes up when there is room',
  async () => {
    const data = await smallDisk(24);
    const { code, text } = await startRefused({ data });
    expect(code).toBe(1);
    expect(text).toContain('disk_full');
    expect(text).toMatch(/Free some space|Make room/);
    spawnSync('mount', ['-o', 'remount,size=600m', data]);
    const product = await startProduct({ data });
    expect(await product.stop()).toBe(130);
  },
  120_000,
);

asRoot?.(
  'refuses reads and writes before the last byte is gone, and goes on when there is room again',
  async () => {
    const data = await smallDisk(600);
    const product = await startProduct({ data });
    const api = createObhut({ url: product.url, token: firstToken(product), retries: 0 });
    const { id } = await api.customers.create({ label: 'full' });
    const ballast = join(data, 'ballast');
    const { bavail, bsize } = statfsSync(data);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - 8 * 1_048_576));
    const create = () =>
      api
        .customer(id)
        .people.create()
        .then(
          () => 'taken',
          ({ code }: { code?: string }) => code,
        );
    const until = (answer: string) => expect.poll(create, { timeout: 80_000, interval: 1_000 }).toBe(answer);
    await until('journal_unavailable');
    expect((await fetch(`${product.url}/readyz`)).status).toBe(503);
    rmSync(ballast);
    await until('taken');
    expect(await product.stop()).toBe(130);
  },
  240_000,
);
