import { needs, ProofError } from './errors.ts';

const encoder = new TextEncoder();
// `ignoreBOM` keeps a leading U+FEFF in the text. Without it the decoder would swallow three bytes, and two different
// files would read the same.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The UTF-8 bytes of a text. Throws `utf8_invalid` for a lone surrogate, which has no bytes of its own. */
export function encodeUtf8(text: string): Uint8Array {
  needs(!/\p{Surrogate}/u.test(text), 'utf8_invalid', 'the text contains a lone surrogate');
  return encoder.encode(text);
}

/** The text of UTF-8 bytes, one to one: no byte is dropped or replaced. Throws `utf8_invalid`. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new ProofError('utf8_invalid', 'not valid UTF-8', { cause });
  }
}

/** Joins byte strings into a new one. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Whether two byte strings are the same. Not constant-time: everything compared in this package is public. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

/** A view for reading and writing numbers in place, in network byte order. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
