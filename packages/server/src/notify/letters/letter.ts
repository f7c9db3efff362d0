/** What is written to people: short, in their language, without a personal value of anybody's data. */

import { alarmText, isAlarmCode } from '../alarm-routes/words.ts';
import { de } from './de.ts';
import { sie } from './de-sie.ts';
import { en } from './en.ts';
import type { Template } from './phrase.ts';

export type Refs = Readonly<Record<string, string | number>>;

export interface Letter {
  readonly subject: string;
  readonly text: string;
}

const phrases = { de, en };
export const templates = Object.keys(de) as readonly Template[];

const isTime = /^\d{4}-\d\d-\d\dT/;

/** Codes that a person would not say so. */
const spoken: Readonly<Record<'de' | 'en', Readonly<Record<string, string>>>> = {
  de: {
    holds: 'gilt',
    fails: 'gilt nicht',
    unknown: 'unbekannt',
    owner: 'Owner',
    security: 'Sicherheit',
    operations: 'Betrieb',
    support: 'Support',
    engineer: 'Entwicklung',
    auditor: 'Prüfung',
  },
  en: { holds: 'holds', fails: 'does not hold', unknown: 'unknown' },
};

function shown(value: string | number, language: 'de' | 'en'): string {
  if (typeof value !== 'string') return String(value);
  if (!isTime.test(value)) return spoken[language][value] ?? value;
  const time = new Date(value).toLocaleString(language === 'de' ? 'de-DE' : 'en-GB', {
    timeZone: 'Europe/Berlin',
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  return `${time} (Europe/Berlin)`;
}

export interface LetterContext {
  readonly language: 'de' | 'en';
  /** How people are addressed in German. */
  readonly form: 'du' | 'sie';
  readonly operator: string;
  /** Our own address, without a slash at the end. */
  readonly url: string;
  /** The one-time link, where the message has one. */
  readonly link: string | undefined;
}

/** The letter for a message. What it refers to must be there: a gap is a defect, not a letter with a hole. */
export function letterOf(
  template: Template,
  refs: Refs,
  { language, form, operator, url, link }: LetterContext,
): Letter {
  const { goTo, ...familiar } = phrases[language][template];
  const { subject, body } = (language === 'de' && form === 'sie' && sie[template]) || familiar;
  const known = isAlarmCode(refs.alarm) ? { ...refs, ...alarmText(refs.alarm, refs, language) } : refs;
  const filled = (text: string) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = name === 'operator' ? operator : known[name];
      if (value === undefined) throw new Error(`the message ${template} has no ${name}`);
      return shown(value, language);
    });
  const target = goTo === undefined ? undefined : goTo === 'link' ? link : `${url}${filled(goTo)}`;
  return {
    subject: filled(subject),
    text: `${[...body.map(filled), ...(target === undefined ? [] : [target]), `-- \n${operator}, Obhut`].join('\n\n')}\n`,
  };
}
