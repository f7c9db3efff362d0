import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRowReader, type ReadRow } from './rows.ts';

function readAll(text: string, delimiter = ';', width = text.length || 1): ReadRow[] {
  const reader = createRowReader(delimiter);
  const rows: ReadRow[] = [];
  for (let at = 0; at < text.length; at += width) rows.push(...reader.push(text.slice(at, at + width)));
  return [...rows, ...reader.end()];
}

const fieldsOf = (rows: readonly ReadRow[]) => rows.map((row) => ('fields' in row ? row.fields : row.problem));
const linesOf = (rows: readonly ReadRow[]) => rows.map(({ line }) => line);

describe('rows', () => {
  it.each([
    [
      'plain',
      'a;b\nc;d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'without a last line break',
      'a;b\r\nc;d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'of an old Mac',
      'a;b\rc;d\r',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['quoted, with all that may be inside', '"a;1";"b\n2";"c ""x"""\n', [['a;1', 'b\n2', 'c "x"']]],
    ['with spaces around', ' a ; "b " ;c\n', [['a', 'b', 'c']]],
    ['with empty fields', ';"";x\n', [['', '', 'x']]],
    ['with a quote in the middle of a field', 'Hans "Hansi" M.;3" Rohr\n', [['Hans "Hansi" M.', '3" Rohr']]],
    [
      'with blank lines and lines of separators',
      '\n\na;b\n  \n;;\nc;d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
  ])('%s', (_name, text, rows) => {
    expect(fieldsOf(readAll(text))).toEqual(rows);
  });

  it('know the line they begin on', () => {
    expect(linesOf(readAll('a\r\n"b\r\nb\nb"\r\n\r\nc\n'))).toEqual([1, 2, 6]);
  });

  it('keep their raw text', () => {
    expect(readAll('a;b\r\n"c\nc"; d\n').map(({ raw }) => raw)).toEqual(['a;b', '"c\nc"; d']);
  });

  it('behind an unclosed quote are not lost', () => {
    const text = 'a;b\n1;"open\n2;x\n3;"fine; too"\n4;y\n';
    const rows = readAll(text);
    expect(fieldsOf(rows)).toEqual([['a', 'b'], 'quote_inside', ['2', 'x'], ['3', 'fine; too'], ['4', 'y']]);
    expect(linesOf(rows)).toEqual([1, 2, 3, 4, 5]);
    expect(rows[1]?.raw).toBe('1;"open');
  });

  it('behind a quote that nothing ever closes are not lost either', () => {
    expect(fieldsOf(readAll('1;"open\n2;x\n3;y\n'))).toEqual(['quote_open', ['2', 'x'], ['3', 'y']]);
    const many = Array.from({ length: 200_000 }, (_, n) => `${n};some text\n`).join('');
    const rows = readAll(`1;"open\n${many}`, ';', 65_536);
    expect(rows).toHaveLength(200_001);
    expect(rows[0]).toMatchObject({ line: 1, problem: 'quote_open' });
    expect(rows.at(-1)).toMatchObject({ line: 200_001, fields: ['199999', 'some text'] });
  });

  it('with something behind a closing quote are named', () => {
    expect(fieldsOf(readAll('"a"b;c\nd;e\n'))).toEqual(['quote_inside', ['d', 'e']]);
  });

  it('without end are passed over, in bounded memory', () => {
    const rows = readAll(`a;b\n${'x'.repeat(3_000_000)}\nc;d\n`, ';', 65_536);
    expect(rows.map((row) => ('fields' in row ? row.fields : row.problem))).toEqual([
      ['a', 'b'],
      'row_too_long',
      ['c', 'd'],
    ]);
    expect(linesOf(rows)).toEqual([1, 2, 3]);
  });

  const delimiter = fc.constantFrom(';', ',', '\t', '|');
  const field = fc.string({
    unit: fc.constantFrom('a', 'ü', '"', ';', ',', '\t', '|', '\n', '\r', ' ', '1'),
    maxLength: 8,
  });

  it('come back as they were written', () => {
    const table = fc.array(fc.array(field, { minLength: 1, maxLength: 5 }), { maxLength: 8 });
    const ends = fc.constantFrom('\n', '\r\n');
    fc.assert(
      fc.property(table, delimiter, ends, fc.integer({ min: 1, max: 9 }), (rows, separator, end, width) => {
        const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = rows.map((row) => row.map(quote).join(separator) + end).join('');
        const expected = rows
          .map((row) => row.map((value) => value.trim()))
          .filter((row) => row.some((value) => value !== ''));
        expect(fieldsOf(readAll(text, separator, width))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('are those that csv-parse reads, on all that it reads', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', '""', ';', '\n', '1'), maxLength: 40 });
    fc.assert(
      fc.property(text, (csv) => {
        let expected: string[][];
        try {
          expected = parse(csv, {
            delimiter: ';',
            relax_column_count: true,
            skip_empty_lines: true,
            record_delimiter: '\n',
          });
        } catch {
          return; // not well-formed: ours goes on where the library stops
        }
        expect(fieldsOf(readAll(csv))).toEqual(
          expected
            .filter((row) => row.some((value) => value.trim() !== ''))
            .map((row) => row.map((value) => value.trim())),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('do not depend on how the text arrives, and no character gets lost', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ';', '\n', '\r', ' '), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 7 }), (csv, width) => {
        const whole = readAll(csv);
        expect(readAll(csv, ';', width)).toEqual(whole);
        const kept = whole.map(({ raw }) => raw).join('');
        const letters = (value: string) => value.replace(/[^a]/g, '');
        expect(letters(kept)).toBe(letters(csv));
      }),
      { numRuns: 2000 },
    );
  });
});
