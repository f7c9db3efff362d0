import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStubLog, type StubLog } from '../../../client/src/testing/stub-log.ts';
import { type StubServer, sendJson, startStub, stubToken } from '../../../client/src/testing/stub-server.ts';
import { type Folder, obhut, temporaryFolder } from '../testing/spawn.ts';

const id = '11111111-1111-4111-8111-111111111111';
const entry = (n: number) => ({
  v: 1,
  kind: 'record.read',
  at: '2026-11-23T09:00:00.000Z',
  actor: { kind: 'service', id: '99999999-9999-4999-8999-999999999999' },
  subject: 'c3ViamVjdA',
  purpose: 'customer_request',
  legalBasis: 'gdpr-6-1-b',
  scope: { collection: 'personalakte', fields: ['gehalt', 'name'], count: 1 },
  outcome: 'authorised',
  salt: `salt${n}`,
});
let stub: StubServer;
let folder: Folder;
let log: StubLog;
let env: Record<string, string>;
const german = { LANG: 'de_DE.UTF-8' };

beforeEach(async () => {
  folder = temporaryFolder();
  stub = await startStub();
  env = { OBHUT_URL: stub.url, OBHUT_TOKEN: stubToken, ...german };
  log = await createStubLog('obhut.example/log/ab12');
  for (let n = 0; n < 9; n += 1) log.append(entry(n));
  stub.answer(async ({ url }, response) => {
    const { pathname, searchParams } = new URL(url, stub.url);
    const { origin, key } = log;
    if (pathname.endsWith('/proof')) return void response.end(await log.proof(Number(pathname.split('/').at(-2))));
    if (pathname.endsWith('/checkpoint')) return void response.end(await log.checkpoint());
    if (pathname.endsWith('/consistency'))
      return sendJson(response, 200, await log.consistency(Number(searchParams.get('from'))));
    if (pathname.endsWith('/journal')) {
      return sendJson(response, 200, { origin, key, entries: [{ index: 4, entry: entry(4) }], next: null });
    }
    sendJson(response, 200, {
      id,
      logs: {
        access: { origin, key, clockKey: '', generation: 1, earlier: [] },
        orders: { origin: 'o', key: 'k', clockKey: '', generation: 1, earlier: [] },
      },
    });
  });
  writeFileSync(folder.path('p'), await log.proof(4));
});
afterEach(async () => {
  folder.remove();
  await stub.close();
});

const verify = (...more: string[]) => obhut(['verify', folder.path('p'), ...more], { env: german });

describe('a proof', () => {
  it('is verified step by step, with its numbers, and the entry in words', async () => {
    const { code, out, err } = await verify('--key', log.key);
    expect(err).toBe('');
    expect(code).toBe(0);
    const keyId = log.key.split('+')[1];
    expect(out).toMatch(/^ 1 {2}Datei {7}Nachweis für Eintrag 4, [\d.]+ Bytes\n/);
    expect(out).toContain(
      ` 2  Prüfpunkt   obhut.example/log/ab12: 9 Einträge, unterschrieben mit Schlüssel ${keyId}\n`,
    );
    expect(out).toMatch(/ 3 {2}Eintrag {5}\d+ Bytes, Fingerabdruck [0-9a-f]{16}…\n/);
    expect(out).toMatch(/ 4 {2}Pfad {8}4 Schritte den Baum hinauf zu [0-9a-f]{16}…\n/);
    expect(out).toContain(
      ' 5  Wurzel      ist die unterschriebene\n\n Dieser Eintrag steht unverändert im Protokoll.\n',
    );
    expect(out).toContain('    Wer     Dienst 99999999-9999-4999-8999-999999999999\n');
    expect(out).toContain('    Wann    23.11.2026 10:00:00 (Europe/Berlin)\n');
    expect(out).toContain('    Was     Datensatz gelesen, freigegeben\n');
    expect(out).toContain('    Zweck   Anfrage des Kunden (gdpr-6-1-b)\n');
    expect(out).toContain('    Umfang  Person c3ViamVjdA; Sammlung personalakte; Felder gehalt, name; Anzahl 1\n');
  });

  it('is not verified without a key, and says which it needs', async () => {
    const { code, out, err } = await verify();
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toContain('Erster Kontakt');
    expect(err).toContain(`  obhut.example/log/ab12+${log.key.split('+')[1]}+…`);
    expect(JSON.parse((await verify('--json')).out)).toMatchObject({ holds: false, code: 'first_contact' });
  });

  it('takes keys from a file', async () => {
    const other = await createStubLog('other.example/log');
    writeFileSync(folder.path('keys'), `# logs\n${other.key}\n\n${log.key}\n`);
    const { code, out } = await verify('--keys', folder.path('keys'), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ holds: true, index: 4, size: 9, entry: entry(4), remembered: 'none' });
    expect(await verify('--key', other.key)).toMatchObject({ code: 1, err: expect.stringContaining('signer_unknown') });
    expect(await verify('--key', 'x')).toMatchObject({ code: 2 });
  });

  it('fails after any change, at a step that is named', async () => {
    const text = readFileSync(folder.path('p'), 'utf8');
    const extra = /^extra (.*)$/m.exec(text)?.[1] ?? '';
    const other = Buffer.from(JSON.stringify({ ...entry(4), purpose: 'service' })).toString('base64');
    writeFileSync(folder.path('p'), text.replace(extra, other));
    const forged = await verify('--key', log.key);
    expect(forged).toMatchObject({ code: 1, err: expect.stringContaining('inclusion_invalid') });
    expect(forged.out).toContain(' 5  Wurzel      STIMMT NICHT');
    expect(forged.out + forged.err).not.toContain('unverändert im');
    writeFileSync(folder.path('p'), text.replace('\n9\n', '\n8\n'));
    expect((await verify('--key', log.key)).out).toContain(' 2  Prüfpunkt   STIMMT NICHT');
    writeFileSync(folder.path('p'), 'not a proof');
    const nothing = await verify('--key', log.key, '--json');
    expect([nothing.code, JSON.parse(nothing.out)]).toEqual([
      1,
      { holds: false, code: 'proof_file_invalid', step: 'file' },
    ]);
  });

  it('cannot write control characters to the terminal', async () => {
    log.replace([{ ...entry(0), purpose: '\u001b[2Jservice', actor: { kind: '\u0007', id: 'a\nb' } }]);
    writeFileSync(folder.path('p'), await log.proof(0));
    const { out } = await verify('--key', log.key);
    for (const control of ['\u0007', '\u001b']) expect(out).not.toContain(control);
    expect(out).toContain('?[2Jservice');
  });
});

