import { needs } from './errors.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const sextets = new Map([...alphabet].map((letter, value) => [letter, value]));

/** Standard base64 with padding (RFC 4648, section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += alphabet.charAt(group >> 18) + alphabet.charAt((group >> 12) & 63);
    text += left > 1 ? alphabet.charAt((group >> 6) & 63) : '=';
    text += left > 2 ? alphabet.charAt(group & 63) : '=';
  }
  return text;
}

/**
 * The bytes of canonical base64; `what` names the value in the error. Throws `base64_invalid`.
 *
 * Lenient decoders skip unknown letters and ignore the unused bits of the last one, so that many texts stand for the
 * same bytes. A signed or hashed file must have one spelling only: full padding, no white space, unused bits zero.
 */
export function decodeBase64(text: string, what = 'value'): Uint8Array {
  const problem = `${what}: not canonical base64`;
  needs(text.length % 4 === 0, 'base64_invalid', problem);
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const letters = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let pending = 0;
  let written = 0;
  for (let i = 0; i < letters; i += 1) {
    const sextet = sextets.get(text.charAt(i));
    needs(sextet !== undefined, 'base64_invalid', problem);
    bits = ((bits << 6) | sextet) & 0xfff;
    pending += 6;
    if (pending >= 8) {
      pending -= 8;
      bytes[written] = bits >> pending;
      written += 1;
    }
  }
  needs((bits & ((1 << pending) - 1)) === 0, 'base64_invalid', problem);
  return bytes;
}

/** Lower-case hexadecimal. */
export function encodeHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** The bytes of lower-case hexadecimal; `what` names the value in the error. Throws `hex_invalid`. */
export function decodeHex(text: string, what = 'value'): Uint8Array {
  needs(/^(?:[0-9a-f]{2})*$/.test(text), 'hex_invalid', `${what}: not lower-case hexadecimal`);
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}
