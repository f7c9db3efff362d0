import type { Practice } from '../../claims/vocabulary.ts';
import { open, practice } from '../later.ts';

const missing = { de: 'Das zentrale Protokoll gibt es noch nicht.', en: 'There is no central log yet.' };

export function createLogging(): Practice {
  return practice('logging', { de: 'Protokollierung', en: 'Logging' }, [
    open(
      'logging.central',
      ['S36'],
      {
        de: 'Staging und Produktion schreiben in ein zentrales Protokoll.',
        en: 'Staging and production write into one central log.',
      },
      missing,
    ),
    open(
      'logging.kinds',
      ['S37'],
      {
        de: 'Es erfasst, was Sicherheit, Überwachung, Verfügbarkeit und Zugriffe betrifft, und weitere Kennzahlen.',
        en: 'It records what concerns security, monitoring, availability and access, and further figures.',
      },
      missing,
    ),
    open(
      'logging.analysed',
      ['S38'],
      {
        de: 'Software durchsucht es fortlaufend nach Anzeichen von Angriffen.',
        en: 'Software searches it for signs of attacks all the time.',
      },
      {
        de: 'Ohne zentrales Protokoll gibt es noch nichts zu durchsuchen, und noch keine Regeln dafür.',
        en: 'Without a central log there is nothing to search yet, and there are no rules for it.',
      },
    ),
    open(
      'logging.supervised',
      ['S39'],
      { de: 'Das Sicherheitsteam wacht darüber.', en: 'The security team watches over it.' },
      {
        de: 'Wer gerade wacht und wie schnell Fälle angesehen werden, wird noch nicht festgehalten.',
        en: 'Who is on watch and how soon cases are looked at is not recorded yet.',
      },
    ),
  ]);
}
