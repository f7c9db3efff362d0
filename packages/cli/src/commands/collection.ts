import { readFileSync } from 'node:fs';
import type { CollectionDefinition } from '@obhut/client';
import { type Command, connectionOptions, positional } from '../command.ts';
import { customerOf } from '../connection.ts';
import { exitCodes, usage } from '../exit.ts';
import { printJson, printTable } from '../print.ts';

function definitionOf(file: string): CollectionDefinition {
  try {
    return JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) as CollectionDefinition;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw usage({ de: `${file} ist kein JSON.`, en: `${file} is no JSON.` });
  }
}

const put: Command = {
  words: 'collection put',
  summary: { de: 'eine Sammlung anlegen oder ändern', en: 'create or change a collection' },
  help: {
    de: `obhut collection put --customer ID NAME DATEI.json [--json]

  DATEI.json sagt, was ein Datensatz enthält und wie jedes Feld zu behandeln ist:
  {"schema": {"type": "object", "properties": {"nummer": {"type": "string"}}},
   "fields": {"nummer": {"class": "personal", "lookup": true}}}
  Klassen: plain, personal, sensitive. lookup: danach kann gesucht werden.

Beispiel
  obhut collection put --customer 4f1c… personalakte personalakte.json
`,
    en: `obhut collection put --customer ID NAME FILE.json [--json]

  FILE.json says what a record holds and how each field is to be treated:
  {"schema": {"type": "object", "properties": {"number": {"type": "string"}}},
   "fields": {"number": {"class": "personal", "lookup": true}}}
  Classes: plain, personal, sensitive. lookup: it can be searched for.

Example
  obhut collection put --customer 4f1c… staff_file staff-file.json
`,
  },
  options: { ...connectionOptions, customer: { type: 'string' } },
  positionals: 2,
  async run(terminal, given) {
    const name = positional(given, 0, 'NAME');
    const definition = definitionOf(positional(given, 1, 'FILE.json'));
    const { version, backfill } = await customerOf(terminal, given).collections.put(name, definition);
    if (given.flag('json')) await printJson(terminal, { name, version, backfill });
    else {
      const running = {
        de: '; ältere Datensätze werden gerade auffindbar gemacht',
        en: '; older records are being made findable',
      };
      await terminal.out(
        `${name}: ${terminal.t({ de: 'Fassung', en: 'version' })} ${version}${backfill === 'running' ? terminal.t(running) : ''}\n`,
      );
    }
    return exitCodes.ok;
  },
};

const list: Command = {
  words: 'collection list',
  summary: { de: 'die Sammlungen eines Kunden auflisten', en: 'list the collections of a customer' },
  help: {
    de: `obhut collection list --customer ID [--json]

Beispiel
  obhut collection list --customer 4f1c…
`,
    en: `obhut collection list --customer ID [--json]

Example
  obhut collection list --customer 4f1c…
`,
  },
  options: { ...connectionOptions, customer: { type: 'string' } },
  positionals: 0,
  async run(terminal, given) {
    const collections = await customerOf(terminal, given).collections.list();
    if (given.flag('json')) for (const collection of collections) await printJson(terminal, collection);
    else
      await printTable(
        terminal,
        collections.map(({ name, version, definition }) => [
          name,
          `${version}`,
          Object.keys(definition.fields).join(', '),
        ]),
      );
    return exitCodes.ok;
  },
};

export const collectionCommands = [put, list];