describe('a log that is remembered', () => {
  const memory = () => ['--remember', folder.path('memory')];
  const withServer = (...more: string[]) =>
    obhut(['verify', folder.path('p'), ...memory(), '--customer', id, ...more], { env });

  it('is pinned by that, and compared', async () => {
    expect((await verify('--key', log.key, ...memory())).out).toContain('ist jetzt gemerkt');
    const [file = ''] = readdirSync(folder.path('memory'));
    expect(statSync(folder.path(`memory/${file}`)).mode & 0o777).toBe(0o600);
    expect((await verify(...memory())).out).toContain('Es setzt fort, was gemerkt war');
    log.append(entry(9));
    writeFileSync(folder.path('p'), await log.proof(9));
    expect((await verify(...memory())).out).toContain('Mit dem Gemerkten nicht verglichen');
    expect((await withServer()).out).toContain('Es setzt fort, was gemerkt war');
    expect((await verify(...memory())).out).toContain('Es setzt fort, was gemerkt war');
  });

  it('fails when it contradicted itself, and when it shrank', async () => {
    await verify('--key', log.key, ...memory());
    log.replace([...Array.from({ length: 8 }, (_, n) => entry(n)), entry(99)]);
    writeFileSync(folder.path('p'), await log.proof(4));
    expect(await verify(...memory())).toMatchObject({ code: 1, err: expect.stringContaining('log_forked') });
    log.replace([entry(0), entry(1)]);
    writeFileSync(folder.path('p'), await log.proof(1));
    expect(await withServer()).toMatchObject({ code: 1, err: expect.stringContaining('log_shrunk') });
  });

  it('is not begun anew when its file is damaged', async () => {
    await verify('--key', log.key, ...memory());
    const [file = ''] = readdirSync(folder.path('memory'));
    writeFileSync(folder.path(`memory/${file}`), '{');
    expect(await verify('--key', log.key, ...memory())).toMatchObject({
      code: 1,
      err: expect.stringContaining('beschädigt'),
    });
  });
});

describe('the journal', () => {
  it('is read in words, or as JSON', async () => {
    const { out } = await obhut(['journal', '--customer', id, '--after', '3'], { env });
    expect(out).toBe(
      '      4  23.11.2026 10:00:00  Datensatz gelesen · Dienst 99999999-9999-4999-8999-999999999999 · Anfrage des Kunden · Person c3ViamVjdA; Sammlung personalakte; Felder gehalt, name; Anzahl 1\n',
    );
    expect(stub.requests[0]?.url).toContain('log=access&after=3');
    const json = await obhut(['journal', '--customer', id, '--log', 'orders', '--json'], { env });
    expect(JSON.parse(json.out)).toEqual({ index: 4, entry: entry(4) });
    expect(await obhut(['journal', '--customer', id, '--log', 'x'], { env })).toMatchObject({ code: 2 });
  });

  it('gives a proof that holds', async () => {
    const got = await obhut(['journal', 'proof', '7', '--customer', id, '--out', folder.path('q')], { env });
    expect(got.code).toBe(0);
    expect(await obhut(['verify', folder.path('q'), '--key', log.key])).toMatchObject({ code: 0 });
  });
});

