import { describe, expect, test } from 'vitest';
import { encodeUtf8 } from './bytes.ts';
import { formatCheckpointText, parseCheckpoint } from './checkpoint.ts';
import { cosignatureMessage, encodeCosignature, parseCosignature } from './cosignature.ts';
import { encodeBase64 } from './encoding.ts';
import { SIGNATURE_TYPE } from './key.ts';
import { formatNote, parseNote } from './note.ts';
import { cosignText, createSigner, signText } from './testing/receipt.ts';
import { rejects } from './testing/rejects.ts';
import { verifyNote } from './verify-note.ts';

const example = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;
const parse = (text: string) => parseCheckpoint(encodeUtf8(text));

test('the example of the specification parses and prints as it was', () => {
  const checkpoint = parse(example);
  expect(checkpoint).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163n, extensions: [] });
  expect(encodeBase64(checkpoint.root)).toBe('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=');
  expect(formatNote(formatCheckpointText(checkpoint), checkpoint.note.signatures)).toBe(example);
});

test('extension lines are kept, and covered by the signature as part of the text', () => {
  const extended = parse(example.replace('q2I=\n', 'q2I=\none more line\n'));
  expect(extended.extensions).toEqual(['one more line']);
  expect(extended.note.text.endsWith('one more line\n')).toBe(true);
});

describe('a checkpoint is refused', () => {
  test.each([
    ['with a size that has a leading zero', example.replace('20852163', '020852163'), 'decimal_invalid'],
    ['with a size in hexadecimal', example.replace('20852163', '0x13e2f43'), 'decimal_invalid'],
    ['with an empty size', example.replace('20852163', ''), 'checkpoint_invalid'],
    ['with a size beyond 64 bits', example.replace('20852163', '18446744073709551616'), 'number_out_of_range'],
    ['with a space after the size', example.replace('20852163', '20852163 '), 'decimal_invalid'],
    ['with a root of 33 bytes', example.replace('q2I=', 'q2IA'), 'hash_invalid'],
    ['with a root that is not canonical', example.replace('q2I=', 'q2J='), 'base64_invalid'],
    ['without an origin', example.replace('example.com/behind-the-sofa\n', '\n'), 'checkpoint_invalid'],
    ['without a root', example.replace(/^Cs.*\n/m, ''), 'checkpoint_invalid'],
    ['with an empty extension line', example.replace('q2I=\n', 'q2I=\n\nx\n'), 'checkpoint_invalid'],
    ['with an empty last line', example.replace('q2I=\n', 'q2I=\n\n'), 'checkpoint_invalid'],
  ] as const)('%s', (_, text, code) => {
    // An empty size line also makes an empty line in the text, which the note may have and a checkpoint may not.
    if (text.includes('\n\nCs')) rejects(() => parse(text), 'decimal_invalid');
    else rejects(() => parse(text), code);
  });
});

test('no checkpoint text is made that would not parse', () => {
  const head = { origin: 'example.com/log', size: 1n, root: new Uint8Array(32) };
  rejects(() => formatCheckpointText({ ...head, origin: '' }), 'checkpoint_invalid');
  rejects(() => formatCheckpointText({ ...head, origin: 'a\nb' }), 'checkpoint_invalid');
  rejects(() => formatCheckpointText({ ...head, size: -1n }), 'number_out_of_range');
  rejects(() => formatCheckpointText({ ...head, root: new Uint8Array(20) }), 'hash_invalid');
});

describe('a cosignature', () => {
  test('has the time and the message of the example in the specification', () => {
    const { note } = parse(example);
    const cosignature = parseCosignature(note.signatures[1]?.signature ?? new Uint8Array());
    expect(cosignature.timestamp).toBe(1679315147n);
    expect(cosignatureMessage(note.text, cosignature.timestamp)).toEqual(
      encodeUtf8(
        'cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n',
      ),
    );
    expect(encodeCosignature(cosignature)).toEqual(note.signatures[1]?.signature);
  });

  test('verifies together with the signature of the log, and tells its time', async () => {
    const log = await createSigner('example.com/log');
    const witness = await createSigner('witness.example', SIGNATURE_TYPE.cosignature);
    const text = formatCheckpointText({ origin: 'example.com/log', size: 1n, root: new Uint8Array(32) });
    const lines = [await signText(text, log), await cosignText(text, witness, 1_700_000_000n)];
    const note = parseNote(encodeUtf8(formatNote(text, lines)));
    expect(await verifyNote(note, [log.key, witness.key])).toEqual([
      { kind: 'signature', key: log.key },
      { kind: 'cosignature', key: witness.key, timestamp: 1_700_000_000n },
    ]);
  });

  test('does not verify with another time, and is no signature of a log', async () => {
    const witness = await createSigner('witness.example', SIGNATURE_TYPE.cosignature);
    const text = formatCheckpointText({ origin: 'example.com/log', size: 1n, root: new Uint8Array(32) });
    const line = await cosignText(text, witness, 1_700_000_000n);
    const later = encodeCosignature({ ...parseCosignature(line.signature), timestamp: 1_700_000_001n });
    const note = (signature: Uint8Array) => parseNote(encodeUtf8(formatNote(text, [{ ...line, signature }])));
    await expect(verifyNote(note(later), [witness.key])).rejects.toMatchObject({ code: 'signature_invalid' });
    await expect(verifyNote(note(line.signature.subarray(8)), [witness.key])).rejects.toMatchObject({
      code: 'cosignature_invalid',
    });
    const asLog = { ...witness.key, type: SIGNATURE_TYPE.ed25519 };
    await expect(verifyNote(note(line.signature), [asLog])).rejects.toMatchObject({ code: 'signature_invalid' });
    await expect(verifyNote(note(line.signature.subarray(8)), [asLog])).rejects.toMatchObject({
      code: 'signature_invalid',
    });
  });

  test('has 72 bytes and a time below 2^63', () => {
    rejects(() => parseCosignature(new Uint8Array(71)), 'cosignature_invalid');
    rejects(() => parseCosignature(new Uint8Array(73)), 'cosignature_invalid');
    rejects(() => parseCosignature(new Uint8Array(72).fill(0x80)), 'cosignature_invalid');
    rejects(() => cosignatureMessage('x\n', -1n), 'cosignature_invalid');
    rejects(() => encodeCosignature({ timestamp: 1n, signature: new Uint8Array(63) }), 'cosignature_invalid');
  });
});
