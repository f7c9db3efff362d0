import { describe, expect, test } from 'vitest';
import { concatBytes, encodeUtf8 } from './bytes.ts';
import { parseVerifierKey } from './key.ts';
import { formatNote, noteSignatureMessage, parseNote } from './note.ts';
import { createSigner, signText } from './testing/receipt.ts';
import { rejects } from './testing/rejects.ts';
import { verifyNote } from './verify-note.ts';

const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const peterLine =
  '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const enochLine =
  '\u2014 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';
const peter = parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
const enoch = parseVerifierKey('EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop');

const parse = (note: string) => parseNote(encodeUtf8(note));

describe('the notes of the Go checksum database', () => {
  test('verify with one key, ignoring the other line', async () => {
    const note = parse(`${text}\n${peterLine}${enochLine}`);
    expect(note.text).toBe(text);
    expect(await verifyNote(note, [peter])).toEqual([{ kind: 'signature', key: peter }]);
  });

  test('verify with both keys', async () => {
    const verified = await verifyNote(parse(`${text}\n${peterLine}${enochLine}`), [enoch, peter]);
    expect(verified.map(({ key }) => key.name)).toEqual(['PeterNeumann', 'EnochRoot']);
  });

  test('print as they were', () => {
    const { signatures } = parse(`${text}\n${peterLine}${enochLine}`);
    expect(formatNote(text, signatures)).toBe(`${text}\n${peterLine}${enochLine}`);
  });

  test('are worth nothing without a pinned key', async () => {
    const note = parse(`${text}\n${peterLine}${enochLine}`);
    await expect(verifyNote(note, [])).rejects.toMatchObject({ code: 'signer_unknown' });
    await expect(verifyNote(note, [{ ...peter, name: 'CarmenSandiego' }])).rejects.toMatchObject({
      code: 'signer_unknown',
    });
    await expect(verifyNote(note, [{ ...peter, id: peter.id + 1 }])).rejects.toMatchObject({ code: 'signer_unknown' });
  });

  test('are rejected when a pinned key has one bad line, even beside a good one', async () => {
    const bad = `${peterLine.slice(0, 60)}ABCD${peterLine.slice(60)}`;
    for (const lines of [bad, bad + peterLine, peterLine + bad, enochLine + bad]) {
      await expect(verifyNote(parse(`${text}\n${lines}`), [peter, enoch])).rejects.toMatchObject({
        code: 'signature_invalid',
      });
    }
    const changed = parse(`${text.replace('think', 'thinc')}\n${peterLine}`);
    await expect(verifyNote(changed, [peter])).rejects.toMatchObject({ code: 'signature_invalid' });
  });

  test('are rejected when two different pinned keys answer to one name and id', async () => {
    const note = parse(`${text}\n${enochLine}`);
    const twin = { ...enoch, publicKey: peter.publicKey };
    await expect(verifyNote(note, [enoch, twin])).rejects.toMatchObject({ code: 'key_ambiguous' });
    expect(await verifyNote(note, [enoch, peter, enoch])).toHaveLength(1);
  });

  test('are rejected, not crashed on, when a pinned key is no point on the curve', async () => {
    const broken = { ...peter, publicKey: new Uint8Array(32).fill(0xff) };
    await expect(verifyNote(parse(`${text}\n${peterLine}`), [broken])).rejects.toMatchObject({
      code: 'signature_invalid',
    });
  });
});

test('the example of the specification is split at its last blank line', () => {
  const poem = 'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n';
  const line =
    '\u2014 quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n';
  const note = parse(`${poem}\n${line}`);
  expect(note.text).toBe(poem);
  expect(note.signatures).toMatchObject([{ name: 'quasimodo.example/salvatore', keyId: 0x367ba04b }]);
  expect(formatNote(note.text, note.signatures)).toBe(`${poem}\n${line}`);
});

