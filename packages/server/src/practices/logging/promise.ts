import type { Practice } from '../../claims/vocabulary.ts';
import { open, practice } from '../later.ts';

const missing = { de: 'Das zentrale Protokoll gibt es noch nicht.', en: 'There is no central log yet.' };

export function createLogging(): Practice {
  return practice('logging', { de: 'Protokollierung', en: 'Logging' }, [
    open(
      'logging.central',
      ['S36'],
      { de: 'Staging und Produktion protokollieren an einem Ort.', en: 'Staging and production log in one place.' },
      missing,
    ),
    open(
      'logging.kinds',
      ['S37'],
      {
        de: 'Zu Sicherheit, Überwachung, Verfügbarkeit, Zugriffen und weiteren Kennzahlen.',
        en: 'About security, monitoring, availability, access and further figures.',
      },
      missing,
    ),
    open(
      'logging.analysed',
      ['S38'],
      { de: 'Software wertet sie fortlaufend auf Angriffe aus.', en: 'Software analyses it for attacks all the time.' },
      missing,
    ),
    open(
      'logging.supervised',
      ['S39'],
      { de: 'Das Sicherheitsteam beaufsichtigt das.', en: 'The security team supervises that.' },
      missing,
    ),
  ]);
}
