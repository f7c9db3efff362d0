import { concatBytes, decodeUtf8, encodeUtf8, viewOf } from './bytes.ts';
import { decodeBase64, encodeBase64 } from './encoding.ts';
import { needs } from './errors.ts';
import { isKeyName } from './key.ts';

/** One signature line. `signature` is what follows the key id: 64 bytes for Ed25519, 72 for a cosignature. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  readonly signature: Uint8Array;
}

/** A signed note, parsed but not verified: nothing in it may be believed before `verifyNote`. */
export interface Note {
  /** The signed text, with its final newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** The longest note that is read, in bytes. A post-quantum signature has 5 kB, a checkpoint a few hundred bytes. */
const maxNoteBytes = 1_000_000;
/** Verifiers must accept 16. The limit stands against notes that are made to keep a verifier busy. */
const maxSignatures = 100;

const keyIdLength = 4;

/** Throws `note_invalid` unless the text may stand in a note: it ends in a newline and has no other control character. */
function needsNoteText(text: string): void {
  needs(text.endsWith('\n'), 'note_invalid', 'the text of a note ends in a newline');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the specification forbids exactly these
  needs(!/[\u0000-\u0009\u000b-\u001f]/.test(text), 'note_invalid', 'a note has no control character but newlines');
}

/**
 * The bytes that an Ed25519 key signs for a note: its text in UTF-8 with the final newline, without the blank line after
 * it. Throws `note_invalid` and `utf8_invalid`.
 */
export function noteSignatureMessage(text: string): Uint8Array {
  needsNoteText(text);
  return encodeUtf8(text);
}

/** The signed note: text, blank line, one line per signature. Throws `note_invalid`. */
export function formatNote(text: string, signatures: readonly NoteSignature[]): string {
  needsNoteText(text);
  needs(signatures.length >= 1 && signatures.length <= maxSignatures, 'note_invalid', 'a note has 1 to 100 signatures');
  const lines = signatures.map(({ name, keyId, signature }) => {
    needs(isKeyName(name), 'note_invalid', 'not a key name');
    needs(signature.length > 0, 'note_invalid', 'an empty signature');
    const id = new Uint8Array(keyIdLength);
    viewOf(id).setUint32(0, keyId);
    return `\u2014 ${name} ${encodeBase64(concatBytes(id, signature))}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

function parseSignatureLine(line: string): NoteSignature {
  const [dash, name, encoded, ...more] = line.split(' ');
  needs(
    dash === '\u2014' && name !== undefined && encoded !== undefined && more.length === 0 && isKeyName(name),
    'note_invalid',
    'a signature line is: em dash, key name, base64, with one space between',
  );
  const blob = decodeBase64(encoded, 'signature');
  needs(blob.length > keyIdLength, 'note_invalid', 'a signature line without a signature');
  return { name, keyId: viewOf(blob).getUint32(0), signature: blob.subarray(keyIdLength) };
}

/**
 * Parses a signed note (C2SP signed-note). "The text is separated from the signatures by the last empty line in the
 * note": a parser that took the first one would let an attacker who can put an empty line into a text choose where it
 * ends. Throws `note_invalid`, `utf8_invalid`, `base64_invalid`.
 */
export function parseNote(bytes: Uint8Array): Note {
  needs(bytes.length <= maxNoteBytes, 'note_invalid', `a note has at most ${maxNoteBytes} bytes`);
  const whole = decodeUtf8(bytes);
  needsNoteText(whole);
  const blank = whole.lastIndexOf('\n\n');
  needs(blank >= 0, 'note_invalid', 'no blank line between text and signatures');
  const lines = whole.slice(blank + 2).split('\n');
  lines.pop();
  needs(lines.length >= 1 && lines.length <= maxSignatures, 'note_invalid', 'a note has 1 to 100 signatures');
  return { text: whole.slice(0, blank + 1), signatures: lines.map(parseSignatureLine) };
}
