import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StubServer, sendJson, sendProblem, startStub, stubToken } from '../../client/src/testing/stub-server.ts';
import { commands } from './commands.ts';
import { overview } from './help.ts';
import { formatTime, languageOf } from './language.ts';
import { createProgress } from './progress.ts';
import { type Folder, obhut, temporaryFolder } from './testing/spawn.ts';

const id = '11111111-1111-4111-8111-111111111111';
const customer = {
  id,
  label: 'nord',
  createdAt: '2026-11-23T09:00:00.000Z',
  logs: { access: { origin: 'o/a', key: 'o/a+1+k' }, orders: { origin: 'o/o', key: 'o/o+2+k' } },
};
let stub: StubServer;
let folder: Folder;
let env: Record<string, string>;

beforeEach(async () => {
  stub = await startStub();
  folder = temporaryFolder();
  env = { OBHUT_URL: stub.url, OBHUT_TOKEN: stubToken };
});
afterEach(async () => {
  folder.remove();
  await stub.close();
});

describe('help', () => {
  it('fits a screen, in both languages', () => {
    for (const language of ['de', 'en'] as const) {
      for (const text of [overview(language), ...commands.map(({ help }) => help[language])]) {
        const lines = text.split('\n');
        expect(lines.length).toBeLessThanOrEqual(25);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(108);
      }
      for (const { words, help } of commands) {
        expect(help[language]).toMatch(new RegExp(`^obhut ${words}`));
        expect(help[language]).toMatch(language === 'de' ? /\nBeispiel\n {2}.*obhut/ : /\nExample\n {2}.*obhut/);
      }
    }
  });

  it('comes in the language of the locale', async () => {
    expect((await obhut(['--help'], { env: { LANG: 'de_DE.UTF-8' } })).out).toContain('eine CSV-Datei einlesen');
    expect((await obhut(['import', '--help'], { env: { LC_ALL: 'C', LANG: 'de_DE' } })).out).toContain(
      'Reads a CSV file',
    );
    expect(languageOf({ LC_ALL: '', LC_MESSAGES: 'de', LANG: 'en_GB' })).toBe('de');
    expect(languageOf({ LANG: 'den' })).toBe('en');
  });

  it('is what a wrong call ends with', async () => {
    expect(await obhut([])).toMatchObject({ code: 2, out: expect.stringContaining('customer …') });
    expect(await obhut(['cusotmer'])).toMatchObject({ code: 2, err: expect.stringContaining('cusotmer') });
    expect(await obhut(['customer', 'crate'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('customer crate'),
    });
    expect(await obhut(['customer', '--help'])).toMatchObject({ code: 0, out: expect.not.stringContaining('journal') });
    expect(await obhut(['customer', 'list', '--colour'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--colour'),
    });
    expect(await obhut(['customer', 'list', 'x'], { env })).toMatchObject({ code: 2 });
    expect(await obhut(['customer', 'show', 'x'], { env })).toMatchObject({ code: 2 });
    expect(await obhut(['journal', '--after', 'x', '--customer', id], { env })).toMatchObject({ code: 2 });
  });
});

describe('the token', () => {
  it('is never an argument, and never shown', async () => {
    const { code, err } = await obhut(['customer', 'list', '--token', stubToken]);
    expect(code).toBe(2);
    expect(err).toContain('OBHUT_TOKEN');
    expect(err).not.toContain(stubToken);
    const wrong = await obhut(['customer', 'list'], { env: { OBHUT_TOKEN: 'hunter2-secret' } });
    expect(wrong.code).toBe(2);
    expect(wrong.err + wrong.out).not.toContain('hunter2');
  });

  it('comes from the environment or a file', async () => {
    stub.answer((_request, response) => sendJson(response, 200, { customers: [], next: null }));
    writeFileSync(folder.path('token'), `${stubToken}\n`);
    const args = ['customer', 'list', '--token-file', folder.path('token'), '--url', stub.url];
    expect(await obhut(args)).toEqual({ code: 0, out: '', err: '' });
    expect(await obhut(['customer', 'list'])).toMatchObject({ code: 2, err: expect.stringContaining('OBHUT_TOKEN') });
  });
});

describe('the exit code', () => {
  it('tells a refusal from a server that is not there', async () => {
    stub.answer((_request, response) => sendProblem(response, 403, 'forbidden'));
    expect(await obhut(['customer', 'list'], { env })).toMatchObject({
      code: 3,
      err: 'title of forbidden (forbidden)\n',
    });
    stub.answer((_request, response) => sendProblem(response, 503, 'unavailable', {}, { 'Retry-After': '3600' }));
    expect(await obhut(['customer', 'list'], { env })).toMatchObject({ code: 4 });
    stub.answer((_request, response) => sendProblem(response, 500, 'internal'));
    const failed = await obhut(['customer', 'list', '--json'], { env });
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.out)).toEqual({ error: { code: 'internal', text: 'title of internal (internal)' } });
  });

  it('is 4 where nobody listens', async () => {
    const url = stub.url;
    await stub.close();
    expect(await obhut(['customer', 'list'], { env: { ...env, OBHUT_URL: url } })).toMatchObject({ code: 4 });
    stub = await startStub();
  });
});

