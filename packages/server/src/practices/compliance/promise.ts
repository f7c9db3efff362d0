import type { Practice } from '../../claims/vocabulary.ts';
import { open, practice } from '../later.ts';

const register = {
  de: 'Dafür ist kein Zertifikat oder Prüfbericht hinterlegt.',
  en: 'No certificate or audit report is on file for this.',
};

export function createCompliance(): Practice {
  return practice('compliance', { de: 'Compliance', en: 'Compliance' }, [
    open(
      'compliance.standard',
      ['S9'],
      {
        de: 'Unser Maßstab sind die strengsten Kataloge für Datensicherheit und Datenschutz, und wir zeigen, wie weit wir sie erfüllen.',
        en: 'Our measure are the strictest catalogues for data security and privacy, and we show how far we meet them.',
      },
      { de: 'Die Kataloge sind noch nicht eingelesen.', en: 'The catalogues are not read in yet.' },
    ),
    open(
      'compliance.hosting',
      ['S10'],
      {
        de: 'Die Umgebung, in der wir arbeiten, ist jederzeit nach C5, HDS, G-Cloud, PCI, ISO 9001, 27001, 27017, 27018 und SOC 1, 2 und 3 geprüft.',
        en: 'The environment that we work in is audited at all times against C5, HDS, G-Cloud, PCI, ISO 9001, 27001, 27017, 27018 and SOC 1, 2 and 3.',
      },
      register,
      'attested',
    ),
    open(
      'compliance.organisation',
      ['S11'],
      { de: 'Als Organisation erfüllen wir SOC 2 ohne Lücke.', en: 'As an organisation we meet SOC 2 without a gap.' },
      register,
      'attested',
    ),
    open(
      'compliance.audit',
      ['S12'],
      { de: 'Jemand von außen prüft das regelmäßig.', en: 'Somebody from outside audits that regularly.' },
      register,
      'attested',
    ),
    open(
      'compliance.result',
      ['S13'],
      { de: 'Das aktuelle Ergebnis lässt sich herunterladen.', en: 'You can download the current result.' },
      register,
    ),
  ]);
}
