/** What may go wrong while somebody works in the console, tried in a real browser against a server of made-up answers. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, type Visitor, visit } from './browser.ts';
import { answers, grantOf, sessionOf } from './console-answers.ts';
import { type Fake, Refusal, startFake } from './console-fake.ts';
import { ids } from './console-ids.ts';
import { newFolder, removeFolder } from './product.ts';

let cache = '';
let fake: Fake;
let browser: Browser;
let visitor: Visitor;
let page: Page;

const codes = Array.from({ length: 10 }, (_, index) => `AAAA-BBBB-CCCC-000${index}`);

async function open(path: string, kind: 'staff' | 'admin' | 'nobody' = 'staff'): Promise<void> {
  fake.session = kind === 'nobody' ? undefined : sessionOf(kind, 'en');
  visitor = await visit(browser, fake.url, { language: 'en' });
  page = visitor.page;
  await page.goto(path);
  await page.locator('main h1').first().waitFor();
  fake.asked.length = 0;
}

/** Somebody goes to another window, and comes back after what was read has become old. */
async function lookAway(): Promise<void> {
  await page.clock.fastForward(60_000);
  // As browsers do it, it bubbles up to the window.
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))");
  await page.waitForTimeout(400);
}

beforeAll(async () => {
  cache = await newFolder();
  fake = await startFake(cache);
  browser = await launchBrowser();
}, 120_000);

afterEach(async () => {
  fake.forget();
  await visitor?.context.close();
});

afterAll(async () => {
  await browser?.close();
  await fake?.stop();
  await removeFolder(cache);
});

