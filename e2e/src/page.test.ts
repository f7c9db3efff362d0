/** The public page in a real browser: with and without JavaScript, and against a server that lies. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, visit } from './browser.ts';
import { newFolder, obhut, type Product, removeFolder, startProduct } from './product.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const screenshots = new URL('../screenshots/', import.meta.url).pathname;

let product: Product;
let browser: Browser;

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  product = await startProduct({
    environment: { OBHUT_OPERATOR: 'Beispiel GmbH', OBHUT_CONTACT_EMAIL: 'sicherheit@example.org' },
  });
  browser = await launchBrowser();
  // The probes run at the start; a second later their proofs are under a checkpoint.
  for (let waited = 0; waited < 100; waited += 1) {
    const page = (await (await fetch(`${product.url}/page.json`)).json()) as {
      practices: { sentences: { claims: { grade: string; proof: { index: number } | null }[] }[] }[];
    };
    const measured = page.practices
      .flatMap(({ sentences }) => sentences.flatMap(({ claims }) => claims))
      .filter(({ grade }) => grade === 'measured');
    const last = Math.max(...measured.map(({ proof }) => proof?.index ?? -1));
    if (
      measured.every(({ proof }) => proof !== null) &&
      (await fetch(`${product.url}/log/page/proof/${last}`)).status === 200
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the probes did not run');
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await product?.stop();
  if (product !== undefined) await removeFolder(product.data);
});

async function look(page: Page, name: string): Promise<void> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })",
  );
  expect(
    violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`),
    name,
  ).toEqual([]);
  writeFileSync(join(screenshots, `${name}.png`), await page.screenshot({ fullPage: true }));
}

const claims = (page: Page) => page.locator('a.verify');

/** Lets one answer of the server be changed on its way. */
async function lie(page: Page, path: string, change: (text: string) => string): Promise<void> {
  await page.route(`**${path}`, async (route: Route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: change(await answer.text()) });
  });
}

