import type { Practice } from '../../claims/vocabulary.ts';
import { open, practice } from '../later.ts';

const missing = {
  de: 'Prüfungen von Änderungen werden noch nicht geführt.',
  en: 'Reviews of changes are not recorded yet.',
};

export function createProductSecurity(): Practice {
  return practice('product-security', { de: 'Sicherheit des Produkts', en: 'Product security' }, [
    open(
      'product-security.reviewed',
      ['S40'],
      {
        de: 'Neues prüft das Sicherheitsteam, bevor es entsteht.',
        en: 'What is new the security team reviews before it is made.',
      },
      missing,
    ),
    open(
      'product-security.analysed',
      ['S41'],
      { de: 'Unser Code wird automatisch untersucht.', en: 'Our code is analysed automatically.' },
      missing,
    ),
    open(
      'product-security.released',
      ['S42'],
      {
        de: 'Nichts geht in Betrieb, das nicht geprüft und getestet ist.',
        en: 'Nothing goes into production that is not checked and tested.',
      },
      missing,
    ),
    open(
      'product-security.together',
      ['S43'],
      {
        de: 'Sicherheit und Entwicklung arbeiten eng zusammen.',
        en: 'Security and development work closely together.',
      },
      missing,
    ),
  ]);
}
