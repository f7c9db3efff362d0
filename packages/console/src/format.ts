/** Times and lengths as people read them: 24 hours, TT.MM.JJJJ in German, the zone named. */
import type { Language } from './i18n/i18n.ts';

const zone = 'Europe/Berlin';
const locale = (language: string) => (language === 'de' ? 'de-DE' : 'en-GB');

export function absolute(at: string, language: string): string {
  const text = new Date(at).toLocaleString(locale(language), {
    timeZone: zone,
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return `${text} (${zone})`;
}

export function shortTime(at: string, language: string): string {
  return new Date(at).toLocaleString(locale(language), {
    timeZone: zone,
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
}

export function day(at: string, language: string): string {
  return new Date(at).toLocaleDateString(locale(language), {
    timeZone: zone,
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
  });
}

const steps: readonly (readonly [number, Intl.RelativeTimeFormatUnit])[] = [
  [60, 'second'],
  [3_600, 'minute'],
  [86_400, 'hour'],
  [86_400 * 30, 'day'],
];

/** "in 3 hours", "2 minutes ago"; further away than a month it is a date. */
export function relative(at: string, now: number, language: string): string {
  const seconds = (new Date(at).getTime() - now) / 1_000;
  const size = Math.abs(seconds);
  const format = new Intl.RelativeTimeFormat(locale(language), { numeric: 'auto', style: 'long' });
  let unitSeconds = 1;
  for (const [limit, unit] of steps) {
    if (size < limit) return format.format(Math.round(seconds / unitSeconds), unit);
    unitSeconds = limit === 86_400 * 30 ? 86_400 : limit;
  }
  return day(at, language);
}

/** A length of time with its two largest units: "1 Std. 20 Min.". */
export function duration(seconds: number, language: string): string {
  const parts: string[] = [];
  const units = [
    [86_400, 'day'],
    [3_600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ] as const;
  let rest = Math.max(0, Math.round(seconds));
  for (const [size, unit] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 || (unit === 'second' && parts.length === 0))
      parts.push(new Intl.NumberFormat(locale(language), { style: 'unit', unit, unitDisplay: 'short' }).format(count));
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

export function number(value: number, language: string): string {
  return value.toLocaleString(locale(language));
}

export function countryName(code: string, language: Language | string): string {
  try {
    return new Intl.DisplayNames([locale(language)], { type: 'region' }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** A measured time: "0,4 s", "12 s", from two minutes on in minutes. */
export function secondsText(ms: number, language: string): string {
  const [value, unit] = ms < 120_000 ? [ms / 1_000, 's'] : [ms / 60_000, 'min'];
  return `${value.toLocaleString(locale(language), { maximumFractionDigits: value < 10 ? 1 : 0 })} ${unit}`;
}

/** "24 MB", "4.1 GB". */
export function bytesText(bytes: number, language: string): string {
  const [value, unit] = bytes < 1_000_000_000 ? [Math.ceil(bytes / 1_000_000), 'MB'] : [bytes / 1_000_000_000, 'GB'];
  return `${value.toLocaleString(locale(language), { maximumFractionDigits: 1 })} ${unit}`;
}
