/**
 * Arrays as PostgreSQL's binary parameters. `pg` would write them as text (bytes as hexadecimal, every element escaped),
 * which on the hot paths costs more than the statement itself.
 *
 * Format (src/backend/utils/adt/arrayfuncs.c, array_recv): dimensions, has-null flag, element type, length, lower bound;
 * then each element as a length (-1 for null) and its bytes. All integers are big-endian.
 */

const oids = { bytea: 17, int8: 20, text: 25, uuid: 2950 } as const;
const headerBytes = 20;

function header(array: Buffer, oid: number, length: number, hasNull: boolean): void {
  array.writeInt32BE(1, 0);
  array.writeInt32BE(hasNull ? 1 : 0, 4);
  array.writeInt32BE(oid, 8);
  array.writeInt32BE(length, 12);
  array.writeInt32BE(1, 16);
}

/** The array without elements has no dimensions. */
function empty(oid: number): Buffer {
  const array = Buffer.alloc(12);
  array.writeInt32BE(oid, 8);
  return array;
}

/** For `$n::bytea[]`. */
export function byteaArray(values: readonly (Uint8Array | null)[]): Buffer {
  if (values.length === 0) return empty(oids.bytea);
  let size = headerBytes;
  let hasNull = false;
  for (const value of values) {
    size += 4 + (value?.length ?? 0);
    hasNull ||= value === null;
  }
  const array = Buffer.allocUnsafe(size);
  header(array, oids.bytea, values.length, hasNull);
  let at = headerBytes;
  for (const value of values) {
    array.writeInt32BE(value === null ? -1 : value.length, at);
    at += 4;
    if (value === null) continue;
    array.set(value, at);
    at += value.length;
  }
  return array;
}

const noDigit = 16;
const digits = new Uint8Array(128).fill(noDigit);
for (const [value, digit] of [...'0123456789abcdef'].entries()) digits[digit.charCodeAt(0)] = value;
const uuidLength = 36;
const dashPositions = [8, 13, 18, 23] as const;
const dash = '-'.charCodeAt(0);
/** Where each of the sixteen bytes stands in the text, between the dashes. */
const uuidPositions = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;

/** Half the time of taking out the dashes and decoding the rest; every statement about objects has dozens of them. */
function writeUuid(array: Buffer, text: string, offset: number): void {
  const formed = text.length === uuidLength && dashPositions.every((position) => text.charCodeAt(position) === dash);
  let seen = formed ? 0 : noDigit;
  let at = offset;
  for (const position of uuidPositions) {
    const high = digits[text.charCodeAt(position)] ?? noDigit;
    const low = digits[text.charCodeAt(position + 1)] ?? noDigit;
    seen |= high | low;
    array[at++] = (high << 4) | low;
  }
  if (seen >= noDigit) throw new TypeError('not a UUID');
}

/** For `$n::uuid[]`; the values are lower-case UUIDs. */
export function uuidArray(values: readonly string[]): Buffer {
  if (values.length === 0) return empty(oids.uuid);
  const array = Buffer.allocUnsafe(headerBytes + values.length * 20);
  header(array, oids.uuid, values.length, false);
  let at = headerBytes;
  for (const value of values) {
    array.writeInt32BE(16, at);
    writeUuid(array, value, at + 4);
    at += 20;
  }
  return array;
}

/** For `$n::bigint[]`. */
export function bigintArray(values: readonly (number | null)[]): Buffer {
  if (values.length === 0) return empty(oids.int8);
  const nulls = values.filter((value) => value === null).length;
  const array = Buffer.allocUnsafe(headerBytes + values.length * 12 - nulls * 8);
  header(array, oids.int8, values.length, nulls > 0);
  let at = headerBytes;
  for (const value of values) {
    array.writeInt32BE(value === null ? -1 : 8, at);
    at += 4;
    if (value === null) continue;
    array.writeBigInt64BE(BigInt(value), at);
    at += 8;
  }
  return array;
}

/** For `$n::text[]`. */
export function textArray(values: readonly string[]): Buffer {
  if (values.length === 0) return empty(oids.text);
  const array = byteaArray(values.map((value) => Buffer.from(value, 'utf8')));
  array.writeInt32BE(oids.text, 8);
  return array;
}
