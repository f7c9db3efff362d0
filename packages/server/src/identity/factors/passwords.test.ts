import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLeaked } from './leaks.ts';
import { createPasswordHasher } from './password-hash.ts';
import { brokenRule } from './password-rules.ts';
import { newTotpSecret, totpEnrolment, totpStep } from './totp.ts';

const sha1 = (text: string) => hash('sha1', text, 'hex').toUpperCase();

describe('a password', () => {
  it.each([
    ['kurz', 'too_short'],
    ['x'.repeat(129), 'too_long'],
    ['passwort1234', 'guessable'],
    ['Sommer2026!!', 'guessable'],
    ['Fruehling2026', 'guessable'],
    ['Frühling2026', 'guessable'],
    ['Bundesgartenschau', 'guessable'],
    ['Weihnachten2026', 'guessable'],
    ['qwertzuiopü12', 'guessable'],
    ['Muellersabine1', 'own_word'],
    ['MüllerSabine123', 'own_word'],
  ])('%s is refused: %s', async (password, rule) => {
    expect(await brokenRule(password, { words: ['Sabine', 'Müller'] })).toBe(rule);
  });

  it.each([
    'Zwölf Reiher stehen am Ufer',
    'xK7pQ9vLm2wR',
    'korrektpferdbatterieheftklammer',
    '日本語のとても長い合い言葉です',
  ])('%s is taken: length and not classes of characters count', async (password) => {
    expect(await brokenRule(password, { words: ['Sabine'] })).toBeUndefined();
  });

  it('is hashed so that equal ones differ, and no password is none', async () => {
    const hasher = createPasswordHasher();
    const [one, two] = await Promise.all([hasher.hash('gleich'), hasher.hash('gleich')]);
    expect(one.equals(two)).toBe(false);
    expect(await hasher.matches('gleich', one)).toBe(true);
    expect(await hasher.matches('Gleich', one)).toBe(false);
    expect(await hasher.matches('', undefined)).toBe(false);
  });
});

describe('a known leak', () => {
  let folder: string;
  let server: Server;
  const asked: string[] = [];
  const leaked = Array.from({ length: 3_000 }, (_, n) => `leaked-${n}`);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'obhut-leaks-'));
    const lines = leaked.map(sha1).sort();
    await writeFile(join(folder, 'sorted'), lines.map((line, n) => `${line}:${n + 1}\r\n`).join(''));
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const prefix = request.url?.slice('/range/'.length) ?? '';
      const own = lines.filter((line) => line.startsWith(prefix)).map((line) => `${line.slice(5)}:7`);
      response.end([...own, `${'A'.repeat(35)}:0`].join('\r\n'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    await new Promise((resolve) => server.close(resolve));
  });

  it('is found in a sorted file, wherever it stands in it, and nothing else is', async () => {
    const file = join(folder, 'sorted');
    for (const password of [...leaked.slice(0, 40), ...leaked.slice(-40)])
      expect(await isLeaked(password, { file })).toBe(true);
    for (let n = 0; n < 80; n += 1) expect(await isLeaked(`fine-${n}`, { file })).toBe(false);
    const edges = leaked
      .map((password) => ({ password, digest: sha1(password) }))
      .sort((a, b) => (a.digest < b.digest ? -1 : 1));
    for (const edge of [edges[0], edges.at(-1)]) expect(await isLeaked(edge?.password ?? '', { file })).toBe(true);
    expect(await isLeaked('x', { file: join(folder, 'missing') })).toBeUndefined();
  });

  it('is found at a mirror that is told five digits only', async () => {
    const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await isLeaked('leaked-7', { mirror })).toBe(true);
    expect(await isLeaked('fine-7', { mirror })).toBe(false);
    for (const url of asked) expect(url).toMatch(/^\/range\/[0-9A-F]{5}$/);
    expect(await isLeaked('x', { mirror: 'http://127.0.0.1:1' })).toBeUndefined();
  });
});

describe('a code', () => {
  it('is of its step, with one of tolerance, and has six digits and nothing else', () => {
    const secret = Buffer.from('12345678901234567890');
    // RFC 6238, appendix B (the last six digits of the eight).
    expect(totpStep(secret, '287082', new Date(59_000))).toBe(1);
    expect(totpStep(secret, '081804', new Date(1_111_111_109_000))).toBe(37_037_036);
    expect(totpStep(secret, '287082', new Date(89_000))).toBe(1);
    expect(totpStep(secret, '287082', new Date(120_000))).toBeUndefined();
    for (const wrong of ['28708', '2870822', ' 287082', '287 082', '２８７０８２', ''])
      expect(totpStep(secret, wrong, new Date(59_000))).toBeUndefined();
  });

  it('is enrolled with a fresh secret of 160 bits', () => {
    const secret = newTotpSecret();
    expect(secret).toHaveLength(20);
    const { uri } = totpEnrolment(secret, 'Beispiel GmbH', 'ada@example.org');
    expect(uri).toMatch(/^otpauth:\/\/totp\/Beispiel%20GmbH:ada%40example.org\?.*secret=[A-Z2-7]{32}/);
  });
});
