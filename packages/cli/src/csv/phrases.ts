/** What can be wrong with a file or a row, in words. Never with a value from it. */
import type { Text } from '../language.ts';
import type { MappingProblem } from './mapping.ts';
import type { Reject, RejectReason } from './record.ts';

const reasons: Readonly<Record<Exclude<RejectReason, 'field_count'>, Text>> = {
  quote_open: {
    de: 'ein Anführungszeichen wird nicht geschlossen',
    en: 'a quotation mark is never closed',
  },
  quote_inside: {
    de: 'hinter einem schließenden Anführungszeichen steht noch etwas',
    en: 'something stands behind a closing quotation mark',
  },
  row_too_long: { de: 'die Zeile ist zu lang', en: 'the line is too long' },
  undecodable: {
    de: 'ein Zeichen ist in dieser Kodierung keines (--encoding prüfen)',
    en: 'a character is none in this encoding (check --encoding)',
  },
  not_a_number: { de: 'keine Zahl', en: 'not a number' },
  number_unclear: {
    de: 'Zahl nicht eindeutig: Punkt oder Komma ("decimal" im Zuordnungsplan)',
    en: 'number is ambiguous: point or comma ("decimal" in the map)',
  },
  number_too_large: {
    de: 'mehr Stellen, als eine Zahl hier haben kann',
    en: 'more digits than a number can have here',
  },
  leading_zero: { de: 'führende Null: als Text zuordnen', en: 'leading zero: map it as text' },
  not_an_integer: { de: 'keine ganze Zahl', en: 'not a whole number' },
  not_a_date: { de: 'kein Datum (TT.MM.JJJJ)', en: 'not a date (DD.MM.YYYY)' },
  date_unreal: { de: 'diesen Tag gibt es nicht', en: 'there is no such day' },
  not_a_boolean: { de: 'weder ja noch nein', en: 'neither yes nor no' },
  column_unnamed: { de: 'ein Wert in einer Spalte ohne Namen', en: 'a value in a column without a name' },
  required_empty: { de: 'leer, aber Pflicht', en: 'empty, but required' },
};

/** Why a row is not taken, in words. */
export function reasonOf({ reason, found, wanted }: Reject): Text {
  if (reason !== 'field_count') return reasons[reason];
  return { de: `${found} Felder statt ${wanted}`, en: `${found} fields instead of ${wanted}` };
}

/** Why nothing is sent, in words. `subject` is a name of a column or field, or a place in the map. */
export function mappingProblemOf(problem: MappingProblem, subject: string): Text {
  switch (problem) {
    case 'header_empty':
      return { de: 'Die Datei hat keine Kopfzeile.', en: 'The file has no header.' };
    case 'column_twice':
      return { de: `Die Spalte „${subject}“ gibt es zweimal.`, en: `There are two columns "${subject}".` };
    case 'field_twice':
      return {
        de: `Zwei Spalten sollen in das Feld ${subject}.`,
        en: `Two columns are to go to the field ${subject}.`,
      };
    case 'column_unknown':
      return {
        de: `Für die Spalte „${subject}“ gibt es kein Feld. Ordne sie mit --map zu, oder lass sie mit --ignore weg.`,
        en: `There is no field for the column "${subject}". Map it with --map, or leave it out with --ignore.`,
      };
    case 'column_missing':
      return {
        de: `Die Spalte „${subject}“ aus dem Zuordnungsplan steht nicht in der Datei.`,
        en: `The column "${subject}" of the map is not in the file.`,
      };
    case 'field_unknown':
      return { de: `Die Sammlung hat kein Feld ${subject}.`, en: `The collection has no field ${subject}.` };
    case 'field_required':
      return {
        de: `Das Feld ${subject} ist Pflicht, aber keine Spalte füllt es.`,
        en: `The field ${subject} is required, but no column fills it.`,
      };
    case 'type_unsupported':
      return { de: `Das Feld ${subject} kann keine Spalte füllen.`, en: `No column can fill the field ${subject}.` };
    case 'map_invalid':
      return { de: `Der Zuordnungsplan ist nicht gültig: ${subject}`, en: `The map is not valid: ${subject}` };
  }
}
