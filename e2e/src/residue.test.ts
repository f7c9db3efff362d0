/**
 * No personal value is readable in any file of the data folder: heap, TOAST, WAL, temporary files, logs. The search itself is
 * tested in the same run: it has to find a marker that was put, on purpose, into a column declared plain.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { createObhut } from '@obhut/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hunt as huntIn } from '../../packages/server/src/practices/encryption/hunt.ts';
import { firstToken, type Product, removeFolder, startProduct } from './product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
}, 120_000);
afterAll(async () => {
  await removeFolder(product.data);
});

const hunt = (folder: string, markers: readonly string[]) =>
  huntIn({ folders: [folder], markers, sinceMs: 0, rest: 0 });

it('finds no marker stored as a personal value, and finds the one in a plain column', async () => {
  const api = createObhut({ url: product.url, token: firstToken(product) });
  const short = `kurz-${randomBytes(9).toString('hex')}`;
  // Over 2 KB, so that it would be moved to TOAST; not compressible, so that it would be found there.
  const long = randomBytes(1_400).toString('hex');
  const fileContent = randomBytes(40_000).toString('hex');
  const reference = `ref-${randomBytes(9).toString('hex')}`;
  const planted = `plain${randomBytes(9).toString('hex')}`;

  const { id: customer } = await api.customers.create({ label: planted });
  const one = api.customer(customer);
  await one.collections.put('notes', {
    schema: { type: 'object', properties: { mail: { type: 'string' }, text: { type: 'string' } } },
    fields: { mail: { class: 'personal', lookup: true }, text: { class: 'sensitive' } },
  });
  const { person } = await one.people.create();
  const record = randomUUID();
  const reading = { purpose: 'service', reference, onBehalfOf: reference };
  for (let version = 0; version < 3; version += 1)
    await one.person(person).record('notes', record).put({ mail: short, text: long });
  await one.person(person).record('notes', record).get(reading);
  await one.records.find({ collection: 'notes', field: 'mail', value: short }, reading);
  await one.person(person).files.create(fileContent, { name: `${short}.txt`, type: 'text/plain' });
  // A body that the server refuses must not end up anywhere either.
  await expect(
    one.person(person).record('notes', record).put({ mail: short, text: long, unknown: short }),
  ).rejects.toThrow();
  await one.person(person).record('notes', record).delete();
  // Stopped in order, so that every page and every log line is on the disk.
  expect(await product.stop()).toBe(130);

  const personal = await hunt(product.data, [short, long, fileContent.slice(0, 500), reference]);
  expect(personal.found).toEqual([]);
  expect(personal.bytes).toBeGreaterThan(20_000_000);
  const plain = await hunt(product.data, [planted]);
  expect(plain.found.filter((where) => where.includes('/postgres/base/'))).not.toEqual([]);
  expect(plain.found.filter((where) => where.includes('/pg_wal/'))).not.toEqual([]);
});
