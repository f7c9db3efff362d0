import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { SecretKey } from './key.ts';
import { kept } from './long-lived.ts';

test('what is kept shares its memory only with what is kept, and with nothing of the moment', () => {
  const pool = Buffer.from('of the moment').buffer;
  const copies = Array.from({ length: 500 }, () => kept(randomBytes(48)));
  for (const { buffer } of copies) {
    expect(buffer).not.toBe(pool);
    expect(buffer.byteLength).toBeLessThanOrEqual(4_096);
  }
  expect(new Set(copies.map(({ buffer, byteOffset }) => [buffer, byteOffset])).size).toBe(500);
});

test('kept bytes do not overlap: wiping one key leaves its neighbours', () => {
  const bytes = Array.from({ length: 300 }, () => randomBytes(32));
  const keys = bytes.map((one) => SecretKey.from(one));
  keys[150]?.destroy();
  for (const [i, key] of keys.entries())
    if (i !== 150) expect(SecretKey.bytesOf(key).equals(bytes[i] as Buffer)).toBe(true);
});

test('a copy is one: what it was made from may be wiped', () => {
  const source = randomBytes(32);
  const before = Buffer.from(source);
  const copy = kept(source);
  source.fill(0);
  expect(copy.equals(before)).toBe(true);
});
