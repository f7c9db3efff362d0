import type { Practice } from '../../claims/vocabulary.ts';
import { open, practice } from '../later.ts';

const missing = {
  de: 'Obhut kennt die Server noch nicht, und die Ergebnisse der Schwachstellensuche werden noch nicht eingelesen.',
  en: 'Obhut does not know the hosts yet, and the results of vulnerability scans are not read in.',
};

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
