import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { ExportLine } from '@obhut/client';
import { type Command, connectionOptions } from '../command.ts';
import { customerOf } from '../connection.ts';
import { exitCodes, usage } from '../exit.ts';
import { formatNumber } from '../language.ts';
import { createProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';

/** A file appears under its name only when it is whole: who finds it may rely on it. Only its owner reads it. */
async function writeWhole(path: string, lines: AsyncIterable<string>): Promise<void> {
  // Known before anything is released.
  if (existsSync(path)) throw usage({ de: `${path} gibt es schon.`, en: `${path} exists already.` });
  const part = `${path}.${randomUUID()}.part`;
  const file = await open(part, 'wx', 0o600);
  try {
    for await (const line of lines) await file.write(line);
    await file.sync();
    await file.close();
    await rename(part, path);
  } finally {
    await file.close().catch(() => {});
    await rm(part, { force: true });
  }
}

async function* withProgress(
  terminal: Terminal,
  lines: AsyncIterable<ExportLine>,
  note: (line: ExportLine) => void,
): AsyncGenerator<string> {
  const progress = createProgress(terminal);
  let records = 0;
  const said = () => `${formatNumber(records, terminal.language)} ${terminal.t({ de: 'Datensätze', en: 'records' })}`;
  try {
    for await (const line of lines) {
      note(line);
      if ('record' in line) records += 1;
      // How much there will be is not known before the end.
      progress.update(0, said);
      yield `${JSON.stringify(line)}\n`;
    }
  } finally {
    progress.end();
  }
}

export const exportCommand: Command = {
  words: 'export',
  summary: { de: 'alle Daten eines Kunden ausführen', en: 'export all data of a customer' },
  help: {
    de: `obhut export --customer ID --purpose ZWECK [--collection NAME] [--out DATEI]

  Schreibt alle Datensätze als NDJSON, jede Person mit ihrem Beleg. Bricht es ab, entsteht keine Datei.

  --purpose ZWECK     warum: etwa portability, customer_request, migration
  --collection NAME   nur diese Sammlung
  --out DATEI         in diese Datei, die nur du lesen kannst; sonst Standardausgabe

Beispiel
  obhut export --customer 4f1c… --purpose portability --out kunde.ndjson
`,
    en: `obhut export --customer ID --purpose CODE [--collection NAME] [--out FILE]

  Writes all records as NDJSON, each person with a receipt. If it breaks off, there is no file.

  --purpose CODE      why: such as portability, customer_request, migration
  --collection NAME   only this collection
  --out FILE          to this file, which only you can read; else standard output

Example
  obhut export --customer 4f1c… --purpose portability --out customer.ndjson
`,
  },
  options: {
    ...connectionOptions,
    customer: { type: 'string' },
    purpose: { type: 'string' },
    collection: { type: 'string' },
    out: { type: 'string' },
  },
  positionals: 0,
  async run(terminal, given) {
    const customer = customerOf(terminal, given);
    const lines = customer.export({ purpose: given.required('purpose'), collection: given.text('collection') });
    let done: { people: number; records: number } | undefined;
    const texts = withProgress(terminal, lines, (line) => {
      if ('done' in line) done = line;
    });
    const out = given.text('out');
    if (out !== undefined) await writeWhole(out, texts);
    else for await (const text of texts) await terminal.out(text);
    const records = formatNumber(done?.records ?? 0, terminal.language);
    const people = formatNumber(done?.people ?? 0, terminal.language);
    terminal.say(
      terminal.t({
        de: `${records} Datensätze von ${people} Personen\n`,
        en: `${records} records of ${people} people\n`,
      }),
    );
    return exitCodes.ok;
  },
};
