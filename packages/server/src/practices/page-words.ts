import type { Text } from '../claims/vocabulary.ts';
import { accessibilityReport } from './accessibility.ts';

export const languages = ['de', 'en'] as const;
export type Language = (typeof languages)[number];

/** The words of the page that are not promises. */
const pageWords = {
  title: { de: 'Sicherheit', en: 'Security' },
  heading: { de: 'Was wir versprechen, und woran du es prüfst', en: 'What we promise, and how you check it' },
  lead: {
    de: 'Diese Seite wird nicht geschrieben, sie wird gemessen. Neben jedem Satz steht, was ihn belegt, wie alt der Beleg ist, und ein Weg, ihn selbst nachzurechnen. Was wir nicht belegen können, heißt hier „unbekannt“.',
    en: 'This page is not written, it is measured. Beside each sentence stands what proves it, how old that is, and a way to compute it yourself. What we cannot prove is called “unknown” here.',
  },
  checked: { de: 'Stand', en: 'As of' },
  promises: { de: 'Sätze', en: 'sentences' },
  holds: { de: 'gilt', en: 'holds' },
  fails: { de: 'gilt gerade nicht', en: 'does not hold now' },
  unknown: { de: 'unbekannt', en: 'unknown' },
  attested: { de: 'bezeugt', en: 'attested' },
  declared: { de: 'erklärt', en: 'declared' },
  /** Of a day that is over. */
  held: { de: 'galt', en: 'held' },
  heldNot: { de: 'galt nicht', en: 'did not hold' },
  notMeasuredThen: { de: 'nicht gemessen', en: 'not measured' },
  /** Behind a number of sentences. */
  manyHold: { de: 'gelten', en: 'hold' },
  manyFail: { de: 'gelten gerade nicht', en: 'do not hold now' },
  partly: { de: 'zum Teil unbekannt', en: 'partly unknown' },
  measured: { de: 'gemessen', en: 'measured' },
  until: { de: 'gilt bis', en: 'valid until' },
  notMeasured: {
    de: 'Das misst niemand; es ist zugesagt. Der Nachweis zeigt nur, wer es wann mit diesen Worten zugesagt hat.',
    en: 'Nobody measures this; it is vouched for. The proof shows only who vouched when, in these words.',
  },
  document: { de: 'Fingerabdruck des Dokuments (SHA-256)', en: 'Fingerprint of the document (SHA-256)' },
  verify: { de: 'selbst prüfen', en: 'verify yourself' },
  verifyAll: { de: 'Alles selbst prüfen', en: 'Verify everything yourself' },
  limits: { de: 'Was das nicht sagt', en: 'What this does not say' },
  missing: { de: 'Was fehlt', en: 'What is missing' },
  claims: { de: 'Womit das belegt ist', en: 'What proves it' },
  history: { de: '90 Tage', en: '90 days' },
  day: { de: 'Tag', en: 'Day' },
  state: { de: 'Stand', en: 'State' },
  about: { de: 'In eigenen Worten', en: 'In our own words' },
  aboutOwn: {
    de: 'Diesen Absatz haben wir geschrieben. Gemessen ist er nicht.',
    en: 'We wrote this paragraph. It is not measured.',
  },
  imprint: { de: 'Impressum', en: 'Imprint' },
  privacy: { de: 'Datenschutz', en: 'Privacy' },
  sites: { de: 'Standorte', en: 'Sites' },
  notRedundant: {
    de: 'Nicht redundant: Ginge ein Ort verloren, wären Daten fort.',
    en: 'Not redundant: if one place were lost, data would be gone.',
  },
  how: { de: 'So prüfst du ohne uns', en: 'How to check without us' },
  howText: {
    de: 'Jeder Nachweis ist ein Eintrag in einem öffentlichen, nur wachsenden Protokoll. „Selbst prüfen“ lädt den Eintrag, seinen Weg im Baum und den unterschriebenen Prüfpunkt, und dein Browser rechnet nach. Außerhalb des Browsers:',
    en: 'Every proof is an entry in a public log that only grows. “Verify yourself” loads the entry, its path in the tree and the signed checkpoint, and your browser computes. Outside of the browser:',
  },
  howLimits: {
    de: 'Das zeigt, dass wir es so gemessen und seither nichts geändert haben. Es zeigt nicht, dass die Messung alles sieht, und nicht, dass nie etwas verschwiegen wurde.',
    en: 'This shows that we measured it so and have changed nothing since. It does not show that the measurement sees everything, nor that nothing was ever left out.',
  },
  contact: { de: 'So erreichst du uns', en: 'How to reach us' },
  noContact: { de: 'Noch keine Adresse hinterlegt.', en: 'No address is given yet.' },
  accessibility: { de: 'Barrierefreiheit', en: 'Accessibility' },
  byHand: { de: 'Von Hand, mit curl, openssl und Node', en: 'By hand, with curl, openssl and Node' },
  report: { de: 'Barriere melden', en: 'Report a barrier' },
  accessibilityReport,
  twins: { de: 'Diese Seite als', en: 'This page as' },
  signIn: { de: 'Anmelden', en: 'Sign in' },
  other: { de: 'English', en: 'Deutsch' },
  preview: {
    de: 'Vorschau mit den Einstellungen von jetzt. Öffentlich wird das mit dem nächsten Start.',
    en: 'Preview with the settings as they are now. It becomes public at the next start.',
  },
  skip: { de: 'Zum Inhalt', en: 'Skip to content' },
} as const satisfies Readonly<Record<string, Text>>;

