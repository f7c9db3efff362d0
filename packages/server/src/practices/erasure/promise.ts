import type { Practice } from '../../claims/vocabulary.ts';
import { open, practice } from '../later.ts';

export function createErasure(): Practice {
  return practice('erasure', { de: 'Löschung von Kundendaten', en: 'Erasure of customer data' }, [
    open(
      'erasure.any-time',
      ['S21'],
      {
        de: 'Admins löschen Kundendaten jederzeit selbst.',
        en: 'Admins delete customer data themselves, at any time.',
      },
      {
        de: 'Einzelne Datensätze und Dateien löscht die API; Personen, Sammlungen und ganze Kunden noch nicht.',
        en: 'The API deletes single records and files; people, collections and whole customers not yet.',
      },
    ),
    open(
      'erasure.irrevocable',
      ['S22'],
      {
        de: 'Spätestens nach 24 Stunden sind sie unwiederbringlich fort, auch aus jeder Sicherung.',
        en: 'After 24 hours at the latest they are gone irrevocably, from every backup too.',
      },
      {
        de: 'Die Epochen der Schlüssel enden noch nicht; deshalb gibt es noch keinen Löschbeleg.',
        en: 'The epochs of the keys do not end yet; so there is no receipt of erasure yet.',
      },
    ),
    open(
      'erasure.agreement',
      ['S23'],
      {
        de: 'Einzelheiten stehen in der Vereinbarung zur Auftragsverarbeitung.',
        en: 'Details stand in the data processing agreement.',
      },
      {
        de: 'Die Vereinbarung wird noch nicht aus dem erzeugt, was läuft.',
        en: 'The agreement is not made yet from what runs.',
      },
    ),
  ]);
}
