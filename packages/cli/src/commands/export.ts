import { existsSync } from 'node:fs';
import { type CustomerHandle, type ExportedFile, type ExportLine, isExportedFile } from '@obhut/client';
import { type Command, connectionOptions } from '../command.ts';
import { customerOf } from '../connection.ts';
import { exitCodes, usage } from '../exit.ts';
import { type FetchedFiles, fetchFiles } from '../export-files.ts';
import { formatNumber } from '../language.ts';
import { createProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { writeWhole } from '../whole-file.ts';

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

async function takeFiles(
  terminal: Terminal,
  customer: CustomerHandle,
  files: readonly ExportedFile[],
  to: { readonly folder: string; readonly purpose: string },
): Promise<void> {
  const number = (count: number) => formatNumber(count, terminal.language);
  const progress = createProgress(terminal);
  let taken: FetchedFiles;
  try {
    taken = await fetchFiles(customer, files, { ...to, progress }, (count) =>
      terminal.t({ de: `${number(count)} Dateien`, en: `${number(count)} files` }),
    );
  } finally {
    progress.end();
  }
  const { fetched, there, gone } = taken;
  const more = [
    there > 0 && terminal.t({ de: `${number(there)} waren schon da`, en: `${number(there)} were there already` }),
    gone > 0 && terminal.t({ de: `${number(gone)} inzwischen gelöscht`, en: `${number(gone)} erased meanwhile` }),
  ].filter((one) => one !== false);
  const said = terminal.t({ de: `${number(fetched)} Dateien geholt`, en: `${number(fetched)} files fetched` });
  terminal.say(`${[said, ...more].join(', ')}\n`);
}

export const exportCommand: Command = {
  words: 'export',
  summary: { de: 'alle Daten eines Kunden ausführen', en: 'export all data of a customer' },
  help: {
    de: `obhut export --customer ID --purpose ZWECK [Optionen]

  Schreibt alle Datensätze als NDJSON, jede Person mit ihrem Beleg. Bricht es ab, entsteht keine Datei.
  Dateien stehen darin als Verzeichnis; --files holt auch ihren Inhalt (das Token braucht files:read).

  --purpose ZWECK     warum: etwa portability, customer_request, migration
  --collection NAME   nur diese Sammlung
  --out DATEI         in diese Datei, die nur du lesen kannst; sonst Standardausgabe
  --files ORDNER      der Inhalt der Dateien, als ORDNER/files/PERSON/DATEI-VERSION NAME. Was ganz da ist,
                      wird nicht noch einmal geholt: nach einem Abbruch noch einmal, mit anderem --out

Beispiel
  obhut export --customer 4f1c… --purpose portability --out kunde.ndjson --files kunde
`,
    en: `obhut export --customer ID --purpose CODE [options]

  Writes all records as NDJSON, each person with a receipt. If it breaks off, there is no file.
  Files are listed in it; with --files their content is fetched too (the token needs files:read).

  --purpose CODE      why: such as portability, customer_request, migration
  --collection NAME   only this collection
  --out FILE          to this file, which only you can read; else standard output
  --files FOLDER      the content of the files, as FOLDER/files/PERSON/FILE-VERSION NAME. What is whole
                      is not fetched again: after a break, once more with another --out

Example
  obhut export --customer 4f1c… --purpose portability --out customer.ndjson --files customer
`,
  },
  options: {
    ...connectionOptions,
    customer: { type: 'string' },
    purpose: { type: 'string' },
    collection: { type: 'string' },
    out: { type: 'string' },
    files: { type: 'string' },
  },
  positionals: 0,
  async run(terminal, given) {
    const customer = customerOf(terminal, given);
    const purpose = given.required('purpose');
    const [folder, collection] = [given.text('files'), given.text('collection')];
    if (folder !== undefined && collection !== undefined)
      throw usage({
        de: '--files geht nicht mit --collection: Dateien gehören zu keiner Sammlung.',
        en: '--files does not go with --collection: files belong to no collection.',
      });
    let done: { people: number; records: number } | undefined;
    const files: ExportedFile[] = [];
    const texts = withProgress(terminal, customer.export({ purpose, collection }), (line) => {
      if ('done' in line) done = line;
      else if (folder !== undefined && isExportedFile(line)) files.push(line);
    });
    const out = given.text('out');
    if (out !== undefined) {
      // Known before anything is released.
      if (existsSync(out)) throw usage({ de: `${out} gibt es schon.`, en: `${out} exists already.` });
      await writeWhole(out, texts);
    } else for await (const text of texts) await terminal.out(text);
    const records = formatNumber(done?.records ?? 0, terminal.language);
    const people = formatNumber(done?.people ?? 0, terminal.language);
    terminal.say(
      terminal.t({
        de: `${records} Datensätze von ${people} Personen\n`,
        en: `${records} records of ${people} people\n`,
      }),
    );
    if (folder !== undefined) await takeFiles(terminal, customer, files, { folder, purpose });
    return exitCodes.ok;
  },
};
