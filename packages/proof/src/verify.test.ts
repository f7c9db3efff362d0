import { createPrivateKey, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { concatBytes, decodeUtf8, encodeUtf8 } from './bytes.ts';
import { formatCheckpointText } from './checkpoint.ts';
import { encodeHex } from './encoding.ts';
import { createVerifierKey, formatKeyId, SIGNATURE_TYPE } from './key.ts';
import { hashLeaf } from './merkle.ts';
import { formatNote, noteSignatureMessage } from './note.ts';
import {
  cosignText,
  createReceipt,
  createSigner,
  flipBit,
  sampleEntry,
  signText,
  type TestSigner,
} from './testing/receipt.ts';
import { rejects } from './testing/rejects.ts';
import { formatTlogProof, parseTlogProof } from './tlog-proof.ts';
import { VerificationError, verifyTlogProof } from './verify.ts';

let log: TestSigner;
let witness: TestSigner;
let file: Uint8Array;

beforeAll(async () => {
  log = await createSigner('log.example/k7q2');
  witness = await createSigner('witness.example/w1', SIGNATURE_TYPE.cosignature);
  file = await createReceipt({ signer: log, index: 73, size: 107 });
});

/** The failure of a verification that must fail. */
async function failure(claim: Parameters<typeof verifyTlogProof>[0]): Promise<VerificationError> {
  try {
    await verifyTlogProof(claim);
  } catch (error) {
    if (error instanceof VerificationError) return error;
    throw error;
  }
  throw new Error('a proof verified that must not');
}

test('a receipt that a customer was handed proves its entry, step by step', async () => {
  const verified = await verifyTlogProof({ file, keys: [log.key] });
  const signer = { name: 'log.example/k7q2', keyId: formatKeyId(log.key.id) };
  expect(decodeUtf8(verified.entry)).toContain('"outcome":"authorised"');
  expect(verified).toMatchObject({ origin: 'log.example/k7q2', index: 73n, size: 107n, signer, cosigners: [] });
  expect(encodeHex(verified.leafHash)).toBe(encodeHex(hashLeaf(sampleEntry)));
  expect(verified.steps).toEqual([
    { number: 1, step: 'file', fileBytes: file.length, index: 73n },
    { number: 2, step: 'checkpoint', origin: 'log.example/k7q2', size: 107n, signer, cosigners: [] },
    { number: 3, step: 'entry', entryBytes: sampleEntry.length, leafHash: verified.leafHash },
    { number: 4, step: 'path', index: 73n, size: 107n, steps: 7, computedRoot: verified.root },
    { number: 5, step: 'root', root: verified.root },
  ]);
});

test('changing any single byte of the file makes it fail', async () => {
  for (let i = 0; i < file.length; i += 1) {
    for (let bit = 0; bit < 8; bit += 1) await failure({ file: flipBit(file, i, bit), keys: [log.key] });
  }
});

test('replacing a byte by one that the formats know makes it fail', async () => {
  const tempting = encodeUtf8('\n =+/0A9.-');
  for (let i = 0; i < file.length; i += 1) {
    for (const byte of tempting) {
      if (byte === file[i]) continue;
      const changed = file.slice();
      changed[i] = byte;
      await failure({ file: changed, keys: [log.key] });
    }
  }
});

test('removing or adding a byte anywhere makes it fail', async () => {
  for (let i = 0; i <= file.length; i += 1) {
    if (i < file.length) {
      const without = concatBytes(file.subarray(0, i), file.subarray(i + 1));
      await failure({ file: without, keys: [log.key] });
    }
    for (const byte of encodeUtf8('\n\r 0A=')) {
      const longer = concatBytes(file.subarray(0, i), Uint8Array.of(byte), file.subarray(i));
      await failure({ file: longer, keys: [log.key] });
    }
  }
});

test('small trees verify at every index', async () => {
  for (let size = 1; size <= 9; size += 1) {
    for (let index = 0; index < size; index += 1) {
      const small = await createReceipt({ signer: log, index, size });
      expect(await verifyTlogProof({ file: small, keys: [log.key] })).toMatchObject({ index: BigInt(index) });
    }
  }
});

describe('the entry', () => {
  test('may be given beside a file that does not hold it', async () => {
    const bare = await createReceipt({ signer: log, index: 3, size: 8, withExtra: false });
    expect(parseTlogProof(bare).extra).toBeUndefined();
    expect((await verifyTlogProof({ file: bare, keys: [log.key], entry: sampleEntry })).entry).toEqual(sampleEntry);
    expect(await failure({ file: bare, keys: [log.key] })).toMatchObject({ step: 'entry', code: 'entry_missing' });
    const other = encodeUtf8('{"v":1}');
    expect(await failure({ file: bare, keys: [log.key], entry: other })).toMatchObject({
      step: 'root',
      code: 'inclusion_invalid',
    });
  });

  test('must be the one in the file when both are there', async () => {
    await verifyTlogProof({ file, keys: [log.key], entry: sampleEntry });
    const failed = await failure({ file, keys: [log.key], entry: flipBit(sampleEntry, 4) });
    expect(failed).toMatchObject({ step: 'entry', code: 'entry_mismatch' });
    expect(failed.passed.map(({ step }) => step)).toEqual(['file', 'checkpoint']);
  });
});

describe('the signer', () => {
  test('must be pinned', async () => {
    const other = await createSigner('log.example/k7q2');
    expect(await failure({ file, keys: [] })).toMatchObject({ step: 'checkpoint', code: 'signer_unknown' });
    expect(await failure({ file, keys: [other.key] })).toMatchObject({ step: 'checkpoint', code: 'signer_unknown' });
  });

  test('cannot be somebody else whose key was made to have the same id', async () => {
    const other = await createSigner('log.example/k7q2');
    const collided = { ...other, key: { ...other.key, id: log.key.id } };
    const forged = await createReceipt({ signer: collided, index: 3, size: 8 });
    expect(await failure({ file: forged, keys: [log.key] })).toMatchObject({ code: 'signature_invalid' });
  });

  test('must be the log itself: another pinned log cannot speak for it', async () => {
    const second = await createSigner('log.example/other');
    const posing = { key: log.key, sign: log.sign };
    const text = (name: string) => name.replace('k7q2', 'other');
    const forged = encodeUtf8(text(decodeUtf8(await createReceipt({ signer: posing, index: 3, size: 8 }))));
    expect(await failure({ file: forged, keys: [log.key, second.key] })).toMatchObject({ step: 'checkpoint' });

    const head = formatCheckpointText({ origin: second.key.name, size: 1n, root: hashLeaf(sampleEntry) });
    const signature = await signText(head, log);
    const note = formatNote(head, [signature]);
    const wrongLog = encodeUtf8(formatTlogProof({ extra: sampleEntry, index: 0n, proof: [], checkpoint: note }));
    expect(await failure({ file: wrongLog, keys: [log.key, second.key] })).toMatchObject({
      step: 'checkpoint',
      code: 'signer_unknown',
    });
  });

  test('must be of the log that the caller expects', async () => {
    await verifyTlogProof({ file, keys: [log.key], origin: 'log.example/k7q2' });
    expect(await failure({ file, keys: [log.key], origin: 'log.example/k7q2/gen-2' })).toMatchObject({
      step: 'checkpoint',
      code: 'origin_mismatch',
    });
  });

  test('cannot be a witness alone', async () => {
    const head = formatCheckpointText({ origin: log.key.name, size: 1n, root: hashLeaf(sampleEntry) });
    const note = formatNote(head, [await cosignText(head, witness, 1n)]);
    const only = encodeUtf8(formatTlogProof({ extra: sampleEntry, index: 0n, proof: [], checkpoint: note }));
    expect(await failure({ file: only, keys: [log.key, witness.key] })).toMatchObject({ code: 'signer_unknown' });
  });

  test('may have witnesses beside it, which are named with their time', async () => {
    const stranger = await createSigner('stranger.example', SIGNATURE_TYPE.cosignature);
    const cosigned = await createReceipt({
      signer: log,
      index: 3,
      size: 8,
      more: async (text) => [await cosignText(text, stranger, 5n), await cosignText(text, witness, 1_767_225_600n)],
    });
    const { cosigners } = await verifyTlogProof({ file: cosigned, keys: [witness.key, log.key] });
    expect(cosigners).toEqual([
      { name: 'witness.example/w1', keyId: formatKeyId(witness.key.id), timestamp: 1_767_225_600n },
    ]);
  });

  test('may sign with node:crypto, and is verified the same', async () => {
    const seed = Buffer.from('302e020100300506032b657004220420'.padEnd(96, '17'), 'hex');
    const privateKey = createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' });
    const jwk = privateKey.export({ format: 'jwk' });
    const publicKey = new Uint8Array(Buffer.from(String(jwk.x), 'base64url'));
    const key = createVerifierKey('log.example/server', SIGNATURE_TYPE.ed25519, publicKey);
    const text = formatCheckpointText({ origin: key.name, size: 1n, root: hashLeaf(sampleEntry) });
    const signature = nodeSign(null, noteSignatureMessage(text), privateKey);
    const checkpoint = formatNote(text, [{ name: key.name, keyId: key.id, signature }]);
    const receipt = encodeUtf8(formatTlogProof({ extra: sampleEntry, index: 0n, proof: [], checkpoint }));
    expect((await verifyTlogProof({ file: receipt, keys: [key] })).size).toBe(1n);
    expect(nodeVerify(null, noteSignatureMessage(text), privateKey, signature)).toBe(true);
  });
});

describe('a signature with S + L, the same point in another spelling,', () => {
  test('is refused', async () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const head = formatCheckpointText({ origin: log.key.name, size: 1n, root: hashLeaf(sampleEntry) });
    const line = await signText(head, log);
    const s = [...line.signature.subarray(32)].reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) + order;
    const malleable = line.signature.slice();
    for (let i = 0; i < 32; i += 1) malleable[32 + i] = Number((s >> BigInt(8 * i)) & 255n);
    const checkpoint = formatNote(head, [{ ...line, signature: malleable }]);
    const forged = encodeUtf8(formatTlogProof({ extra: sampleEntry, index: 0n, proof: [], checkpoint }));
    expect(await failure({ file: forged, keys: [log.key] })).toMatchObject({ code: 'signature_invalid' });
  });
});

