/**
 * The large disaster: the machine is gone, database, data folder and one site with it. What is left is a site elsewhere and the
 * keys. Followed as docs/recovery.md tells it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createObhut, newUuid } from '@obhut/client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { firstToken, newFolder, obhut, type Product, removeFolder, startProduct, startRefused } from './product.ts';

let at: string;
let product: Product;
const main = new URL('../../packages/server/src/main.ts', import.meta.url).pathname;

beforeAll(async () => {
  at = await newFolder();
}, 60_000);
afterAll(async () => {
  await product.stop();
  await removeFolder(at);
});

const every = '[objects, safe, ledger, heads, backups]';
const site = (name: string) => `{ name: ${name}, path: ${join(at, name)}, country: DE, purposes: ${every} }`;
function settingsFor(...names: readonly string[]): Record<string, string> {
  const file = join(at, `${names.join('-')}.yaml`);
  writeFileSync(file, `sites:\n${names.map((name) => `  - ${site(name)}\n`).join('')}`);
  return { OBHUT_CONFIG: file };
}
/** A command of the server, with what somebody types. */
function command(data: string, environment: Record<string, string>, words: readonly string[], typed = '') {
  const { PATH = '', HOME = '' } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    cwd: at,
    env: { PATH, HOME, LANG: 'en_GB.UTF-8', OBHUT_DATA: data, ...environment },
    input: typed,
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { code: status, text: stdout + stderr };
}
const backups = (name: string) => readdirSync(join(at, name, 'backups'));

it('a site elsewhere and the keys bring everything back but what was erased', { timeout: 300_000 }, async () => {
  const data = join(at, 'first');
  mkdirSync(data, { mode: 0o711 });
  const environment = settingsFor('a', 'b');
  product = await startProduct({ data, environment });
  const token = firstToken(product);
  const api = createObhut({ url: product.url, token });
  const { id } = await api.customers.create({ label: 'acme' });
  const customer = api.customer(id);
  await customer.collections.put('notes', {
    schema: { type: 'object', properties: { text: { type: 'string' } } },
    fields: { text: { class: 'personal' } },
  });
  const write = async (text: string) => {
    const { person } = await customer.people.create();
    const record = newUuid();
    await customer.person(person).record('notes', record).put({ text });
    return { person, record };
  };
  const ada = await write('before the backup');
  const eve = await write('to be erased');
  await vi.waitUntil(() => backups('b').filter((name) => /^[mn]-/.test(name)).length === 2, {
    timeout: 90_000,
    interval: 500,
  });
  const bea = await write('after the backup');
  const words = ['erase', '--customer', id, '--person', eve.person, '--cooling', '0', '--yes'];
  expect(obhut(words, { OBHUT_URL: product.url, OBHUT_TOKEN: token }).code).toBe(0);
  await api.rollOver();
  const kit = () => join(at, readdirSync(at).find((name) => /^recovery-kit-.*json$/.test(name)) ?? '');
  const made = command(data, environment, ['recovery-kit', '--out', at]);
  const passphrase =
    made.text
      .split('\n')
      .find((line) => line.split('-').length === 12)
      ?.trim() ?? '';
  expect(readFileSync(kit(), 'utf8') + readFileSync(kit().replace('json', 'html'), 'utf8')).not.toContain(passphrase);
  expect(statSync(kit()).mode & 0o777).toBe(0o600);
  const rehearse = ['recovery-kit', 'rehearse', kit()];
  expect(command(data, environment, rehearse, 'something else\n')).toMatchObject({
    code: 1,
    text: expect.stringContaining('kit_wrong'),
  });
  const rehearsed = command(data, environment, rehearse, `${passphrase}\n`);
  expect(rehearsed, rehearsed.text).toMatchObject({ code: 0 });
  expect(product.output()).toContain('Recovery kit not rehearsed');
  // The log is carried every few seconds.
  await wait(10_000);
  await product.kill();
  for (const gone of ['first', 'a']) rmSync(join(at, gone), { recursive: true });

  const elsewhere = join(at, 'second');
  mkdirSync(elsewhere, { mode: 0o711 });
  const alone = settingsFor('b');
  const run = (...words: string[]) => command(elsewhere, alone, ['restore', ...words], `${passphrase}\n`);
  expect(run()).toMatchObject({ code: 1, text: expect.stringContaining('root_key_missing') });
  expect(readdirSync(elsewhere)).not.toContain('keys');

  const plan = run('--kit', kit());
  expect(plan).toMatchObject({ code: 0, text: expect.stringContaining('--yes') });
  expect(readdirSync(elsewhere)).not.toContain('postgres');
  expect(run('--kit', kit(), '--at', '2024-01-01T00:00:00Z')).toMatchObject({
    code: 1,
    text: expect.stringContaining('no backup'),
  });
  const done = run('--kit', kit(), '--yes');
  expect(done, done.text).toMatchObject({ code: 0, text: expect.stringContaining('--new-generation restored') });
  expect(run('--yes')).toMatchObject({ code: 1, text: expect.stringContaining('there already') });

  // Nothing is served, sent or signed before somebody says that it was restored.
  const refused = await startRefused({ data: elsewhere, environment: alone });
  expect(refused.text).toContain('journal_forked');
  product = await startProduct({ data: elsewhere, environment: alone, words: ['--new-generation', 'restored'] });
  const again = createObhut({ url: product.url, token: firstToken(product) }).customer(id);
  const read = ({ person, record }: { person: string; record: string }) =>
    again.person(person).record('notes', record).get({ purpose: 'service' });
  expect((await read(ada)).data).toEqual({ text: 'before the backup' });
  expect((await read(bea)).data).toEqual({ text: 'after the backup' });
  await expect(read(eve)).rejects.toMatchObject({ code: 'not_found' });
  // The rehearsal came back with the database.
  expect(product.output()).not.toContain('Recovery kit not rehearsed');
  // A new history begins with a backup of its own.
  await vi.waitUntil(() => backups('b').filter((name) => /^[mn]-/.test(name)).length >= 4, {
    timeout: 90_000,
    interval: 500,
  });
});
