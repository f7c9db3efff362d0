import { hourMs, measured, minuteMs, type Practice } from '../../claims/vocabulary.ts';
import type { PracticeNeeds } from '../needs.ts';
import { objectsAreSealed } from './objects.ts';
import { plantedValuesAreSealed } from './planted.ts';
import { everyColumnIsDeclared, keyAges, ownListener, sealedValuesAreSealed } from './probes.ts';

const probe = { version: 1, everyMs: hourMs, timeoutMs: 60_000 };

export function createEncryption(needs: PracticeNeeds): Practice {
  return {
    id: 'encryption',
    title: { de: 'Verschlüsselung', en: 'Encryption' },
    sentences: [
      {
        id: 'encryption.in-transit',
        statements: ['S24'],
        text: {
          de: 'Alle Daten reisen nach den jüngsten Empfehlungen verschlüsselt.',
          en: 'All data travels encrypted by the latest recommendations.',
        },
        claims: [
          measured({
            id: 'encryption.listener',
            predicate: {
              de: 'Obhut spricht TLS 1.2 oder neuer, lehnt Älteres ab, und sein Zertifikat gilt noch mindestens 14 Tage.',
              en: 'Obhut speaks TLS 1.2 or later, refuses older versions, and its certificate is valid for at least 14 more days.',
            },
            limits: {
              de: 'Gilt, wo Obhut selbst TLS spricht. Davor stehende Vermittler misst es nicht.',
              en: 'Counts where Obhut speaks TLS itself. Proxies before it are not measured.',
            },
            references: [{ catalogue: 'ISO 27001:2022', id: 'A.8.24' }],
            probe: { ...probe, id: 'own-listener', timeoutMs: 20_000, run: ownListener(needs) },
          }),
        ],
      },
      {
        id: 'encryption.at-rest',
        statements: ['S25'],
        text: {
          de: 'Kundendaten liegen verschlüsselt, jede Person unter einem eigenen Schlüssel.',
          en: 'Customer data lies encrypted, each person under a key of their own.',
        },
        claims: [
          measured({
            id: 'encryption.every-column',
            predicate: {
              de: 'Jede Spalte der Datenbank ist erklärt: frei von Personenbezug, Prüfwert oder versiegelt.',
              en: 'Every column of the database is declared: free of personal data, digest or sealed.',
            },
            limits: {
              de: 'Dass eine als frei erklärte Spalte nichts Persönliches enthält, zeigt diese Messung nicht.',
              en: 'That a column declared free holds nothing personal this measurement does not show.',
            },
            references: [{ catalogue: 'C5:2020', id: 'CRY-03' }],
            probe: { ...probe, id: 'every-column-declared', run: everyColumnIsDeclared(needs) },
          }),
          measured({
            id: 'encryption.sealed-values',
            predicate: {
              de: 'Alle versiegelten Werte haben die Form der einen Chiffre, AES-256-GCM.',
              en: 'All sealed values have the form of the one cipher, AES-256-GCM.',
            },
            limits: {
              de: 'Geprüft werden bis zu 10.000 Werte je Spalte, an ihrer Form; geöffnet wird keiner.',
              en: 'Up to 10,000 values a column are checked, by their form; none is opened.',
            },
            references: [{ catalogue: 'C5:2020', id: 'CRY-03' }],
            probe: { ...probe, id: 'sealed-values', run: sealedValuesAreSealed(needs) },
          }),
          measured({
            id: 'encryption.planted-values',
            predicate: {
              de: 'Ein Wert, der wie der einer Person gespeichert wurde, steht in keiner Datei lesbar.',
              en: 'A value that was stored like that of a person is readable in no file.',
            },
            limits: {
              de: 'Gesucht wird in allen Dateien dieses Servers, die seither geschrieben wurden, in acht Schreibweisen; nicht im Arbeitsspeicher und nicht auf anderen Geräten.',
              en: 'All files of this server written since are searched, in eight encodings; not its memory and not other machines.',
            },
            references: [{ catalogue: 'C5:2020', id: 'CRY-03' }],
            probe: { ...probe, id: 'planted-values', timeoutMs: 15 * minuteMs, run: plantedValuesAreSealed(needs) },
          }),
          measured({
            id: 'encryption.sealed-objects',
            predicate: {
              de: 'Die abgelegten Dateien haben an jedem Standort die Form der einen Chiffre.',
              en: 'The stored files have the form of the one cipher at every site.',
            },
            limits: {
              de: 'Geprüft werden bis zu 200 Dateien je Standort, zufällig gewählt, an den ersten 4 KiB.',
              en: 'Up to 200 files a site are checked, chosen at random, by their first 4 KiB.',
            },
            references: [{ catalogue: 'C5:2020', id: 'CRY-03' }],
            probe: { ...probe, id: 'sealed-objects', run: objectsAreSealed(needs) },
          }),
          measured({
            id: 'encryption.key-ages',
            predicate: {
              de: 'Kein Schlüssel, unter dem heute neu verschlüsselt wird, ist älter als zwei Jahre.',
              en: 'No key under which anything is newly encrypted today is older than two years.',
            },
            limits: {
              de: 'Zählt die Schlüssel der Kunden und der Epochen, nicht den Wurzelschlüssel, den der Betreiber verwahrt.',
              en: 'Counts the keys of customers and epochs, not the root key that the operator keeps.',
            },
            references: [{ catalogue: 'C5:2020', id: 'CRY-04' }],
            probe: { ...probe, id: 'key-ages', run: keyAges },
          }),
        ],
      },
    ],
  };
}
