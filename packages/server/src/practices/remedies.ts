/** For the team: what to do when a measured claim does not hold. Not shown on the public page. */
import type { Text } from '../claims/vocabulary.ts';

/** By claim. A test wants one for each measured claim. */
export const remedies: Readonly<Record<string, Text>> = {
  'location.sites': {
    de: 'In obhut.yaml steht ein Standort außerhalb der erlaubten Länder. Verlege ihn oder ändere „allowedCountries“.',
    en: 'obhut.yaml names a site outside of the allowed countries. Move it, or change "allowedCountries".',
  },
  'location.database': {
    de: 'Nenne in obhut.yaml unter „database.country“ das Land, in dem die Platten der Datenbank stehen; liegt es nicht unter „allowedCountries“, verlege sie.',
    en: 'Name in obhut.yaml under "database.country" the country where the disks of the database stand; if it is not among "allowedCountries", move it.',
  },
  'location.reachable': {
    de: 'Trage in obhut.yaml unter „page.contact“ eine Adresse ein, an die Schwachstellen gemeldet werden.',
    en: 'Give an address in obhut.yaml under "page.contact" to which weaknesses are reported.',
  },
  'encryption.own-keys': {
    de: 'Zu einem Datensatz fehlt die Person, oder zwei Personen haben einen Schlüssel. Halte die Datenbank fest und suche, wer an den Tabellen war.',
    en: 'A record has no person, or two people have one key. Keep the database as it is and find out who touched the tables.',
  },
  'location.refused-elsewhere': {
    de: 'Ein Standort in einem verbotenen Land wurde angenommen. Das ist ein Fehler in Obhut: halte den Stand fest und melde ihn.',
    en: 'A site in a forbidden country was accepted. That is a defect of Obhut: keep the state and report it.',
  },
  'location.page-in-log': {
    de: 'Ein Nachweis der Seite fehlt im Protokoll. Lass „obhut journal fsck“ laufen und prüfe, ob die Datenbank zurückgesetzt wurde (docs/recovery.md).',
    en: 'A proof of the page is missing in the log. Run "obhut journal fsck", and see whether the database was restored (docs/recovery.md).',
  },
  'confidentiality.uses-have-entries': {
    de: 'Im Verlauf steht ein Zugriff ohne Eintrag. Halte die Datenbank fest, lass „obhut journal fsck“ laufen, und suche, wer an den Tabellen war.',
    en: 'The history shows an access without an entry. Keep the database as it is, run "obhut journal fsck", and find out who touched the tables.',
  },
  'confidentiality.no-standing-rights': {
    de: 'Eine Regel erlaubt den Blick in Daten ohne Freigabe. Sieh dir die Regeln unter Einstellungen an.',
    en: 'A rule allows seeing data without a grant. Look at the policies under settings.',
  },
  'confidentiality.grants-complete': {
    de: 'Eine Freigabe lief ohne Zustimmung, Begründung oder rechtzeitige Prüfung. Öffne Freigaben und hole die Prüfung nach.',
    en: 'A grant ran without consent, justification or review in time. Open the grants and review it.',
  },
  'confidentiality.no-read-without-entry': {
    de: 'Ein Weg gab Daten ohne Eintrag heraus. Das ist ein Fehler in Obhut: halte den Server an und melde ihn.',
    en: 'A way gave out data without an entry. That is a defect of Obhut: stop the server and report it.',
  },
  'confidentiality.customers-told': {
    de: 'Eine Mitteilung an einen Kunden ist überfällig. Sieh unter Einstellungen, ob Mails ankommen, und rufe den Kunden an.',
    en: 'A notice to a customer is overdue. See under settings whether mail arrives, and call the customer.',
  },
  'sign-in-log.sessions-have-entries': {
    de: 'Eine Sitzung hat keine Anmeldung, oder eine Anmeldung keinen Eintrag. Melde alle ab und suche, wer an den Tabellen war.',
    en: 'A session has no sign-in, or a sign-in no entry. Sign everybody out and find out who touched the tables.',
  },
  'sign-in-log.device-type': {
    de: 'Zu einem Versuch fehlt die Geräteart. Sieh in die Anmeldungen; ein Vermittler könnte den User-Agent entfernen.',
    en: 'An attempt has no type of device. Look at the sign-ins; a proxy may remove the user agent.',
  },
  'sign-in-log.address-kept': {
    de: 'Zu einem Versuch fehlt die Herkunft. Prüfe „trustedProxies“ in den Einstellungen.',
    en: 'An attempt has no origin. Check "trustedProxies" in the settings.',
  },
  'two-factor.accounts': {
    de: 'Ein Konto hat keine zwei Faktoren. Setze es im Team zurück, dann richtet die Person sie neu ein.',
    en: 'An account lacks two factors. Reset it under team; then the person sets them up anew.',
  },
  'two-factor.one-is-refused': {
    de: 'Eine Anmeldung mit einem Faktor wurde nicht abgewiesen. Das ist ein Fehler in Obhut: melde ihn.',
    en: 'A sign-in with one factor was not refused. That is a defect of Obhut: report it.',
  },
  'two-factor.bad-passwords-refused': {
    de: 'Ein schwaches Passwort wurde angenommen, oder die Regeln sind alt. Aktualisiere Obhut.',
    en: 'A weak password was accepted, or the rules are old. Update Obhut.',
  },
  'erasure.carried-out': {
    de: 'Ein Löschauftrag wird nicht ausgeführt. Sieh im Protokoll des Servers nach, ob ein Standort fehlt oder die Datenbank nicht antwortet.',
    en: 'An order of erasure is not carried out. See in the log of the server whether a site is missing or the database does not answer.',
  },
  'erasure.in-time': {
    de: 'Ein Löschauftrag hat 24 Stunden überschritten. Bringe jeden Tresor zurück und schließe die Epoche (POST /v1/rollover); sage es dem Kunden.',
    en: 'An order of erasure took more than 24 hours. Bring every safe back and close the epoch (POST /v1/rollover); tell the customer.',
  },
  'erasure.epochs-gone': {
    de: 'In einem Tresor liegt der Schlüssel einer geschlossenen Epoche: Er kam aus einer Sicherung oder einem Abbild zurück. Vernichte ihn, und nimm den Tresor aus jeder Sicherung.',
    en: 'A safe holds the key of a closed epoch: it came back from a backup or a snapshot. Destroy it, and take the safe out of every backup.',
  },
  'erasure.ledger': {
    de: 'Sieh nach, welcher Standort mit dem Zweck „ledger“ nicht erreichbar ist oder eine andere erasures.ndjson hat. Mit dem nächsten Auftrag wird er nachgezogen. Fehlen Zeilen an jedem Standort, hat jemand sie entfernt: Nimm keine Sicherung in Betrieb.',
    en: 'Look which site with the purpose “ledger” cannot be reached or has another erasures.ndjson. The next order catches it up. If lines are missing at every site, somebody removed them: do not put a backup into operation.',
  },
  'erasure.canary': {
    de: 'Eine Kopie von vor der Löschung öffnet sich noch, oder ihre Epoche endet nicht. Halte den Stand fest und melde ihn; bis dahin gilt die Zusage nicht.',
    en: 'A copy from before the erasure still opens, or its epoch does not end. Keep the state and report it; until then the promise does not hold.',
  },
  'recovery.drilled': {
    de: 'Die Seite „Wiederherstellung“ der Konsole sagt, was bei der letzten Probe nicht stimmte; docs/recovery.md, was dann zu tun ist. Danach: npm start -- drill.',
    en: 'The page "Recovery" of the console says what was not right at the last drill; docs/recovery.md says what to do then. Afterwards: npm start -- drill.',
  },
  'recovery.backed-up': {
    de: 'Sieh im Protokoll des Servers nach, warum die Sicherung nicht ging oder an einem Standort fehlt (backup: …). Es wird alle Viertelstunde wieder versucht (docs/recovery.md).',
    en: 'See in the log of the server why the backup did not work, or is missing at a site (backup: …). It is tried again every quarter of an hour (docs/recovery.md).',
  },
  'recovery.alarms-arrive': {
    de: 'Prüfe die Wege für Alarme mit „obhut alarm test“, und nimm einen zweiten dazu (docs/alarms.md).',
    en: 'Check the routes for alarms with "obhut alarm test", and add a second one (docs/alarms.md).',
  },
  'recovery.source-nightly': {
    de: 'Sieh im Protokoll des Servers nach, welches Repository mit welchem Grund nicht gesichert wurde (docs/source-code.md). Es wird alle halbe Stunde wieder versucht.',
    en: 'See in the log of the server which repository was not backed up, and why (docs/source-code.md). It is tried again every half hour.',
  },
  'recovery.files-redundant': {
    de: 'Dateien liegen nicht an zwei getrennten Orten: Lege einen zweiten Standort für Objekte auf eine andere Maschine an einer anderen Adresse (docs/sites.md), oder bringe den Standort zurück, der fehlt. Sind Kopien verschieden, lade die Datei neu hoch.',
    en: 'Files do not lie at two places apart: put a second site for objects on another machine at another address (docs/sites.md), or bring back the site that is missing. Where copies differ, upload the file anew.',
  },
  'recovery.records-redundant': {
    de: 'Die letzte gute Sicherung liegt nur dort, wo die Datenbank steht, oder ist zu alt. Gib einem Standort an einem anderen Ort den Zweck „backups“ (docs/sites.md).',
    en: 'The last good backup lies only where the database stands, or is too old. Give a site at another place the purpose "backups" (docs/sites.md).',
  },
  'recovery.keys-redundant': {
    de: 'Ginge ein Ort verloren, fehlten die Schlüssel. Lege einen Tresor an einen anderen Ort, oder bringe den zurück, der fehlt oder beschädigt ist; bei dreien und mehr müssen zwei übrig bleiben (docs/sites.md).',
    en: 'If one place were lost, the keys would be missing. Put a safe at another place, or bring back the one that is missing or damaged; of three and more, two have to remain (docs/sites.md).',
  },
  'erasure.second-admin': {
    de: 'Ein Vorschlag, einen ganzen Kunden zu löschen, wurde von einer Person allein bestätigt. Halte die Datenbank fest und suche, wer an den Tabellen war.',
    en: 'A proposal to delete a whole customer was confirmed by one person alone. Keep the database as it is and find out who touched the tables.',
  },
  'erasure.holds-kept': {
    de: 'Ein Löschauftrag nahm, was gesperrt ist, oder wartet auf eine Sperre, die vorbei ist. Nimm den Auftrag zurück, solange das geht, und melde es.',
    en: 'An order of erasure took what is held, or waits for a hold that is over. Take the order back while that is possible, and report it.',
  },
  'erasure.retention-kept': {
    de: 'Datensätze sind länger da, als ihre Sammlung erlaubt. Sieh im Protokoll des Servers nach, warum der tägliche Lauf nicht zu Ende kommt.',
    en: 'Records are there longer than their collection allows. See in the log of the server why the daily turn does not come to its end.',
  },
  'erasure.followed': {
    de: 'Das Produkt hat eine Löschung seit drei Tagen nicht bestätigt. Sieh unter Löschungen, welche, und frage bei ihm nach.',
    en: 'The product has not confirmed an erasure for three days. See under erasures which, and ask it.',
  },
  'erasure.requests-answered': {
    de: 'Ein Verlangen nach Löschung ist überfällig. Beantworte es unter Löschungen, und sage der Person, warum es länger dauerte.',
    en: 'A request for erasure is overdue. Answer it under erasures, and tell the person why it took longer.',
  },
  'encryption.listener': {
    de: 'Das Zertifikat läuft bald ab, oder alte Protokolle werden angenommen. Erneuere es (docs/reverse-proxy.md).',
    en: 'The certificate ends soon, or old protocols are accepted. Renew it (docs/reverse-proxy.md).',
  },
  'encryption.outgoing': {
    de: 'Ein Weg ist unverschlüsselt. Zur Datenbank: nimm sslmode=verify-full in database.url und probeUrl. Webhooks: richte sie mit https neu ein.',
    en: 'A way is not encrypted. To the database: use sslmode=verify-full in database.url and probeUrl. Webhooks: set them up anew with https.',
  },
  'encryption.every-column': {
    de: 'In der Datenbank steht eine Spalte, die Obhut nicht kennt. Finde heraus, wer sie angelegt hat, und entferne sie.',
    en: 'The database has a column that Obhut does not know. Find out who made it, and remove it.',
  },
  'encryption.sealed-values': {
    de: 'Ein Wert, der versiegelt sein muss, ist es nicht. Halte die Datenbank fest und suche, wer ihn geschrieben hat.',
    en: 'A value that must be sealed is not. Keep the database and find out who wrote it.',
  },
  'confidentiality.logs-consistent': {
    de: 'Ein Protokoll passt nicht zu seinem unterschriebenen Kopf. Lass „obhut journal fsck“ laufen; wurde zurückgesetzt, hilft docs/recovery.md.',
    en: 'A log does not match its signed head. Run "obhut journal fsck"; after a restore see docs/recovery.md.',
  },
  'confidentiality.openings-reconciled': {
    de: 'Es wurde etwas entschlüsselt, dessen Eintrag nun fehlt. Halte den Server an, sichere die Datenbank und finde heraus, wer an den Tabellen war.',
    en: 'Something was decrypted whose entry is missing now. Stop the server, keep the database, and find out who touched the tables.',
  },
  'encryption.sealed-objects': {
    de: 'An einem Standort liegt eine Datei, die nicht versiegelt ist. Finde heraus, wer sie dort abgelegt hat, und nimm sie weg.',
    en: 'At a site lies a file that is not sealed. Find out who put it there, and take it away.',
  },
  'encryption.planted-values': {
    de: 'Ein ausgelegter Wert lag lesbar in einer Datei. Das Protokoll des Servers nennt die Datei. Melde es, wenn Obhut selbst sie schrieb.',
    en: 'A planted value lay readable in a file. The own log of the server names the file. Report it if Obhut itself wrote it.',
  },
  'encryption.key-ages': {
    de: 'Ein Schlüssel ist älter als zwei Jahre. Siehe docs/security-model.md, Abschnitt Schlüssel.',
    en: 'A key is older than two years. See docs/security-model.md, section on keys.',
  },
};
