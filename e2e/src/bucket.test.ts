/**
 * The machine is gone, and with it database, data folder and the site beside it. What is left is a bucket with objects and
 * backups, a safe elsewhere, and the recovery kit. The bucket is a strict server in this process; no real one was asked.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createObhut, newUuid } from '@obhut/client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type S3Server, startS3 } from '../../packages/server/src/testing/s3/server.ts';
import { firstToken, newFolder, type Product, removeFolder, startProduct, startRefused } from './product.ts';

let at: string;
let s3: S3Server;
let product: Product | undefined;
const main = new URL('../../packages/server/src/main.ts', import.meta.url).pathname;

beforeAll(async () => {
  at = await newFolder();
  s3 = await startS3();
}, 60_000);
afterAll(async () => {
  await product?.stop();
  await s3.close();
  await removeFolder(at);
});

function settingsFor(...folders: readonly string[]): Record<string, string> {
  const file = join(at, `${folders.join('-')}.yaml`);
  const purposes: Record<string, string> = { near: 'objects, safe, ledger, heads', vault: 'safe, ledger, heads' };
  const lines = folders.map(
    (name) => `{ name: ${name}, path: ${join(at, name)}, country: DE, purposes: [${purposes[name]}] }`,
  );
  const bucket = `{ name: far, country: DE, street: "Isarweg 2, München", purposes: [objects, backups], s3: { endpoint: "${s3.endpoint}", bucket: ${s3.bucket}, prefix: obhut, pathStyle: true, credentialsFile: ${join(at, 'bucket.credentials')} } }`;
  writeFileSync(file, `sites:\n${[...lines, bucket].map((line) => `  - ${line}\n`).join('')}`);
  return { OBHUT_CONFIG: file };
}

/** A command of the server. The bucket lives in this process: it must be able to answer meanwhile. */
async function command(data: string, environment: Record<string, string>, words: readonly string[], typed = '') {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [main, ...words], {
    cwd: at,
    env: { PATH, HOME, LANG: 'en_GB.UTF-8', OBHUT_DATA: data, ...environment },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      text += String(chunk);
    });
  child.stdin.end(typed);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, text };
}

it('a bucket, a safe elsewhere and the kit bring everything back, files too', { timeout: 300_000 }, async () => {
  const credentials = join(at, 'bucket.credentials');
  const { accessKeyId, secretAccessKey } = s3.keys;
  writeFileSync(
    credentials,
    `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  );
  const data = join(at, 'first');
  mkdirSync(data, { mode: 0o711 });
  const environment = settingsFor('near', 'vault');
  const refused = await startRefused({ data, environment });
  expect(refused.text).toContain('s3.credentialsFile: others may read it');
  chmodSync(credentials, 0o600);

  product = await startProduct({ data, environment });
  expect(product.output()).toContain(`s3://${s3.bucket}/obhut/`);
  const api = createObhut({ url: product.url, token: firstToken(product) });
  const { id } = await api.customers.create({ label: 'acme' });
  const { person } = await api.customer(id).people.create();
  const file = newUuid();
  const content = 'a letter '.repeat(2_000_000);
  await api.customer(id).person(person).file(file).put(content, { name: 'letter.txt', type: 'text/plain' });
  const keys = () => [...s3.objects.keys()];
  expect(keys().filter((key) => /^obhut\/objects\/[0-9a-f-]{36}$/.test(key))).toHaveLength(1);
  await vi.waitUntil(() => keys().filter((key) => /^obhut\/backups\/[mn]-/.test(key)).length === 2, {
    timeout: 90_000,
    interval: 500,
  });
  const made = await command(data, environment, ['recovery-kit', '--out', at]);
  const passphrase =
    made.text
      .split('\n')
      .find((line) => line.split('-').length === 12)
      ?.trim() ?? '';
  const kit = join(at, readdirSync(at).find((name) => /^recovery-kit-.*json$/.test(name)) ?? '');
  expect(product.output()).not.toContain(s3.keys.secretAccessKey);
  // The log is carried every few seconds.
  await wait(10_000);
  await product.kill();
  for (const gone of ['first', 'near']) rmSync(join(at, gone), { recursive: true });

  const elsewhere = join(at, 'second');
  mkdirSync(elsewhere, { mode: 0o711 });
  const alone = settingsFor('vault');
  const done = await command(elsewhere, alone, ['restore', '--kit', kit, '--yes'], `${passphrase}\n`);
  expect(done, done.text).toMatchObject({ code: 0, text: expect.stringContaining('--new-generation restored') });
  product = await startProduct({ data: elsewhere, environment: alone, words: ['--new-generation', 'restored'] });
  const again = createObhut({ url: product.url, token: firstToken(product) }).customer(id);
  const read = await again.person(person).file(file).get({ purpose: 'service' });
  expect(await new Response(read.body).text()).toBe(content);
});
