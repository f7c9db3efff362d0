/**
 * Rows of a CSV text (RFC 4180, and what is written in its name), fed piece by piece.
 *
 * Our own, because one unclosed quote must not cost the rows behind it: a library either stops there, or swallows what
 * follows into one field. This goes back and gives up that one line. `rows.test.ts` compares it with csv-parse on all
 * that is well-formed.
 */

export interface Row {
  /** The line it begins on, from 1. */
  readonly line: number;
  /** Trimmed. */
  readonly fields: readonly string[];
  /** As it stands in the file, without the line break. */
  readonly raw: string;
}

export type RowProblem = 'quote_open' | 'quote_inside' | 'row_too_long';

/** A line that is no row. */
export interface BrokenRow {
  readonly line: number;
  readonly raw: string;
  readonly problem: RowProblem;
}

export type ReadRow = Row | BrokenRow;

export interface RowReader {
  /** The rows that this piece of text completes. Blank lines are none. */
  push(text: string): ReadRow[];
  /** What is left when the text is at its end. */
  end(): ReadRow[];
}

/** The most that is held back for a row that does not end, in characters. A server takes records up to a megabyte. */
const maxRowCharacters = 1_100_000;
const lineBreak = /\r\n|\n|\r/g;

type Scan =
  | { readonly kind: 'row'; readonly fields: string[]; readonly end: number; readonly next: number }
  | { readonly kind: 'more' }
  | { readonly kind: 'broken'; readonly problem: RowProblem };

export function createRowReader(delimiter: string, firstLine = 1): RowReader {
  let pending = '';
  let line = firstLine;
  /** The rest of a line that was too long is passed over. */
  let passing = false;

  /** Takes the first line as broken. @returns where the next one begins. */
  function giveUp(rows: ReadRow[], start: number, problem: RowProblem, last: boolean): number {
    const whole = lineEnd(pending, start, last);
    passing = whole === undefined;
    rows.push({ line, raw: pending.slice(start, whole?.end), problem: passing ? 'row_too_long' : problem });
    if (!passing) line += 1;
    return whole?.next ?? pending.length;
  }

  function read(last: boolean): ReadRow[] {
    const rows: ReadRow[] = [];
    let start = 0;
    if (passing) {
      const whole = lineEnd(pending, 0, last);
      passing = whole === undefined;
      start = whole?.next ?? pending.length;
      if (!passing) line += 1;
    }
    while (start < pending.length) {
      const scanned = scanRow(pending, start, delimiter, last);
      if (scanned.kind !== 'row') {
        const whole = scanned.kind === 'broken' && lineEnd(pending, start, last) !== undefined;
        if (!whole && !last && pending.length - start <= maxRowCharacters) break;
        start = giveUp(rows, start, scanned.kind === 'broken' ? scanned.problem : 'quote_open', last);
      } else {
        const raw = pending.slice(start, scanned.end);
        if (scanned.fields.some((field) => field !== '')) rows.push({ line, fields: scanned.fields, raw });
        line += 1 + countBreaks(raw);
        start = scanned.next;
      }
    }
    pending = pending.slice(start);
    return rows;
  }

  return {
    push(text) {
      pending += text;
      return read(false);
    },
    end: () => read(true),
  };
}

const countBreaks = (text: string) => text.match(lineBreak)?.length ?? 0;

/** Where the line ends, and where the next one begins. `undefined` while that cannot be told. */
function lineEnd(text: string, start: number, last: boolean): { end: number; next: number } | undefined {
  const feed = text.indexOf('\n', start);
  const until = feed < 0 ? text.length : feed;
  const carriage = text.indexOf('\r', start);
  if (carriage < 0 || carriage > until) {
    if (feed >= 0) return { end: feed, next: feed + 1 };
    return last ? { end: text.length, next: text.length } : undefined;
  }
  if (carriage === text.length - 1 && !last) return undefined; // a line feed may follow
  return { end: carriage, next: text[carriage + 1] === '\n' ? carriage + 2 : carriage + 1 };
}

/** One row from `start`. Most rows have no quote: those are split, which is many times faster. */
function scanRow(text: string, start: number, delimiter: string, last: boolean): Scan {
  const whole = lineEnd(text, start, last);
  if (whole !== undefined) {
    const line = text.slice(start, whole.end);
    if (!line.includes('"')) {
      return {
        kind: 'row',
        fields: line.split(delimiter).map((field) => field.trim()),
        end: whole.end,
        next: whole.next,
      };
    }
  }
  return scanQuoted(text, start, delimiter, last);
}

function scanQuoted(text: string, start: number, delimiter: string, last: boolean): Scan {
  const fields: string[] = [];
  for (let at = start; ; ) {
    const field = scanField(text, at, delimiter, last);
    if (typeof field === 'string') {
      return field === 'more' ? { kind: 'more' } : { kind: 'broken', problem: field };
    }
    fields.push(field.value.trim());
    if (text[field.end] === delimiter) {
      at = field.end + 1;
      continue;
    }
    const end = lineEnd(text, field.end, last);
    return end === undefined ? { kind: 'more' } : { kind: 'row', fields, end: field.end, next: end.next };
  }
}

/** A field and where it ends: at a delimiter, a line break or the end of the text. */
function scanField(
  text: string,
  from: number,
  delimiter: string,
  last: boolean,
): { readonly value: string; readonly end: number } | 'more' | RowProblem {
  let at = from;
  while (text[at] === ' ') at += 1;
  if (text[at] !== '"') {
    // A quote inside a field that does not begin with one is a character like any other.
    const end = fieldEnd(text, at, delimiter);
    return end === text.length && !last ? 'more' : { value: text.slice(from, end), end };
  }
  let value = '';
  for (let open = at + 1; ; ) {
    const quote = text.indexOf('"', open);
    if (quote < 0) return last ? 'quote_open' : 'more';
    value += text.slice(open, quote);
    if (quote + 1 === text.length && !last) return 'more'; // it may be doubled
    if (text[quote + 1] !== '"') {
      at = quote + 1;
      break;
    }
    value += '"';
    open = quote + 2;
  }
  while (text[at] === ' ') at += 1;
  if (at === text.length) return last ? { value, end: at } : 'more';
  return fieldEnd(text, at, delimiter) === at ? { value, end: at } : 'quote_inside';
}

function fieldEnd(text: string, from: number, delimiter: string): number {
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === delimiter || character === '\n' || character === '\r') return at;
  }
  return text.length;
}
