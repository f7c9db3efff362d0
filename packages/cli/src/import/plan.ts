/** What an import is going to do, decided and shown before anything is sent. */
import { readFileSync } from 'node:fs';
import type { CollectionDefinition, CustomerHandle } from '@obhut/client';
import type { Arguments } from '../command.ts';
import { delimiterOf } from '../csv/dialect.ts';
import { isEncoding, NotText } from '../csv/encoding.ts';
import { type MapFile, type MappedColumn, MappingError, mapColumns, parseMap } from '../csv/mapping.ts';
import { mappingProblemOf } from '../csv/phrases.ts';
import { openTable, type Table } from '../csv/table.ts';
import { failed, usage } from '../exit.ts';
import type { Terminal } from '../terminal.ts';

export interface Plan {
  readonly collection: string;
  readonly table: Table;
  readonly columns: readonly MappedColumn[];
  readonly required: readonly string[];
}

/** The collection to import to: from the option or the map; not two different ones. */
function collectionOf(given: Arguments, map: MapFile | undefined): string {
  const named = given.text('collection');
  if (named !== undefined && map?.collection !== undefined && named !== map.collection) {
    throw usage({
      de: `Der Zuordnungsplan ist für ${map.collection}, nicht für ${named}.`,
      en: `The map is for ${map.collection}, not for ${named}.`,
    });
  }
  return map?.collection ?? given.required('collection');
}

async function definitionOf(customer: CustomerHandle, name: string): Promise<CollectionDefinition> {
  const found = (await customer.collections.list()).find((collection) => collection.name === name);
  if (found !== undefined) return found.definition;
  throw failed('collection_unknown', {
    de: `Die Sammlung ${name} gibt es bei diesem Kunden nicht.`,
    en: `This customer has no collection ${name}.`,
  });
}

/**
 * @param customer `undefined` for a dry run without a server, which needs a map.
 * @throws Failure
 */
export async function planImport(file: string, given: Arguments, customer: CustomerHandle | undefined): Promise<Plan> {
  const encoding = given.text('encoding');
  if (encoding !== undefined && !isEncoding(encoding)) {
    throw usage({ de: `Die Kodierung ${encoding} ist nicht bekannt.`, en: `The encoding ${encoding} is not known.` });
  }
  const named = given.text('delimiter');
  const delimiter = named === undefined ? undefined : delimiterOf(named);
  if (named !== undefined && delimiter === undefined) {
    throw usage({ de: '--delimiter ist ein Zeichen, oder tab.', en: '--delimiter is one character, or tab.' });
  }
  try {
    const mapFile = given.text('map');
    const map = mapFile === undefined ? undefined : parseMap(readFileSync(mapFile, 'utf8'));
    const collection = collectionOf(given, map);
    const definition = customer === undefined ? undefined : await definitionOf(customer, collection);
    const table = await openTable(file, { encoding, delimiter });
    const columns = mapColumns({ header: table.header, map, definition, ignore: given.texts('ignore') });
    checkMatch(given.text('match'), columns, definition);
    return { collection, table, columns, required: definition?.schema.required ?? [] };
  } catch (error) {
    if (error instanceof MappingError) throw failed(error.problem, mappingProblemOf(error.problem, error.subject));
    if (!(error instanceof NotText)) throw error;
    throw failed('not_text', {
      de: 'Die Datei ist kein Text, oder UTF-16 ohne Kennung. Wenn sie es ist: --encoding utf-16le',
      en: 'The file is no text, or UTF-16 without its mark. If it is: --encoding utf-16le',
    });
  }
}

function checkMatch(
  match: string | undefined,
  columns: readonly MappedColumn[],
  definition: CollectionDefinition | undefined,
): void {
  if (match === undefined) return;
  if (!columns.some((column) => column.kind === 'field' && column.mapping.field === match)) {
    throw usage({ de: `Keine Spalte füllt das Feld ${match}.`, en: `No column fills the field ${match}.` });
  }
  if (definition !== undefined && definition.fields[match]?.lookup !== true) {
    throw usage({
      de: `Nach dem Feld ${match} kann nicht gesucht werden: in der Sammlung fehlt ihm lookup.`,
      en: `The field ${match} cannot be searched: the collection gives it no lookup.`,
    });
  }
}

const names: Readonly<Record<string, string>> = { '\t': 'tab' };

/** The plan in a few lines, or as one JSON value. */
export function showPlan(terminal: Terminal, { collection, table, columns }: Plan, file: string): string {
  const { t } = terminal;
  const delimiter = names[table.delimiter] ?? table.delimiter;
  const head = `${file}: ${table.encoding}, ${t({ de: 'Trennzeichen', en: 'delimiter' })} ${delimiter}, ${t({ de: 'Sammlung', en: 'collection' })} ${collection}`;
  const width = Math.max(...columns.map((column) => (column.kind === 'empty' ? 0 : column.header.length)));
  const lines = columns.flatMap((column) => {
    if (column.kind === 'empty') return [];
    const target =
      column.kind === 'ignored'
        ? t({ de: '(weggelassen)', en: '(left out)' })
        : `${column.mapping.field} (${column.mapping.type})`;
    return [`  ${column.header.padEnd(width)}  →  ${target}`];
  });
  return [head, ...lines].join('\n');
}

export function planAsJson({ collection, table, columns }: Plan): unknown {
  const mapping = columns.flatMap((column) => {
    if (column.kind === 'empty') return [];
    return [
      column.kind === 'ignored'
        ? { column: column.header, ignored: true }
        : { column: column.header, ...column.mapping },
    ];
  });
  return { collection, encoding: table.encoding, delimiter: table.delimiter, mapping };
}
