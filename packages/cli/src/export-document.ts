/** An export as a file: read line by line, as often as it takes, after it was found whole. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type CollectionDefinition, type ExportedFile, type ExportLine, type Id, isExportedFile } from '@obhut/client';
import { usage } from './exit.ts';

export type ExportedRecord = Extract<ExportLine, { readonly record: Id }>;

export interface ExportDocument {
  /** When the export began. */
  readonly at: string;
  readonly collections: Readonly<Record<string, CollectionDefinition>>;
  /** How many records each collection has. */
  readonly counts: ReadonlyMap<string, number>;
  /** People without a record. */
  readonly bare: readonly Id[];
  readonly files: readonly ExportedFile[];
  records(collection: string): AsyncIterable<ExportedRecord>;
}

const isRecord = (line: ExportLine): line is ExportedRecord => 'record' in line;

async function* linesOf(path: string): AsyncGenerator<ExportLine> {
  const input = createReadStream(path);
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (text.trim() === '') continue;
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch {
      throw notWhole(path);
    }
    if (typeof line !== 'object' || line === null) throw notWhole(path);
    yield line as ExportLine;
  }
}

const notWhole = (path: string) =>
  usage({ de: `${path} ist kein ganzer Export von Obhut.`, en: `${path} is no whole export of Obhut.` });

/** @throws Failure where the file is no export, or one that broke off */
export async function openExport(path: string): Promise<ExportDocument> {
  let head: Extract<ExportLine, { readonly export: object }>['export'] | undefined;
  let done = false;
  const counts = new Map<string, number>();
  const files: ExportedFile[] = [];
  const bare = new Set<Id>();
  for await (const line of linesOf(path)) {
    if (done) throw notWhole(path);
    if (head === undefined) {
      if (!('export' in line)) throw notWhole(path);
      head = line.export;
    } else if ('done' in line) done = true;
    else if (isRecord(line)) {
      counts.set(line.collection, (counts.get(line.collection) ?? 0) + 1);
      bare.delete(line.person);
    } else if (isExportedFile(line)) files.push(line);
    else if ('person' in line) bare.add(line.person);
  }
  if (head === undefined || !done) throw notWhole(path);
  return {
    at: head.at,
    collections: head.collections,
    counts,
    bare: [...bare],
    files,
    async *records(collection) {
      for await (const line of linesOf(path)) if (isRecord(line) && line.collection === collection) yield line;
    },
  };
}