test('an empty line that somebody smuggles into a text does not move its end', async () => {
  const signer = await createSigner('example.com/log');
  const honest = 'example.com/log\n5\n';
  const [line] = formatNote(honest, [await signText(honest, signer)])
    .split('\n\n')
    .slice(1);
  const note = parse(`${honest}\nmore text\n\n${line}`);
  expect(note.text).toBe(`${honest}\nmore text\n`);
  await expect(verifyNote(note, [signer.key])).rejects.toMatchObject({ code: 'signature_invalid' });
});

describe('a note is refused', () => {
  test.each([
    ['without a blank line', text],
    ['without a signature', `${text}\n`],
    ['without a final newline', `${text}\n${peterLine.slice(0, -1)}`],
    ['with a second final newline', `${text}\n${peterLine}\n`],
    ['with a line after the signatures', `${text}\n${peterLine}Unexpected line.\n`],
    ['with a line between the signatures', `${text}\n${peterLine}x\n${enochLine}`],
    ['with a control character', `\u0001${text}\n${peterLine}`],
    ['with a tab', `a\tb\n\n${peterLine}`],
    ['with CR LF', `${text}\n${peterLine}`.replaceAll('\n', '\r\n')],
    ['with a null', `${text}\u0000\n\n${peterLine}`],
    ['with a hyphen for the dash', `${text}\n${peterLine.replace('\u2014', '-')}`],
    ['with an en dash', `${text}\n${peterLine.replace('\u2014', '\u2013')}`],
    ['with a space in the name', `${text}\n${peterLine.replace('PeterNeumann', 'Bad Name')}`],
    ['with a plus in the name', `${text}\n${peterLine.replace('PeterNeumann', 'Bad+Name')}`],
    ['with a no-break space in the name', `${text}\n${peterLine.replace('PeterNeumann', 'Bad\u00a0Name')}`],
    ['with an empty name', `${text}\n${peterLine.replace('PeterNeumann', '')}`],
    ['with two spaces', `${text}\n${peterLine.replace(' x08', '  x08')}`],
    ['with a trailing space', `${text}\n${peterLine.replace('=\n', '= \n')}`],
    ['with a signature of nothing', `${text}\n\u2014 PeterNeumann x08gow==\n`],
    ['with 101 signatures', `${text}\n${peterLine.repeat(101)}`],
    ['that is too long', `${'a'.repeat(1_000_000)}\n\n${peterLine}`],
  ])('%s', (_, note) => {
    rejects(() => parse(note), 'note_invalid');
  });

  test('with base64 that is not canonical', () => {
    for (const end of ['AN=\n', 'AM\n', 'AM==\n']) {
      rejects(() => parse(`${text}\n${peterLine.replace('AM=\n', end)}`), 'base64_invalid');
    }
  });

  test('with bytes that are not UTF-8', () => {
    rejects(() => parseNote(concatBytes(Uint8Array.of(0xff), encodeUtf8(`${text}\n${peterLine}`))), 'utf8_invalid');
  });
});

test('a note may have 16 signatures, and 100', async () => {
  const others = await createSigner('someone.example');
  const line = await signText('other\n', others);
  for (const count of [15, 99]) {
    const { signatures } = parse(`${text}\n${peterLine}`);
    const note = parse(formatNote(text, [...Array(count).fill(line), ...signatures]));
    expect(await verifyNote(note, [peter])).toHaveLength(1);
  }
  rejects(() => formatNote(text, Array(101).fill(line)), 'note_invalid');
  rejects(() => formatNote(text, []), 'note_invalid');
});

test('nothing is signed or printed that would not parse', () => {
  rejects(() => noteSignatureMessage('no newline'), 'note_invalid');
  rejects(() => noteSignatureMessage('a\tb\n'), 'note_invalid');
  rejects(() => noteSignatureMessage('\ud800\n'), 'utf8_invalid');
  const signature = { name: 'a+b', keyId: 1, signature: new Uint8Array(64) };
  rejects(() => formatNote(text, [signature]), 'note_invalid');
  rejects(() => formatNote(text, [{ ...signature, name: 'a', signature: new Uint8Array(0) }]), 'note_invalid');
});
