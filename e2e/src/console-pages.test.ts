/** Every page that the router knows, in both languages, light and wide, dark and narrow, with dialogs, empty and refused. */
import { mkdirSync, readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, type Visitor, visit } from './browser.ts';
import { sessionOf } from './console-answers.ts';
import { type Fake, Refusal, startFake } from './console-fake.ts';
import { ids } from './console-ids.ts';
import { newFolder, removeFolder } from './product.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const screenshots = new URL('../screenshots/pages/', import.meta.url).pathname;
const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** In a dialog the page behind it counts twice: there it is the standard alone. */
const strict = [...wcag, 'best-practice'];

/** What stands in an address for a part that the router leaves open. */
const parts: Readonly<Record<string, string>> = { $customer: ids.customer, $grant: ids.grant };

/** The pages, by their addresses; a new route is walked as soon as the router has it. */
async function addresses(): Promise<readonly string[]> {
  const file = new URL('../../packages/console/src/router.tsx', import.meta.url).pathname;
  const { router } = (await import(/* @vite-ignore */ file)) as { router: { routesByPath: Record<string, unknown> } };
  const paths = Object.keys(router.routesByPath).filter((path) => path !== '/');
  return [...new Set(paths.map((path) => (path.length > 1 ? path.replace(/\/$/, '') : path)))].map((path) =>
    path
      .split('/')
      .map((part) => (part.startsWith('$') ? (parts[part] ?? `no such part: ${part}`) : part))
      .join('/'),
  );
}

let cache = '';
let fake: Fake;
let browser: Browser;
let visitor: Visitor | undefined;

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  cache = await newFolder();
  fake = await startFake(cache);
  browser = await launchBrowser();
}, 120_000);

afterEach(async () => {
  fake.forget();
  await visitor?.context.close();
  visitor = undefined;
});

afterAll(async () => {
  await browser?.close();
  await fake?.stop();
  await removeFolder(cache);
});

async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor();
  await expect.poll(() => page.locator('[aria-busy=true]').count()).toBe(0);
  await page.evaluate('document.fonts.ready.then(() => undefined)');
}

