/** What a field of a German export says, as a value of JSON. */

export const columnTypes = ['text', 'number', 'integer', 'date', 'boolean'] as const;
export type ColumnType = (typeof columnTypes)[number];
/** Which sign separates the decimals: `1.234,56` or `1,234.56`. */
export type Decimal = 'comma' | 'point';

export type ValueProblem =
  | 'undecodable'
  | 'not_a_number'
  | 'number_unclear'
  | 'number_too_large'
  | 'leading_zero'
  | 'not_an_integer'
  | 'not_a_date'
  | 'date_unreal'
  | 'not_a_boolean';

/** `value: undefined` is an empty field: the record does not have it. */
export type Converted = { readonly value: string | number | boolean | undefined } | { readonly problem: ValueProblem };

const booleans = new Map<string, boolean>([
  ...['ja', 'j', 'wahr', 'true', 'yes', 'y', '1'].map((word) => [word, true] as const),
  ...['nein', 'n', 'falsch', 'false', 'no', '0'].map((word) => [word, false] as const),
]);

/** The value of a trimmed field. Never guesses: what could mean two things is a problem. */
export function convertValue(text: string, type: ColumnType, decimal: Decimal = 'comma'): Converted {
  const trimmed = text.trim();
  if (trimmed === '') return { value: undefined };
  // What the encoding could not read, and NUL, which no database keeps.
  if (trimmed.includes('\uFFFD') || trimmed.includes('\0')) return { problem: 'undecodable' };
  switch (type) {
    case 'text':
      return { value: trimmed };
    case 'number':
      return convertNumber(trimmed, decimal);
    case 'integer': {
      const converted = convertNumber(trimmed, decimal);
      const whole = 'problem' in converted || Number.isInteger(converted.value);
      return whole ? converted : { problem: 'not_an_integer' };
    }
    case 'date':
      return convertDate(trimmed);
    case 'boolean': {
      const value = booleans.get(trimmed.toLowerCase());
      return value === undefined ? { problem: 'not_a_boolean' } : { value };
    }
  }
}

const shapes = {
  comma: { plain: /^[+-]?\d+(,\d+)?$/, grouped: /^[+-]?\d{1,3}(\.\d{3})+(,\d+)?$/, other: /^[+-]?[\d.,]*\.\d+$/ },
  point: { plain: /^[+-]?\d+(\.\d+)?$/, grouped: /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/, other: /^[+-]?[\d.,]*,\d+$/ },
} as const;

/**
 * A number as it is written with that decimal sign, thousands apart or not. `12.5` in a file with commas may be 12½ or a slip
 * for 125: a column in which some numbers are a thousand times too large would be worse than one that is refused.
 */
function convertNumber(text: string, decimal: Decimal): Converted {
  const { plain, grouped, other } = shapes[decimal];
  if (!plain.test(text) && !grouped.test(text))
    return { problem: other.test(text) ? 'number_unclear' : 'not_a_number' };
  const [thousands, sign] = decimal === 'comma' ? ['.', ','] : [',', '.'];
  const digits = text.replaceAll(thousands, '').replace(sign, '.').replace(/^\+/, '');
  // 007 is the name of something, and as a number it would come back as 7.
  if (/^-?0\d/.test(digits)) return { problem: 'leading_zero' };
  const value = Number(digits);
  const significant = digits.replace(/[-.]/g, '').replace(/^0+/, '');
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER || significant.length > 15) {
    return { problem: 'number_too_large' };
  }
  return { value: value === 0 ? 0 : value };
}

const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/;
const iso = /^(\d{4})-(\d{2})-(\d{2})$/;

/** TT.MM.JJJJ or JJJJ-MM-TT, as JJJJ-MM-TT. A year of two digits is no date: nobody knows its century. */
function convertDate(text: string): Converted {
  const [, day, month, year] = german.exec(text) ?? [];
  const [, isoYear, isoMonth, isoDay] = iso.exec(text) ?? [];
  const parts = [year ?? isoYear, month ?? isoMonth, day ?? isoDay].map(Number);
  const [y = Number.NaN, m = Number.NaN, d = Number.NaN] = parts;
  if (parts.some(Number.isNaN)) return { problem: 'not_a_date' };
  const date = new Date(0);
  date.setUTCFullYear(y, m - 1, d);
  const real = y > 0 && date.getUTCFullYear() === y && date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
  return real ? { value: date.toISOString().slice(0, 10) } : { problem: 'date_unreal' };
}
