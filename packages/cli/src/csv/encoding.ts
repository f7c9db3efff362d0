/** In which encoding a file is written, and its text piece by piece. */
import { Buffer, isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import iconv from 'iconv-lite';

export interface DetectedEncoding {
  /** A name that iconv-lite knows. */
  readonly encoding: string;
  /** A byte order mark says so. */
  readonly bom: boolean;
}

/** Bytes that no text in a one-byte encoding or UTF-8 has: this is UTF-16 without its mark, or no text at all. */
export class NotText extends Error {
  override readonly name = 'NotText';
}

const marks: readonly { readonly encoding: string; readonly bytes: readonly number[] }[] = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
];

function markOf(head: Uint8Array): DetectedEncoding | undefined {
  const mark = marks.find(({ bytes }) => bytes.every((byte, i) => head[i] === byte));
  return mark && { encoding: mark.encoding, bom: true };
}

/** How many bytes at the end are the beginning of a character that has not come whole yet (UTF-8). */
function openBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/**
 * A mark decides; else UTF-8 when the whole of it is valid UTF-8, because hardly any text in another encoding is by
 * chance; else Windows-1252, which German offices write. It reads on until it knows: the first umlaut may be on the last page.
 * @throws NotText
 */
export async function detectEncoding(chunks: AsyncIterable<Uint8Array>): Promise<DetectedEncoding> {
  let first = true;
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    if (first && bytes.length < 3) {
      rest = bytes;
      continue;
    }
    const mark = first ? markOf(bytes) : undefined;
    if (mark !== undefined) return mark;
    first = false;
    if (bytes.includes(0)) throw new NotText();
    const open = openBytes(bytes);
    if (!isUtf8(bytes.subarray(0, bytes.length - open))) return { encoding: 'windows-1252', bom: false };
    rest = bytes.subarray(bytes.length - open);
  }
  const mark = first ? markOf(rest) : undefined;
  if (mark !== undefined) return mark;
  if (first && rest.includes(0)) throw new NotText();
  return { encoding: isUtf8(rest) ? 'utf-8' : 'windows-1252', bom: false };
}

export function isEncoding(name: string): boolean {
  return iconv.encodingExists(name);
}

/** A text piece, and how many bytes of the file have been read up to it. */
export interface TextPiece {
  readonly text: string;
  readonly bytes: number;
}

/**
 * The text of the chunks, without the mark. What is no character in that encoding becomes U+FFFD: the rows that hold one
 * are refused later, by line.
 */
export async function* decodeText(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<TextPiece> {
  const decoder = iconv.getDecoder(encoding, { stripBOM: true });
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    yield { text: decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)), bytes };
  }
  const text = decoder.end();
  if (text !== undefined && text !== '') yield { text, bytes };
}

/** A file's bytes. */
export function readBytes(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: 256 * 1024 });
}