/** @returns what axe finds, and what is wider than the window. */
async function faults(page: Page, name: string, rules: readonly string[]): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
    `axe.run(document, { runOnly: ${JSON.stringify(rules)} })`,
  );
  const wider = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
  return [
    ...violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`),
    ...(wider > 0 ? [`${name}: ${wider} px wider than the window`] : []),
  ];
}

/** Light and wide, then dark and narrow. */
async function lookTwice(page: Page, name: string, rules: readonly string[] = strict): Promise<string[]> {
  const found: string[] = [];
  for (const [width, colorScheme] of [
    [1_280, 'light'],
    [360, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 860 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    found.push(...(await faults(page, `${name}-${width}`, rules)));
  }
  return found;
}

/** Of script, compressed with gzip, before a page shows. */
const maxScriptBytes = 250_000;

/** As many bytes as come over the line to somebody whose browser knows gzip. */
async function zippedSize(url: string): Promise<number> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'gzip' } }, resolve).on('error', reject);
  });
  expect(answer.headers['content-encoding'], url).toBe('gzip');
  let bytes = 0;
  for await (const chunk of answer) bytes += (chunk as Buffer).length;
  return bytes;
}

async function enter(language: 'de' | 'en', kind: 'staff' | 'admin' | 'nobody'): Promise<Page> {
  fake.session = kind === 'nobody' ? undefined : sessionOf(kind, language);
  visitor = await visit(browser, fake.url, { language });
  return visitor.page;
}

const kindOf = (address: string) =>
  address.startsWith('/konsole') ? 'staff' : address.startsWith('/portal') ? 'admin' : 'nobody';

describe('the pages of the console', { timeout: 120_000 }, () => {
  it('are all known to the router, and there are many', async () => {
    const all = await addresses();
    expect(all.filter((one) => one.includes('no such part'))).toEqual([]);
    expect(all.length).toBeGreaterThan(20);
  });

  for (const language of ['de', 'en'] as const)
    for (const kind of ['nobody', 'staff', 'admin'] as const)
      it(`read well for ${kind} in ${language}, and the browser complains of nothing`, async () => {
        const page = await enter(language, kind);
        const found: string[] = [];
        for (const address of (await addresses()).filter((one) => kindOf(one) === kind)) {
          await page.goto(kind === 'nobody' ? `${address}#secret` : address);
          await settled(page);
          expect(await page.locator('html').getAttribute('lang'), address).toBe(language);
          const name = address
            .slice(1)
            .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id')
            .replaceAll('/', '-');
          found.push(...(await lookTwice(page, `${name}-${language}`)));
        }
        expect(found).toEqual([]);
        const { complaints = [] } = visitor ?? {};
        // That nobody is signed in is what the first question is for.
        expect(complaints.filter((text) => !(kind === 'nobody' && /401/.test(text)))).toEqual([]);
      });

  it('say that a password was leaked before anything else', async () => {
    const found: string[] = [];
    for (const language of ['de', 'en'] as const) {
      const page = await enter(language, 'staff');
      fake.session = { ...sessionOf('staff', language), passwordLeaked: true };
      await page.goto('/konsole/team');
      await settled(page);
      expect(new URL(page.url()).pathname).toBe('/passwort');
      found.push(...(await lookTwice(page, `password-leaked-${language}`)));
      fake.say('PUT /v1/account/password', () => {
        fake.session = sessionOf('staff', language);
        return null;
      });
      await page.locator('input[name=password]').fill('Elf Reiher stehen auf einem Bein');
      await page.locator('button[type=submit]').click();
      await page.waitForURL('**/konsole');
      await visitor?.context.close();
    }
    expect(found).toEqual([]);
  });

  it('load at most 250 kB of script before they show, whichever is opened first', async () => {
    for (const address of await addresses()) {
      const kind = kindOf(address);
      const page = await enter('en', kind);
      await page.goto(kind === 'nobody' ? `${address}#secret` : address);
      await settled(page);
      const loaded = await page.evaluate<string[]>(
        "performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => /\\.js$/.test(name))",
      );
      expect(loaded.length, address).toBeGreaterThan(1);
      const sizes = await Promise.all([...new Set(loaded)].map(zippedSize));
      expect(
        sizes.reduce((sum, size) => sum + size, 0),
        address,
      ).toBeLessThanOrEqual(maxScriptBytes);
      await visitor?.context.close();
    }
  });

  it('have dialogs that read well', async () => {
    const page = await enter('en', 'staff');
    const found: string[] = [];
    for (const [address, button, name] of [
      ['/konsole/team', 'Invite', 'invite'],
      ['/konsole/team', 'Change roles', 'roles'],
      ['/konsole/team', 'Leaves', 'leaves'],
      ['/konsole/kunden', 'Add a customer', 'customer'],
      ['/konsole/dienste', 'Issue a token', 'token'],
      ['/konsole/einstellungen', 'Add a webhook', 'webhook'],
      ['/konsole/protokoll', 'verify', 'proof-refused'],
      [`/konsole/zugriffe?kunde=${ids.customer}`, 'verify', 'access-proof-refused'],
      ['/konsole/nachweise', 'Vouch anew: compliance.vouched-0', 'vouch'],
      ['/konsole/nachweise', 'Withdraw: compliance.vouched-1', 'withdraw'],
    ] as const) {
      await page.setViewportSize({ width: 1_280, height: 860 });
      await page.goto(address);
      await settled(page);
      found.push(...(await lookTwice(page, `before-${name}`)));
      await page.getByRole('button', { name: button, exact: true }).first().click();
      await page.getByRole('dialog').waitFor();
      await page.waitForTimeout(300);
      found.push(...(await lookTwice(page, `dialog-${name}`, wcag)));
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    }
    expect(found).toEqual([]);
  });

  it('have empty states that teach', async () => {
    const page = await enter('de', 'staff');
    for (const [route, answer] of [
      ['GET /v1/overview', { at: '', needsMe: [], counts: { customers: 0, openGrants: 0, staff: 1 } }],
      ['GET /v1/customers', { customers: [], next: null }],
      ['GET /v1/grants', { grants: [], next: null }],
      ['GET /v1/tokens', { tokens: [] }],
      ['GET /v1/sign-ins', { signIns: [], next: null }],
      [`GET /v1/customers/${ids.customer}/collections`, { collections: [] }],
      [`GET /v1/customers/${ids.customer}/people`, { people: [], next: null }],
      [`GET /v1/customers/${ids.customer}/admins`, { admins: [] }],
      [`GET /v1/customers/${ids.customer}/accesses`, { accesses: [], next: null }],
    ] as const)
      fake.say(route, answer);
    const found: string[] = [];
    for (const [address, name] of [
      ['/konsole', 'overview'],
      ['/konsole/kunden', 'customers'],
      [`/konsole/kunden/${ids.customer}`, 'customer'],
      ['/konsole/freigaben', 'grants'],
      [`/konsole/zugriffe?kunde=${ids.customer}`, 'accesses'],
      ['/konsole/dienste', 'services'],
      ['/konsole/anmeldungen', 'sign-ins'],
    ] as const) {
      await page.goto(address);
      await settled(page);
      await page.locator('.empty').first().waitFor();
      found.push(...(await lookTwice(page, `empty-${name}`)));
    }
    expect(found).toEqual([]);
  });

  it('say what to do when the server refuses or is away', async () => {
    const page = await enter('de', 'staff');
    const found: string[] = [];
    for (const [refusal, name] of [
      [new Refusal(403, 'forbidden'), 'forbidden'],
      [new Refusal(503, 'unavailable'), 'unavailable'],
    ] as const) {
      fake.say('GET /v1/staff', refusal);
      await page.goto('/konsole/team');
      await page.getByRole('alert').waitFor({ timeout: 15_000 });
      expect(await page.getByRole('alert').innerText()).toContain(refusal.code);
      found.push(...(await lookTwice(page, `refused-${name}`)));
    }
    await page.goto('/konsole/gibt-es-nicht');
    await settled(page);
    found.push(...(await lookTwice(page, 'refused-no-page')));
    expect(found).toEqual([]);
  });
});
