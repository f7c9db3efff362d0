/** Rows that were not taken: told on the screen, and kept in a file that can be corrected and imported again. */
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { usage } from '../exit.ts';
import { printJson } from '../print.ts';
import type { Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';

/** One thing that is wrong with a row. Never holds a value. */
export interface Refusal {
  readonly line: number;
  readonly column?: string | undefined;
  /** Stable. */
  readonly code: string;
  /** In words. */
  readonly reason: string;
}

export interface Rejects {
  /** Rows refused so far. */
  readonly count: number;
  /** @param raw the row as it stands in the file. */
  add(raw: string, refusals: readonly Refusal[]): Promise<void>;
  close(): Promise<void>;
}

/** A person reads the first of them. A file with a wrong column has a million. */
const mostShown = 50;

export interface RejectsOptions {
  readonly terminal: Terminal;
  readonly progress: Progress;
  readonly json: boolean;
  /** `--rejects`. */
  readonly path: string | undefined;
  readonly headerRaw: string;
}

/** @throws Failure when the file exists. */
export function createRejects({ terminal, progress, json, path, headerRaw }: RejectsOptions): Rejects {
  if (path !== undefined && existsSync(path)) {
    throw usage({ de: `${path} gibt es schon.`, en: `${path} exists already.` });
  }
  let file: FileHandle | undefined;
  let count = 0;
  let shown = 0;

  async function show(refusal: Refusal): Promise<void> {
    if (json) return printJson(terminal, refusal);
    shown += 1;
    if (shown > mostShown + 1) return;
    const { line, column, reason } = refusal;
    const where = column === undefined ? '' : terminal.t({ de: `, Spalte „${column}“`, en: `, column "${column}"` });
    const more = terminal.t({ de: 'Weitere werden nur gezählt.', en: 'More are only counted.' });
    progress.line(shown > mostShown ? more : `${terminal.t({ de: 'Zeile', en: 'Line' })} ${line}${where}: ${reason}`);
  }

  return {
    get count() {
      return count;
    },
    async add(raw, refusals) {
      count += 1;
      for (const refusal of refusals) await show(refusal);
      if (path === undefined) return;
      file ??= await begin(path, headerRaw);
      await file.write(`${raw}\r\n`);
    },
    async close() {
      await file?.close();
    },
  };
}

/** With the mark of UTF-8, so that Excel opens it as what it is. */
async function begin(path: string, headerRaw: string): Promise<FileHandle> {
  const file = await open(path, 'wx', 0o600);
  await file.write(`\uFEFF${headerRaw}\r\n`);
  return file;
}
