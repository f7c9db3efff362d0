/** Which column becomes which field of a record. */
import type { CollectionDefinition, PropertySchema } from '@obhut/client';
import { type ColumnType, columnTypes, type Decimal } from './values.ts';

export interface ColumnMapping {
  readonly field: string;
  readonly type: ColumnType;
  readonly decimal?: Decimal | undefined;
}

/** A file that says it: `--map`. */
export interface MapFile {
  readonly collection?: string | undefined;
  readonly columns: Readonly<Record<string, ColumnMapping>>;
  readonly ignore?: readonly string[] | undefined;
  readonly decimal?: Decimal | undefined;
}

export type MappingProblem =
  | 'header_empty'
  | 'column_twice'
  | 'field_twice'
  | 'column_unknown'
  | 'column_missing'
  | 'field_unknown'
  | 'field_required'
  | 'type_unsupported'
  | 'map_invalid';

/** Nothing is sent before every column has its place. `name`: the column or field that has none. */
export class MappingError extends Error {
  override readonly name = 'MappingError';
  readonly problem: MappingProblem;
  readonly subject: string;
  constructor(problem: MappingProblem, subject: string) {
    super(`${problem}: ${subject}`);
    this.problem = problem;
    this.subject = subject;
  }
}

/** What happens to a column, in the order of the header. */
export type MappedColumn =
  | { readonly kind: 'field'; readonly header: string; readonly mapping: ColumnMapping }
  | { readonly kind: 'ignored'; readonly header: string }
  /** Without a name: it may be there (a separator at the end of each line), but must be empty. */
  | { readonly kind: 'empty' };

/** Umlauts written out, the rest to small letters, digits and `_`. */
export function fieldNameOf(header: string): string {
  const written: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' };
  return header
    .normalize('NFC')
    .toLowerCase()
    .replace(/[äöüß]/g, (letter) => written[letter] ?? letter)
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

/** The column type that a property's schema asks for. `undefined`: no field of a table can hold it. */
export function typeOf(schema: PropertySchema): ColumnType | undefined {
  const types = [schema.type ?? []].flat().filter((type) => type !== 'null');
  if (types.length === 0) return schema.enum === undefined ? undefined : 'text';
  if (types.includes('string')) return schema.format === 'date' ? 'date' : 'text';
  const [only, ...others] = types;
  if (others.length > 0) return undefined;
  return only === 'number' || only === 'integer' || only === 'boolean' ? only : undefined;
}

const sameHeader = (header: string) => header.normalize('NFC').trim();

function checkHeader(header: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of header) {
    if (name === '') continue;
    if (seen.has(sameHeader(name))) throw new MappingError('column_twice', name);
    seen.add(sameHeader(name));
  }
  if (seen.size === 0) throw new MappingError('header_empty', '');
}

export interface MappingInput {
  readonly header: readonly string[];
  readonly map?: MapFile | undefined;
  /** The collection's definition, where it is known. */
  readonly definition?: CollectionDefinition | undefined;
  readonly ignore?: readonly string[] | undefined;
}

/**
 * With a map, what it says; else each column goes to the field of its own name. A column without a place is refused: it
 * would be lost without anybody having decided so.
 * @throws MappingError
 */
export function mapColumns({ header, map, definition, ignore = [] }: MappingInput): readonly MappedColumn[] {
  checkHeader(header);
  const properties = definition?.schema.properties;
  const ignored = new Set([...ignore, ...(map?.ignore ?? [])].map(sameHeader));
  const given = new Map(Object.entries(map?.columns ?? {}).map(([name, mapping]) => [sameHeader(name), mapping]));
  const known = new Set(header.map(sameHeader));
  for (const name of given.keys()) if (!known.has(name)) throw new MappingError('column_missing', name);

  const columns = header.map((name): MappedColumn => {
    if (name === '') return { kind: 'empty' };
    if (ignored.has(sameHeader(name))) return { kind: 'ignored', header: name };
    const mapping = map === undefined ? byName(name, properties ?? {}) : given.get(sameHeader(name));
    if (mapping === undefined) throw new MappingError('column_unknown', name);
    if (properties !== undefined && !Object.hasOwn(properties, mapping.field)) {
      throw new MappingError('field_unknown', mapping.field);
    }
    return { kind: 'field', header: name, mapping: { decimal: map?.decimal, ...mapping } };
  });

  const fields = columns.flatMap((column) => (column.kind === 'field' ? [column.mapping.field] : []));
  const twice = fields.find((field, i) => fields.indexOf(field) !== i);
  if (twice !== undefined) throw new MappingError('field_twice', twice);
  const required = definition?.schema.required?.find((field) => !fields.includes(field));
  if (required !== undefined) throw new MappingError('field_required', required);
  return columns;
}

function byName(header: string, properties: Readonly<Record<string, PropertySchema>>): ColumnMapping | undefined {
  const field = fieldNameOf(header);
  const schema = Object.hasOwn(properties, field) ? properties[field] : undefined;
  if (schema === undefined) return undefined;
  const type = typeOf(schema);
  if (type === undefined) throw new MappingError('type_unsupported', field);
  return { field, type };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isDecimal = (value: unknown): value is Decimal | undefined =>
  [undefined, 'comma', 'point'].includes(value as string);

/** Reads a map. Whatever it does not know it refuses: a misspelt word would silently do something else. @throws MappingError */
export function parseMap(text: string): MapFile {
  let map: unknown;
  try {
    map = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new MappingError('map_invalid', 'JSON');
  }
  const refuse = (where: string): never => {
    throw new MappingError('map_invalid', where);
  };
  if (!isRecord(map)) return refuse('/');
  for (const key of Object.keys(map)) {
    if (!['collection', 'columns', 'ignore', 'decimal'].includes(key)) refuse(`/${key}`);
  }
  const { collection, columns, ignore, decimal } = map;
  if (collection !== undefined && !isText(collection)) return refuse('/collection');
  if (!isDecimal(decimal)) return refuse('/decimal');
  if (ignore !== undefined && !(Array.isArray(ignore) && ignore.every(isText))) return refuse('/ignore');
  if (!isRecord(columns)) return refuse('/columns');
  const mapped = Object.entries(columns).map(([name, column]): [string, ColumnMapping] => {
    const where = `/columns/${name}`;
    if (!isRecord(column) || Object.keys(column).some((key) => !['field', 'type', 'decimal'].includes(key)))
      return refuse(where);
    const { field, type = 'text', decimal: own } = column;
    if (!isText(field) || !/^[a-z][a-z0-9_]{0,39}$/.test(field)) return refuse(`${where}/field`);
    const known = columnTypes.find((candidate) => candidate === type);
    if (known === undefined) return refuse(`${where}/type`);
    if (!isDecimal(own)) return refuse(`${where}/decimal`);
    return [name, own === undefined ? { field, type: known } : { field, type: known, decimal: own }];
  });
  return { collection, columns: Object.fromEntries(mapped), ignore: ignore as string[] | undefined, decimal };
}
