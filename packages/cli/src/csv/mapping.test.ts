import type { CollectionDefinition } from '@obhut/client';
import { describe, expect, it } from 'vitest';
import { fieldNameOf, MappingError, type MappingInput, mapColumns, parseMap, typeOf } from './mapping.ts';

const definition: CollectionDefinition = {
  schema: {
    type: 'object',
    required: ['personalnummer'],
    properties: {
      personalnummer: { type: 'string' },
      geburtsdatum: { type: 'string', format: 'date' },
      groesse: { type: ['number', 'null'] },
      kinder: { type: 'integer' },
      aktiv: { type: 'boolean' },
      stufe: { enum: ['a', 'b'] },
      adressen: { type: 'array' },
    },
  },
  fields: {},
};

function problemOf(input: MappingInput): string {
  try {
    mapColumns(input);
    return 'none';
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    return `${error.problem} ${error.subject}`;
  }
}

describe('columns', () => {
  it('find their fields by name, and their types in the schema', () => {
    const header = ['Personalnummer', 'Geburtsdatum', 'Größe', 'Kinder', 'aktiv', 'STUFE', ''];
    const columns = mapColumns({ header, definition });
    expect(
      columns.map((column) => (column.kind === 'field' ? [column.mapping.field, column.mapping.type] : column.kind)),
    ).toEqual([
      ['personalnummer', 'text'],
      ['geburtsdatum', 'date'],
      ['groesse', 'number'],
      ['kinder', 'integer'],
      ['aktiv', 'boolean'],
      ['stufe', 'text'],
      'empty',
    ]);
  });

  it.each<[string, Partial<MappingInput>, string]>([
    ['twice', { header: ['Personalnummer', 'Personalnummer'] }, 'column_twice Personalnummer'],
    ['one field', { header: ['Personalnummer', 'PERSONALNUMMER'] }, 'field_twice personalnummer'],
    ['unknown', { header: ['Personalnummer', 'Schuhgröße'] }, 'column_unknown Schuhgröße'],
    ['ignored', { header: ['Personalnummer', 'Schuhgröße'], ignore: ['Schuhgröße'] }, 'none'],
    ['required', { header: ['Kinder'] }, 'field_required personalnummer'],
    ['a list', { header: ['Personalnummer', 'Adressen'] }, 'type_unsupported adressen'],
    ['no names', { header: ['', ''] }, 'header_empty '],
    ['not a property by inheritance', { header: ['Personalnummer', 'constructor'] }, 'column_unknown constructor'],
  ])('are refused: %s', (_name, input, problem) => {
    expect(problemOf({ header: [], definition, ...input })).toBe(problem);
  });

  it('go where the map says', () => {
    const map = parseMap(
      JSON.stringify({
        collection: 'akten',
        columns: { Nr: { field: 'personalnummer' }, Preis: { field: 'groesse', type: 'number', decimal: 'point' } },
        ignore: ['Rest'],
        decimal: 'comma',
      }),
    );
    const [nr, price, rest] = mapColumns({ header: ['Nr', 'Preis', 'Rest'], map, definition });
    expect(nr).toMatchObject({ mapping: { field: 'personalnummer', type: 'text', decimal: 'comma' } });
    expect(price).toMatchObject({ mapping: { type: 'number', decimal: 'point' } });
    expect(rest?.kind).toBe('ignored');
    expect(problemOf({ header: ['Nr'], map, definition })).toBe('column_missing Preis');
    expect(problemOf({ header: ['Nr', 'Preis', 'Neu'], map, definition })).toBe('column_unknown Neu');
    const other = { ...map, columns: { ...map.columns, Nr: { field: 'nummer', type: 'text' as const } } };
    expect(problemOf({ header: ['Nr', 'Preis'], map: other, definition })).toBe('field_unknown nummer');
  });

  it('are found however the umlaut was typed', () => {
    expect(fieldNameOf('Gro\u0308ße (cm)')).toBe('groesse_cm');
    expect(['Straße/Nr.', ' E-Mail ', 'René', 'Überstunden 2024'].map(fieldNameOf)).toEqual([
      'strasse_nr',
      'e_mail',
      'rene',
      'ueberstunden_2024',
    ]);
    expect(
      mapColumns({ header: ['Gro\u0308ße'], map: { columns: { Größe: { field: 'g', type: 'text' } } } }),
    ).toHaveLength(1);
  });

  it('take no type that is none', () => {
    expect(typeOf({ type: ['string', 'number'] })).toBe('text');
    expect(typeOf({ type: ['integer', 'boolean'] })).toBeUndefined();
    expect(typeOf({})).toBeUndefined();
  });

  it.each([
    '',
    '[]',
    '{}',
    '{"columns":{"a":{}}}',
    '{"columns":{"a":{"field":"B"}}}',
    '{"columns":{"a":{"field":"b","type":"x"}}}',
    '{"columns":{},"colums":{}}',
    '{"columns":{},"ignore":"a"}',
    '{"columns":{},"decimal":"dot"}',
  ])('take no map like %s', (text) => {
    expect(() => parseMap(text)).toThrow(MappingError);
  });
});
