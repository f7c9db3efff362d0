import { expect, test } from 'vitest';
import { encodeUtf8 } from './bytes.ts';
import { formatKeyId, formatVerifierKey, isKeyName, keyId, parseVerifierKey, SIGNATURE_TYPE } from './key.ts';
import { rejects } from './testing/rejects.ts';

const line = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';

test('the published key parses, has the published id, and prints as it was', () => {
  const key = parseVerifierKey(line);
  expect(key).toMatchObject({ name: 'PeterNeumann', id: 0xc74f20a3, type: SIGNATURE_TYPE.ed25519 });
  expect(keyId(key.name, key.type, key.publicKey)).toBe(key.id);
  expect(formatVerifierKey(key)).toBe(line);
  expect(formatKeyId(0x0000000a)).toBe('0000000a');
});

test('no part of a key line is a key', () => {
  for (let from = 0; from <= line.length; from += 1) {
    for (let to = from; to <= line.length; to += 1) {
      if (from !== 0 || to !== line.length) rejects(() => parseVerifierKey(line.slice(from, to)), 'key_invalid');
    }
  }
});

test('no changed character goes unnoticed', () => {
  for (let i = 0; i < line.length; i += 1) {
    for (const other of ['A', 'b', '0', '+', ' ', '\n', '=', 'é', String.fromCharCode(line.charCodeAt(i) + 1)]) {
      if (other === line[i]) continue;
      rejects(() => parseVerifierKey(line.slice(0, i) + other + line.slice(i + 1)), 'key_invalid');
      rejects(() => parseVerifierKey(line.slice(0, i) + other + line.slice(i)), 'key_invalid');
    }
  }
});

test.each([
  'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==',
  'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  line.toUpperCase(),
  line.replace('c74f20a3', 'C74F20A3'),
  `${line}\n`,
  ` ${line}`,
])('%j is refused', (bad) => {
  rejects(() => parseVerifierKey(bad), 'key_invalid');
});

test('the same public key has another id as a witness, and under another name', () => {
  const { name, type, publicKey } = parseVerifierKey(line);
  expect(keyId(name, SIGNATURE_TYPE.cosignature, publicKey)).not.toBe(keyId(name, type, publicKey));
  expect(keyId('other', type, publicKey)).not.toBe(keyId(name, type, publicKey));
  const witness = formatVerifierKey({ name, type: SIGNATURE_TYPE.cosignature, publicKey });
  expect(parseVerifierKey(witness).type).toBe(SIGNATURE_TYPE.cosignature);
});

test('a key name is not empty and has no space of any kind, no plus, no control character', () => {
  for (const name of ['example.com/log', 'a', 'größe', '日本']) expect(isKeyName(name)).toBe(true);
  for (const name of ['', 'a b', 'a+b', 'a\u00a0b', 'a\u2003b', 'a\u0085', 'a\n', '\u0001', '\ud800']) {
    expect(isKeyName(name)).toBe(false);
  }
  rejects(() => keyId('a b', SIGNATURE_TYPE.ed25519, new Uint8Array(32)), 'key_invalid');
  rejects(() => keyId('a', SIGNATURE_TYPE.ed25519, encodeUtf8('short')), 'key_invalid');
});