describe('customers, collections, tokens', () => {
  it('are made and shown', async () => {
    stub.answer((_request, response) => sendJson(response, 201, customer));
    const { code, out } = await obhut(['customer', 'create', 'nord'], { env: { ...env, LANG: 'de_DE.UTF-8' } });
    expect(code).toBe(0);
    expect(out).toBe(
      `  Kunde       nord\n  Id          ${id}\n  Angelegt    23.11.2026 10:00:00\n  Zugriffe    o/a+1+k\n  Löschungen  o/o+2+k\n`,
    );
    expect(JSON.parse((await obhut(['customer', 'show', id, '--json'], { env })).out)).toEqual(customer);
  });

  it('are listed page by page', async () => {
    stub.answer(({ url }, response) =>
      sendJson(response, 200, { customers: [customer], next: url.includes('after=n') ? null : 'n' }),
    );
    expect((await obhut(['customer', 'list'], { env })).out).toBe(`${id}  2026-11-23 10:00:00  nord\n`.repeat(2));
  });

  it('take a definition from a file', async () => {
    writeFileSync(folder.path('c.json'), '\uFEFF{"schema":{"type":"object","properties":{}},"fields":{}}');
    stub.answer((_request, response) => sendJson(response, 200, { name: 'files', version: 2, backfill: 'running' }));
    const result = await obhut(['collection', 'put', '--customer', id, 'files', folder.path('c.json')], { env });
    expect(result).toMatchObject({ code: 0, out: 'files: version 2; older records are being made findable\n' });
    writeFileSync(folder.path('c.json'), '{');
    expect(await obhut(['collection', 'put', '--customer', id, 'files', folder.path('c.json')], { env })).toMatchObject(
      { code: 2 },
    );
    expect(await obhut(['collection', 'put', '--customer', id, 'files', folder.path('none')], { env })).toMatchObject({
      code: 2,
    });
  });

  it('give a token alone on standard output', async () => {
    stub.answer((_request, response) =>
      sendJson(response, 201, { id, token: 'obhut_x', expiresAt: '2027-02-01T00:00:00Z' }),
    );
    const args = [
      'token',
      'create',
      '--name',
      'app',
      '--customer',
      id,
      '--actions',
      'records:read, import',
      '--days',
      '90',
    ];
    expect((await obhut(args, { env })).out).toBe('obhut_x\n');
    expect(JSON.parse(stub.requests[0]?.body ?? '')).toEqual({
      name: 'app',
      customer: id,
      actions: ['records:read', 'import'],
      expiresInDays: 90,
    });
  });
});

describe('init', () => {
  it('asks the server of this machine over its socket', async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (piece: string) => bodies.push(piece));
      request.on('end', () => {
        const again = bodies.at(-1)?.includes('true') === true;
        sendJson(
          response,
          again ? 200 : 409,
          again ? { token: stubToken, id, url: 'http://x' } : { code: 'token_exists' },
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(folder.path('s'), resolve));
    writeFileSync(
      folder.path('runtime.json'),
      JSON.stringify({ pid: 1, url: 'http://x', adminSocket: folder.path('s') }),
    );
    const data = folder.path('.');
    expect(await obhut(['init', '--data', data])).toMatchObject({ code: 3, err: expect.stringContaining('--again') });
    const { code, out } = await obhut(['init', '--json', '--again'], { env: { OBHUT_DATA: data } });
    expect([code, JSON.parse(out)]).toEqual([0, { token: stubToken, id, url: 'http://x' }]);
    expect(bodies.map((body) => JSON.parse(body))).toEqual([{}, { again: true }]);
    expect((await obhut(['init', '--again', '--data', data])).out).toBe(
      `export OBHUT_URL=http://x\nexport OBHUT_TOKEN=${stubToken}\n`,
    );
    await new Promise((resolve) => server.close(resolve));
    expect(await obhut(['init', '--data', data])).toMatchObject({ code: 4 });
  });

  it('says when nothing runs there', async () => {
    expect(await obhut(['init', '--data', folder.path('no')])).toMatchObject({
      code: 4,
      err: expect.stringContaining('npm start'),
    });
  });
});

describe('on the screen', () => {
  it('times are of Berlin, in summer and winter', () => {
    expect(formatTime('2026-07-01T22:30:00Z', 'de')).toBe('02.07.2026 00:30:00');
    expect(formatTime('2026-12-31T23:30:00Z', 'en')).toBe('2027-01-01 00:30:00');
    expect(formatTime('soon', 'en')).toBe('?');
  });

  it('progress is a bar for a person, and a line now and then for a log', () => {
    const said: string[] = [];
    let now = 0;
    const terminal = {
      language: 'de',
      env: {},
      out: async () => {},
      say: (text: string) => said.push(text),
      columns: 60,
      t: (text: { de: string }) => text.de,
    } as const;
    const bar = createProgress({ ...terminal, live: true, say: (text) => void said.push(text) }, () => now);
    bar.update(0.5, () => '10 Zeilen');
    bar.update(0.6, () => 'zu bald');
    bar.line('Zeile 3: kein Datum');
    expect(said).toEqual([
      `\r\u001b[K${'█'.repeat(12)}${'░'.repeat(12)}  50 %  10 Zeilen`,
      '\r\u001b[K',
      'Zeile 3: kein Datum\n',
    ]);
    said.length = 0;
    const log = createProgress({ ...terminal, live: false, say: (text) => void said.push(text) }, () => now);
    log.update(0.5, () => 'zu bald');
    now = 10_000;
    log.update(0.5, () => '10 Zeilen');
    log.end();
    expect(said).toEqual([' 50 %  10 Zeilen\n']);
  });
});
