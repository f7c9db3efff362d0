/** What the page shows, computed from practices and proofs: HTML, JSON and Markdown say the same. */
import type { Verdict } from '../claims/probe.ts';
import type { DayOfClaim, Proof } from '../claims/proof-store.ts';
import { stateOfClaim, stateOfPractice, stateOfSentence, worst } from '../claims/state.ts';
import { type Claim, dayMs, type Practice } from '../claims/vocabulary.ts';

export interface ClaimView {
  readonly claim: Claim;
  readonly verdict: Verdict;
  /** A code, where it is unknown. */
  readonly reason: string | undefined;
  readonly proof: Proof | undefined;
}

export interface SentenceView {
  readonly id: string;
  readonly text: { readonly de: string; readonly en: string };
  readonly verdict: Verdict;
  readonly claims: readonly ClaimView[];
}

export interface PracticeView {
  readonly id: string;
  readonly title: { readonly de: string; readonly en: string };
  readonly verdict: Verdict;
  /** Some of it is known to hold, though not all. */
  readonly partly: boolean;
  readonly sentences: readonly SentenceView[];
  /** The last 90 days, oldest first. `undefined`: nothing was measured. */
  readonly days: readonly { readonly day: string; readonly verdict: Verdict | undefined }[];
}

export interface PageView {
  readonly at: Date;
  readonly operator: string | undefined;
  readonly practices: readonly PracticeView[];
  /** Sentences, by state. */
  readonly count: Readonly<Record<Verdict, number>>;
}

const historyDays = 90;
const dayOf = (at: Date) => at.toISOString().slice(0, 10);

export function historyBegins(now: Date): Date {
  return new Date(now.getTime() - (historyDays - 1) * dayMs);
}

export function viewOfPage(
  practices: readonly Practice[],
  proofs: ReadonlyMap<string, Proof>,
  days: readonly DayOfClaim[],
  now: Date,
  operator: string | undefined,
): PageView {
  const dates = Array.from({ length: historyDays }, (_, index) =>
    dayOf(new Date(now.getTime() - (historyDays - 1 - index) * dayMs)),
  );
  const views = practices.map((practice): PracticeView => {
    const own = new Set(practice.sentences.flatMap(({ claims }) => claims.map(({ id }) => id)));
    const byDay = Map.groupBy(
      days.filter(({ claim }) => own.has(claim)),
      ({ day }) => day,
    );
    const sentences = practice.sentences.map(
      (sentence): SentenceView => ({
        id: sentence.id,
        text: sentence.text,
        verdict: stateOfSentence(sentence, proofs, now),
        claims: sentence.claims.map((claim) => {
          const { verdict, why, proof } = stateOfClaim(claim, proofs.get(claim.id), now);
          return { claim, verdict, proof, reason: why === 'probe-says-so' ? (proof?.reason ?? why) : why };
        }),
      }),
    );
    const verdict = stateOfPractice(practice, proofs, now);
    return {
      id: practice.id,
      title: practice.title,
      verdict,
      partly: verdict === 'unknown' && sentences.some(({ claims }) => claims.some((one) => one.verdict === 'holds')),
      sentences,
      days: dates.map((day) => {
        const found = byDay.get(day);
        return { day, verdict: found === undefined ? undefined : worst(found.map((one) => one.verdict)) };
      }),
    };
  });
  const all = views.flatMap(({ sentences }) => sentences.map(({ verdict }) => verdict));
  const count = { holds: 0, fails: 0, unknown: 0 };
  for (const verdict of all) count[verdict] += 1;
  return { at: now, operator, practices: views, count };
}
