import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeUtf8, encodeUtf8 } from './bytes.ts';
import { formatDecimal, parseDecimal } from './decimal.ts';
import { decodeBase64, decodeHex, encodeBase64, encodeHex } from './encoding.ts';
import { rejects } from './testing/rejects.ts';

describe('base64', () => {
  test('round-trips any bytes and agrees with the platform', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64(text)).toEqual(bytes);
      }),
    );
  });

  test.each([
    'A',
    'AA',
    'AAA',
    'AA=',
    'AAAA=',
    'AAAA====',
    '====',
    '=',
    'AA==AA==',
    'A===',
    'AAA=AAAA',
    'AB==',
    'AAB=',
    'AA A',
    'AAAA\n',
    ' AAAA',
    'AA-_',
    'AAAé',
    'AA\u0000A',
  ])('has one spelling, which is not %j', (text) => {
    rejects(() => decodeBase64(text), 'base64_invalid');
  });

  test('accepts a text only if encoding gives it back', () => {
    const letters = fc.constantFrom(...'ABQgw/+=09z \n-');
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 9 }), (text) => {
        let bytes: Uint8Array;
        try {
          bytes = decodeBase64(text);
        } catch {
          return;
        }
        expect(encodeBase64(bytes)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});

test('hexadecimal is lower-case and whole bytes', () => {
  expect(encodeHex(Uint8Array.of(0, 10, 255))).toBe('000aff');
  expect(decodeHex('000aff')).toEqual(Uint8Array.of(0, 10, 255));
  for (const text of ['0', 'AB', '0g', ' 00', '00\n', '0x00']) rejects(() => decodeHex(text), 'hex_invalid');
});

test('a decimal has no leading zero, sign, space, fraction or other digits, and fits 64 bits', () => {
  expect(parseDecimal('0')).toBe(0n);
  expect(parseDecimal('18446744073709551615')).toBe(18446744073709551615n);
  for (const text of [
    '',
    '00',
    '01',
    '-1',
    '+1',
    ' 1',
    '1 ',
    '1\n',
    '0x10',
    '1e3',
    '1.0',
    '1_000',
    '١',
    '9'.repeat(21),
  ]) {
    rejects(() => parseDecimal(text), 'decimal_invalid');
  }
  rejects(() => parseDecimal('18446744073709551616'), 'number_out_of_range');
  rejects(() => formatDecimal(-1n), 'number_out_of_range');
});

describe('UTF-8', () => {
  test('keeps a byte order mark, so that two files never read the same', () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
  });

  test.each([[[0xff]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]], [[0xe2, 0x80]], [[0xf4, 0x90, 0x80, 0x80]]])(
    'refuses the bytes %j instead of replacing them',
    (bytes) => {
      rejects(() => decodeUtf8(Uint8Array.from(bytes)), 'utf8_invalid');
    },
  );

  test('refuses a lone surrogate, which would silently become another character', () => {
    rejects(() => encodeUtf8('a\ud800'), 'utf8_invalid');
    expect(encodeUtf8('\u{1f512}').length).toBe(4);
  });
});
