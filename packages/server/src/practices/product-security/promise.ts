import type { Practice } from '../../claims/vocabulary.ts';
import { open, practice } from '../later.ts';

export function createProductSecurity(): Practice {
  return practice('product-security', { de: 'Sicherheit des Produkts', en: 'Product security' }, [
    open(
      'product-security.reviewed',
      ['S40'],
      {
        de: 'Neue Funktionen und Änderungen am Entwurf prüft das Sicherheitsteam, bevor sie gebaut werden.',
        en: 'The security team reviews new features and changes of design before they are built.',
      },
      {
        de: 'Welche Änderung wer geprüft hat, wird noch nicht festgehalten.',
        en: 'Which change was reviewed by whom is not recorded yet.',
      },
    ),
    open(
      'product-security.analysed',
      ['S41'],
      {
        de: 'Werkzeuge durchsuchen unseren Code automatisch nach Schwachstellen.',
        en: 'Tools search our code for weaknesses automatically.',
      },
      {
        de: 'Die Ergebnisse dieser Werkzeuge werden noch nicht eingelesen.',
        en: 'The results of these tools are not read in yet.',
      },
    ),
    open(
      'product-security.released',
      ['S42'],
      {
        de: 'In Betrieb geht nur, was geprüft und getestet ist.',
        en: 'Only what was checked and tested goes into production.',
      },
      {
        de: 'Noch hält nichts einen Stand auf, dessen Prüfung fehlt, und nichts hält fest, was ausgeliefert wurde.',
        en: 'Nothing stops a version yet whose checks are missing, and nothing records what was delivered.',
      },
    ),
    open(
      'product-security.together',
      ['S43'],
      {
        de: 'Sicherheitsteam und Entwicklung arbeiten eng zusammen.',
        en: 'The security team and the developers work closely together.',
      },
      {
        de: 'Wie lange ein Befund bis zur ersten Antwort und bis zur Behebung braucht, wird noch nicht gemessen.',
        en: 'How long a finding takes to its first answer and to its correction is not measured yet.',
      },
    ),
  ]);
}