describe('the console, when something gets in between', { timeout: 40_000 }, () => {
  it('keeps recovery codes on the page while somebody goes to their password manager and comes back', async () => {
    visitor = await visit(browser, fake.url, { language: 'en' });
    page = visitor.page;
    await page.clock.install();
    fake.session = undefined;
    await page.goto('/einladung#secret');
    await page.getByRole('button', { name: 'Set up password and code' }).click();
    await page.getByLabel('New password').fill('correct horse battery staple');
    await page.getByLabel('Code from the app').fill('123456');
    fake.say('POST /v1/links/password', { session: sessionOf('staff', 'en'), recoveryCodes: codes });
    // From now on the link is used up.
    fake.say('POST /v1/links/check', new Refusal(404, 'link_invalid'));
    await page.getByRole('button', { name: 'Finish' }).click();
    await page.getByText(codes[0] ?? '').waitFor();
    await lookAway();
    expect(await page.getByText(codes[0] ?? '').count()).toBe(1);
  });

  it('opens the second link when it is pasted over the first', async () => {
    fake.say('POST /v1/links/check', (request: { body: { secret: string } }) =>
      request.body.secret === 'old'
        ? new Refusal(404, 'link_invalid')
        : {
            kind: 'invitation',
            name: 'Sina',
            email: 's@example.org',
            roles: ['support'],
            customer: null,
            operator: null,
            expiresAt: new Date().toISOString(),
          },
    );
    await open('/einladung#old', 'nobody');
    await page.getByRole('heading', { name: 'This link is no longer valid' }).waitFor();
    await page.goto('/einladung#new');
    await page.getByRole('heading', { name: 'Welcome, Sina' }).waitFor({ timeout: 5_000 });
  });

  it('stays in the language that was chosen on the next page', async () => {
    await open('/konsole');
    await page.getByRole('banner').getByText('Deutsch').click();
    await page.getByRole('heading', { name: 'Überblick' }).waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'Kunden' }).click();
    await page.getByRole('heading', { name: 'Kunden' }).waitFor({ timeout: 5_000 });
  });

  it('closes an open view that missed the end of its grant while the line was cut', async () => {
    await open(`/konsole/freigaben/${ids.grant}/daten`);
    await page
      .getByRole('button', { name: ids.person.slice(0, 8) })
      .first()
      .click();
    await page.getByText('A••••').waitFor();
    fake.say(`GET /v1/grants/${ids.grant}`, grantOf(30, { state: 'ended', endedBy: 'customer', may: [] }));
    fake.cut();
    await page.getByRole('heading', { name: 'This grant has ended' }).first().waitFor({ timeout: 5_000 });
    expect(await page.content()).not.toContain('A••••');
  });

  it('listens again after the server refused the line for a while, and still hears of the end', async () => {
    await open(`/konsole/freigaben/${ids.grant}/daten`);
    fake.say('GET /v1/grants/events', new Refusal(503, 'unavailable'));
    fake.cut();
    await page.waitForTimeout(1_000);
    fake.forget();
    await expect.poll(() => fake.listening(), { timeout: 6_000 }).toBe(1);
    fake.tell({ id: ids.grant, state: 'ended' });
    await page.getByRole('heading', { name: 'This grant has ended' }).first().waitFor({ timeout: 5_000 });
  });

  it('closes an open view when the session ended elsewhere', async () => {
    await open(`/konsole/freigaben/${ids.grant}/daten`);
    await page
      .getByRole('button', { name: ids.person.slice(0, 8) })
      .first()
      .click();
    await page.getByText('A••••').waitFor();
    fake.session = undefined;
    for (const route of ['GET /v1/grants/events', `GET /v1/grants/${ids.grant}`])
      fake.say(route, new Refusal(401, 'unauthorized'));
    fake.cut();
    await page.waitForURL('**/anmelden**', { timeout: 5_000 });
  });

  it('reads a record once for each look: finding somebody does not open what is open again', async () => {
    await open(`/konsole/freigaben/${ids.grant}/daten`);
    await page
      .getByRole('button', { name: ids.person.slice(0, 8) })
      .first()
      .click();
    await page.getByText('A••••').waitFor();
    await page.getByLabel('Value').fill('ada@example.org');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.waitForTimeout(600);
    expect(fake.asked.filter((route) => route.includes('/records/'))).toHaveLength(1);
  });

  it('checks every entry that a row of the history stands for, and says which are not right', async () => {
    const { accesses } = answers(`GET /v1/customers/${ids.customer}/accesses`) as { accesses: object[] };
    const row = { ...accesses[0], entries: [4, 7, 9], entryCount: 3 };
    fake.say(`GET /v1/customers/${ids.customer}/accesses`, { accesses: [row], next: null });
    for (const index of [4, 7, 9])
      fake.say(`GET /v1/customers/${ids.customer}/journal/${index}/proof`, 'not the proof of this entry');
    await open(`/konsole/zugriffe?kunde=${ids.customer}`);
    await page.getByRole('button', { name: 'verify' }).click();
    await page.getByText('3 entries are not right').waitFor();
    expect(fake.asked.filter((route) => route.endsWith('/proof'))).toHaveLength(3);
    expect(await page.getByRole('dialog').innerText()).toMatch(
      /Entry 5: not right\s+Entry 8: not right\s+Entry 10: not right/,
    );
  });

  it('does not replace the secret of an authenticator app that was just scanned', async () => {
    let made = 0;
    fake.say('POST /v1/account/totp', () => {
      made += 1;
      return { secret: `JBSWY3DPEHPK3PX${made}`, uri: `otpauth://totp/Obhut:x?secret=JBSWY3DPEHPK3PX${made}` };
    });
    fake.say('DELETE /v1/account/passkeys/two', null);
    await open('/konsole/konto');
    await page.getByRole('button', { name: 'Set anew' }).first().click();
    await page.getByText('JBSW Y3DP EHPK 3PX1').waitFor();
    await page.getByRole('button', { name: 'Remove' }).nth(1).click();
    await page.getByRole('dialog', { name: 'Remove' }).getByRole('button', { name: 'Remove' }).click();
    await expect.poll(() => fake.asked).toContain('DELETE /v1/account/passkeys/two');
    await page.waitForTimeout(600);
    expect(made).toBe(1);
  });

  it('lets both go on when two steps ask for a fresh factor at once', async () => {
    let fresh = false;
    const { sessions } = answers('GET /v1/account/sessions') as { sessions: { id: string; current: boolean }[] };
    const routes = sessions.filter(({ current }) => !current).map(({ id }) => `DELETE /v1/account/sessions/${id}`);
    expect(routes).toHaveLength(2);
    for (const route of routes) fake.say(route, () => (fresh ? null : new Refusal(403, 'fresh_factor_required')));
    fake.say('POST /v1/session/confirm/password', () => {
      fresh = true;
      return sessionOf('staff', 'en');
    });
    await open('/konsole/konto');
    await page.getByRole('button', { name: 'End', exact: true }).first().waitFor();
    await page.evaluate(
      "[...document.querySelectorAll('tbody button')].filter((one) => one.innerText === 'End').forEach((one) => one.click())",
    );
    const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
    await dialog.getByLabel('Password').first().fill('secret');
    await dialog.getByLabel(/^Code/).fill('123456');
    await dialog.getByRole('button', { name: 'Confirm', exact: true }).click();
    await page.waitForTimeout(800);
    for (const route of routes) expect(fake.asked.filter((asked) => asked === route)).toHaveLength(2);
  });

  it('hands out the whole history as JSON, not only what was scrolled to', async () => {
    const { accesses } = answers(`GET /v1/customers/${ids.customer}/accesses`) as { accesses: { at: string }[] };
    fake.say(`GET /v1/customers/${ids.customer}/accesses`, (request: { url: string }) =>
      request.url.includes('after=') ? { accesses, next: null } : { accesses, next: '2026-11-24T10:00:00.000Z' },
    );
    await open('/portal/zugriffe', 'admin');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'As JSON' }).click();
    const rows = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as unknown[];
    expect(rows).toHaveLength(accesses.length * 2);
  });

  it('tells a screen reader when something was, in full and with the zone', async () => {
    await open('/konsole/team');
    const row = page.getByRole('row').filter({ hasText: 'Sina Support' });
    await row.waitFor();
    expect(await row.locator('time').first().textContent()).toMatch(/1 hour ago.*\d\d\/\d\d\/\d{4}.*Europe\/Berlin/);
  });

  it('says that a passkey is already there, not that it was not used', async () => {
    const options = (exclude: readonly unknown[]) => ({
      flow: ids.grant,
      options: {
        challenge: 'AAAAAAAAAAAAAAAAAAAAAA',
        rp: { id: 'localhost', name: 'Obhut' },
        user: { id: 'AAAA', name: 'olga', displayName: 'Olga' },
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        excludeCredentials: exclude,
      },
    });
    let made: unknown;
    fake.say('POST /v1/account/passkeys', (request: { body: { response: { id: string } } }) => {
      made = { type: 'public-key', id: request.body.response.id };
      return { id: 'three' };
    });
    fake.say('POST /v1/account/passkeys/options', () => options(made === undefined ? [] : [made]));
    await open('/konsole/konto');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await expect.poll(() => made).toBeDefined();
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('already has a passkey').waitFor({ timeout: 5_000 });
  });

  it('gives recovery codes as a file too', async () => {
    fake.say('POST /v1/account/recovery-codes', { recoveryCodes: codes });
    await open('/konsole/konto');
    await page.getByRole('button', { name: 'New recovery codes' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'As a file' }).click();
    expect(
      readFileSync(await (await download).path(), 'utf8')
        .trim()
        .split('\n'),
    ).toEqual(codes);
  });
});
