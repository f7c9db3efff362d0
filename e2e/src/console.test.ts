/** The story of the console, in a real browser: from an empty folder to a proof that the customer checks. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createObhut } from '@obhut/client';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, type Visitor, visit } from './browser.ts';
import { go, invite, joinWithPasskey } from './console-steps.ts';
import { look } from './look.ts';
import { firstToken, newFolder, obhut, type Product, removeFolder, startProduct } from './product.ts';

let product: Product;
let browser: Browser;
let owner: Visitor;
let security: Visitor;
let support: Visitor;
let admin: Visitor;
let customer = '';
let person = '';

const definition = {
  schema: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      mail: { type: 'string' },
      iban: { type: 'string' },
      plan: { type: 'string' },
    },
  },
  fields: {
    name: { class: 'personal', mask: 'initial' },
    mail: { class: 'personal', mask: 'domain', lookup: true },
    iban: { class: 'sensitive' },
    plan: { class: 'plain' },
  },
};

beforeAll(async () => {
  product = await startProduct();
  browser = await launchBrowser();
  const token = firstToken(product);
  const call = async (method: string, path: string, body: unknown) => {
    const answer = await fetch(`${product.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  customer = (await call('POST', '/v1/customers', { label: 'beispiel' })).id ?? '';
  await call('PUT', `/v1/customers/${customer}/collections/contacts`, definition);
  person = (await call('POST', `/v1/customers/${customer}/people`, {})).person ?? '';
  await call('PUT', `/v1/customers/${customer}/people/${person}/records/contacts/${crypto.randomUUID()}`, {
    name: 'Ada Lovelace',
    mail: 'ada@example.org',
    iban: 'DE02120300000000202051',
    plan: 'basic',
  });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await product?.stop();
  if (product !== undefined) await removeFolder(product.data);
});

describe('the console', { timeout: 120_000 }, () => {
  it('lets the first owner in with the link that the start printed, once', async () => {
    const link = /http\S+\/start#\S+/.exec(product.output())?.[0] ?? '';
    expect(link).not.toBe('');
    owner = await visit(browser, product.url, { language: 'en' });
    await owner.page.goto(link);
    await owner.page.getByRole('heading', { name: 'Welcome to Obhut' }).waitFor();
    await look(owner.page, 'start-en');
    await joinWithPasskey(owner, link, { name: 'Olga Owner', email: 'owner@example.org' });
    await owner.page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(owner.page.url()).not.toContain('#');
    const second = await visit(browser, product.url, { language: 'en' });
    await second.page.goto(link);
    await second.page.getByRole('heading', { name: 'This link is no longer valid' }).waitFor();
    await second.context.close();
  });

  it('lets the owner invite support and security, and an admin of the customer', async () => {
    const { page } = owner;
    await go(page, 'Team');
    await page.getByRole('heading', { name: 'Team', exact: true }).waitFor();
    const links = [
      await invite(page, 'Invite', { name: 'Sina Support', email: 'support@example.org', role: 'Support' }),
      await invite(page, 'Invite', { name: 'Sven Security', email: 'security@example.org', role: 'Security' }),
    ];
    await go(page, 'Customers');
    await page.getByRole('link', { name: 'beispiel' }).click();
    links.push(await invite(page, 'Invite an admin', { name: 'Anja Admin', email: 'admin@example.org' }));
    [support, security, admin] = (await Promise.all(
      links.map(async () => visit(browser, product.url, { language: 'en' })),
    )) as [Visitor, Visitor, Visitor];
    for (const [index, visitor] of [support, security, admin].entries())
      await joinWithPasskey(visitor, links[index] ?? '');
    await support.page.getByRole('heading', { name: 'Overview' }).waitFor();
    await security.page.getByRole('heading', { name: 'Overview' }).waitFor();
    await admin.page.getByRole('heading', { name: /Your data at/ }).waitFor();
  });

  it('leads from asking over a colleague and the customer to masked data, and ends when the customer says so', async () => {
    const { page } = support;
    await go(page, 'Grants');
    await page.getByRole('link', { name: 'Ask for a grant' }).first().click();
    await page.getByLabel('contacts').check();
    await page.getByLabel('Ticket').fill('T-4711');
    await page.getByLabel('Reason').fill('The customer cannot open this person since yesterday.');
    await page.getByLabel('Why were metrics and logs not enough?').fill('They only show that it fails.');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByText('waits for the team').waitFor();

    const asked = security.page.getByRole('listitem').filter({ hasText: 'waits for somebody on the team to agree' });
    await asked.getByRole('link', { name: 'Look' }).click();
    await security.page.getByRole('button', { name: 'Agree' }).click();
    await security.page.getByText('waits for the customer').waitFor();

    // Nobody has to load anything anew: the portal hears of it.
    await admin.page.getByRole('button', { name: 'Approve with a passkey' }).click({ timeout: 10_000 });
    await admin.page.getByRole('button', { name: 'End now' }).waitFor();

    await page.getByRole('link', { name: 'See data' }).click({ timeout: 10_000 });
    await page.getByRole('button', { name: person.slice(0, 8) }).click();
    await page.getByText('A••••').waitFor();
    expect(await page.content()).not.toContain('Lovelace');
    await page.getByRole('button', { name: 'unmask: name' }).click();
    await page.getByText('Ada Lovelace').waitFor();
    await page.getByRole('button', { name: 'unmask: mail' }).click();
    await page.getByText('ada@example.org').waitFor();
    await look(page, 'viewer-en');

    // The admin sees it live, and ends it.
    await admin.page.getByText(/2 fields unmasked/).waitFor({ timeout: 15_000 });
    const ended = Date.now();
    await admin.page.getByRole('button', { name: 'End now' }).click();
    await page.getByRole('heading', { name: 'This grant has ended' }).first().waitFor();
    expect(Date.now() - ended).toBeLessThan(5_000);
    expect(await page.content()).not.toContain('Lovelace');
  });

  it('shows the customer the access, with a proof that its browser checks and `obhut verify` too', async () => {
    const { page } = admin;
    await go(page, 'Accesses');
    const row = page.getByRole('row').filter({ hasText: 'unmasked' });
    await row.getByRole('button', { name: 'verify' }).click();
    await page.getByText('all 2 entries stand unchanged in the log').waitFor({ timeout: 10_000 });
    await look(page, 'proofs-en');
    await page
      .getByRole('dialog')
      .getByText(/^Entry \d+$/)
      .first()
      .click();
    await page.getByText('this entry stands unchanged in the log').waitFor({ timeout: 10_000 });
    await look(page, 'proof-en');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Proof as a file' }).click();
    const folder = await newFolder();
    try {
      const file = join(folder, 'access.tlog-proof');
      await (await download).saveAs(file);
      const key = (
        await page
          .getByText(/^obhut.*\+[0-9a-f]{8}\+|localhost.*\+[0-9a-f]{8}\+/)
          .last()
          .innerText()
      ).trim();
      const verified = obhut(['verify', file, '--key', key]);
      expect(verified.code, verified.stderr).toBe(0);
    } finally {
      await removeFolder(folder);
    }
  });

  it('lets the owner vouch for what nothing measures, and a visitor compute that these were the words', async () => {
    const { page } = owner;
    await page.setViewportSize({ width: 1_280, height: 860 });
    await go(page, 'Claims');
    await page.getByRole('button', { name: 'Vouch: two-factor.managed' }).click();
    const dialog = page.getByRole('dialog', { name: 'Vouch' });
    await dialog.getByLabel('Who answers for it?').fill('Leitung IT-Sicherheit');
    await dialog.getByLabel('In German').fill('Für alle Konten der Firma.');
    await dialog.getByLabel('In English').fill('For all accounts of the company.');
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    await dialog.getByLabel('Valid until').fill(until);
    await dialog.getByText('Leitung IT-Sicherheit: For all accounts').waitFor();
    await dialog.getByRole('button', { name: 'Publish' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Withdraw: two-factor.managed' }).waitFor();

    const visitor = await visit(browser, product.url, { language: 'en' });
    const link = visitor.page.locator('a.verify[data-claim="two-factor.managed"]');
    const result = visitor.page.locator('.claim', { has: link }).locator('.result');
    const outcome = async (change: (text: string) => string) => {
      await visitor.page.unrouteAll();
      await visitor.page.route('**/en', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, body: change(await answer.text()) });
      });
      await visitor.page.goto('/en');
      // A second later it is under a checkpoint.
      for (let waited = 0; waited < 40; waited += 1) {
        await link.click();
        await result.locator('.state').waitFor();
        if (!/, at the step “load”/.test(await result.innerText())) break;
        await visitor.page.waitForTimeout(250);
      }
      return result.innerText();
    };
    expect(await outcome((text) => text)).toContain('Your browser has computed it');
    await look(visitor.page, 'page-vouched');
    expect(await outcome((text) => text.replace('For all accounts', 'For some accounts'))).toContain('Not verified');
    expect(await outcome((text) => text.replaceAll('For all accounts', 'For some accounts'))).toContain('Not verified');
    await visitor.context.close();

    const shown = (await (await fetch(`${product.url}/page.json`)).json()) as { log: { key: string } };
    const verified = obhut(['verify', product.url, '--key', shown.log.key]);
    // Three claims do not hold on one machine, and that is as true as the rest.
    expect(verified.stdout).toMatch(/, 3 do not hold, 0 not verified/);

    await page.getByRole('button', { name: 'Withdraw: two-factor.managed' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
    await page.getByRole('button', { name: 'Vouch: two-factor.managed' }).waitFor();
  });

  it('lets an admin see what goes, order it, take it back, order again, and keep a receipt that verifies', async () => {
    const { page } = admin;
    const token = firstToken(product);
    const service = createObhut({ url: product.url, token }).customer(customer);
    const somebody = (await service.people.create()).person;
    await service.person(somebody).records('contacts').create({ name: 'Bea' });
    await page.setViewportSize({ width: 1_280, height: 860 });
    await page.goto('/portal');
    await go(page, 'Erasures');
    const orderIt = async () => {
      await page.getByRole('button', { name: 'Order an erasure' }).click();
      const dialog = page.getByRole('dialog', { name: 'Order an erasure' });
      await dialog.getByLabel('Id of the person').fill(somebody);
      await dialog.getByRole('button', { name: 'See what would go' }).click();
      await dialog.getByText('Access ends at once').waitFor();
      expect(await dialog.innerText()).toMatch(/contacts\s+1/);
      await look(page, 'erasure-order');
      await dialog.getByRole('button', { name: 'Order now' }).click();
      await dialog.waitFor({ state: 'hidden' });
    };
    await orderIt();
    await expect(service.person(somebody).export({ purpose: 'service' })).rejects.toMatchObject({ code: 'not_found' });
    await page.getByRole('button', { name: /^Take back/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
    await page.getByText('taken back').first().waitFor();
    expect((await service.person(somebody).records('contacts').list({ purpose: 'service' })).records).toHaveLength(1);
    await orderIt();

    // A service that does not want the wait: final with the next rollover.
    const other = (await service.people.create()).person;
    await service.erasures.order({ scope: 'person', person: other }, { coolingMinutes: 0 });
    await createObhut({ url: product.url, token }).rollOver();
    const link = page.getByRole('link', { name: /^Receipt of erasure/ });
    await expect
      .poll(
        async () => {
          await page.reload();
          await page.locator('table').waitFor();
          return link.count();
        },
        { timeout: 60_000, interval: 1_000 },
      )
      .toBe(1);
    await look(page, 'erasures');
    // To read and to print, in a page of its own.
    const [paper] = await Promise.all([page.waitForEvent('popup'), link.click()]);
    await expect
      .poll(
        async () => {
          await paper.reload();
          return paper.locator('#proof').count();
        },
        { timeout: 30_000, interval: 1_000 },
      )
      .toBe(1);
    expect(await paper.locator('main').innerText()).toMatch(/Promise\s+kept/);
    await look(paper, 'receipt');
    await paper.setViewportSize({ width: 360, height: 860 });
    await look(paper, 'receipt-narrow');
    await paper.close();
    const file = page.getByRole('link', { name: /^as a file/ });
    const folder = await newFolder();
    try {
      await expect
        .poll(
          async () => {
            const [download] = await Promise.all([page.waitForEvent('download'), file.click()]);
            await download.saveAs(join(folder, 'receipt.tlog-proof')).catch(() => undefined);
            const { logs } = await service.get();
            return obhut(['verify', join(folder, 'receipt.tlog-proof'), '--key', logs.orders.key]).code;
          },
          { timeout: 30_000, interval: 1_000 },
        )
        .toBe(0);
    } finally {
      await removeFolder(folder);
    }
  }, 120_000);

  it('lets an admin hold a person, and then see before an order what stays and until when', async () => {
    const { page } = admin;
    const service = createObhut({ url: product.url, token: firstToken(product) }).customer(customer);
    const somebody = (await service.people.create()).person;
    await service.person(somebody).records('contacts').create({ name: 'Cem' });
    await page.setViewportSize({ width: 1_280, height: 860 });
    await page.goto('/portal/loeschungen');
    await page.getByRole('button', { name: 'Place a hold' }).click();
    const hold = page.getByRole('dialog', { name: 'Place a hold' });
    await hold.getByLabel('Id of the person').fill(somebody);
    await hold.getByLabel('Until').fill('2037-12-31');
    await hold.getByLabel('Reason').fill('File 12 O 345/26');
    await look(page, 'hold');
    await hold.getByRole('button', { name: 'Place a hold' }).click();
    await hold.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Order an erasure' }).click();
    const dialog = page.getByRole('dialog', { name: 'Order an erasure' });
    await dialog.getByLabel('Id of the person').fill(somebody);
    await dialog.getByRole('button', { name: 'See what would go' }).click();
    await dialog.getByText('This stays for now').waitFor();
    expect(await dialog.innerText()).toMatch(/31\/12\/2037[\s\S]*File 12 O 345\/26/);
    await look(page, 'erasure-held');
    await dialog.getByRole('button', { name: 'Order now' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText('waits for a hold').waitFor();
    expect((await service.person(somebody).records('contacts').list({ purpose: 'service' })).records).toHaveLength(1);
  }, 60_000);

  it('lets an admin note what a person asks for, and order it away', async () => {
    const { page } = admin;
    const service = createObhut({ url: product.url, token: firstToken(product) }).customer(customer);
    const somebody = (await service.people.create()).person;
    await page.goto('/portal/loeschungen');
    await page.getByRole('button', { name: 'Note a request' }).click();
    const dialog = page.getByRole('dialog', { name: 'Note a request' });
    await dialog.getByLabel('Id of the person').fill(somebody);
    await look(page, 'request');
    await dialog.getByRole('button', { name: 'Note a request' }).click();
    await dialog.waitFor({ state: 'hidden' });
    const table = page.getByRole('table', { name: "People's requests" });
    await table.getByRole('button', { name: /^Order the erasure/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Order the erasure' }).click();
    await table.getByRole('button', { name: /^Note as answered/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Note as answered' }).click();
    await table.getByText('erased and answered').waitFor();
    await expect(service.person(somebody).export({ purpose: 'service' })).rejects.toMatchObject({ code: 'not_found' });
  }, 60_000);

  it('lets an admin take everything along', async () => {
    const { page } = admin;
    const service = createObhut({ url: product.url, token: firstToken(product) }).customer(customer);
    const { person } = await service.people.create();
    await service.person(person).files.create('all of the file', { type: 'text/plain', name: 'Befund.txt' });
    await page.goto('/portal/loeschungen');
    await page.getByRole('link', { name: 'Export everything and leave' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export everything' }).click(),
    ]);
    const folder = await newFolder();
    try {
      expect(download.suggestedFilename()).toBe('obhut-export.zip');
      await download.saveAs(join(folder, 'export.zip'));
      // Its entries are stored, not compressed.
      const zip = readFileSync(join(folder, 'export.zip'), 'utf8');
      const lines = zip.split('\n');
      expect(lines.filter((line) => line.startsWith('{"done":true,'))).toHaveLength(1);
      expect(zip).toContain('Ada Lovelace');
      expect(zip).toMatch(new RegExp(`files/${person}/[0-9a-f-]{36}-1 Befund\\.txt`));
      expect(zip).toContain('all of the file');
    } finally {
      await removeFolder(folder);
    }
    await page.getByText(/^Saved. People: \d+, records: \d+, files: 1/).waitFor();
    await page.getByLabel('I have the export and can open it').check();
    await look(page, 'leaving');
    await page.getByRole('button', { name: 'Go on to erasing' }).click();
    const dialog = page.getByRole('dialog', { name: 'Order an erasure' });
    await dialog.getByRole('button', { name: 'See what would go' }).click();
    // A person is held: the people go one by one, the customer itself later.
    await dialog.getByText('goes by itself when the last hold ends').waitFor();
    await page.keyboard.press('Escape');
  }, 60_000);

  it('tells its story in both languages, in light and dark, at 360 pixels, and axe finds nothing', async () => {
    const staffPages = [
      '',
      '/kunden',
      `/kunden/${customer}`,
      '/freigaben',
      '/freigaben/neu',
      `/loeschungen?kunde=${customer}`,
      '/zugriffe',
      `/zugriffe?kunde=${customer}`,
      '/protokoll',
      '/anmeldungen',
      '/dienste',
      '/nachweise',
      '/team',
      '/einstellungen',
      '/konto',
    ];
    const adminPages = [
      '',
      '/anfragen',
      '/zugriffe',
      '/loeschungen',
      '/abschied',
      '/protokoll',
      '/admins',
      '/einstellungen',
      '/konto',
    ];
    for (const [visitor, base, pages] of [
      [owner, '/konsole', staffPages],
      [admin, '/portal', adminPages],
    ] as const) {
      for (const language of ['en', 'de'] as const) {
        const { page } = visitor;
        for (const [width, scheme] of [
          [1_280, 'light'],
          [360, 'dark'],
        ] as const) {
          await page.setViewportSize({ width, height: 860 });
          await page.emulateMedia({ colorScheme: scheme });
          for (const path of pages) {
            await page.goto(`${base}${path}`);
            await page.locator('main h1').first().waitFor();
            const name = `${base.slice(1)}${path.replaceAll(/[/?=]/g, '-').replace(customer, 'c')}-${language}-${width}`;
            await look(page, name);
            const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
            expect(overflow, name).toBeLessThanOrEqual(0);
          }
        }
        await page.setViewportSize({ width: 1_280, height: 860 });
        const other = language === 'en' ? 'Deutsch' : 'English';
        await page.getByRole('link', { name: other }).click();
        await page.waitForTimeout(300);
      }
    }
  }, 400_000);

  it('signs in again, and is led back to where it was, but never away from here', async () => {
    const { page } = owner;
    await page.getByRole('button', { name: /^(Sign out|Abmelden)$/ }).click();
    await page.waitForURL('**/anmelden');
    for (const language of ['en', 'de']) await look(page, `anmelden-${language}`);
    await page.goto('/konsole/team');
    await page.waitForURL('**/anmelden?weiter=*');
    await page.getByRole('button', { name: /passkey/i }).click();
    await page.waitForURL('**/konsole/team');
    for (const away of ['https://evil.example/', '//evil.example', '/\\evil.example', '/konsole/../..//evil.example']) {
      await page.goto(`/anmelden?weiter=${encodeURIComponent(away)}`);
      await page.getByRole('button', { name: /passkey/i }).click();
      await page.waitForURL((url) => url.pathname === '/konsole' && url.origin === product.url);
    }
  });

  it('caused no complaint of the browser: no error, nothing that its policy refused', () => {
    // What the server refuses (a link that was used) the browser notes as failed; that is meant.
    for (const visitor of [owner, security, support, admin])
      expect(visitor.complaints.filter((text) => !/Failed to load resource/.test(text))).toEqual([]);
  });
});
