/**
 * No personal value is readable in any file of the data folder: heap, TOAST, WAL, temporary files, logs. The search itself is
 * tested in the same run: it has to find a marker that was put, on purpose, into a column declared plain.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createObhut } from '@obhut/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { firstToken, type Product, removeFolder, startProduct } from './product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
}, 120_000);
afterAll(async () => {
  await removeFolder(product.data);
});

/** The marker as bytes in each form in which it could have been written. */
function forms(marker: string): Map<string, Buffer> {
  const plain = Buffer.from(marker, 'utf8');
  const all = new Map<string, Buffer>([
    ['plain', plain],
    ['hex', Buffer.from(plain.toString('hex'))],
    ['HEX', Buffer.from(plain.toString('hex').toUpperCase())],
    ['utf-16le', Buffer.from(marker, 'utf16le')],
    ['utf-16be', Buffer.from(marker, 'utf16le').swap16()],
  ]);
  // Base64 of something that the marker stands in: three alignments, without the characters that its neighbours touch.
  for (const shift of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(shift), plain]).toString('base64');
    all.set(`base64+${shift}`, Buffer.from(text.slice(shift === 0 ? 0 : 4, text.length - 4)));
  }
  return all;
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

async function hunt(
  folder: string,
  markers: readonly string[],
): Promise<{ readonly found: string[]; readonly files: number; readonly bytes: number }> {
  const needles = markers.flatMap((marker, i) =>
    [...forms(marker)].map(([form, bytes]) => ({ what: `${i}/${form}`, bytes })),
  );
  const longest = Math.max(...needles.map(({ bytes }) => bytes.length));
  const found = new Set<string>();
  let files = 0;
  let bytes = 0;
  for await (const path of filesBelow(folder)) {
    files += 1;
    let tail = Buffer.alloc(0) as Buffer;
    for await (const chunk of createReadStream(path, { highWaterMark: 4 * 1024 * 1024 })) {
      const window = Buffer.concat([tail, chunk as Buffer]);
      bytes += (chunk as Buffer).length;
      for (const { what, bytes: needle } of needles)
        if (window.includes(needle)) found.add(`${what} in ${path.slice(folder.length)}`);
      tail = window.subarray(Math.max(0, window.length - longest));
    }
  }
  return { found: [...found], files, bytes };
}

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
