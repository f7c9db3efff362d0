import type { RestorePart } from '../practices/recovery/alone.ts';
import type { Language } from './language.ts';

/** What stands on the terminal when Obhut is up. */
export interface StartFacts {
  readonly version: string;
  readonly operator: string | undefined;
  readonly database: {
    readonly version: string;
    readonly where: string;
    readonly embedded: boolean;
    readonly relocated: boolean;
  };
  readonly safes: readonly string[];
  readonly sites: readonly {
    readonly name: string;
    readonly country: string;
    /** Its folder, or its bucket. */
    readonly where: string;
    /** What it lacks to restore everything by itself; `undefined` where it cannot be asked. */
    readonly lacks: readonly RestorePart[] | undefined;
  }[];
  readonly url: string;
  readonly metricsUrl: string;
  readonly hasTokens: boolean;
  /** While nobody has an account. */
  readonly firstOwnerLink: string | undefined;
  readonly warnings: readonly Warning[];
}

export type Warning =
  | 'one-site'
  | 'one-place'
  | 'few-roles'
  | 'country-assumed'
  | 'kit-not-rehearsed'
  | 'swap-on'
  | 'copy-on-write';

const words = {
  de: {
    unnamed: 'Betreiber noch nicht benannt',
    database: 'Datenbank',
    embedded: 'eingebettet',
    keys: 'Schlüssel',
    safes: (count: number) => (count === 1 ? '1 Tresor' : `${count} Tresore`),
    site: 'Standort',
    alone: 'stellt allein wieder her',
    notAlone: (lacks: string) => `stellt nicht allein wieder her (es fehlt: ${lacks})`,
    away: 'nicht erreichbar',
    parts: { backup: 'Sicherung', safe: 'Tresor', snapshot: 'Schlüsselabbild', ledger: 'Löschverzeichnis' },
    api: 'API',
    metrics: 'Metriken',
    relocated: 'Klon oder Datenordner liegen, wo PostgreSQLs Benutzer nicht hin kann: seine Dateien liegen hier.',
    console: 'Konsole',
    nobody: 'Noch niemand angemeldet. Einmal-Link für die erste Person (24 Std. gültig):',
    first: 'Noch kein Token. Das erste für die API gibt es auf dieser Maschine:',
    stop: 'Beenden: Strg-C',
    warnings: {
      'one-site': 'Ein Standort: nicht redundant. Stirbt diese Platte, sind alle Daten fort.',
      'one-place':
        'Alle Standorte auf einer Maschine oder ohne Adresse: nicht redundant. Brennt es dort, sind alle Daten fort (docs/sites.md).',
      'few-roles':
        'Weniger als drei Datenbankrollen: setze DATABASE_OWNER_URL und DATABASE_PROBE_URL (obhut db roles zeigt wie).',
      'country-assumed': 'Standort nicht erklärt: Deutschland ist angenommen. Nenne ihn in obhut.yaml.',
      'kit-not-rehearsed':
        'Notfallpaket noch nicht geprobt: ohne es öffnet niemand eine Sicherung, wenn diese Maschine fort ist (npm start -- recovery-kit).',
      'swap-on': 'Swap ist an: Schlüssel können auf die Platte geraten.',
      'copy-on-write': 'Ein Tresor liegt auf einem Dateisystem, das Altes behält (copy-on-write).',
    },
  },
  en: {
    unnamed: 'operator not named yet',
    database: 'Database',
    embedded: 'embedded',
    keys: 'Keys',
    safes: (count: number) => (count === 1 ? '1 safe' : `${count} safes`),
    site: 'Site',
    alone: 'restores alone',
    notAlone: (lacks: string) => `does not restore alone (it lacks: ${lacks})`,
    away: 'cannot be reached',
    parts: { backup: 'backup', safe: 'safe', snapshot: 'keyring snapshot', ledger: 'erasure ledger' },
    api: 'API',
    metrics: 'Metrics',
    relocated: "Clone or data folder lie where PostgreSQL's user cannot go: its files are here.",
    console: 'Console',
    nobody: 'Nobody has signed in yet. One-time link for the first person (valid for 24 hours):',
    first: 'No token yet. The first one for the API is made on this machine:',
    stop: 'Stop: Ctrl-C',
    warnings: {
      'one-site': 'One site: not redundant. If this disk dies, all data is gone.',
      'one-place':
        'All sites on one machine or without an address: not redundant. If it burns there, all data is gone (docs/sites.md).',
      'few-roles':
        'Fewer than three database roles: set DATABASE_OWNER_URL and DATABASE_PROBE_URL (obhut db roles shows how).',
      'country-assumed': 'Site not declared: Germany is assumed. Name it in obhut.yaml.',
      'kit-not-rehearsed':
        'Recovery kit not rehearsed yet: without it nobody opens a backup once this machine is gone (npm start -- recovery-kit).',
      'swap-on': 'Swap is on: keys can end up on the disk.',
      'copy-on-write': 'A safe lies on a file system that keeps old blocks (copy-on-write).',
    },
  },
} as const;

const column = 13;

export function startBanner(facts: StartFacts, language: Language): string {
  const t = words[language];
  const row = (label: string, ...cells: readonly string[]) =>
    `  ${label.padEnd(column)}${cells.filter(Boolean).join('   ')}`;
  const { database } = facts;
  const aloneOf = (lacks: readonly RestorePart[] | undefined) => {
    if (lacks === undefined) return t.away;
    return lacks.length === 0 ? t.alone : t.notAlone(lacks.map((part) => t.parts[part]).join(', '));
  };
  const lines = [
    '',
    `  Obhut ${facts.version} · ${facts.operator ?? t.unnamed}`,
    row(t.database, `${database.version}${database.embedded ? ` (${t.embedded})` : ''}`, database.where),
    ...(database.relocated ? [row('', t.relocated)] : []),
    row(t.keys, t.safes(facts.safes.length), facts.safes.join(', ')),
    ...facts.sites.map((site) => row(t.site, `${site.name} (${site.country})`, site.where, aloneOf(site.lacks))),
    row(t.console, `${facts.url}/konsole`),
    row(t.api, `${facts.url}/api`),
    row(t.metrics, facts.metricsUrl),
    '',
    ...facts.warnings.map((warning) => `  ! ${t.warnings[warning]}`),
    ...(facts.warnings.length > 0 ? [''] : []),
    ...(facts.firstOwnerLink === undefined ? [] : [`  ${t.nobody}`, `  ${facts.firstOwnerLink}`, '']),
    ...(facts.hasTokens ? [] : [`  ${t.first}`, '  npx obhut init --json', '']),
    `  ${t.stop}`,
    '',
  ];
  return lines.join('\n');
}
