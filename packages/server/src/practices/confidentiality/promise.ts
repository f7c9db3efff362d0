import { hourMs, measured, type Practice } from '../../claims/vocabulary.ts';
import type { PracticeNeeds } from '../needs.ts';
import {
  customersAreTold,
  grantsAreComplete,
  logsAreConsistent,
  noStandingRights,
  openingsHaveEntries,
  readingWithoutEntry,
  usesHaveEntries,
} from './probes.ts';

const probe = { version: 1, everyMs: hourMs, timeoutMs: 60_000 };

export function createConfidentiality(needs: PracticeNeeds): Practice {
  return {
    id: 'confidentiality',
    title: { de: 'Vertraulichkeit', en: 'Confidentiality' },
    sentences: [
      {
        id: 'confidentiality.control',
        statements: ['S5'],
        text: {
          de: 'Wer von uns Kundendaten sieht, steht im Verlauf des Kunden, mit Grund, Zeit und Umfang; der Kunde erfährt es binnen 72 Stunden.',
          en: "Whoever of us sees customer data stands in the customer's history, with cause, time and scope; the customer is told within 72 hours.",
        },
        claims: [
          measured({
            id: 'confidentiality.uses-have-entries',
            predicate: {
              de: 'Zu jedem Zugriff im Verlauf gibt es seinen Eintrag im Protokoll des Kunden, mit derselben Freigabe.',
              en: "For every access in the history there is its entry in the customer's log, with the same grant.",
            },
            limits: {
              de: 'Zählt die letzten 90 Tage. Ein Zugriff am Programm vorbei stünde in keinem von beiden.',
              en: 'Counts the last 90 days. An access past the program would stand in neither.',
            },
            figures: {
              de: 'Zugriffe: {uses}, ohne Eintrag: {without}.',
              en: 'Accesses: {uses}, without an entry: {without}.',
            },
            references: [{ catalogue: 'C5:2026', id: 'IAM-07' }],
            probe: { ...probe, id: 'uses-have-entries', version: 3, run: usesHaveEntries },
          }),
          measured({
            id: 'confidentiality.customers-told',
            predicate: {
              de: 'Jeder Kunde erfuhr binnen 72 Stunden von jedem Zugriff der letzten 90 Tage.',
              en: 'Every customer was told within 72 hours of every access of the last 90 days.',
            },
            limits: {
              de: 'Erfuhr heißt: Der Mailserver hat die Mitteilung angenommen. Was zu spät kam, zählt 90 Tage lang, auch wenn es nachgeholt ist.',
              en: 'Told means: the mail server has taken the notice. What came too late counts for 90 days, also when it was made up for.',
            },
            figures: {
              de: 'Zugriffe: {accesses}, zu spät mitgeteilt: {toldLate}, überfällig: {overdue}.',
              en: 'Accesses: {accesses}, told too late: {toldLate}, overdue: {overdue}.',
            },
            references: [{ catalogue: 'C5:2026', id: 'IAM-07' }],
            probe: { ...probe, id: 'customers-told', version: 2, run: customersAreTold },
          }),
        ],
      },
      {
        id: 'confidentiality.need',
        statements: ['S6'],
        text: {
          de: 'Um Störungen zu untersuchen, brauchen manche von uns Einsicht. Ein dauerndes Recht darauf hat niemand.',
          en: 'To look into malfunctions some of us need to see data. Nobody has a standing right to it.',
        },
        claims: [
          measured({
            id: 'confidentiality.no-standing-rights',
            predicate: {
              de: 'Keine Rolle erlaubt es, ohne laufende Freigabe Daten zu sehen.',
              en: 'No role allows seeing data without an active grant.',
            },
            limits: {
              de: 'Gilt für Konten in Obhut; Dienste des Produkts haben eigene Token.',
              en: 'Counts for accounts of Obhut; services of the product have tokens of their own.',
            },
            references: [
              { catalogue: 'ISO 27001:2022', id: 'A.8.2' },
              { catalogue: 'SOC 2', id: 'CC6' },
            ],
            probe: { ...probe, id: 'no-standing-rights', run: noStandingRights(needs) },
          }),
        ],
      },
      {
        id: 'confidentiality.only-if-needed',
        statements: ['S7'],
        text: {
          de: 'Eingesehen wird nur mit Begründung, Zustimmung und Ende. Niemand stimmt sich selbst zu; Notfälle werden binnen eines Tages geprüft.',
          en: 'Data is only seen with a reason, consent and an end. Nobody agrees with themselves; emergencies are reviewed within a day.',
        },
        claims: [
          measured({
            id: 'confidentiality.grants-complete',
            predicate: {
              de: 'Keine Freigabe ohne Begründung, Zustimmung oder Ende; jeder Notfall binnen 24 Stunden geprüft.',
              en: 'No grant without reason, consent or end; every emergency reviewed within 24 hours.',
            },
            limits: {
              de: 'Freigaben des letzten Jahres. Eine verspätete Prüfung zählt 90 Tage lang. Ob eine Begründung gut ist, beurteilen Menschen.',
              en: 'Grants of the last year. A review that came late counts for 90 days. Whether a reason is a good one people judge.',
            },
            figures: {
              de: 'Freigaben: {grants}, unvollständig: {incomplete}, Notfälle ohne Prüfung: {unreviewed}, zu spät geprüft: {reviewedLate}.',
              en: 'Grants: {grants}, incomplete: {incomplete}, emergencies without a review: {unreviewed}, reviewed late: {reviewedLate}.',
            },
            references: [{ catalogue: 'C5:2026', id: 'IAM-06' }],
            probe: { ...probe, id: 'grants-complete', version: 2, run: grantsAreComplete },
          }),
        ],
      },
      {
        id: 'confidentiality.every-access',
        statements: ['S8'],
        text: {
          de: 'Ohne Eintrag keine Daten: Kein Zugriff wird beantwortet, bevor er unveränderlich protokolliert ist.',
          en: 'No entry, no data: no access is answered before it stands unchangeably in the log.',
        },
        claims: [
          measured({
            id: 'confidentiality.no-read-without-entry',
            predicate: {
              de: 'Auf jedem Weg der API, der Daten herausgeben kann, wird es ohne Anmeldung versucht, in der Einsicht mit jeder Rolle ohne Freigabe und mit einer fremden, an der inneren Tür ohne Beleg: alles abgewiesen.',
              en: "On every way of the API that can give out data it is tried without signing in, in the viewer with each role without a grant and with somebody else's, at the inner door without a receipt: all refused.",
            },
            limits: {
              de: 'Die Einsicht wird hinter der Anmeldung versucht, mit einem erfundenen Konto; eine fremde Freigabe nur, wenn gerade eine läuft. Von den inneren Türen wird die der Datensätze versucht. Wer den Server selbst beherrscht, hat andere Wege.',
              en: "The viewer is tried behind the sign-in, with an invented account; somebody else's grant only when one is active. Of the inner doors that of records is tried. Whoever controls the server itself has other ways.",
            },
            figures: {
              de: 'Versuchte Wege: {routes}, abgewiesen: {refused}. Versuchte Einsichten: {sessionsTried}, abgewiesen: {sessionsRefused}.',
              en: 'Ways tried: {routes}, refused: {refused}. Looks tried: {sessionsTried}, refused: {sessionsRefused}.',
            },
            references: [{ catalogue: 'C5:2020', id: 'OPS-10' }],
            probe: {
              ...probe,
              id: 'no-read-without-entry',
              version: 3,
              everyMs: hourMs / 4,
              run: readingWithoutEntry(needs),
            },
          }),
          measured({
            id: 'confidentiality.openings-reconciled',
            predicate: {
              de: 'Zu allem, was dieser Server entschlüsselt hat, steht der Eintrag im Protokoll.',
              en: 'For everything that this server has decrypted the entry stands in the log.',
            },
            limits: {
              de: 'Verglichen werden die letzten 4096 Entschlüsselungen seit dem Start.',
              en: 'The last 4096 decryptions since the start are compared.',
            },
            figures: {
              de: 'Verglichene Entschlüsselungen: {compared}, ohne Eintrag: {without}.',
              en: 'Openings compared: {compared}, without an entry: {without}.',
            },
            references: [{ catalogue: 'C5:2020', id: 'OPS-10' }],
            probe: { ...probe, id: 'openings-have-entries', everyMs: hourMs / 12, run: openingsHaveEntries(needs) },
          }),
          measured({
            id: 'confidentiality.logs-consistent',
            predicate: {
              de: 'Alle Protokolle sind noch die, die unterschrieben wurden; nichts ist entfernt oder geändert.',
              en: 'All logs are still those that were signed; nothing was removed or changed.',
            },
            limits: {
              de: 'Verglichen wird mit den Köpfen außerhalb der Datenbank, dazu eine Stichprobe von Einträgen. Alle Einträge prüft „obhut journal fsck“.',
              en: 'Compared with the heads outside the database, and with a sample of entries. Every entry is checked by "obhut journal fsck".',
            },
            figures: {
              de: 'Protokolle: {logs}, angesehene Einträge: {entries}, verändert: {broken}.',
              en: 'Logs: {logs}, entries looked at: {entries}, changed: {broken}.',
            },
            references: [{ catalogue: 'C5:2020', id: 'OPS-12' }],
            probe: { ...probe, id: 'logs-consistent', run: logsAreConsistent(needs) },
          }),
        ],
      },
    ],
  };
}
