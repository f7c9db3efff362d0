/** A real Chromium, the one that npm ships, in a sandbox where that is possible. */

import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const { version } = JSON.parse(
  readFileSync(new URL('../../node_modules/@sparticuz/chromium/package.json', import.meta.url), 'utf8'),
) as { version: string };

/** Not the package's own: they switch off what these tests are about (same origin), and end after the first page. */
const flags = [
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-dev-shm-usage',
];

/** Starts it. Its files lie in a folder of this version and this user, so that nobody else's are taken. */
export async function launchBrowser(): Promise<Browser> {
  const uid = process.getuid?.() ?? 0;
  const before = process.env.TMPDIR;
  const folder = join(before ?? tmpdir(), `obhut-chromium-${version}-${uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  process.env.TMPDIR = folder;
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    const executablePath = await packed.executablePath();
    return await chromium.launch({
      executablePath,
      args: [...flags, ...(uid === 0 ? ['--no-sandbox'] : [])],
      env: { ...(process.env as Record<string, string>) },
    });
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

export interface Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What no page may cause: errors in the console, refused by the policy, requests that failed at the server. */
  readonly complaints: string[];
}

export interface VisitorOptions {
  readonly language?: 'de' | 'en';
  readonly dark?: boolean;
  readonly width?: number;
}

/** Somebody with a browser of their own, and a passkey device in it. */
export async function visit(browser: Browser, url: string, options: VisitorOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: url,
    locale: options.language === 'de' ? 'de-DE' : 'en-GB',
    timezoneId: 'Europe/Berlin',
    colorScheme: options.dark === true ? 'dark' : 'light',
    viewport: { width: options.width ?? 1_280, height: 860 },
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await giveAuthenticator(page);
  return { context, page, complaints };
}

/** A passkey device that always recognises its person. */
async function giveAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}
