/** Counts of a proof as people read them. Whoever verifies the page makes the same of `page.json` and the entry. */
import type { Proof } from './proof-store.ts';
import type { Claim } from './vocabulary.ts';

const locales = { de: 'de-DE', en: 'en-GB' } as const;

/** Minutes as hours and minutes. */
const timeOf = (minutes: number) =>
  minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;

/** @returns `undefined` where the proof has not all that the words name, or knows nothing. */
export function figuresOf(claim: Claim, proof: Proof | undefined, language: 'de' | 'en'): string | undefined {
  if (claim.grade !== 'measured' || claim.figures === undefined) return undefined;
  if (proof === undefined || proof.verdict === 'unknown') return undefined;
  let isWhole = true;
  const text = claim.figures[language].replace(/\{(\w+)(:time)?\}/g, (_, name: string, time?: string) => {
    const count = proof.counts[name];
    if (typeof count !== 'number') {
      isWhole = false;
      return '';
    }
    return time === undefined ? count.toLocaleString(locales[language]) : timeOf(count);
  });
  return isWhole ? text : undefined;
}
