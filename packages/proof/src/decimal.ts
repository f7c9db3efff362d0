import { needs } from './errors.ts';

/** The largest size or index of a log: 2^64 - 1. */
export const MAX_U64 = (1n << 64n) - 1n;

/** Throws `number_out_of_range` unless the value is a whole number from 0 to 2^64 - 1. */
export function needsU64(value: bigint, what: string): void {
  needs(value >= 0n && value <= MAX_U64, 'number_out_of_range', `${what}: not between 0 and 2^64 - 1`);
}

/**
 * The number of an ASCII decimal without leading zeros, sign, space or exponent; `what` names it in the error. `BigInt`
 * alone would take `0x10`, an empty text and `007`. Throws `decimal_invalid`, or `number_out_of_range` above 2^64 - 1.
 */
export function parseDecimal(text: string, what = 'number'): bigint {
  needs(/^(?:0|[1-9][0-9]{0,19})$/.test(text), 'decimal_invalid', `${what}: not a plain decimal number`);
  const value = BigInt(text);
  needsU64(value, what);
  return value;
}

/** The ASCII decimal of a size or index. Throws `number_out_of_range`. */
export function formatDecimal(value: bigint, what = 'number'): string {
  needsU64(value, what);
  return value.toString();
}
