import { hourMs, measured, minuteMs, type Practice } from '../../claims/vocabulary.ts';
import type { PracticeNeeds } from '../needs.ts';
import { objectsAreSealed } from './objects.ts';
import { waysOutAreEncrypted } from './outgoing.ts';
import { createKeysOfTheirOwn } from './own-keys.ts';
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
              de: 'Obhut spricht TLS 1.2 oder neuer mit den vom BSI empfohlenen Verfahren, lehnt Älteres und Schwächeres ab, und sein Zertifikat gilt noch mindestens 14 Tage.',
              en: 'Obhut speaks TLS 1.2 or later with the methods that the BSI recommends, refuses what is older or weaker, and its certificate is valid for at least 14 more days.',
            },
            limits: {
              de: 'Gilt, wo Obhut selbst TLS spricht. Davor stehende Vermittler misst es nicht. Liste: BSI TR-02102-2 (2025-01).',
              en: 'Counts where Obhut speaks TLS itself. Proxies before it are not measured. List: BSI TR-02102-2 (2025-01).',
            },
            references: [
              { catalogue: 'ISO 27001:2022', id: 'A.8.24' },
              { catalogue: 'SOC 2', id: 'CC6' },
            ],
            probe: { ...probe, id: 'own-listener', version: 2, timeoutMs: 40_000, run: ownListener(needs) },
          }),
          measured({
            id: 'encryption.outgoing',
            predicate: {
              de: 'Auch die Wege zur Datenbank, zum Mailserver und zu Webhooks sind verschlüsselt, oder sie verlassen diesen Server nicht.',
              en: 'The ways to the database, the mail server and webhooks are encrypted as well, or do not leave this server.',
            },
            limits: {
              de: 'Zum Mailserver wird verbunden, unverschlüsselt geht dorthin nichts. Von der Datenbank zählt, was sie über unsere Verbindungen sagt, von Webhooks ihre Adresse. Wohin der Mailserver weiterleitet, misst Obhut nicht.',
              en: 'The mail server is connected to, nothing goes there unencrypted. Of the database counts what it says of our connections, of webhooks their address. Where the mail server passes letters on is not measured.',
            },
            figures: {
              de: 'Verbindungen zur Datenbank: {databases}, offen: {openDatabases}. Webhooks: {webhooks}, offen: {openWebhooks}. Mailserver: {mailServers}.',
              en: 'Connections to the database: {databases}, open: {openDatabases}. Webhooks: {webhooks}, open: {openWebhooks}. Mail servers: {mailServers}.',
            },
            references: [{ catalogue: 'ISO 27001:2022', id: 'A.8.24' }],
            probe: { ...probe, id: 'ways-out-encrypted', run: waysOutAreEncrypted(needs.waysOut) },
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
            id: 'encryption.own-keys',
            predicate: {
              de: 'Zu jedem Datensatz und jeder Datei gehört eine Person mit einem Schlüssel, den keine andere desselben Kunden hat.',
              en: 'Every record and every file belongs to a person with a key that no other person of the same customer has.',
            },
            limits: {
              de: 'Alle werden angesehen, in Teilen: bei vielen Millionen reicht eine Messung nicht, und die nächste geht weiter. Verglichen werden die Kennungen der Schlüssel. Dass damit verschlüsselt ist, zeigen die Werte selbst erst beim Öffnen.',
              en: 'All are looked at, in parts: with many millions one measurement is not enough, and the next goes on. What is compared are the ids of the keys. That they were used for encrypting shows only when a value is opened.',
            },
            figures: {
              de: 'Personen: {persons}, Datensätze: {records}, Dateien: {files}; ohne eigenen Schlüssel: {wrong}.',
              en: 'Persons: {persons}, records: {records}, files: {files}; without a key of their own: {wrong}.',
            },
            references: [{ catalogue: 'C5:2020', id: 'CRY-03' }],
            probe: { ...probe, id: 'own-keys', version: 2, run: createKeysOfTheirOwn() },
          }),
          measured({
            id: 'encryption.every-column',
            predicate: {
              de: 'Jede Spalte der Tabellen von Obhut ist erklärt: frei von Personenbezug, Prüfwert oder versiegelt.',
              en: "Every column of Obhut's tables is declared: free of personal data, digest or sealed.",
            },
            limits: {
              de: 'Dass eine als frei erklärte Spalte nichts Persönliches enthält, zeigt diese Messung nicht.',
              en: 'That a column declared free holds nothing personal this measurement does not show.',
            },
            figures: {
              de: 'Spalten: {columns}, davon versiegelt: {sealed}, nicht erklärt: {undeclared}.',
              en: 'Columns: {columns}, of these sealed: {sealed}, not declared: {undeclared}.',
            },
            references: [{ catalogue: 'C5:2020', id: 'CRY-03' }],
            probe: { ...probe, id: 'every-column-declared', run: everyColumnIsDeclared(needs) },
          }),
          measured({
            id: 'encryption.sealed-values',
            predicate: {
              de: 'Die versiegelten Werte haben die Form der einen Chiffre, AES-256-GCM.',
              en: 'The sealed values have the form of the one cipher, AES-256-GCM.',
            },
            limits: {
              de: 'Geprüft werden alle, bei großen Tabellen jedes Mal andere 10.000 je Spalte, an ihrer Form; geöffnet wird keiner.',
              en: 'All are checked, in large tables another 10,000 a column each time, by their form; none is opened.',
            },
            figures: {
              de: 'Angesehene Werte: {values}, in anderer Form: {wrong}.',
              en: 'Values looked at: {values}, of another form: {wrong}.',
            },
            references: [{ catalogue: 'C5:2020', id: 'CRY-03' }],
            probe: { ...probe, id: 'sealed-values', version: 2, run: sealedValuesAreSealed(needs) },
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
            figures: {
              de: 'Gesuchte Werte: {planted}, durchsuchte Dateien: {files} ({megabytes} MB), lesbar gefunden: {readable}.',
              en: 'Values hunted: {planted}, files searched: {files} ({megabytes} MB), found readable: {readable}.',
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
            figures: {
              de: 'Standorte: {sites}, Dateien: {objects}, angesehen: {looked}, nicht versiegelt: {open}.',
              en: 'Sites: {sites}, files: {objects}, looked at: {looked}, not sealed: {open}.',
            },
            references: [{ catalogue: 'C5:2020', id: 'CRY-03' }],
            probe: { ...probe, id: 'sealed-objects', run: objectsAreSealed(needs) },
          }),
          measured({
            id: 'encryption.key-ages',
            predicate: {
              de: 'Kein Schlüssel eines Kunden und keiner einer Epoche, unter denen heute Schlüssel liegen, ist älter als zwei Jahre.',
              en: 'No key of a customer or an epoch under which keys are wrapped today is older than two years.',
            },
            limits: {
              de: 'Die Schlüssel einzelner Personen und Datensätze leben so lange wie deren Daten. Den Wurzelschlüssel verwahrt der Betreiber.',
              en: 'The keys of single people and records live as long as their data. The root key is kept by the operator.',
            },
            references: [{ catalogue: 'C5:2020', id: 'CRY-04' }],
            probe: { ...probe, id: 'key-ages', run: keyAges },
          }),
        ],
      },
    ],
  };
}
