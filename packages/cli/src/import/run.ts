/** The rows of a file on their way to the server, and what becomes of each. */
import type { CustomerHandle, ImportRow, RefusedLine } from '@obhut/client';
import type { MappedColumn } from '../csv/mapping.ts';
import { reasonOf } from '../csv/phrases.ts';
import { recordOf } from '../csv/record.ts';
import { formatNumber } from '../language.ts';
import type { Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import type { Plan } from './plan.ts';
import type { Rejects } from './rejects.ts';

export interface Counts {
  rows: number;
  created: number;
  updated: number;
  already: number;
}

export interface ImportRun {
  readonly terminal: Terminal;
  readonly plan: Plan;
  readonly rejects: Rejects;
  readonly progress: Progress;
  readonly fileBytes: number;
  /** Counted as it goes, so that they can be told after a failure too. */
  readonly counts: Counts;
}

/** A row that was sent and is not answered. There are never more of them than go in one request. */
interface Sent {
  readonly line: number;
  readonly raw: string;
}

/** The rows that can be sent. The others go to the rejects. */
async function* goodRows(run: ImportRun, sent: (row: Sent) => void): AsyncGenerator<ImportRow> {
  const { terminal, plan, rejects, progress, fileBytes, counts } = run;
  const rowsSoFar = () => `${formatNumber(counts.rows, terminal.language)} ${terminal.t({ de: 'Zeilen', en: 'rows' })}`;
  for await (const { row, bytes } of plan.table.rows) {
    counts.rows += 1;
    progress.update(bytes / Math.max(1, fileBytes), rowsSoFar);
    const recorded = recordOf(row, plan.columns, plan.required);
    if ('data' in recorded) {
      sent({ line: row.line, raw: row.raw });
      yield { data: recorded.data };
      continue;
    }
    await rejects.add(
      row.raw,
      recorded.rejects.map((reject) => ({
        line: reject.line,
        ...(reject.column !== undefined && { column: reject.column }),
        code: reject.reason,
        reason: terminal.t(reasonOf(reject)),
      })),
    );
  }
}

/** Reads and checks the whole file, and sends nothing. */
export async function checkRows(run: ImportRun): Promise<void> {
  for await (const _row of goodRows(run, () => {})) run.counts.created += 1;
}

export interface Destination {
  readonly customer: CustomerHandle;
  readonly key: string;
  readonly match: string | undefined;
  readonly purpose: string;
}

/** @throws ObhutError; what was counted until then stands. */
export async function sendRows(run: ImportRun, { customer, key, match, purpose }: Destination): Promise<void> {
  const { plan, rejects, counts } = run;
  const waiting: Sent[] = [];
  const results = customer.import(
    goodRows(run, (row) => void waiting.push(row)),
    { collection: plan.collection, match, key, ...(match !== undefined && { reading: { purpose } }) },
  );
  for await (const result of results) {
    // Answers come in the order of the rows.
    const row = waiting.shift();
    if (result.status !== 'error') counts[result.status] += 1;
    else if (row !== undefined) await rejects.add(row.raw, [refusalOf(row.line, result, plan.columns)]);
  }
}

/** The server names a field by JSON pointer; the person at the keyboard knows the column. */
function refusalOf(line: number, { code, field, reason }: RefusedLine, columns: readonly MappedColumn[]) {
  const name = field?.replace(/^\/(data\/)?/, '').split('/')[0];
  const column = columns.find((candidate) => candidate.kind === 'field' && candidate.mapping.field === name);
  const header = column?.kind === 'field' ? column.header : undefined;
  return { line, ...(header !== undefined && { column: header }), code, reason: reason ?? code };
}
