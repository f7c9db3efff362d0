/** A site fails, somebody is woken, takes care of it, mends it, and it is over: with the started product and a real browser. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, type Visitor, visit } from './browser.ts';
import { go, joinWithPasskey } from './console-steps.ts';
import { look } from './look.ts';
import { newFolder, obhut, type Product, removeFolder, startProduct } from './product.ts';

let folder: string;
let product: Product;
let browser: Browser;
let owner: Visitor;
const woken = () =>
  existsSync(join(folder, 'woken'))
    ? readFileSync(join(folder, 'woken'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { event: string; code: string; subject: string })
        .map(({ event, code, subject }) => `${event} ${code} ${subject}`)
    : [];

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
  - { name: main, path: ./main, country: DE, purposes: [objects, safe, ledger, heads] }
  - { name: second, path: ./second, country: DE, purposes: [objects] }
alerts:
  language: en
  routes:
    - { name: night, kind: command, command: [${program}] }
`,
  );
  product = await startProduct({ data, environment: { OBHUT_CONFIG: config } });
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await removeFolder(folder);
});

describe('alarms', { timeout: 180_000 }, () => {
  it('go by the route of the settings, as the test says', () => {
    const tested = obhut(['alarm', 'test', '--data', product.data]);
    expect(tested).toMatchObject({ code: 0, stdout: 'night  command  taken\n' });
    expect(woken()).toContain('test test ');
    expect(obhut(['alarm', 'test', '--route', 'other', '--data', product.data]).code).toBe(1);
    expect(obhut(['watch', product.url, '--once'])).toMatchObject({ code: 0 });
  });

  it('wake somebody when a site is gone, who acknowledges it, mends it, and sees that it is over', async () => {
    const link = /http\S+\/start#\S+/.exec(product.output())?.[0] ?? '';
    owner = await visit(browser, product.url, { language: 'en' });
    const { page } = owner;
    await joinWithPasskey(owner, link, { name: 'Olga Owner', email: 'owner@example.org' });
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await go(page, 'Alarms');
    renameSync(join(folder, 'second'), join(folder, 'away'));
    await expect.poll(woken, { timeout: 60_000 }).toContain('opened site_unreachable second');
    await page.reload();
    await page.getByRole('heading', { name: 'Site second cannot be reached' }).waitFor();
    // Two sites on one machine are not redundant: that is told as well, and stays.
    await expect.poll(() => page.getByRole('link', { name: /^Alarms/ }).innerText()).toMatch(/[1-4]$/);
    await look(page, 'alarms-open-en');
    await page.getByRole('button', { name: /^Acknowledge: Site second/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Acknowledge' });
    await dialog.getByLabel('Note').fill('The volume was not mounted');
    await dialog.getByRole('button', { name: 'Acknowledge' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText('The volume was not mounted').waitFor();
    renameSync(join(folder, 'away'), join(folder, 'second'));
    await expect.poll(woken, { timeout: 60_000 }).toContain('resolved site_unreachable second');
    await page.reload();
    await page.getByRole('button', { name: /^Acknowledge: Site second/ }).waitFor({ state: 'detached' });
    await page.getByText('resolved · urgent').waitFor();
    await look(page, 'alarms-over-en');
    expect(owner.complaints).toEqual([]);
  });
});
