/** A backup that cannot be restored: somebody is woken, takes care of it, mends it, and it is proven; with the started product. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { launchBrowser, visit } from './browser.ts';
import { go, joinWithPasskey } from './console-steps.ts';
import { look } from './look.ts';
import { newFolder, type Product, removeFolder, startProduct } from './product.ts';

const main = new URL('../../packages/server/src/main.ts', import.meta.url).pathname;
let folder: string;
let product: Product;
let browser: Browser;
let environment: Record<string, string>;

const woken = () =>
  existsSync(join(folder, 'woken'))
    ? readFileSync(join(folder, 'woken'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { event: string; code: string; subject: string })
        .map(({ event, code, subject }) => `${event} ${code} ${subject}`)
    : [];

interface Said {
  readonly code: number | null;
  readonly text: string;
}

/** Not by `spawnSync`: what it talks to may need this process's time. */
function command(words: readonly string[]): Promise<Said> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [main, ...words], {
    cwd: folder,
    env: { PATH, HOME, LANG: 'en_GB.UTF-8', OBHUT_DATA: product.data, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, text })));
}

/** The one of the night may be under way: it begins at random. */
async function drill(site: string): Promise<Said> {
  for (;;) {
    const said = await command(['drill', site]);
    if (!said.text.includes('A drill is under way')) return said;
  }
}

beforeAll(async () => {
  folder = await newFolder();
  const program = join(folder, 'wake');
  writeFileSync(program, `#!/bin/sh\ncat >> ${join(folder, 'woken')}\n`);
  chmodSync(program, 0o700);
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o711 });
  const config = join(folder, 'obhut.yaml');
  writeFileSync(
    config,
    `operator: Beispiel GmbH
sites:
  - { name: frankfurt, path: ./frankfurt, country: DE, purposes: [objects, safe, ledger, heads, backups] }
  - { name: hamburg, path: ./hamburg, country: DE, purposes: [objects, ledger, backups] }
alerts:
  language: en
  routes:
    - { name: night, kind: command, command: [${program}] }
`,
  );
  environment = { OBHUT_CONFIG: config };
  product = await startProduct({ data, environment });
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await removeFolder(folder);
});

it('a backup fails its drill, somebody acknowledges, mends it, and it is proven', { timeout: 300_000 }, async () => {
  const at = join(folder, 'frankfurt', 'backups');
  const packs = () => readdirSync(at).filter((name) => name.startsWith('p-'));
  const link = /http\S+\/start#\S+/.exec(product.output())?.[0] ?? '';
  const owner = await visit(browser, product.url, { language: 'en' });
  const { page } = owner;
  await joinWithPasskey(owner, link, { name: 'Olga Owner', email: 'owner@example.org' });
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await go(page, 'Recovery');
  await page.getByRole('heading', { name: 'No drill yet' }).waitFor();
  await look(page, 'recovery-empty-en');

  await vi.waitUntil(() => existsSync(at) && readdirSync(at).filter((name) => /^[mn]-/.test(name)).length === 2, {
    timeout: 90_000,
    interval: 500,
  });
  // And it is read back at each site; until then it would be brought from the other one.
  await expect
    .poll(() => page.reload().then(() => page.getByText('all as it was written').count()), { timeout: 60_000 })
    .toBe(2);
  // A pack goes from one site: the backup is complete by its name, and cannot be restored from there.
  const [pack = ''] = packs();
  renameSync(join(at, pack), join(folder, 'taken'));
  const failed = await drill('frankfurt');
  expect(failed, failed.text).toMatchObject({ code: 1 });
  expect(failed.text).toContain('Failed (backup_damaged)');
  await expect.poll(woken, { timeout: 90_000 }).toContain('opened drill_failed frankfurt');

  await page.reload();
  await page.getByText('1 open alarm on recovery').waitFor();
  await look(page, 'recovery-failed-en');
  await page.getByRole('link', { name: 'To the alarms' }).click();
  await page.getByRole('button', { name: /^Acknowledge: The rehearsal of a restore/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Acknowledge' });
  await dialog.getByLabel('Note').fill('A volume lost a file');
  await dialog.getByRole('button', { name: 'Acknowledge' }).click();
  await dialog.waitFor({ state: 'hidden' });

  renameSync(join(folder, 'taken'), join(at, pack));
  const proven = await drill('frankfurt');
  expect(proven, proven.text).toMatchObject({ code: 0 });
  for (const line of [
    '✓ every byte as it was written',
    '✓ exactly at the chosen moment',
    '✓ each table and each customer as in the living database',
    '✓ what was erased after it stays erased',
    '✓ what was not erased can be read',
    '✓ tables and indexes whole inside',
    'Proven.',
  ])
    expect(proven.text).toContain(line);
  await expect.poll(woken, { timeout: 90_000 }).toContain('resolved drill_failed frankfurt');
  await go(page, 'Recovery');
  await page.reload();
  await page.getByRole('table', { name: 'Drills' }).getByText('proven').first().waitFor();
  expect(await page.getByText('open alarm on recovery').count()).toBe(0);
  await look(page, 'recovery-proven-en');

  expect(owner.complaints).toEqual([]);
  const left = () => readdirSync(product.data).filter((name) => name.startsWith('postgres-drill'));
  await expect.poll(left, { timeout: 60_000 }).toEqual([]);
});

it('what a drill leaves that is killed goes at the next start, and the next one proves', {
  timeout: 180_000,
}, async () => {
  const copy = join(product.data, 'postgres-drill');
  const pidFile = join(copy, 'postmaster.pid');
  const asked = drill('hamburg');
  await vi.waitUntil(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').includes('ready'), {
    timeout: 60_000,
    interval: 5,
  });
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  await product.kill();
  expect((await asked).code).toBe(1);
  expect(existsSync(copy)).toBe(true);
  product = await startProduct({ data: product.data, environment });
  expect(existsSync(copy)).toBe(false);
  // Where nobody buries the dead they are still listed, without a command.
  const runs = existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  expect(runs).toBe(false);
  // The backups' own connection to the database comes a moment later.
  await expect.poll(async () => (await drill('hamburg')).text, { timeout: 90_000 }).toContain('Proven.');
});
