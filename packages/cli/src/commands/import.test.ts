import { createWriteStream, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import iconv from 'iconv-lite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type StubRequest,
  type StubServer,
  sendJson,
  startStub,
  stubToken,
} from '../../../client/src/testing/stub-server.ts';
import { type Folder, obhut, temporaryFolder } from '../testing/spawn.ts';

const id = '11111111-1111-4111-8111-111111111111';
const definition = {
  schema: {
    type: 'object',
    required: ['personalnummer'],
    properties: {
      personalnummer: { type: 'string' },
      name: { type: 'string' },
      geburtsdatum: { type: 'string', format: 'date' },
      gehalt: { type: 'number' },
      schwerbehindert: { type: 'boolean' },
      bemerkung: { type: 'string' },
    },
  },
  fields: { personalnummer: { class: 'personal', lookup: true }, name: { class: 'personal' } },
};
const csv = [
  'Personalnummer;Name;Geburtsdatum;Gehalt;Schwerbehindert;Bemerkung;',
  '0815;Müller;01.02.1980;3.456,78;nein;"Zeile 1\r\nZeile 2; ""ganz"" wichtig";',
  '0816;Größmann;30.02.1980;1.000;ja;;',
  '',
  '0817;Öztürk;03.04.1990;12.5;vielleicht;;',
  '0818;Geheim;;;;;;;',
  ';Namenlos;;;;;',
  '0819;Überall;;;;verboten;',
  '0820;Ende;2001-12-31;0,5;WAHR;;',
].join('\r\n');

let stub: StubServer;
let folder: Folder;
let env: Record<string, string>;
let rows: unknown[];
let cut: number;

function answers(request: StubRequest): string {
  const lines = request.body
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text).data);
  rows = lines;
  const results = lines.map((data, i) =>
    data.bemerkung === 'verboten'
      ? { line: i + 1, status: 'error', code: 'data_invalid', field: '/bemerkung', reason: 'must NOT be valid' }
      : { line: i + 1, status: 'created', person: 'p', record: 'r', version: 1, receipt: 'o 1 x' },
  );
  return `${[...results, { done: true }].map((line) => JSON.stringify(line)).join('\n')}\n`;
}

beforeEach(async () => {
  stub = await startStub();
  folder = temporaryFolder();
  env = { OBHUT_URL: stub.url, OBHUT_TOKEN: stubToken, LANG: 'de_DE.UTF-8' };
  rows = [];
  cut = 0;
  stub.answer((request, response) => {
    if (request.method === 'GET') {
      return sendJson(response, 200, {
        collections: [{ name: 'personalakte', version: 1, backfill: 'none', definition }],
      });
    }
    if (cut-- > 0) return void response.destroy();
    response.writeHead(200).end(answers(request));
  });
  writeFileSync(folder.path('p.csv'), iconv.encode(csv, 'windows-1252'));
});
afterEach(async () => {
  folder.remove();
  await stub.close();
});

const importing = (...more: string[]) =>
  obhut(['import', folder.path('p.csv'), '--customer', id, '--collection', 'personalakte', ...more], { env });