describe('the page', { timeout: 90_000 }, () => {
  it('is complete without JavaScript, and each proof is a link to its file', async () => {
    const context = await browser.newContext({ baseURL: product.url, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto('/');
    expect(await page.locator('section h2').count()).toBeGreaterThanOrEqual(16);
    expect(await page.locator('.sentence').count()).toBeGreaterThan(40);
    expect(await page.locator('#verify-all').isVisible()).toBe(false);
    const href = await claims(page).first().getAttribute('href');
    const file = await page.request.get(href ?? '');
    expect(await file.text()).toContain('c2sp.org/tlog-proof@v1');
    await context.close();
  });

  it('is calm, readable and accessible in both languages, light and dark, on a phone and on paper', async () => {
    for (const [path, language] of [
      ['/', 'de'],
      ['/en', 'en'],
    ] as const)
      for (const [width, dark] of [
        [1_280, false],
        [360, true],
      ] as const) {
        const { page, context, complaints } = await visit(browser, product.url, { language, dark, width });
        await page.goto(path);
        await look(page, `page-${language}-${width}`);
        expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
        await page.emulateMedia({ media: 'print' });
        writeFileSync(
          join(screenshots, `page-${language}-${width}-print.png`),
          await page.screenshot({ fullPage: true }),
        );
        expect(complaints).toEqual([]);
        await context.close();
      }
  });

  it('holds what it measures on a fresh machine, its own files included; what it cannot know yet it calls unknown', async () => {
    const { practices } = (await (await fetch(`${product.url}/page.json`)).json()) as {
      practices: { sentences: { claims: { id: string; grade: string; verdict: string; reason: string | null }[] }[] }[];
    };
    const measured = practices
      .flatMap(({ sentences }) => sentences.flatMap((one) => one.claims))
      .filter(({ grade }) => grade === 'measured');
    // One site on one machine: that is not redundant, and the page says so from the first minute.
    expect(
      measured
        .filter(({ verdict }) => verdict === 'fails')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['recovery.files-redundant', 'recovery.keys-redundant', 'recovery.records-redundant']);
    const unknown = measured.filter(({ verdict }) => verdict === 'unknown').map(({ id, reason }) => `${id} ${reason}`);
    // Whether there is a person already depends on which probe came first: one of them makes a canary.
    expect(unknown.filter((one) => !one.startsWith('encryption.own-keys')).sort()).toEqual([
      'confidentiality.openings-reconciled nothing-yet',
      'encryption.listener tls-elsewhere',
      'erasure.canary nothing-yet',
      'erasure.carried-out nothing-yet',
      'erasure.epochs-gone nothing-yet',
      'erasure.followed nothing-yet',
      'erasure.holds-kept nothing-yet',
      'erasure.in-time nothing-yet',
      'erasure.ledger nothing-yet',
      'erasure.requests-answered nothing-yet',
      'erasure.retention-kept nothing-yet',
      'erasure.second-admin nothing-yet',
      'location.database country-not-given',
      'recovery.alarms-arrive no-alarm-route',
      'recovery.backed-up nothing-yet',
      'recovery.drilled nothing-yet',
      'recovery.source-nightly no-repositories',
      'sign-in-log.address-kept nothing-yet',
      'sign-in-log.device-type nothing-yet',
      'sign-in-log.sessions-have-entries nothing-yet',
      'two-factor.accounts nothing-yet',
    ]);
  });

  it('lets the visitor compute every measured claim, and compares with the visit before', async () => {
    const { page, context, complaints } = await visit(browser, product.url, { language: 'en' });
    await page.goto('/en');
    const all = await claims(page).count();
    expect(all).toBeGreaterThan(12);
    await claims(page).first().click();
    await page.getByText('Your browser has computed it').first().waitFor();
    expect(await page.locator('.result').first().innerText()).toContain('Your first visit');
    await look(page, 'page-verified');
    const begun = Date.now();
    await page.getByRole('button', { name: 'Verify everything yourself' }).click();
    await page.getByText(`${all} of ${all} proofs verified`).waitFor({ timeout: 15_000 });
    expect(Date.now() - begun).toBeLessThan(6_000);
    await page.reload();
    await claims(page).first().click();
    await page
      .getByText(/Since your last visit \(size [\d]+\) nothing was removed or changed/)
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it.each([
    [
      'an entry',
      '/log/page/proof/*',
      (text: string) =>
        text.replace(
          /^extra (.{20})(.)/m,
          (_, head: string, sign: string) => `extra ${head}${sign === 'A' ? 'B' : 'A'}`,
        ),
      /root|path|entry|file/i,
    ],
    [
      'a hash of the path',
      '/log/page/proof/*',
      (text: string) =>
        text.replace(/^([A-Za-z0-9+/]{43}=)$/m, (hash) => `${hash.startsWith('A') ? 'B' : 'A'}${hash.slice(1)}`),
      /root|checkpoint|path/i,
    ],
    [
      'the checkpoint',
      '/log/page/proof/*',
      (text: string) =>
        text.replace(
          /(\n)(\d+)(\n[A-Za-z0-9+/]{43}=\n\n)/,
          (_, a: string, size: string, b: string) => `${a}${Number(size) + 1}${b}`,
        ),
      /checkpoint|file/i,
    ],
    ['the key, after the first visit', '/log/page/key', (text: string) => `x${text}`, /key/i],
    [
      'the past',
      '/log/page/consistency*',
      (text: string) => text.replace(/"proof":\[.*\]/, '"proof":[]'),
      /comparison/i,
    ],
    ...(
      [
        ['the verdict behind the page', 'data-verdict="holds"', 'data-verdict="fails"'],
        ['the word that people read', '</svg>holds<', '</svg>perfectly true<'],
        ['a sentence that people read', 'Personal data lies in Germany only', 'Personal data lies in Atlantis only'],
        ['the predicate of a claim', 'Every site for objects', 'Every place for objects'],
        ['the limits of a claim', 'The country of a site is declared by the operator.', 'No limits.'],
        ['a figure', '<p class="figures">Sites: ', '<p class="figures">Sites: 1'],
        ['the time of the measurement', '<time datetime="2', '<time datetime="3'],
      ] as const
    ).map(
      ([what, from, to]) =>
        [what, '/en', (text: string) => text.replaceAll(from, to), /content/i] as [
          string,
          string,
          (text: string) => string,
          RegExp,
        ],
    ),
    [
      'the page for machines',
      '/page.json',
      (text: string) => text.replace('Every site for objects', 'Every place for objects'),
      /content/i,
    ],
  ])('says that it is not verified, and at which step, when somebody changes %s', async (_what, path, change, step) => {
    const { page, context } = await visit(browser, product.url, { language: 'en' });
    await page.goto('/en');
    await claims(page).first().click();
    await page.getByText('Your browser has computed it').first().waitFor();
    // Later there is more in the log, and somebody between.
    await page.evaluate(
      "(() => { const seen = JSON.parse(localStorage.getItem('obhut.page')); localStorage.setItem('obhut.page', JSON.stringify(seen)); })()",
    );
    if (path.includes('consistency')) await growLog(product);
    await lie(page, path, change);
    await page.goto('/en');
    await claims(page).first().click();
    const failed = page.locator('.result.bad').first();
    await failed.waitFor();
    expect(await failed.innerText()).toMatch(/Not verified/);
    expect(await failed.innerText()).toMatch(step);
    await context.close();
  });

  it('is verified from outside by `obhut verify`, also later from a saved copy, and not when a proof was changed', async () => {
    const folder = await newFolder();
    try {
      const key = (await (await fetch(`${product.url}/log/page/key`)).text()).trim();
      const saved = join(folder, 'page.json');
      const first = obhut(['verify', product.url]);
      expect(first.code).toBe(1);
      expect(first.stderr).toContain(key);
      const online = obhut(['verify', product.url, '--key', key, '--save', saved]);
      // All of it is true, also that three claims do not hold: one site is not redundant.
      expect(online.code, online.stderr).toBe(1);
      expect(online.stdout).toMatch(/\d\d proofs verified, \d\d claims unknown, 3 do not hold, 0 not verified/);
      expect(online.stdout).toContain('erasure.agreement');
      const offline = obhut(['verify', '--offline', saved, '--key', key, '--json']);
      expect(offline.code, offline.stderr).toBe(1);
      expect(JSON.parse(offline.stdout)).toMatchObject({ holds: false, fails: 3, failed: 0 });
      const memory = ['--remember', join(folder, 'memory')];
      const allTrue = /, 3 do not hold, 0 not verified/;
      expect(obhut(['verify', product.url, '--key', key, ...memory]).stdout).toMatch(allTrue);
      await growLog(product);
      const again = obhut(['verify', product.url, '--key', key, ...memory]);
      expect(again.stdout).toMatch(allTrue);
      const lie = JSON.parse(readFileSync(saved, 'utf8').replace('"verdict":"holds"', '"verdict":"fails"')) as object;
      writeFileSync(join(folder, 'lie.json'), JSON.stringify(lie));
      const caught = obhut(['verify', '--offline', join(folder, 'lie.json'), '--key', key]);
      expect([caught.code, caught.stdout]).toEqual([1, expect.stringContaining('says other than its log')]);
      const bundle = JSON.parse(readFileSync(saved, 'utf8')) as { page: unknown; proofs: Record<string, string> };
      const [index = ''] = Object.keys(bundle.proofs);
      bundle.proofs[index] =
        bundle.proofs[index]?.replace(
          /^([A-Za-z0-9+/]{43}=)$/m,
          (hash) => `${hash.startsWith('A') ? 'B' : 'A'}${hash.slice(1)}`,
        ) ?? '';
      writeFileSync(saved, JSON.stringify(bundle));
      const changed = obhut(['verify', '--offline', saved, '--key', key]);
      expect(changed.code).toBe(1);
      expect(changed.stdout).toMatch(/✗ .*(checkpoint|root|path)/);
    } finally {
      await removeFolder(folder);
    }
  });

  it.each([
    ['en', '/en/page.md', '### By hand', 'the entry is in the log', 'it is NOT in it'],
    ['de', '/page.md', '### Von Hand', 'der Eintrag steht im Protokoll', 'er steht NICHT darin'],
  ])('says in %s how to do it without our software, and that works', async (_, path, heading, good, bad) => {
    const markdown = await (await fetch(`${product.url}${path}`)).text();
    const script = markdown.slice(markdown.indexOf(heading)).split('```')[1]?.replace(/^sh\n/, '') ?? '';
    const index = /\/log\/page\/proof\/(\d+)/.exec(markdown)?.[1] ?? '';
    const folder = await newFolder();
    const run = (words: string) =>
      spawnSync('bash', ['-c', words], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
      });
    try {
      // Here the port is whichever was free.
      const honest = script.replace('N=0', `N=${index}`).replaceAll('http://localhost:0', product.url);
      const { stdout, stderr } = run(honest);
      expect(`${stdout}${stderr}`).toContain('Signature Verified Successfully');
      expect(stdout).toContain('"kind":"claim.proof"');
      expect(stdout).toContain(good);
      // A proof whose entry was changed, and one whose checkpoint was.
      const lying = (change: string) => run(honest.replace(/(> proof\n)/, `$1${change}\n`));
      expect(lying("sed -i 's/^extra ./extra A/' proof").stdout).toContain(bad);
      const forged = lying("sed -i '/^$/,$ s/^\\([0-9]\\)[0-9]*$/\\199/' proof");
      expect(`${forged.stdout}${forged.stderr}`).toContain('Signature Verification Failure');
    } finally {
      await removeFolder(folder);
    }
  });

  it('tells how to reach whom, also for machines', async () => {
    const text = await (await fetch(`${product.url}/.well-known/security.txt`)).text();
    expect(text).toContain('Contact: mailto:sicherheit@example.org');
    const expires = new Date(/^Expires: (.+)$/m.exec(text)?.[1] ?? 0).getTime();
    expect(expires).toBeGreaterThan(Date.now());
    expect(expires).toBeLessThan(Date.now() + 365 * 86_400_000);
  });
});

/** Anchors put an entry into the page log with each round; a little patience makes it longer. */
async function growLog({ url }: Product): Promise<void> {
  const size = async () => Number((await (await fetch(`${url}/log/page/checkpoint`)).text()).split('\n')[1]);
  const before = await size();
  // A sign-in that fails is an entry of the operator, and the next anchor an entry of the page.
  await fetch(`${url}/v1/sign-in/password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url, 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ email: 'x@example.org', password: 'x', code: '123456' }),
  });
  for (let waited = 0; waited < 300 && (await size()) <= before; waited += 1)
    await new Promise((resolve) => setTimeout(resolve, 200));
}
