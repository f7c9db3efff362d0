/** A CSV file with its header, read row by row in constant memory. */

import { detectDialect } from './dialect.ts';
import { decodeText, detectEncoding, readBytes, type TextPiece } from './encoding.ts';
import { MappingError } from './mapping.ts';
import { createRowReader, type ReadRow } from './rows.ts';

export interface TableOptions {
  /** By default what the file says by itself. */
  readonly encoding?: string | undefined;
  readonly delimiter?: string | undefined;
}

export interface TableRow {
  readonly row: ReadRow;
  /** Bytes of the file read so far. */
  readonly bytes: number;
}

export interface Table {
  readonly encoding: string;
  readonly delimiter: string;
  readonly header: readonly string[];
  /** The header as it stands in the file. */
  readonly headerRaw: string;
  /** The rows after the header. Can be gone through once. */
  readonly rows: AsyncGenerator<TableRow, void, undefined>;
}

const headCharacters = 65_536;

/** @throws MappingError `header_empty`; NotText; what the file system says. */
export async function openTable(path: string, options: TableOptions = {}): Promise<Table> {
  const encoding = options.encoding ?? (await detectEncoding(readBytes(path))).encoding;
  const pieces = decodeText(readBytes(path), encoding);
  let head = '';
  let bytes = 0;
  let ended = false;
  while (head.length < headCharacters && !ended) {
    const { done, value } = await pieces.next();
    ended = done === true;
    if (done === true) break;
    head += value.text;
    bytes = value.bytes;
  }
  const dialect = detectDialect(head);
  const delimiter = options.delimiter ?? dialect.delimiter;
  const reader = createRowReader(delimiter, 1 + dialect.skipLines);
  const first = reader.push(head.slice(dialect.skipCharacters));
  if (ended) first.push(...reader.end());
  const header = first.shift();
  if (header === undefined || 'problem' in header) throw new MappingError('header_empty', '');
  return {
    encoding,
    delimiter,
    header: header.fields,
    headerRaw: header.raw,
    rows: rowsOf(first, bytes, ended ? undefined : pieces, reader),
  };
}

async function* rowsOf(
  first: readonly ReadRow[],
  bytes: number,
  pieces: AsyncGenerator<TextPiece> | undefined,
  reader: ReturnType<typeof createRowReader>,
): AsyncGenerator<TableRow, void, undefined> {
  for (const row of first) yield { row, bytes };
  if (pieces === undefined) return;
  let read = bytes;
  for await (const piece of pieces) {
    read = piece.bytes;
    for (const row of reader.push(piece.text)) yield { row, bytes: read };
  }
  for (const row of reader.end()) yield { row, bytes: read };
}
