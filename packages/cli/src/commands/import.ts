import { statSync } from 'node:fs';
import { newUuid } from '@obhut/client';
import { type Arguments, type Command, connectionOptions, positional } from '../command.ts';
import { canConnect, customerOf, idOf } from '../connection.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { planAsJson, planImport, showPlan } from '../import/plan.ts';
import { createRejects } from '../import/rejects.ts';
import { checkRows, type ImportRun, sendRows } from '../import/run.ts';
import { formatNumber } from '../language.ts';
import { printJson } from '../print.ts';
import { createProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';

const help = {
  de: `obhut import DATEI --customer ID --collection NAME [Optionen]

  Liest eine CSV-Datei ein. Kodierung und Trennzeichen werden erkannt; die Zuordnung wird gezeigt,
  bevor etwas gesendet wird. Zeilen, die nicht passen, werden genannt; die anderen gehen weiter.

  --map PLAN.json     {"columns": {"Geb.": {"field": "geburtsdatum", "type": "date"}},
                      "ignore": ["Notiz"]}; Typen: text, number, integer, date, boolean
  --ignore SPALTE     diese Spalte weglassen (mehrfach möglich)
  --match FELD        zur Person mit demselben Wert schreiben, sonst zu einer neuen
  --purpose ZWECK     Zweck der Suche bei --match; sonst migration
  --dry-run           alles prüfen, nichts senden
  --rejects DATEI     abgelehnte Zeilen hierhin, zum Verbessern und nochmal Einlesen
  --resume KENNUNG    nach einem Abbruch weitermachen, ohne etwas doppelt zu schreiben
  --encoding, --delimiter   statt der Erkennung, etwa cp850 und tab
  --json              je Ablehnung eine Zeile JSON, am Ende die Zahlen

Beispiel
  obhut import personal.csv --customer 4f1c… --collection personalakte --match personalnummer
`,
  en: `obhut import FILE --customer ID --collection NAME [options]

  Reads a CSV file. Encoding and delimiter are detected; the mapping is shown before anything is
  sent. Rows that do not fit are named; the others go on.

  --map MAP.json      {"columns": {"Born": {"field": "birth_date", "type": "date"}},
                      "ignore": ["Note"]}; types: text, number, integer, date, boolean
  --ignore COLUMN     leave this column out (may be repeated)
  --match FIELD       write to the person with the same value, else to a new one
  --purpose CODE      purpose of the search with --match; else migration
  --dry-run           check everything, send nothing
  --rejects FILE      rejected rows go here, to be corrected and imported again
  --resume KEY        go on after an interruption without writing anything twice
  --encoding, --delimiter   instead of detection, such as cp850 and tab
  --json              a line of JSON for each rejection, the counts at the end

Example
  obhut import staff.csv --customer 4f1c… --collection staff_file --match personnel_number
`,
};

async function run(terminal: Terminal, given: Arguments): Promise<ExitCode> {
  const file = positional(given, 0, 'FILE');
  const dryRun = given.flag('dry-run');
  const json = given.flag('json');
  const key = given.text('resume') === undefined ? newUuid() : idOf(given.required('resume'), '--resume');
  // With a map, a dry run needs nobody.
  const alone =
    dryRun && given.text('map') !== undefined && !(canConnect(terminal, given) && given.text('customer') !== undefined);
  const customer = alone ? undefined : customerOf(terminal, given);
  const plan = await planImport(file, given, customer);
  if (json) await printJson(terminal, planAsJson(plan));
  else terminal.say(`${showPlan(terminal, plan, file)}\n`);

  const progress = createProgress(terminal);
  const rejects = createRejects({
    terminal,
    progress,
    json,
    path: given.text('rejects'),
    headerRaw: plan.table.headerRaw,
  });
  const counts = { rows: 0, created: 0, updated: 0, already: 0 };
  const importing = { terminal, plan, rejects, progress, fileBytes: statSync(file).size, counts };
  try {
    if (dryRun || customer === undefined) await checkRows(importing);
    else {
      const [match, purpose] = [given.text('match'), given.text('purpose') ?? 'migration'];
      await sendRows(importing, { customer, key, match, purpose });
    }
  } catch (error) {
    progress.end();
    await summarise(importing, dryRun, json, false);
    if (!dryRun)
      terminal.say(
        `${terminal.t({ de: 'Weitermachen: denselben Befehl mit', en: 'To go on: the same command with' })} --resume ${key}\n`,
      );
    throw error;
  } finally {
    progress.end();
    await rejects.close();
  }
  await summarise(importing, dryRun, json, true);
  return rejects.count === 0 ? exitCodes.ok : exitCodes.failed;
}

async function summarise({ terminal, counts, rejects }: ImportRun, dryRun: boolean, json: boolean, done: boolean) {
  const { rows, created, updated, already } = counts;
  const rejected = rejects.count;
  if (json) {
    const taken = dryRun ? { valid: created } : { created, updated, already };
    return printJson(terminal, { done, dryRun, rows, ...taken, rejected });
  }
  const n = (value: number) => formatNumber(value, terminal.language);
  const taken = dryRun
    ? { de: `${n(created)} passen, nichts gesendet`, en: `${n(created)} fit, nothing sent` }
    : {
        de: `${n(created)} neu, ${n(updated)} geändert, ${n(already)} schon da`,
        en: `${n(created)} created, ${n(updated)} updated, ${n(already)} already there`,
      };
  const text = terminal.t({
    de: `${n(rows)} Zeilen gelesen: ${taken.de}, ${n(rejected)} abgelehnt\n`,
    en: `${n(rows)} rows read: ${taken.en}, ${n(rejected)} rejected\n`,
  });
  return terminal.out(text);
}

export const importCommand: Command = {
  words: 'import',
  summary: { de: 'eine CSV-Datei einlesen', en: 'import a CSV file' },
  help,
  options: {
    ...connectionOptions,
    customer: { type: 'string' },
    collection: { type: 'string' },
    map: { type: 'string' },
    ignore: { type: 'string', multiple: true },
    match: { type: 'string' },
    purpose: { type: 'string' },
    encoding: { type: 'string' },
    delimiter: { type: 'string' },
    'dry-run': { type: 'boolean' },
    rejects: { type: 'string' },
    resume: { type: 'string' },
  },
  positionals: 1,
  run,
};
