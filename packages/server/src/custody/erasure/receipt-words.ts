/** The words of the printed receipt of erasure. */

export interface ReceiptWords {
  readonly title: string;
  readonly lead: string;
  readonly open: string;
  readonly what: string;
  readonly scope: string;
  readonly scopes: Readonly<Record<string, string>>;
  readonly people: string;
  readonly records: string;
  readonly files: string;
  readonly held: string;
  readonly order: string;
  readonly when: string;
  readonly ordered: string;
  readonly keysDead: string;
  readonly rowsRemoved: string;
  readonly epochClosed: string;
  readonly epoch: string;
  readonly safes: string;
  readonly due: string;
  readonly kept: string;
  readonly keptYes: string;
  readonly keptNo: string;
  readonly sitesMissed: string;
  readonly means: string;
  readonly meansText: string;
  readonly stays: string;
  readonly staysText: string;
  readonly staysHeld: string;
  readonly staysMissed: string;
  readonly verify: string;
  readonly verifyText: string;
  readonly download: string;
  readonly log: string;
  readonly entry: string;
  readonly key: string;
  readonly proof: string;
  readonly other: string;
  readonly zone: string;
}

const de: ReceiptWords = {
  title: 'Löschbeleg',
  lead: 'Ausgestellt von {operator}. Er enthält keine personenbezogenen Daten.',
  open: 'Dieser Auftrag ist noch nicht endgültig. Der Beleg steht hier, sobald die Epoche seiner Schlüssel geschlossen ist.',
  what: 'Was gelöscht wurde',
  scope: 'Umfang',
  scopes: {
    customer: 'alle Daten des Kunden',
    person: 'eine Person, mit allem',
    part: 'eine Person, ohne was gesperrt war',
    collection: 'eine Sammlung einer Person',
    record: 'ein Datensatz',
    file: 'eine Datei',
    retention: 'Datensätze, deren Frist abgelaufen war',
  },
  people: 'Personen',
  records: 'Datensätze',
  files: 'Dateien',
  held: 'unter Löschsperre geblieben',
  order: 'Auftrag',
  when: 'Wann es geschah',
  ordered: 'Beauftragt; der Zugriff endete',
  keysDead: 'Schlüssel tot: Kein lebender Schlüssel öffnet es',
  rowsRemoved: 'Zeilen und Dateien entfernt',
  epochClosed: 'Epoche geschlossen: Keine Kopie ist mehr lesbar',
  epoch: 'Epoche',
  safes: 'Ihr Schlüssel wurde zerstört in Tresor',
  due: 'Zugesagt bis',
  kept: 'Zusage',
  keptYes: 'eingehalten',
  keptNo: 'nicht eingehalten',
  sitesMissed: 'Standorte, die dabei fehlten',
  means: 'Was das heißt',
  meansText:
    'Alles Personenbezogene war unter Schlüsseln versiegelt, die selbst nur unter dem Schlüssel der Epoche lagen. Dieser ist überschrieben und entfernt. Damit ist jede Kopie unlesbar, die es irgendwo noch gibt: in Sicherungen, Replikaten und im Schreibprotokoll der Datenbank.',
  stays: 'Was bleibt',
  staysText:
    'Dass auf ein Pseudonym zugegriffen wurde, wann, in welcher Sammlung, zu welchem Zweck; und dieser Beleg. Klartext, den jemand vorher herauskopiert hat, ist außer Reichweite. Dass das Medium der Tresore wirklich vergisst, ist erklärt und nicht gemessen.',
  staysHeld:
    'Unter Löschsperre geblieben sind {held} Datensätze. Sie gehen mit einem eigenen Auftrag, wenn die Sperre endet.',
  staysMissed:
    'Ein Standort, der fehlte, hat versiegelte Dateien vielleicht noch. Sie sind unlesbar und gehen, sobald er zurück ist.',
  verify: 'Wie man ihn prüft',
  verifyText:
    'Der Beleg ist ein Eintrag im signierten Protokoll der Löschaufträge. Mit dem Text unten als Datei und dem Schlüssel prüft ihn jeder ohne Netz und ohne Obhut:',
  download: 'Beleg als Datei',
  log: 'Protokoll',
  entry: 'Eintrag',
  key: 'Schlüssel des Protokolls',
  proof: 'Der Beleg',
  other: 'English',
  zone: 'Zeiten in Europe/Berlin.',
};

const en: ReceiptWords = {
  title: 'Receipt of erasure',
  lead: 'Issued by {operator}. It holds no personal data.',
  open: 'This order is not final yet. The receipt stands here as soon as the epoch of its keys is closed.',
  what: 'What was erased',
  scope: 'Scope',
  scopes: {
    customer: 'all data of the customer',
    person: 'a person, with everything',
    part: 'a person, but what was held',
    collection: 'a collection of a person',
    record: 'a record',
    file: 'a file',
    retention: 'records whose term was over',
  },
  people: 'People',
  records: 'Records',
  files: 'Files',
  held: 'kept by a legal hold',
  order: 'Order',
  when: 'When it happened',
  ordered: 'Ordered; access ended',
  keysDead: 'Keys dead: no living key opens it',
  rowsRemoved: 'Rows and files removed',
  epochClosed: 'Epoch closed: no copy can be read any more',
  epoch: 'Epoch',
  safes: 'Its key was destroyed in safe',
  due: 'Promised by',
  kept: 'Promise',
  keptYes: 'kept',
  keptNo: 'not kept',
  sitesMissed: 'Sites that were away',
  means: 'What this means',
  meansText:
    'Everything personal was sealed under keys that themselves lay only under the key of the epoch. That one is overwritten and removed. With it every copy that still exists anywhere is unreadable: in backups, in replicas, and in the write-ahead log of the database.',
  stays: 'What stays',
  staysText:
    'That a pseudonym was accessed, when, in which collection, for what purpose; and this receipt. Plaintext that somebody copied out before is beyond reach. That the medium of the safes really forgets is declared, not measured.',
  staysHeld: '{held} records were kept by a legal hold. They go with an order of their own when the hold ends.',
  staysMissed: 'A site that was away may still have sealed files. They are unreadable, and go when it is back.',
  verify: 'How to verify it',
  verifyText:
    'The receipt is an entry of the signed log of orders of erasure. With the text below as a file, and the key, anybody verifies it without a network and without Obhut:',
  download: 'Receipt as a file',
  log: 'Log',
  entry: 'Entry',
  key: 'Key of the log',
  proof: 'The receipt',
  other: 'Deutsch',
  zone: 'Times in Europe/Berlin.',
};

export const receiptWords = { de, en } as const;
