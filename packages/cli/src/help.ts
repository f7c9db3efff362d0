import { commands } from './commands.ts';
import type { Language } from './language.ts';

const heads = {
  de: 'obhut: Daten in Obhut geben, ausführen und prüfen\n',
  en: 'obhut: give data into custody, take it out, and verify\n',
};

const feet = {
  de: `
OBHUT_URL oder --url, sonst http://localhost:8420. OBHUT_TOKEN oder --token-file DATEI.
--json für Maschinen. „obhut BEFEHL --help“ zeigt mehr, mit Beispiel.
Ende: 0 gut, 1 Fehler oder Nein, 2 Aufruf, 3 abgelehnt (4xx), 4 nicht erreichbar (503)
`,
  en: `
OBHUT_URL or --url, else http://localhost:8420. OBHUT_TOKEN or --token-file FILE.
--json for machines. "obhut COMMAND --help" shows more, with an example.
Exit: 0 good, 1 failed or no, 2 usage, 3 refused (4xx), 4 not reachable (503)
`,
};

/** The commands that begin with these words; all for none. Fits a screen. */
export function overview(language: Language, word?: string): string {
  const chosen = commands.filter(({ words }) => word === undefined || words.split(' ')[0] === word);
  const width = Math.max(...chosen.map(({ words }) => words.length));
  const lines = chosen.map(({ words, summary }) => `  ${words.padEnd(width)}  ${summary[language]}`);
  return `${heads[language]}\n${lines.join('\n')}\n${feet[language]}`;
}