describe('a proof file is refused', () => {
  const change = (from: string | RegExp, to: string) => {
    const text = decodeUtf8(file);
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    return encodeUtf8(changed);
  };

  test.each([
    ['of another version', 'proof@v1', 'proof@v2', 'proof_file_invalid'],
    ['with empty extra data', /extra .*/, 'extra ', 'proof_file_invalid'],
    ['with two extra lines', /(extra .*\n)/, '$1$1', 'proof_file_invalid'],
    ['with the index before the extra data', /(extra .*\n)(index .*\n)/, '$2$1', 'base64_invalid'],
    ['without an index', /index .*\n/, '', 'proof_file_invalid'],
    ['with a leading zero in the index', 'index ', 'index 0', 'decimal_invalid'],
    ['with an index that is not decimal', /index .*/, 'index 0x49', 'decimal_invalid'],
    ['with an index beyond the tree', /index .*/, 'index 107', 'number_out_of_range'],
    ['with 65 hashes', '\n\n', `\n${`${'A'.repeat(43)}=\n`.repeat(65)}\n`, 'proof_file_invalid'],
    ['with a hash of 30 bytes', '\n\n', `\n${'A'.repeat(40)}\n\n`, 'hash_invalid'],
    ['with CR LF', /\n/g, '\r\n', 'proof_file_invalid'],
    ['with a byte order mark', /^/, '\ufeff', 'proof_file_invalid'],
    ['with a blank line too many', '\n\n', '\n\n\n', 'checkpoint_invalid'],
  ] as const)('%s', async (_, from, to, code) => {
    const failed = await failure({ file: change(from, to), keys: [log.key] });
    expect(failed.code).toBe(code);
    expect(failed.step).toBe(code === 'number_out_of_range' ? 'path' : 'file');
  });

  test('that is empty, or far too long', async () => {
    expect((await failure({ file: new Uint8Array(), keys: [log.key] })).passed).toEqual([]);
    expect((await failure({ file: new Uint8Array(1_000_001), keys: [log.key] })).code).toBe('proof_file_invalid');
  });

  test('and never made', () => {
    const { checkpoint } = parseTlogProof(file);
    const note = formatNote(checkpoint.note.text, checkpoint.note.signatures);
    const parts = { index: 0n, proof: [], checkpoint: note };
    rejects(() => formatTlogProof({ ...parts, extra: new Uint8Array() }), 'proof_file_invalid');
    rejects(() => formatTlogProof({ ...parts, index: -1n }), 'number_out_of_range');
    rejects(() => formatTlogProof({ ...parts, proof: [new Uint8Array(31)] }), 'hash_invalid');
    rejects(() => formatTlogProof({ ...parts, proof: Array(65).fill(new Uint8Array(32)) }), 'proof_file_invalid');
    rejects(() => formatTlogProof({ ...parts, checkpoint: 'nonsense' }), 'note_invalid');
  });
});

test('a runtime without WebCrypto says so, instead of calling the signature bad', async () => {
  const real = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
  Object.defineProperty(globalThis, 'crypto', { value: {}, configurable: true });
  try {
    expect(await failure({ file, keys: [log.key] })).toMatchObject({ code: 'ed25519_unavailable' });
  } finally {
    if (real) Object.defineProperty(globalThis, 'crypto', real);
  }
});
