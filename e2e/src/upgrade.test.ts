/** A newer version starts on an older database: the data folder is copied first, then the steps run, and nothing is lost. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createObhut } from '@obhut/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { roleNames } from '../../packages/server/src/platform/database/roles.ts';
import { loadRootKey } from '../../packages/server/src/platform/secrets/root-key.ts';
import { createSecretStore } from '../../packages/server/src/platform/secrets/secrets.ts';
import { connect } from '../../packages/server/src/testing/cluster.ts';
import { firstToken, newFolder, type Product, removeFolder, startProduct } from './product.ts';

let product: Product;
let copy: string;
const postgres = (data: string) => join(data, 'postgres');

beforeAll(async () => {
  product = await startProduct();
  copy = await newFolder();
}, 120_000);
afterAll(async () => {
  await product.stop();
  await removeFolder(product.data);
  await removeFolder(copy);
});

/** Takes the database back to before the newest step of a room. */
async function takeBack(data: string): Promise<void> {
  const keys = join(data, 'keys');
  const secrets = await createSecretStore(await loadRootKey('file', keys), join(keys, 'secrets'));
  const password = await secrets.get('database-owner', () => {
    throw new Error('the product has made it');
  });
  const socketFolder = readFileSync(join(postgres(data), 'postmaster.pid'), 'utf8').split('\n')[4] ?? '';
  const address = { socketFolder, dataFolder: postgres(data), password: password.toString() };
  const owner = connect(address, 'obhut', roleNames.owner, 1);
  try {
    await owner.query('drop table claims.attestation, claims.state, claims.control');
    await owner.query("delete from platform.migration where room = 'claims' and id = '002-attestations'");
  } finally {
    await owner.close();
  }
}

it('is copied before it is changed; what a killed copy left is no backup; the copy itself starts', {
  timeout: 120_000,
}, async () => {
  const token = firstToken(product);
  const { id } = await createObhut({ url: product.url, token }).customers.create({ label: 'before' });
  await takeBack(product.data);
  expect(await product.stop()).toBe(130);
  const backups = join(product.data, 'backups');
  mkdirSync(join(backups, 'before-0.1.0.unfinished'), { recursive: true, mode: 0o700 });
  writeFileSync(join(backups, 'before-0.1.0.unfinished', 'PG_VERSION'), 'half');
  for (const folder of ['keys', 'sites']) execFileSync('cp', ['-a', join(product.data, folder), copy]);

  product = await startProduct({ data: product.data });
  expect(readdirSync(backups)).toEqual(['before-0.1.0']);
  expect(readFileSync(join(backups, 'before-0.1.0', 'PG_VERSION'), 'utf8').trim()).toBe('18');
  const { customers } = createObhut({ url: product.url, token });
  expect((await customers.get(id)).label).toBe('before');
  expect((await fetch(`${product.url}/page.json`)).status).toBe(200);

  execFileSync('cp', ['-a', join(backups, 'before-0.1.0'), postgres(copy)]);
  const restored = await startProduct({ data: copy });
  try {
    expect((await createObhut({ url: restored.url, token }).customers.get(id)).label).toBe('before');
    expect(existsSync(join(copy, 'backups', 'before-0.1.0'))).toBe(true);
  } finally {
    await restored.stop();
  }
});
