/**
 * What a password must be. Dated, with its source, so that the page can show it and an auditor can compare.
 *
 * Every account of Obhut has a second factor and is locked after ten failures; for such accounts the BSI's template asks
 * for at least 12 characters (without a second factor: at least 20, of two classes). No forced change; a change on evidence.
 */
import { Problem } from '../../platform/http/problem.ts';
import type { LeakWatch } from './leak-watch.ts';

export const passwordSource = {
  name: 'BSI, Grundschutz++ (Stand-der-Technik-Bibliothek), Passwortrichtlinie 1.0.2',
  date: '2026-07-27',
} as const;

export const minLength = 12;
export const maxLength = 128;

export const passwordRules = [
  { code: 'too_short', de: `Mindestens ${minLength} Zeichen.`, en: `At least ${minLength} characters.` },
  { code: 'too_long', de: `Höchstens ${maxLength} Zeichen.`, en: `At most ${maxLength} characters.` },
  {
    code: 'own_word',
    de: 'Nicht aus deinem Namen, deiner Adresse oder dem Namen des Betreibers.',
    en: 'Not made of your name, your address or the name of the operator.',
  },
  {
    code: 'guessable',
    de: 'Nicht zu erraten: keine üblichen Wörter, Reihen oder Jahreszahlen. Ein Passwortmanager hilft.',
    en: 'Not to be guessed: no common words, rows or years. A password manager helps.',
  },
  {
    code: 'leaked',
    de: 'Nicht aus einem bekannten Datenleck.',
    en: 'Not from a known leak.',
  },
] as const;

export type PasswordRule = (typeof passwordRules)[number]['code'];

/** zxcvbn's score (0 to 4) that a password must reach: more than 10^8 guesses. */
const minScore = 3;
const minOwnWord = 4;

export interface PasswordContext {
  /** Names, parts of the address, the operator: words that somebody who knows them would try. */
  readonly words: readonly string[];
}

type Score = (password: string, words: string[]) => number;
let scorer: Promise<Score> | undefined;

/** Loaded when the first password is set: the dictionaries are 4 MB. */
async function loadScorer(): Promise<Score> {
  const [{ zxcvbn, zxcvbnOptions }, common, german] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-de'),
  ]);
  zxcvbnOptions.setOptions({
    graphs: common.adjacencyGraphs,
    dictionary: { ...common.dictionary, ...german.dictionary, obhut: ['obhut', 'custody', 'verwahrung', 'betreiber'] },
  });
  return (password, words) => zxcvbn(password, words).score;
}

/** The same with umlauts: "Fruehling" is as easy to guess as "Frühling". */
function withUmlauts(password: string): string {
  return password.replace(/ae/gi, 'ä').replace(/oe/gi, 'ö').replace(/ue/gi, 'ü').replace(/ss/g, 'ß');
}

const folded = (text: string) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('ä', 'ae')
    .replaceAll('ö', 'oe')
    .replaceAll('ü', 'ue')
    .replaceAll('ß', 'ss');

/** What is left of the password without the caller's own words and digits is less than half of what must be there. */
function isOwnWord(password: string, words: readonly string[]): boolean {
  let rest = folded(password);
  for (const word of words.map(folded).sort((a, b) => b.length - a.length))
    if (word.length >= minOwnWord) rest = rest.replaceAll(word, '');
  return rest !== folded(password) && rest.replace(/[^\p{L}]/gu, '').length < minLength / 2;
}

/** Without the year and the signs that people put at the end: "Sommer2026!!" is "Sommer". */
const core = (password: string) => password.replace(/[^\p{L}]+$/u, '');

/** A core that is guessed at once, whatever stands behind it. */
const minCoreScore = 2;

/** @returns the first rule that it breaks, or `undefined`. Nothing is ever said to depend on classes of characters. */
export async function brokenRule(
  password: string,
  { words }: PasswordContext,
): Promise<Exclude<PasswordRule, 'leaked'> | undefined> {
  const length = [...password].length;
  if (length < minLength) return 'too_short';
  if (length > maxLength) return 'too_long';
  if (isOwnWord(password, words)) return 'own_word';
  scorer ??= loadScorer();
  const score = await scorer;
  const own = words.flatMap((word) => [word, folded(word)]).filter((word) => word.length >= minOwnWord);
  for (const variant of new Set([password, withUmlauts(password)]))
    if (score(variant, own) < minScore || score(core(variant), own) < minCoreScore) return 'guessable';
  return undefined;
}

/**
 * The rules, and the source of leaks: a password that could not be looked up there is not taken.
 * @throws Problem `password_weak`, `leaks_unanswered`
 */
export async function requireGoodPassword(password: string, context: PasswordContext, leaks: LeakWatch): Promise<void> {
  const broken = await brokenRule(password, context);
  const weak = (reason: PasswordRule) => new Problem('password_weak', { field: '/password', reason });
  if (broken !== undefined) throw weak(broken);
  const answer = await leaks.ask(password);
  if (answer === 'leaked') throw weak('leaked');
  if (answer === 'unanswered') throw new Problem('leaks_unanswered', { field: '/password' });
}