describe('an export of a German office', () => {
  it('goes in as it is meant, and what does not fit is named by line and column', async () => {
    const { code, out, err } = await importing('--rejects', folder.path('rest.csv'));
    expect(rows).toEqual([
      {
        personalnummer: '0815',
        name: 'Müller',
        geburtsdatum: '1980-02-01',
        gehalt: 3456.78,
        schwerbehindert: false,
        bemerkung: 'Zeile 1\r\nZeile 2; "ganz" wichtig',
      },
      { personalnummer: '0819', name: 'Überall', bemerkung: 'verboten' },
      { personalnummer: '0820', name: 'Ende', geburtsdatum: '2001-12-31', gehalt: 0.5, schwerbehindert: true },
    ]);
    expect(err.split('\n').slice(1, 7)).toEqual([
      '  Personalnummer   →  personalnummer (text)',
      '  Name             →  name (text)',
      '  Geburtsdatum     →  geburtsdatum (date)',
      '  Gehalt           →  gehalt (number)',
      '  Schwerbehindert  →  schwerbehindert (boolean)',
      '  Bemerkung        →  bemerkung (text)',
    ]);
    expect(err).toContain('windows-1252, Trennzeichen ;, Sammlung personalakte');
    expect(err.split('\n').slice(7, -1)).toEqual([
      'Zeile 4, Spalte „Geburtsdatum“: diesen Tag gibt es nicht',
      'Zeile 6, Spalte „Gehalt“: Zahl nicht eindeutig: Punkt oder Komma ("decimal" im Zuordnungsplan)',
      'Zeile 6, Spalte „Schwerbehindert“: weder ja noch nein',
      'Zeile 7: 9 Felder statt 7',
      'Zeile 8, Spalte „Personalnummer“: leer, aber Pflicht',
      'Zeile 9, Spalte „Bemerkung“: must NOT be valid',
    ]);
    expect(out).toBe('7 Zeilen gelesen: 2 neu, 0 geändert, 0 schon da, 5 abgelehnt\n');
    expect(code).toBe(1);
  });

  it('leaves the rejected rows in a file of its owner, to be corrected and imported again', async () => {
    await importing('--rejects', folder.path('rest.csv'));
    const rest = readFileSync(folder.path('rest.csv'), 'utf8');
    expect(rest.split('\r\n')).toEqual([
      '\uFEFFPersonalnummer;Name;Geburtsdatum;Gehalt;Schwerbehindert;Bemerkung;',
      '0816;Größmann;30.02.1980;1.000;ja;;',
      '0817;Öztürk;03.04.1990;12.5;vielleicht;;',
      '0818;Geheim;;;;;;;',
      ';Namenlos;;;;;',
      '0819;Überall;;;;verboten;',
      '',
    ]);
    expect(statSync(folder.path('rest.csv')).mode & 0o777).toBe(0o600);
    expect(await importing('--rejects', folder.path('rest.csv'))).toMatchObject({ code: 2 });
    writeFileSync(folder.path('p.csv'), rest.replace('30.02.', '28.02.'));
    const again = await importing();
    expect(again.err).toContain('utf-8');
    expect(again.out).toBe('5 Zeilen gelesen: 1 neu, 0 geändert, 0 schon da, 4 abgelehnt\n');
  });

  it('never shows a value', async () => {
    const texts = await importing('--rejects', folder.path('rest.csv'));
    const machine = await importing('--json');
    for (const value of [
      '0815',
      '0816',
      'Müller',
      'Größmann',
      'Öztürk',
      'Geheim',
      'Namenlos',
      'vielleicht',
      '12.5',
      '1980',
    ]) {
      expect(texts.out + texts.err + machine.out + machine.err).not.toContain(value);
    }
  });

  it('tells machines the same', async () => {
    const { out, err } = await importing('--json');
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ collection: 'personalakte', encoding: 'windows-1252', delimiter: ';' });
    expect(lines[1]).toEqual({
      line: 4,
      column: 'Geburtsdatum',
      code: 'date_unreal',
      reason: 'diesen Tag gibt es nicht',
    });
    expect(lines.at(-1)).toEqual({
      done: true,
      dryRun: false,
      rows: 7,
      created: 2,
      updated: 0,
      already: 0,
      rejected: 5,
    });
    expect(err).toBe('');
  });

  it('is only checked in a dry run', async () => {
    const { code, out } = await importing('--dry-run');
    expect([code, out]).toEqual([1, '7 Zeilen gelesen: 3 passen, nichts gesendet, 4 abgelehnt\n']);
    expect(stub.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  it('is checked without a server where a map says all', async () => {
    const columns = { Personalnummer: { field: 'nr' }, Gehalt: { field: 'pay', type: 'number', decimal: 'comma' } };
    const ignore = ['Name', 'Geburtsdatum', 'Schwerbehindert', 'Bemerkung'];
    writeFileSync(folder.path('map.json'), JSON.stringify({ collection: 'c', columns, ignore }));
    const { code, err } = await obhut(['import', folder.path('p.csv'), '--map', folder.path('map.json'), '--dry-run']);
    expect(code).toBe(1);
    expect(err).toContain('Name             →  (left out)');
    expect(err).toContain('Line 6, column "Gehalt": number is ambiguous');
  });

  it('goes to the person with the same number', async () => {
    await importing('--match', 'personalnummer');
    const request = stub.requests.at(-1);
    expect(request?.url).toBe(`/v1/customers/${id}/import?collection=personalakte&match=personalnummer`);
    expect(request?.headers['obhut-purpose']).toBe('migration');
    expect(await importing('--match', 'name')).toMatchObject({ code: 2, err: expect.stringContaining('lookup') });
    expect(await importing('--match', 'x')).toMatchObject({ code: 2 });
  });
});

describe('nothing is sent', () => {
  it.each([
    ['an unknown column', 'Personalnummer;Schuhgröße\n1;2\n', 'Für die Spalte „Schuhgröße“ gibt es kein Feld'],
    ['a column twice', 'Personalnummer;Name;Name\n1;2;3\n', 'gibt es zweimal'],
    ['a missing required field', 'Name\nx\n', 'personalnummer ist Pflicht'],
    ['an empty file', '', 'keine Kopfzeile'],
    ['UTF-16 without a mark', 'a\0b\0', 'utf-16le'],
  ])('for %s', async (_name, text, said) => {
    writeFileSync(folder.path('p.csv'), text);
    expect(await importing()).toMatchObject({ code: 1, err: expect.stringContaining(said) });
    expect(stub.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('to a collection that is not there, or that the map does not mean', async () => {
    const args = ['import', folder.path('p.csv'), '--customer', id];
    expect(await obhut([...args, '--collection', 'other'], { env })).toMatchObject({ code: 1 });
    expect(await obhut(args, { env })).toMatchObject({ code: 2 });
    writeFileSync(folder.path('map.json'), '{"collection":"x","columns":{}}');
    const map = [...args, '--collection', 'other', '--map', folder.path('map.json')];
    expect(await obhut(map, { env })).toMatchObject({ code: 2, err: expect.stringContaining('ist für x') });
  });
});

describe('a broken connection', () => {
  it('is overcome', async () => {
    cut = 2;
    expect((await importing()).out).toContain('2 neu');
    expect(new Set(stub.requests.slice(1).map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  it('that lasts ends with 4 and the key to go on with, which makes the same requests', async () => {
    cut = Number.POSITIVE_INFINITY;
    const { code, err } = await importing();
    expect(code).toBe(4);
    const [, key = ''] = /--resume ([0-9a-f-]{36})/.exec(err) ?? [];
    const before = stub.requests.at(-1);
    cut = 0;
    expect((await importing('--resume', key)).code).toBe(1);
    const after = stub.requests.at(-1);
    expect(after?.headers['idempotency-key']).toBe(before?.headers['idempotency-key']);
    expect(after?.body).toBe(before?.body);
  });
});

it('a large file goes through in little memory', { timeout: 120_000 }, async () => {
  function* lines() {
    yield 'Personalnummer;Name;Geburtsdatum;Gehalt\r\n';
    for (let n = 0; n < 200; n += 1) {
      yield Array.from({ length: 1000 }, (_, i) => `P${n}-${i};"Name; ${i}";01.02.1980;1.234,56\r\n`).join('');
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(folder.path('p.csv')));
  const args = ['import', folder.path('p.csv'), '--customer', id, '--collection', 'personalakte'];
  // The file has 8 MB and its rows many times that as objects.
  const { code, out } = await obhut(args, { env, node: ['--max-old-space-size=40'] });
  expect(out).toBe('200.000 Zeilen gelesen: 200.000 neu, 0 geändert, 0 schon da, 0 abgelehnt\n');
  expect(code).toBe(0);
  expect(stub.requests).toHaveLength(201);
});
