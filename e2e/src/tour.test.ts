/** The tour of the README against the started product: what a new user types, sees, and can check. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createObhut } from '@obhut/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstToken, newFolder, obhut, type Product, removeFolder, startProduct } from './product.ts';

let product: Product;
let folder: string;
let environment: Record<string, string>;
let customer: string;
let journalKey: string;

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

describe('the tour', () => {
  it('says at the start where it listens, where the data is, and how to go on', () => {
    expect(product.output()).toContain(`${product.url}/api`);
    expect(product.output()).toContain(product.data);
    expect(product.output()).toContain('npx obhut init --json');
  });

  it('makes a customer and a collection', () => {
    const made = JSON.parse(ok(['customer', 'create', 'acme', '--json'])) as {
      id: string;
      logs: { access: { key: string } };
    };
    customer = made.id;
    journalKey = made.logs.access.key;
    writeFileSync(
      join(folder, 'staff.json'),
      JSON.stringify({
        schema: {
          type: 'object',
          properties: {
            personalnummer: { type: 'string' },
            name: { type: 'string' },
            geburtsdatum: { type: 'string', format: 'date' },
            gehalt: { type: 'number' },
          },
          required: ['personalnummer', 'name'],
        },
        fields: {
          personalnummer: { class: 'personal', lookup: true },
          name: { class: 'personal' },
          geburtsdatum: { class: 'sensitive' },
          gehalt: { class: 'sensitive' },
        },
      }),
    );
    expect(ok(['collection', 'put', 'staff', 'staff.json', '--customer', customer])).toContain('staff');
  });

  it('imports what a German HR program wrote: Windows-1252, semicolons, decimal commas, TT.MM.JJJJ, one bad row', () => {
    const rows = [
      'Personalnummer;Name;Geburtsdatum;Gehalt',
      '1001;Jörg Weiß;31.01.1980;3.450,50',
      '1002;"Schmidt; Eva";29.02.1992;4.100,00',
      '1003;Kaputt;31.02.1990;1.000,00',
      '1004;Änne Löwe;;2.950,75',
    ];
    writeFileSync(join(folder, 'staff.csv'), Buffer.from(`${rows.join('\r\n')}\r\n`, 'latin1'));
    const { code, stdout, stderr } = obhut(
      ['import', 'staff.csv', '--customer', customer, '--collection', 'staff', '--match', 'personalnummer'],
      environment,
      folder,
    );
    // One row is wrong, so the command does not say that all is well; the other three are there.
    expect(code, stderr).toBe(1);
    expect(stdout + stderr).toMatch(/Geburtsdatum/);
    expect(stdout + stderr).not.toContain('31.02.1990');
    const exported = ok(['export', '--customer', customer, '--purpose', 'portability']);
    const names = exported
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { data?: { name: string; gehalt?: number } }).data)
      .filter((data) => data !== undefined);
    expect(names.map(({ name }) => name).sort()).toEqual(['Jörg Weiß', 'Schmidt; Eva', 'Änne Löwe'].sort());
    expect(names.find(({ name }) => name === 'Jörg Weiß')?.gehalt).toBe(3450.5);
  });

  it('reads a record through the SDK, sees that access in the journal, and verifies it offline', async () => {
    const api = createObhut({ url: product.url, token: environment.OBHUT_TOKEN ?? '', keys: [journalKey] });
    const reading = { purpose: 'customer_request', reference: 'Ticket 4711', onBehalfOf: 'berater-7' };
    const { matches } = await api
      .customer(customer)
      .records.find({ collection: 'staff', field: 'personalnummer', value: '1002' }, reading);
    const [match] = matches;
    if (match === undefined) throw new Error('nobody found');
    const read = await api.customer(customer).person(match.person).record('staff', match.record).get(reading);
    expect(read.data).toMatchObject({ name: 'Schmidt; Eva', geburtsdatum: '1992-02-29' });

    const index = Number(read.receipt.split(' ')[1]);
    const verifiedReceipt = await api.customer(customer).verifyReceipt(read.receipt);
    expect(verifiedReceipt).toMatchObject({ index: BigInt(index), firstContact: false });
    await expect(api.customer(customer).verifyReceipt(read.receipt.replace(/ (\d)/, ' 9$1'))).rejects.toThrow();
    const journal = ok(['journal', '--customer', customer, '--json']);
    const entry = journal
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { index: number; entry: { kind: string; purpose?: string } })
      .find((one) => one.index === index);
    expect(entry?.entry).toMatchObject({ kind: 'record.read', purpose: 'customer_request' });
    expect(journal).not.toContain('4711');
    expect(journal).not.toContain('Schmidt');

    ok(['journal', 'proof', String(index), '--customer', customer, '--out', 'access.tlog-proof']);
    const verified = obhut(['verify', 'access.tlog-proof', '--key', journalKey], {}, folder);
    expect(verified.code, verified.stderr).toBe(0);
    expect(verified.stdout).toContain('request of the customer');
  });

  it('rejects the proof after any byte of it is changed, and without a pinned key', async () => {
    const { parseVerifierKey, verifyTlogProof } = await import('@obhut/proof');
    const proof = readFileSync(join(folder, 'access.tlog-proof'));
    const keys = [parseVerifierKey(journalKey)];
    await verifyTlogProof({ file: proof, keys });
    for (let position = 0; position < proof.length; position += 1) {
      const changed = Buffer.from(proof);
      changed[position] = (changed[position] ?? 0) ^ (1 << (position % 7));
      await expect(verifyTlogProof({ file: changed, keys }), `byte ${position}`).rejects.toThrow();
    }
    // The same through the command, for some.
    for (const position of [3, 40, 300, proof.length - 20]) {
      const changed = Buffer.from(proof);
      changed[position] = (changed[position] ?? 0) ^ 2;
      writeFileSync(join(folder, 'changed.tlog-proof'), changed);
      expect(obhut(['verify', 'changed.tlog-proof', '--key', journalKey], {}, folder).code, `byte ${position}`).toBe(1);
    }
    expect(obhut(['verify', 'access.tlog-proof'], {}, folder).code).toBe(1);
  });

  it('takes all of a customer along, files too, and brings it back under the old ids but for who was erased since', async () => {
    const api = createObhut({ url: product.url, token: environment.OBHUT_TOKEN ?? '' });
    const source = api.customer(customer);
    const { person: bare } = await source.people.create();
    const stored = await source.person(bare).files.create('the whole of it', { type: 'text/plain', name: 'Brief.txt' });
    const args = ['--customer', customer, '--purpose', 'portability', '--out', 'all.ndjson', '--files', 'all'];
    ok(['export', ...args]);
    const kept = readFileSync(join(folder, 'all', 'files', bare, `${stored.file}-1 Brief.txt`), 'utf8');
    expect(kept).toBe('the whole of it');

    const copy = (JSON.parse(ok(['customer', 'create', 'copy', '--json'])) as { id: string }).id;
    expect(ok(['bring-back', 'all.ndjson', '--customer', copy, '--files', 'all'])).toMatch(
      /: 3 \D+1 \D+1 \D+0;\D+0\n$/,
    );
    const reading = { purpose: 'service' };
    const lookup = { collection: 'staff', field: 'personalnummer', value: '1002' } as const;
    const [here] = (await source.records.find(lookup, reading)).matches;
    const [there] = (await api.customer(copy).records.find(lookup, reading)).matches;
    expect(there).toEqual(here);
    const file = await api.customer(copy).person(bare).file(stored.file).get(reading);
    expect([await new Response(file.body).text(), file.type]).toEqual(['the whole of it', 'text/plain']);

    await api.customer(copy).erasures.order({ scope: 'person', person: here?.person ?? '' }, { coolingMinutes: 0 });
    expect(ok(['bring-back', 'all.ndjson', '--customer', copy, '--files', 'all'])).toMatch(
      /: 2 \D+1 \D+1 \D+1;\D+0\n$/,
    );
    expect((await api.customer(copy).records.find(lookup, reading)).matches).toEqual([]);
    const lines = readFileSync(join(folder, 'all.ndjson'), 'utf8').trimEnd().split('\n');
    for (const moment of ['2026-01-01', '2999-01-01T00:00:00Z'])
      expect(
        obhut(['bring-back', 'all.ndjson', '--customer', copy, '--as-of', moment], environment, folder).code,
        moment,
      ).toBe(2);
    writeFileSync(join(folder, 'broken.ndjson'), lines.slice(0, -1).join('\n'));
    expect(obhut(['bring-back', 'broken.ndjson', '--customer', copy], environment, folder).code).toBe(2);
  });

  it('answers curl as the README shows', async () => {
    const headers = { authorization: `Bearer ${environment.OBHUT_TOKEN}`, 'content-type': 'application/json' };
    const people = (await (
      await fetch(`${product.url}/v1/customers/${customer}/people?limit=1`, { headers })
    ).json()) as {
      people: { person: string }[];
    };
    const url = `${product.url}/v1/customers/${customer}/people/${people.people[0]?.person}/records/staff`;
    const refused = await fetch(url, { headers });
    expect(refused.status).toBe(428);
    expect(await refused.json()).toMatchObject({ code: 'purpose_required' });
    const listed = await fetch(url, { headers: { ...headers, 'obhut-purpose': 'service' } });
    expect(listed.status).toBe(200);
    expect(listed.headers.get('obhut-receipt')).toMatch(/^\S+ \d+ \S+=$/);
    expect((await fetch(`${product.url}/api`)).headers.get('content-type')).toContain('text/html');
    expect(await (await fetch(`${product.url}/api/openapi.json`)).json()).toMatchObject({ openapi: '3.1.0' });
  });
});
