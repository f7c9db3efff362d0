/** An entry of the journal in words: who, when, what, why, how much. */
import type { JournalEntry } from '@obhut/client';
import { formatNumber, formatTime, type Language, type Text, zoneName } from './language.ts';

const kinds: Readonly<Record<string, Text>> = {
  'record.read': { de: 'Datensatz gelesen', en: 'record read' },
  'record.write': { de: 'Datensatz geschrieben', en: 'record written' },
  'record.delete': { de: 'Datensatz gelöscht', en: 'record deleted' },
  'records.list': { de: 'Datensätze aufgelistet', en: 'records listed' },
  'records.find': { de: 'nach Datensätzen gesucht', en: 'records searched' },
  'records.export': { de: 'Datensätze ausgeführt', en: 'records exported' },
  'file.read': { de: 'Datei gelesen', en: 'file read' },
  'file.write': { de: 'Datei gespeichert', en: 'file stored' },
  'file.delete': { de: 'Datei gelöscht', en: 'file deleted' },
  'person.create': { de: 'Person angelegt', en: 'person created' },
  'person.export': { de: 'alles über die Person ausgeführt', en: 'all about the person exported' },
  'journal.read': { de: 'Protokoll gelesen', en: 'journal read' },
  'journal.details': { de: 'versiegelte Angaben geöffnet', en: 'sealed details opened' },
  'journal.generation': { de: 'neue Reihe des Protokolls', en: 'new generation of the journal' },
  'service.seen': { de: 'Dienst gesehen', en: 'service seen' },
  'customer.create': { de: 'Kunde angelegt', en: 'customer created' },
  'collection.change': { de: 'Sammlung geändert', en: 'collection changed' },
  'token.create': { de: 'Token ausgestellt', en: 'token issued' },
  'token.revoke': { de: 'Token widerrufen', en: 'token revoked' },
  'erasure.withdrawn': { de: 'Löschung zurückgenommen', en: 'erasure taken back' },
  'erasure.final': { de: 'Löschung endgültig', en: 'erasure final' },
  'erasure.proposed': { de: 'Löschung des Kunden vorgeschlagen', en: 'erasure of the customer proposed' },
  'erasure.confirmed': { de: 'Löschung des Kunden bestätigt', en: 'erasure of the customer confirmed' },
  'erasure.declined': { de: 'Vorschlag der Löschung beendet', en: 'proposal of erasure ended' },
  'erasure.followed': { de: 'Löschung vom Produkt bestätigt', en: 'erasure confirmed by the product' },
  'request.noted': { de: 'Anfrage auf Löschung eingegangen', en: 'request for erasure noted' },
  'request.extended': { de: 'Frist der Anfrage verlängert', en: 'term of a request extended' },
  'request.ordered': { de: 'Löschung zur Anfrage beauftragt', en: 'erasure ordered for a request' },
  'request.answered': { de: 'Anfrage auf Löschung beantwortet', en: 'request for erasure answered' },
  'hold.placed': { de: 'Löschsperre gesetzt', en: 'legal hold placed' },
  'hold.lifted': { de: 'Löschsperre beendet', en: 'legal hold ended' },
  'epoch.closed': { de: 'Epoche geschlossen', en: 'epoch closed' },
  'erasure.ordered': { de: 'Löschung beauftragt', en: 'erasure ordered' },
  'epoch.open': { de: 'neue Schlüsselepoche', en: 'new key epoch' },
  'kit.rehearsed': { de: 'Notfallpaket geprobt', en: 'recovery kit rehearsed' },
  'alarm.open': { de: 'Alarm geöffnet', en: 'alarm opened' },
  'alarm.acknowledge': { de: 'Alarm bestätigt', en: 'alarm acknowledged' },
  'alarm.resolve': { de: 'Alarm behoben', en: 'alarm resolved' },
  'server.start': { de: 'Server gestartet', en: 'server started' },
  anchor: { de: 'andere Protokolle verankert', en: 'other logs anchored' },
};

const actors: Readonly<Record<string, Text>> = {
  service: { de: 'Dienst', en: 'service' },
  staff: { de: 'Mitarbeitende', en: 'staff' },
  admin: { de: 'Admin', en: 'admin' },
  system: { de: 'Obhut selbst', en: 'Obhut itself' },
};

const outcomes: Readonly<Record<string, Text>> = {
  authorised: { de: 'freigegeben', en: 'authorised' },
  done: { de: 'erledigt', en: 'done' },
  refused: { de: 'verweigert', en: 'refused' },
  ordered: { de: 'beauftragt', en: 'ordered' },
};

