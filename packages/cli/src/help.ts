import type { Command } from './command.ts';
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

const familySize = 2;

/** Commands with the same first word share a line where there are several, but for one that is that word: `obhut customer` shows them. */
function families(all: readonly Command[], language: Language): readonly (readonly [string, string])[] {
  const first = ({ words }: Command) => words.split(' ')[0] ?? '';
  const lines = new Map<string, readonly [string, string]>();
  for (const one of all) {
    const family = all.filter((other) => first(other) === first(one) && other.words.includes(' '));
    if (family.length < familySize || all.some(({ words }) => words === first(one)))
      lines.set(one.words, [one.words, one.summary[language]]);
    else lines.set(first(one), [`${first(one)} …`, family.map(({ words }) => words.split(' ')[1]).join(', ')]);
  }
  return [...lines.values()];
}

/** The commands that begin with these words; all for none. Fits a screen. */
export function overview(language: Language, word?: string): string {
  const chosen = commands.filter(({ words }) => word === undefined || words.split(' ')[0] === word);
  const shown =
    word === undefined
      ? families(chosen, language)
      : chosen.map(({ words, summary }) => [words, summary[language]] as const);
  const width = Math.max(...shown.map(([words]) => words.length));
  const lines = shown.map(([words, summary]) => `  ${words.padEnd(width)}  ${summary}`);
  return `${heads[language]}\n${lines.join('\n')}\n${feet[language]}`;
}
