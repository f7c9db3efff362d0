import type { Practice } from '../../claims/vocabulary.ts';
import { open, practice } from '../later.ts';

const missing = { de: 'Server werden noch nicht durchsucht.', en: 'Hosts are not scanned yet.' };

export function createHosts(): Practice {
  return practice('hosts', { de: 'Server', en: 'Hosts' }, [
    open(
      'hosts.scanned',
      ['S34'],
      {
        de: 'Server von Staging und Produktion werden automatisch auf Schwachstellen geprüft.',
        en: 'Hosts of staging and production are scanned for vulnerabilities automatically.',
      },
      missing,
    ),
    open(
      'hosts.corrected',
      ['S35'],
      { de: 'Was gefährlich ist, beheben wir, mit Frist.', en: 'What is dangerous we correct, with a deadline.' },
      missing,
    ),
  ]);
}
