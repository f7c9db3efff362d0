/** The page before it is public: the settings as they are written now, for those who may see settings. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Settings } from '../platform/config/settings.ts';
import { StartError } from '../platform/config/start-error.ts';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { testSettings } from '../testing/settings.ts';
import { createTeam, type Team } from '../testing/team.ts';

let test: TestApp;
let team: Team;
let folder: string;
let written: () => Settings = testSettings;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obhut-preview-'));
  test = await createTestApp({ cluster: inject('cluster'), settingsNow: () => written() });
  team = await createTeam(test);
});
afterAll(async () => {
  await test.close();
  await rm(folder, { recursive: true });
});

const preview = (language: string) => team.owner.browser.get(`/v1/page/preview?language=${language}`);
const page = async () => (await test.http.get('/', { token: null })).text;

it('shows what the next start would show, marked, and leaves the public page alone', async () => {
  const logo = join(folder, 'logo.svg');
  await writeFile(logo, '<svg xmlns="http://www.w3.org/2000/svg"/>');
  written = () =>
    testSettings({
      operator: 'Praxis <Beispiel>',
      contact: { email: 'kontakt@example.org' },
      page: { logo, about: { de: 'Wir über uns.', en: 'About us.' } },
    });
  const german = await preview('de');
  expect(german.status).toBe(200);
  for (const words of [
    'Vorschau mit den Einstellungen',
    'Praxis &lt;Beispiel&gt;',
    'kontakt@example.org',
    'Wir über uns.',
  ])
    expect(german.text).toContain(words);
  expect(german.text).toContain('src="data:image/svg+xml;base64,');
  expect(german.headers['cache-control']).toBe('no-store');
  expect((await preview('en')).text).toContain('About us.');
  const open = await page();
  for (const words of ['Vorschau', 'Praxis', 'Wir über uns.']) expect(open).not.toContain(words);
});

it('says which setting would stop the start', async () => {
  written = () => testSettings({ page: { logo: join(folder, 'none.svg') } });
  const missing = await preview('de');
  expect(missing.status).toBe(409);
  expect(missing.text).toContain('page.logo');
  written = () => {
    throw new StartError('setting_invalid', 'port is not valid.', 'Compare it with docs/settings.md.');
  };
  expect((await preview('en')).text).toContain('port is not valid.');
});

it('is for the team alone', async () => {
  expect((await test.http.get('/v1/page/preview', { token: null })).status).toBe(401);
});
