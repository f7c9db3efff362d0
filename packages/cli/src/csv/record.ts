/** A row as the data of a record. */
import type { MappedColumn } from './mapping.ts';
import type { ReadRow, RowProblem } from './rows.ts';
import { convertValue, type ValueProblem } from './values.ts';

export type RejectReason = RowProblem | ValueProblem | 'field_count' | 'column_unnamed' | 'required_empty';

/** Why a row is not taken: where and what, never the value. */
export interface Reject {
  readonly line: number;
  readonly column?: string | undefined;
  readonly reason: RejectReason;
  /** For `field_count`: how many there are, and should be. */
  readonly found?: number;
  readonly wanted?: number;
}

export type Recorded =
  | { readonly data: Readonly<Record<string, string | number | boolean>> }
  | { readonly rejects: readonly Reject[] };

/** @param required fields that a record must have; only those that a column stands for are looked at. */
export function recordOf(row: ReadRow, columns: readonly MappedColumn[], required: readonly string[] = []): Recorded {
  const { line } = row;
  if ('problem' in row) return { rejects: [{ line, reason: row.problem }] };
  const { fields } = row;
  if (fields.length !== columns.length) {
    return { rejects: [{ line, reason: 'field_count', found: fields.length, wanted: columns.length }] };
  }
  const data: Record<string, string | number | boolean> = {};
  const rejects: Reject[] = [];
  columns.forEach((column, i) => {
    const text = fields[i] ?? '';
    if (column.kind === 'ignored') return;
    if (column.kind === 'empty') {
      if (text !== '') rejects.push({ line, reason: 'column_unnamed' });
      return;
    }
    const { field, type, decimal } = column.mapping;
    const converted = convertValue(text, type, decimal);
    if ('problem' in converted) rejects.push({ line, column: column.header, reason: converted.problem });
    else if (converted.value !== undefined) data[field] = converted.value;
    else if (required.includes(field)) rejects.push({ line, column: column.header, reason: 'required_empty' });
  });
  return rejects.length > 0 ? { rejects } : { data };
}
