import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type CustomerHandle, exportedFilePath, ObhutError } from '@obhut/client';
import { type Command, connectionOptions, positional } from '../command.ts';
import { customerOf } from '../connection.ts';
import { exitCodes, usage } from '../exit.ts';
import { type ExportDocument, openExport } from '../export-document.ts';
import { formatNumber } from '../language.ts';
import { printJson } from '../print.ts';
import { createProgress, type Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';

/** What came back, and what did not. */
interface Tally {
  people: number;
  records: number;
  files: number;
  /** Erased since the export; that is as it should be. */
  orderedAway: number;
  failed: number;
}

interface Work {
  readonly terminal: Terminal;
  readonly customer: CustomerHandle;
  readonly document: ExportDocument;
  readonly progress: Progress;
  readonly tally: Tally;
}

/** Those that are missing are made; another definition of the same name stays, and is named. */
async function bringCollections({ terminal, customer, document }: Work): Promise<void> {
  const there = new Map((await customer.collections.list()).map((one) => [one.name, one.definition]));
  for (const [name, definition] of Object.entries(document.collections)) {
    const own = there.get(name);
    if (own === undefined) await customer.collections.put(name, definition);
    else if (!isDeepStrictEqual(own, definition))
      terminal.say(
        terminal.t({
          de: `${name}: die Sammlung ist hier anders beschrieben; das bleibt so\n`,
          en: `${name}: the collection is described differently here; that stays\n`,
        }),
      );
  }
}

function refused({ terminal, progress, tally }: Work, what: string, code: string, more = ''): void {
  if (code === 'ordered_away') {
    tally.orderedAway += 1;
    return;
  }
  tally.failed += 1;
  progress.line(terminal.t({ de: `nicht: ${what}: ${code}${more}`, en: `not: ${what}: ${code}${more}` }));
}

async function bringRecords(work: Work): Promise<void> {
  const { terminal, customer, document, progress, tally } = work;
  const all = [...document.counts.values()].reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const collection of document.counts.keys()) {
    const lines: { readonly person: string; readonly record: string }[] = [];
    const rows = (async function* () {
      for await (const { person, record, data } of document.records(collection)) {
        lines.push({ person, record });
        yield { person, record, data };
      }
    })();
    for await (const result of customer.import(rows, { collection, exportedAt: document.at })) {
      const { person, record } = lines.shift() ?? { person: '', record: '' };
      seen += 1;
      if (result.status !== 'error') tally.records += 1;
      else {
        const place = `${collection}/${record} (${person})`;
        refused(work, place, result.code, result.field === undefined ? '' : ` ${result.field} ${result.reason ?? ''}`);
      }
      progress.update(seen / all, () =>
        terminal.t({
          de: `${formatNumber(seen, terminal.language)} Datensätze`,
          en: `${formatNumber(seen, terminal.language)} records`,
        }),
      );
    }
  }
}

/** A refusal of one is told, and the others go on; without a server nothing does. */
async function each<One>(
  work: Work,
  all: readonly One[],
  name: (one: One) => string,
  bring: (one: One) => Promise<void>,
) {
  for (const one of all) {
    try {
      await bring(one);
    } catch (error) {
      if (!(error instanceof ObhutError) || error.status < 400 || error.status >= 500) throw error;
      refused(work, name(one), error.code);
    }
  }
}

async function bringPeople(work: Work): Promise<void> {
  const { customer, document, tally } = work;
  await each(
    work,
    document.bare,
    (person) => person,
    async (person) => {
      await customer.people.create({ person, exportedAt: document.at });
      tally.people += 1;
    },
  );
}

async function bringFiles(work: Work, folder: string): Promise<void> {
  const { customer, document, tally } = work;
  await each(
    work,
    document.files,
    (line) => exportedFilePath(line),
    async (line) => {
      const content = await openAsBlob(join(folder, exportedFilePath(line))).catch(() => undefined);
      if (content === undefined || content.size !== line.bytes)
        return refused(work, exportedFilePath(line), 'content_missing');
      const { type, name } = line;
      await customer.person(line.person).file(line.file).put(content, { type, name, exportedAt: document.at });
      tally.files += 1;
    },
  );
}