const purposes: Readonly<Record<string, Text>> = {
  service: { de: 'Leistung erbringen', en: 'provide the service' },
  customer_request: { de: 'Anfrage des Kunden', en: 'request of the customer' },
  person_request: { de: 'Anfrage der Person', en: 'request of the person' },
  billing: { de: 'Abrechnung', en: 'billing' },
  diagnosis: { de: 'Störung untersuchen', en: 'diagnose a malfunction' },
  security_review: { de: 'Sicherheitsprüfung', en: 'security review' },
  alert: { de: 'Alarm nachgehen', en: 'follow up an alert' },
  legal_demand: { de: 'Rechtliche Verpflichtung', en: 'legal obligation' },
  vital_interest: { de: 'Schutz von Leib und Leben', en: 'protection of life' },
  portability: { de: 'Daten mitnehmen', en: 'take the data along' },
  migration: { de: 'Übernahme aus einem anderen System', en: 'move from another system' },
};

/**
 * The word for a code, or the code itself where it is newer than this program. A proof file may come from anybody, so
 * what is shown of it has no control characters that a terminal would obey.
 */
function word(words: Readonly<Record<string, Text>>, code: string, language: Language): string {
  return (Object.hasOwn(words, code) ? words[code]?.[language] : undefined) ?? plain(code);
}

export function plain(value: unknown): string {
  return String(value)
    .replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?')
    .slice(0, 300);
}

function whoOf({ actor }: JournalEntry, language: Language): string {
  const kind = word(actors, actor?.kind, language);
  const more = [actor?.role, actor?.country].filter((part) => part !== undefined).map(plain);
  return `${kind} ${plain(actor?.id)}${more.length > 0 ? ` (${more.join(', ')})` : ''}`;
}

function scopeOf({ scope, subject }: JournalEntry, language: Language): string | undefined {
  const parts = [
    subject !== undefined && `${language === 'de' ? 'Person' : 'person'} ${plain(subject)}`,
    scope?.collection !== undefined && `${language === 'de' ? 'Sammlung' : 'collection'} ${plain(scope.collection)}`,
    scope?.fields !== undefined && `${language === 'de' ? 'Felder' : 'fields'} ${scope.fields.map(plain).join(', ')}`,
    typeof scope?.count === 'number' &&
      `${language === 'de' ? 'Anzahl' : 'count'} ${formatNumber(scope.count, language)}`,
  ].filter((part) => part !== false);
  return parts.length > 0 ? parts.join('; ') : undefined;
}

/** Each thing an entry says, with its label. */
export function entryInWords(entry: JournalEntry, language: Language): readonly (readonly [string, string])[] {
  const t = (text: Text) => text[language];
  const what = `${word(kinds, entry.kind, language)}, ${word(outcomes, entry.outcome, language)}`;
  const basis = entry.legalBasis === undefined ? '' : ` (${plain(entry.legalBasis)})`;
  const purpose = entry.purpose === undefined ? undefined : `${word(purposes, entry.purpose, language)}${basis}`;
  const refs = Object.entries(entry.refs ?? {}).map(([name, value]) => `${plain(name)} ${plain(value)}`);
  const lines: readonly (readonly [Text, string | undefined])[] = [
    [{ de: 'Wer', en: 'Who' }, whoOf(entry, language)],
    [{ de: 'Wann', en: 'When' }, `${formatTime(entry.at, language)} (${zoneName})`],
    [{ de: 'Was', en: 'What' }, what],
    [{ de: 'Zweck', en: 'Purpose' }, purpose],
    [{ de: 'Umfang', en: 'Scope' }, scopeOf(entry, language)],
    [{ de: 'Freigabe', en: 'Grant' }, entry.grant === undefined ? undefined : plain(entry.grant)],
    [{ de: 'Verweise', en: 'Refs' }, refs.length > 0 ? refs.join('; ') : undefined],
  ];
  return lines.flatMap(([label, value]) => (value === undefined ? [] : [[t(label), value] as const]));
}

/** The same on one line. */
export function entryLine(index: number, entry: JournalEntry, language: Language): string {
  const parts = [
    word(kinds, entry.kind, language),
    whoOf(entry, language),
    entry.purpose === undefined ? undefined : word(purposes, entry.purpose, language),
    scopeOf(entry, language),
  ].filter((part) => part !== undefined);
  return `${String(index).padStart(7)}  ${formatTime(entry.at, language)}  ${parts.join(' · ')}`;
}