/** Why something is unknown, in words. */
export const reasons: Readonly<Record<string, Text>> = {
  'no-proof-yet': { de: 'noch nicht gemessen', en: 'not measured yet' },
  'too-old': { de: 'die letzte Messung ist zu alt', en: 'the last measurement is too old' },
  lapsed: { de: 'die Zusage ist abgelaufen', en: 'what was vouched for has lapsed' },
  'not-built': { de: 'noch nicht gebaut', en: 'not built yet' },
  'not-vouched': { de: 'niemand steht bisher dafür ein', en: 'nobody answers for it so far' },
  timeout: { de: 'die Messung dauerte zu lange', en: 'the measurement took too long' },
  'probe-failed': { de: 'die Messung ist gescheitert', en: 'the measurement failed' },
  'tls-elsewhere': { de: 'TLS endet nicht in Obhut selbst', en: 'TLS does not end in Obhut itself' },
  'port-not-fixed': { de: 'der Anschluss steht nicht fest', en: 'the port is not fixed' },
  'no-repositories': { de: 'kein Repository angegeben', en: 'no repository is named' },
  'no-backups': { de: 'Obhut sichert hier nicht', en: 'Obhut makes no backups here' },
  'drill-own-database': {
    de: 'eine eigene Datenbank wird nicht probeweise wiederhergestellt',
    en: 'a database of your own is not restored as a rehearsal',
  },
  'drill-no-room': {
    de: 'für eine Probe fehlt Platz auf dem Datenträger',
    en: 'there is no room on the disk for a rehearsal',
  },
  'drill-unchecked': {
    de: 'bei der Probe war nicht jede Prüfung möglich',
    en: 'not every check of the rehearsal could be made',
  },
  'no-alarm-route': { de: 'kein Weg für Alarme ist angegeben', en: 'no route for alarms is named' },
  'no-route-tested': {
    de: 'auf keinem Weg für Alarme ging bisher etwas',
    en: 'nothing was sent by any route for alarms yet',
  },
  'mail-not-tried': {
    de: 'der Mailserver war nicht zu erreichen oder wies uns ab',
    en: 'the mail server could not be reached, or refused us',
  },
  'nothing-yet': { de: 'noch nichts zu messen', en: 'nothing to measure yet' },
  'still-looking': { de: 'noch nicht alles angesehen', en: 'not everything was looked at yet' },
  'every-country-allowed': { de: 'jedes Land ist erlaubt', en: 'every country is allowed' },
  'country-not-given': { de: 'das Land ist nicht angegeben', en: 'the country is not given' },
  'no-contact': { de: 'keine Adresse hinterlegt', en: 'no address is given' },
  'files-not-here': {
    de: 'die Datenbank legt ihre Dateien anderswo ab',
    en: 'the database keeps its files elsewhere',
  },
  'search-is-blind': { de: 'die Suche sah nicht alle Dateien', en: 'the search did not see every file' },
  'rules-too-old': { de: 'die Regeln sind zu alt', en: 'the rules are too old' },
};

