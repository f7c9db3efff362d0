/** A search that misses one form, or what lies across two chunks of a file, would call a leak a proof. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hunt } from './hunt.ts';

const mebibyte = 1024 * 1024;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obhut-hunt-'));
});
afterEach(() => rm(folder, { recursive: true }));

const hex = (bytes: number) => randomBytes(bytes).toString('hex');
/** With letters in its hexadecimal form. */
const word = (bytes: number) => `jo${hex(bytes)}zo`;
const beginning = word(24);
const pairs = {
  'that begin alike': [beginning + hex(8), beginning + hex(8)],
  'that have nothing in common': [word(12), word(12)],
} as const;

/** As somebody could have written it, with something before and behind. */
const written: Readonly<Record<string, (marker: string) => Buffer>> = {
  plain: (marker) => Buffer.from(marker),
  hex: (marker) => Buffer.from(Buffer.from(marker).toString('hex')),
  HEX: (marker) => Buffer.from(Buffer.from(marker).toString('hex').toUpperCase()),
  'utf-16le': (marker) => Buffer.from(marker, 'utf16le'),
  'utf-16be': (marker) => Buffer.from(marker, 'utf16le').swap16(),
  'base64+0': (marker) => Buffer.from(Buffer.from(`${marker}!!`).toString('base64')),
  'base64+1': (marker) => Buffer.from(Buffer.from(`x${marker}!`).toString('base64')),
  'base64+2': (marker) => Buffer.from(Buffer.from(`xx${marker}!!`).toString('base64')),
};

const search = (markers: readonly string[], more: { readonly control?: string; readonly sinceMs?: number } = {}) =>
  hunt({ folders: [folder], markers, sinceMs: 0, rest: 0, ...more });

describe.each(Object.entries(pairs))('two values %s', (_, markers) => {
  it.each(Object.keys(written))('are found as %s, wherever in a file', async (form) => {
    const [, second] = markers;
    const value = written[form]?.(second) ?? Buffer.alloc(0);
    for (const at of [0, 5_000, mebibyte - 10, mebibyte, 2 * mebibyte - value.length]) {
      // A zero just before or behind it would make one of the two kinds of UTF-16 the other as well.
      const content = randomBytes(2 * mebibyte).map((byte) => byte || 1);
      value.copy(content, at);
      await writeFile(join(folder, 'file'), content);
      const { found, files, bytes } = await search(markers);
      expect(found, `at ${at}`).toEqual([`1/${form} in /file`]);
      expect([files, bytes]).toEqual([1, content.length]);
    }
  });

  it('are not found where there is only what resembles them', async () => {
    const [first] = markers;
    await writeFile(join(folder, 'file'), [beginning, first.slice(0, -1), first.toUpperCase().slice(1)].join('\n'));
    expect((await search(markers)).found).toEqual([]);
  });
});

it('says whether it would have found something, and passes over what is older', async () => {
  const [first] = pairs['that begin alike'];
  const control = hex(12);
  await writeFile(join(folder, 'file'), `${first} ${control}`);
  expect(await search([first], { control })).toMatchObject({ foundControl: true, found: ['0/plain in /file'] });
  expect((await search([first], { control: hex(12) })).foundControl).toBe(false);
  await utimes(join(folder, 'file'), 1_000, 1_000);
  expect(await search([first], { control, sinceMs: 2_000_000 })).toMatchObject({
    foundControl: false,
    found: [],
    files: 0,
  });
});
