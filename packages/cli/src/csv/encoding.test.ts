import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { decodeText, detectEncoding, isEncoding, NotText } from './encoding.ts';

async function* cut(bytes: Uint8Array, width: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += width) yield bytes.subarray(at, at + width);
}

async function textOf(bytes: Uint8Array, encoding: string, width = 3): Promise<string> {
  const pieces = await Array.fromAsync(decodeText(cut(bytes, width), encoding), ({ text }) => text);
  return pieces.join('');
}

const sample = 'Größe;Straße;Preis\r\nÄrger;„Öl“;5 €\r\n';

describe('the encoding of a file', () => {
  it.each([
    ['UTF-8', 'utf-8', Buffer.from(sample), false],
    ['UTF-8 with a mark', 'utf-8', Buffer.from(`\uFEFF${sample}`), true],
    ['Windows-1252', 'windows-1252', iconv.encode(sample, 'windows-1252'), false],
    [
      'UTF-16 as Excel writes it',
      'utf-16le',
      Buffer.concat([Buffer.from([0xff, 0xfe]), iconv.encode(sample, 'utf-16le')]),
      true,
    ],
    [
      'UTF-16 the other way round',
      'utf-16be',
      Buffer.concat([Buffer.from([0xfe, 0xff]), iconv.encode(sample, 'utf-16be')]),
      true,
    ],
    ['ASCII', 'utf-8', Buffer.from('a;b\n1;2\n'), false],
    ['nothing', 'utf-8', Buffer.alloc(0), false],
    ['a mark alone', 'utf-8', Buffer.from([0xef, 0xbb, 0xbf]), true],
  ])('%s', async (_name, encoding, bytes, bom) => {
    for (const width of [1, 2, 3, 1000]) {
      expect(await detectEncoding(cut(bytes, width))).toEqual({ encoding, bom });
    }
    if (bytes.length > 20)
      expect(await textOf(bytes, encoding)).toBe(
        encoding === 'utf-8' && !bom && bytes.length < 12 ? 'a;b\n1;2\n' : sample,
      );
  });

  it('is Windows-1252 when the first umlaut comes late', async () => {
    const bytes = Buffer.concat([Buffer.alloc(300_000, 'a'), Buffer.from([0xfc])]);
    expect(await detectEncoding(cut(bytes, 65_536))).toEqual({ encoding: 'windows-1252', bom: false });
  });

  it('is not guessed for UTF-16 without a mark', async () => {
    await expect(detectEncoding(cut(iconv.encode(sample, 'utf-16le'), 64))).rejects.toBeInstanceOf(NotText);
  });

  it('of old programs can be named', async () => {
    expect(isEncoding('cp850')).toBe(true);
    expect(isEncoding('klingon')).toBe(false);
    expect(await textOf(iconv.encode('Größe', 'cp850'), 'cp850')).toBe('Größe');
  });

  it('shows what it cannot read', async () => {
    expect(await textOf(Buffer.from([0x61, 0x81, 0x62]), 'windows-1252')).toBe('a\uFFFDb');
    expect(await textOf(Buffer.from([0x61, 0xfc, 0x62]), 'utf-8')).toBe('a\uFFFDb');
  });

  it('of any UTF-8 text is found, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 5 }), async (text, width) => {
        fc.pre(!text.includes('\0') && !text.startsWith('\uFEFF'));
        const bytes = Buffer.from(text);
        expect(await detectEncoding(cut(bytes, width))).toEqual({ encoding: 'utf-8', bom: false });
        expect(await textOf(bytes, 'utf-8', width)).toBe(text);
      }),
    );
  });
});
