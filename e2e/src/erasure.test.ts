/** An erasure as an operator orders it: by the command line, against the started product, to a receipt that verifies. */
import { join } from 'node:path';
import { createObhut, newUuid } from '@obhut/client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { firstToken, newFolder, obhut, type Product, removeFolder, startProduct } from './product.ts';

let product: Product;
let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  product = await startProduct();
  folder = await newFolder();
  environment = { OBHUT_URL: product.url, OBHUT_TOKEN: firstToken(product) };
}, 120_000);
afterAll(async () => {
  expect(await product.stop()).toBe(130);
  await removeFolder(product.data);
  await removeFolder(folder);
});

function ok(words: readonly string[]): string {
  const { code, stdout, stderr } = obhut(words, environment, folder);
  expect(code, `${words.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
}
const json = <Answer>(words: readonly string[]) => JSON.parse(ok([...words, '--json'])) as Answer;

it('is seen before, taken back, ordered again, becomes final, and its receipt verifies without Obhut', async () => {
  const api = createObhut({ url: product.url, token: firstToken(product) });
  const made = json<{ id: string; logs: { orders: { key: string } } }>(['customer', 'create', 'acme']);
  const of = ['--customer', made.id];
  const customer = api.customer(made.id);
  await customer.collections.put('notes', {
    schema: { type: 'object', properties: { text: { type: 'string' } } },
    fields: { text: { class: 'personal' } },
  });
  const { person } = await customer.people.create();
  const note = customer.person(person).record('notes', newUuid());
  await note.put({ text: 'a secret' });

  expect(ok(['erase', ...of, '--person', person])).toMatch(/notes +1/);
  const first = json<{ order: string; state: string }>(['erase', ...of, '--person', person, '--yes']);
  expect(first.state).toBe('ordered');
  await expect(note.get({ purpose: 'service' })).rejects.toMatchObject({ code: 'not_found' });
  expect(json<{ state: string }>(['erasure', 'withdraw', first.order, ...of]).state).toBe('withdrawn');
  expect((await note.get({ purpose: 'service' })).data).toEqual({ text: 'a secret' });

  const { order } = json<{ order: string }>(['erase', ...of, '--person', person, '--cooling', '0', '--yes']);
  expect(obhut(['erasure', 'receipt', order, ...of, '--out', 'early.tlog-proof'], environment, folder).code).toBe(3);
  await api.rollOver();
  await vi.waitUntil(() => json<{ state: string }>(['erasure', 'show', order, ...of]).state === 'final', {
    timeout: 60_000,
    interval: 1_000,
  });
  ok(['erasure', 'receipt', order, ...of, '--out', 'receipt.tlog-proof']);
  const verified = ok(['verify', join(folder, 'receipt.tlog-proof'), '--key', made.logs.orders.key]);
  expect(verified).toContain('erasure final');
  expect(verified).not.toContain(person);
  expect(ok(['erasure', 'list', ...of])).toContain(order);
});