/** What the script in the browser says. */
const browserWords = {
  de: {
    loading: 'Dein Browser rechnet …',
    entry: 'Eintrag {index} von {size} geladen, sein Fingerabdruck ist {leaf}',
    path: '{steps} Schritte im Baum nach oben ergeben die Wurzel {root}',
    signature: 'Der Prüfpunkt trägt diese Wurzel und die Unterschrift von {signer}',
    says: 'Der Eintrag sagt dasselbe wie diese Seite: {claim}, {verdict}',
    consistent: 'Seit deinem letzten Besuch (Stand {size}) ist nichts entfernt oder geändert worden',
    first: 'Dein erster Besuch: Dein Browser merkt sich Schlüssel und Stand und vergleicht beim nächsten Mal',
    ok: 'Dein Browser hat nachgerechnet: Dieser Nachweis steht unverändert im Protokoll.',
    failed: 'Nicht bestätigt, beim Schritt „{step}“: {reason}',
    all: '{good} von {all} Nachweisen bestätigt',
    steps: {
      load: 'laden',
      file: 'Datei',
      checkpoint: 'Prüfpunkt',
      entry: 'Eintrag',
      path: 'Weg',
      root: 'Wurzel',
      content: 'Inhalt',
      key: 'Schlüssel',
      consistency: 'Vergleich mit deinem letzten Besuch',
    },
  },
  en: {
    loading: 'Your browser is computing …',
    entry: 'Entry {index} of {size} loaded, its fingerprint is {leaf}',
    path: '{steps} steps up the tree give the root {root}',
    signature: 'The checkpoint holds this root and the signature of {signer}',
    says: 'The entry says the same as this page: {claim}, {verdict}',
    consistent: 'Since your last visit (size {size}) nothing was removed or changed',
    first: 'Your first visit: your browser remembers key and size, and compares the next time',
    ok: 'Your browser has computed it: this proof stands unchanged in the log.',
    failed: 'Not verified, at the step “{step}”: {reason}',
    all: '{good} of {all} proofs verified',
    steps: {
      load: 'load',
      file: 'file',
      checkpoint: 'checkpoint',
      entry: 'entry',
      path: 'path',
      root: 'root',
      content: 'content',
      key: 'key',
      consistency: 'comparison with your last visit',
    },
  },
} as const;

type PageWord = keyof typeof pageWords;

/** What the page says otherwise with the Sie. */
const sieWords: Readonly<Partial<Record<PageWord, string>>> = {
  heading: 'Was wir versprechen, und woran Sie es prüfen',
  how: 'So prüfen Sie ohne uns',
  howText: pageWords.howText.de.replace('dein Browser', 'Ihr Browser'),
  contact: 'So erreichen Sie uns',
  accessibilityReport: accessibilityReport.de
    .replace('Stößt du', 'Stoßen Sie')
    .replace('melde sie', 'melden Sie sie')
    .replace('So erreichst du', 'So erreichen Sie')
    .replace('Bekommst du', 'Bekommen Sie'),
};

const sieBrowserWords = {
  ...browserWords.de,
  loading: 'Ihr Browser rechnet …',
  consistent: 'Seit Ihrem letzten Besuch (Stand {size}) ist nichts entfernt oder geändert worden',
  first: 'Ihr erster Besuch: Ihr Browser merkt sich Schlüssel und Stand und vergleicht beim nächsten Mal',
  ok: 'Ihr Browser hat nachgerechnet: Dieser Nachweis steht unverändert im Protokoll.',
  steps: { ...browserWords.de.steps, consistency: 'Vergleich mit Ihrem letzten Besuch' },
} as const;

/** @param form how people are addressed in German. */
export function wordsOf(language: Language, form: 'du' | 'sie') {
  const isSie = language === 'de' && form === 'sie';
  return {
    t: (word: PageWord): string => (isSie ? sieWords[word] : undefined) ?? pageWords[word][language],
    browser: isSie ? sieBrowserWords : browserWords[language],
  };
}
