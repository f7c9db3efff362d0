import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { testSettings } from '../../testing/settings.ts';
import { createHttpServer } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'obhut-certificate-'));
afterAll(() => rmSync(folder, { recursive: true }));

function makePair(name: string): { cert: string; key: string } {
  const pair = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  const options = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const rest = ['-subj', `/CN=${name}`, '-keyout', pair.key, '-out', pair.cert];
  execFileSync('openssl', [...options, ...rest], { stdio: 'ignore' });
  return pair;
}
const create = (tls: { cert: string; key: string }) =>
  createHttpServer({ settings: testSettings({ tls }), version: '0.0.0' });

it('takes a certificate with its key', async () => {
  const server = await create(makePair('one'));
  await server.close();
});

it('names the file that is not there, and what to do', async () => {
  const pair = makePair('two');
  await expect(create({ ...pair, key: join(folder, 'nowhere.key') })).rejects.toMatchObject({
    code: 'setting_invalid',
    message: expect.stringContaining('tls.key') as string,
  });
});

it.each(['another key', 'no PEM'])('says that certificate and key do not fit: %s', async (what) => {
  const pair = makePair('three');
  const key = what === 'another key' ? makePair('four').key : join(folder, 'text');
  if (what === 'no PEM') writeFileSync(key, 'not a key');
  await expect(create({ ...pair, key })).rejects.toMatchObject({
    code: 'setting_invalid',
    message: expect.stringContaining('do not belong together') as string,
  });
});
