/** German or English, as the locale says; English for all others. */
export type Language = 'de' | 'en';

/** A text in both languages. */
export interface Text {
  readonly de: string;
  readonly en: string;
}

/** POSIX: LC_ALL wins over LC_MESSAGES, and that over LANG; the first that is not empty decides. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const locale = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => value !== undefined && value !== '');
  return /^de(_|-|\.|@|$)/i.test(locale ?? '') ? 'de' : 'en';
}

const locales = { de: 'de-DE', en: 'en-GB' } as const;

const numbers = { de: new Intl.NumberFormat(locales.de), en: new Intl.NumberFormat(locales.en) } as const;

export function formatNumber(value: number | bigint, language: Language): string {
  return numbers[language].format(value);
}

const zone = 'Europe/Berlin';
const clocks = new Map<Language, Intl.DateTimeFormat>();

/** `23.11.2026 10:00:00` or `2026-11-23 10:00:00`, in Berlin. */
export function formatTime(iso: string, language: Language): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '?';
  const clock =
    clocks.get(language) ??
    new Intl.DateTimeFormat(locales[language], {
      timeZone: zone,
      ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
    });
  clocks.set(language, clock);
  const parts = new Map(clock.formatToParts(date).map(({ type, value }) => [type, value]));
  const [year, month, day] = [parts.get('year'), parts.get('month'), parts.get('day')];
  const time = `${parts.get('hour')}:${parts.get('minute')}:${parts.get('second')}`;
  return language === 'de' ? `${day}.${month}.${year} ${time}` : `${year}-${month}-${day} ${time}`;
}

export const zoneName = zone;