describe('an export', () => {
  const whole =
    '{"export":{}}\n{"person":"p","receipt":"r"}\n{"person":"p","collection":"c","record":"r","version":1,"data":{"a":"ü"}}\n{"done":true,"people":1,"records":1}\n';

  it('is a file of its owner, when it is whole', async () => {
    stub.answer((_request, response) => void response.end(whole));
    const args = ['export', '--customer', id, '--purpose', 'portability'];
    expect(await obhut(args, { env })).toEqual({ code: 0, out: whole, err: '1 Datensätze von 1 Personen\n' });
    expect(await obhut([...args, '--out', folder.path('x')], { env })).toMatchObject({ code: 0, out: '' });
    expect(readFileSync(folder.path('x'), 'utf8')).toBe(whole);
    expect(statSync(folder.path('x')).mode & 0o777).toBe(0o600);
    expect(await obhut([...args, '--out', folder.path('x')], { env })).toMatchObject({ code: 2 });
    expect(await obhut(['export', '--customer', id], { env })).toMatchObject({ code: 2 });
  });

  it('takes the content of files along, and after a break only what is missing', async () => {
    const [person, other] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
    const fileLine = (of: string, file: string, name: string) =>
      `${JSON.stringify({ person: of, file, version: 1, name, type: 'text/plain', bytes: 7 })}\n`;
    const [first, second, third] = ['a', 'b', 'c'].map((end) => `00000000-0000-4000-8000-00000000000${end}`) as [
      string,
      string,
      string,
    ];
    const listing = [
      '{"export":{}}\n',
      fileLine(person, first, '../a.txt'),
      fileLine(other, second, 'b.txt'),
      fileLine(other, third, 'c.txt'),
      '{"done":true,"people":2,"records":0}\n',
    ].join('');
    const asked: string[] = [];
    let broken = true;
    stub.answer((request, response) => {
      if (request.url?.includes('/export')) return void response.end(listing);
      const file = request.url?.split('/').at(-1) ?? '';
      asked.push(file);
      if (file === third) return void response.writeHead(404).end('{"code":"not_found"}');
      response.setHeader('obhut-receipt', 'r').setHeader('content-length', '7');
      if (file === second && broken) return void response.write('con', () => response.destroy());
      response.end(`content`);
    });
    const args = ['export', '--customer', id, '--purpose', 'portability', '--files', folder.path('taken')];
    expect((await obhut([...args, '--out', folder.path('one')], { env })).code).not.toBe(0);
    broken = false;
    const kept = () => readdirSync(folder.path('taken'), { recursive: true, withFileTypes: true });
    const names = () =>
      kept()
        .filter((one) => one.isFile())
        .map(({ name }) => name)
        .sort();
    expect(names().filter((name) => name.includes('part'))).toEqual([]);
    expect(names()).not.toContain(`${second}-1 b.txt`);
    const again = await obhut([...args, '--out', folder.path('two')], { env });
    expect(again.code).toBe(0);
    expect(again.err).toMatch(/erased meanwhile|inzwischen gelöscht/);
    expect(names()).toEqual([`${first}-1 .._a.txt`, `${second}-1 b.txt`]);
    asked.length = 0;
    expect((await obhut([...args, '--out', folder.path('three')], { env })).code).toBe(0);
    expect(asked).toEqual([third]);
    expect(readFileSync(folder.path(`taken/files/${other}/${second}-1 b.txt`), 'utf8')).toBe('content');
    expect(statSync(folder.path(`taken/files/${other}/${second}-1 b.txt`)).mode & 0o777).toBe(0o600);
    const wrong = await obhut([...args, '--collection', 'people'], { env });
    expect(wrong.code).toBe(2);
  });

  it('that breaks off leaves nothing behind, and ends with 4', async () => {
    stub.answer((_request, response) => {
      response.write(whole.slice(0, 60), () => response.destroy());
    });
    const args = ['export', '--customer', id, '--purpose', 'portability', '--out', folder.path('x')];
    expect(await obhut(args, { env })).toMatchObject({ code: 4 });
    expect(readdirSync(folder.path('.'))).toEqual(['p']);
  });
});