/** A moment with its offset, no later than the export's. @throws Failure */
function asOf(text: string | undefined, exportedAt: string): string {
  if (text === undefined) return exportedAt;
  const at = /T.*(Z|[+-]\d\d:\d\d)$/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(at.getTime()) || at.getTime() > new Date(exportedAt).getTime())
    throw usage({
      de: '--as-of ist ein Zeitpunkt vor dem Export, mit Abweichung von UTC, etwa 2026-11-25T03:00:00+01:00.',
      en: '--as-of is a moment before the export, with its offset, such as 2026-11-25T03:00:00+01:00.',
    });
  return at.toISOString();
}

function say(terminal: Terminal, { people, records, files, orderedAway, failed }: Tally): string {
  const n = (value: number) => formatNumber(value, terminal.language);
  return terminal.t({
    de: `zurückgebracht: ${n(records)} Datensätze, ${n(people)} Personen ohne Datensatz, ${n(files)} Dateien; seither gelöscht und nicht zurückgebracht: ${n(orderedAway)}; abgelehnt: ${n(failed)}\n`,
    en: `brought back: ${n(records)} records, ${n(people)} people without a record, ${n(files)} files; erased since and not brought back: ${n(orderedAway)}; refused: ${n(failed)}\n`,
  });
}

export const bringBack: Command = {
  words: 'bring-back',
  summary: { de: 'einen Export zurückbringen', en: 'bring an export back' },
  help: {
    de: `obhut bring-back EXPORT --customer ID [--files ORDNER] [--as-of ZEIT]

  Schreibt einen Export von „obhut export“ zurück: Personen, Datensätze und Dateien unter ihren alten
  Kennungen, in denselben Kunden oder in einen neuen. Was da ist, wird auf den Stand des Exports gesetzt;
  was danach in dieser Installation gelöscht wurde, kommt nicht wieder. Fehlende Sammlungen werden
  angelegt. Bricht es ab: denselben Befehl noch einmal.
  Das Token braucht import, collections:read, collections:write, people:create und files:write.

  --files ORDNER      der Ordner von „obhut export --files“
  --as-of ZEIT        der Zeitpunkt der Sicherung, wenn der Export aus einer wiederhergestellten ist. Was
                      seither gelöscht wurde, bleibt weg; sonst zählt der Beginn des Exports

Beispiel
  obhut bring-back kunde.ndjson --customer 4f1c… --files kunde
`,
    en: `obhut bring-back EXPORT --customer ID [--files FOLDER] [--as-of TIME]

  Writes an export of "obhut export" back: people, records and files under their old ids, into the same
  customer or a new one. What is there is set to the state of the export; what was erased in this
  installation after it does not come back. Missing collections are made. If it breaks off: the same again.
  The token needs import, collections:read, collections:write, people:create and files:write.

  --files FOLDER      the folder of "obhut export --files"
  --as-of TIME        the moment of the backup, where the export is of a restored one. What was erased
                      since stays away; else the beginning of the export counts

Example
  obhut bring-back customer.ndjson --customer 4f1c… --files customer
`,
  },
  options: {
    ...connectionOptions,
    customer: { type: 'string' },
    files: { type: 'string' },
    'as-of': { type: 'string' },
  },
  positionals: 1,
  async run(terminal, given) {
    const whole = await openExport(positional(given, 0, 'EXPORT'));
    const document = { ...whole, at: asOf(given.text('as-of'), whole.at) };
    const tally: Tally = { people: 0, records: 0, files: 0, orderedAway: 0, failed: 0 };
    const work = {
      terminal,
      customer: customerOf(terminal, given),
      document,
      progress: createProgress(terminal),
      tally,
    };
    const folder = given.text('files');
    try {
      await bringCollections(work);
      await bringRecords(work);
      await bringPeople(work);
      if (folder !== undefined) await bringFiles(work, folder);
      else if (document.files.length > 0)
        work.progress.line(
          terminal.t({
            de: `${formatNumber(document.files.length, terminal.language)} Dateien bleiben weg: --files nennt den Ordner mit ihrem Inhalt`,
            en: `${formatNumber(document.files.length, terminal.language)} files are left away: --files names the folder with their content`,
          }),
        );
    } finally {
      work.progress.end();
    }
    if (given.flag('json')) await printJson(terminal, tally);
    else await terminal.out(say(terminal, tally));
    return tally.failed === 0 ? exitCodes.ok : exitCodes.failed;
  },
};
