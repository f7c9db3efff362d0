/** A newer version starts on an older database: the data folder is copied first, then the steps run, and nothing is lost. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
async function takeBack(data: string, ...statements: readonly string[]): Promise<void> {
  const keys = join(data, 'keys');
  const secrets = await createSecretStore(await loadRootKey('file', keys), join(keys, 'secrets'));
  const password = await secrets.get('database-owner', () => {
    throw new Error('the product has made it');
  });
  const socketFolder = readFileSync(join(postgres(data), 'postmaster.pid'), 'utf8').split('\n')[4] ?? '';
  const address = { socketFolder, dataFolder: postgres(data), password: password.toString() };
  const owner = connect(address, 'obhut', roleNames.owner, 1);
  try {
    for (const statement of statements) await owner.query(statement);
  } finally {
    await owner.close();
  }
}

it('is copied before it is changed; what a killed copy left is no backup; the copy itself starts', {
  timeout: 120_000,
}, async () => {
  const token = firstToken(product);
  const { id } = await createObhut({ url: product.url, token }).customers.create({ label: 'before' });
  await takeBack(
    product.data,
    'drop schema alerts cascade',
    "delete from platform.migration where room = 'alerts'",
    'drop table claims.day, claims.planted',
    'alter table claims.attestation drop column account_id',
    'drop schema recovery cascade',
    "delete from platform.migration where room = 'recovery'",
    "delete from platform.migration where room = 'claims' and id in ('004-days', '005-vouched-by')",
  );
  expect(await product.stop()).toBe(130);
  const backups = join(product.data, 'backups');
  for (const folder of ['keys', 'sites']) execFileSync('cp', ['-a', join(product.data, folder), copy]);

  product = await startProduct({ data: product.data });
  const [backup = ''] = readdirSync(backups);
  expect(readdirSync(backups)).toEqual([expect.stringMatching(/^before-0\.1\.0-[0-9a-f]{12}$/)]);
  expect(readFileSync(join(backups, backup, 'PG_VERSION'), 'utf8').trim()).toBe('18');
  const { customers } = createObhut({ url: product.url, token });
  expect((await customers.get(id)).label).toBe('before');
  expect((await fetch(`${product.url}/page.json`)).status).toBe(200);

  execFileSync('cp', ['-a', join(backups, backup), postgres(copy)]);
  // The copy's own upgrade was killed while it copied.
  const half = join(copy, 'backups', `${backup}.unfinished`);
  mkdirSync(half, { recursive: true, mode: 0o700 });
  writeFileSync(join(half, 'PG_VERSION'), 'half');
  const restored = await startProduct({ data: copy });
  try {
    expect((await createObhut({ url: restored.url, token }).customers.get(id)).label).toBe('before');
    expect(readdirSync(join(copy, 'backups'))).toEqual([backup]);
    expect(readFileSync(join(copy, 'backups', backup, 'PG_VERSION'), 'utf8').trim()).toBe('18');
  } finally {
    await restored.stop();
  }
});

it('is copied again before the next upgrade, also where the version has the same number', {
  timeout: 120_000,
}, async () => {
  const backups = () => readdirSync(join(product.data, 'backups'));
  const before = backups();
  await takeBack(
    product.data,
    'alter table journal.tile drop column digest',
    'alter table journal.log drop column minimum',
    "delete from platform.migration where room = 'journal' and id in ('002-tile-digests', '003-minimum')",
  );
  await product.stop();
  product = await startProduct({ data: product.data });
  expect(backups()).toHaveLength(before.length + 1);
  expect(backups()).toEqual(expect.arrayContaining(before));
});
