/** `kill -9` in the middle of writing: what was acknowledged is there, what was released has its entry, nothing forked. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createObhut, ObhutError } from '@obhut/client';
import { expect, it } from 'vitest';
import { firstToken, type Product, removeFolder, startProduct } from './product.ts';

const kills = 3;
const writers = 12;

/** Also the database's processes, as when the machine's power goes: nobody gets to say goodbye. */
function killDatabase(data: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (command.includes('postgres') && command.includes(`${data}/postgres`)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // gone meanwhile, or not ours to look at
    }
  }
}

it('recovers by itself after kill -9 of everything, three times, and has lost nothing that it acknowledged', async () => {
  let product: Product = await startProduct();
  const token = firstToken(product);
  const first = createObhut({ url: product.url, token });
  const { id: customer } = await first.customers.create({ label: 'crash' });
  await first.customer(customer).collections.put('notes', {
    schema: { type: 'object', properties: { n: { type: 'integer' } } },
    fields: { n: { class: 'personal' } },
  });
  const persons = await Promise.all(
    Array.from({ length: writers }, async () => (await first.customer(customer).people.create()).person),
  );

  /** What the server said it had stored, and with which receipt. */
  const acknowledged: { person: string; record: string; n: number; receipt: string }[] = [];
  const released: string[] = [];
  let counter = 0;
  for (let round = 0; round < kills; round += 1) {
    const api = createObhut({ url: product.url, token, retries: 0 });
    let stop = false;
    const work = persons.map(async (person) => {
      while (!stop) {
        const n = counter++;
        const record = randomUUID();
        try {
          const written = await api.customer(customer).person(person).record<{ n: number }>('notes', record).put({ n });
          acknowledged.push({ person, record, n, receipt: written.receipt });
          const read = await api
            .customer(customer)
            .person(person)
            .record<{ n: number }>('notes', record)
            .get({ purpose: 'service' });
          released.push(read.receipt);
        } catch (error) {
          if (stop || !(error instanceof ObhutError)) return;
        }
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 400 + round * 150));
    await product.kill();
    killDatabase(product.data);
    stop = true;
    await Promise.all(work);
    product = await startProduct({ data: product.data });
  }

  expect(acknowledged.length).toBeGreaterThan(20);
  const api = createObhut({ url: product.url, token });
  for (let from = 0; from < acknowledged.length; from += 1_000) {
    const part = acknowledged.slice(from, from + 1_000);
    const got = await api.customer(customer).records.get(
      part.map(({ person, record }) => ({ person, collection: 'notes', record })),
      { purpose: 'service' },
    );
    expect(got.records.map((one) => ('data' in one ? (one.data as { n: number }).n : one))).toEqual(
      part.map(({ n }) => n),
    );
  }
  // Every receipt that was handed out stands in the log under its number, with its leaf hash.
  const entries = new Set<number>();
  for await (const { index } of api.customer(customer).journal.entries({ log: 'access' })) entries.add(index);
  const indexes = [...acknowledged.map(({ receipt }) => receipt), ...released].map((receipt) =>
    Number(receipt.split(' ')[1]),
  );
  expect(indexes.filter((index) => !entries.has(index))).toEqual([]);
  expect(entries.size).toBe(Math.max(...entries) + 1);
  expect(await product.stop()).toBe(130);
  const fsck = spawnSync(process.execPath, ['packages/server/src/main.ts', 'journal', 'fsck'], {
    cwd: new URL('../..', import.meta.url).pathname,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, OBHUT_DATA: product.data, LANG: 'C' },
    encoding: 'utf8',
  });
  expect(`${fsck.stdout}${fsck.stderr}`).toMatch(/0 problems/);
  expect(fsck.status).toBe(0);
  await removeFolder(product.data);
}, 180_000);
