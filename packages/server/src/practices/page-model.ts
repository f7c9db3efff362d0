/** What the page shows, computed from practices and proofs: HTML, JSON and Markdown say the same. */

import type { Attestation } from '../claims/attestations.ts';
import type { Verdict } from '../claims/probe.ts';
import type { DayOfClaim, Proof } from '../claims/proof-store.ts';
import { type Evidence, stateOfClaim, stateOfPractice, stateOfSentence, worst } from '../claims/state.ts';
import { type ByHand, type Claim, dayMs, type Practice } from '../claims/vocabulary.ts';

export interface ClaimView {
  readonly claim: Claim;
  readonly verdict: Verdict;
  /** A code, where it is unknown. */
  readonly reason: string | undefined;
  readonly proof: Proof | undefined;
  /** Somebody vouches, or did until it lapsed. */
  readonly attestation: Attestation | undefined;
}

/** What holds because somebody says so is not shown as what was measured. */
export type Shown = Verdict | ByHand;

export interface SentenceView {
  readonly id: string;
  readonly text: { readonly de: string; readonly en: string };
  readonly verdict: Verdict;
  readonly shown: Shown;
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
  /** Sentences, by what is shown of them. */
  readonly count: Readonly<Record<Shown, number>>;
}

/** @returns the word for a claim. */
export function shownOf({ verdict, attestation }: Pick<ClaimView, 'verdict' | 'attestation'>): Shown {
  return verdict === 'holds' && attestation !== undefined ? attestation.grade : verdict;
}

/** The weakest word for several: one that is only declared makes the sentence only declared. */
function shownTogether(verdict: Verdict, claims: readonly ClaimView[]): Shown {
  const all = claims.map(shownOf);
  if (verdict !== 'holds') return verdict;
  return (['declared', 'attested'] as const).find((word) => all.includes(word)) ?? 'holds';
}

const historyDays = 90;
const dayOf = (at: Date) => at.toISOString().slice(0, 10);

export function historyBegins(now: Date): Date {
  return new Date(now.getTime() - (historyDays - 1) * dayMs);
}

export function viewOfPage(
  practices: readonly Practice[],
  evidence: Evidence,
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
    const sentences = practice.sentences.map((sentence): SentenceView => {
      const claims = sentence.claims.map((claim): ClaimView => {
        const { verdict, why, proof, attestation } = stateOfClaim(claim, evidence, now);
        return { claim, verdict, proof, attestation, reason: why === 'probe-says-so' ? (proof?.reason ?? why) : why };
      });
      const verdict = stateOfSentence(sentence, evidence, now);
      return { id: sentence.id, text: sentence.text, verdict, shown: shownTogether(verdict, claims), claims };
    });
    const verdict = stateOfPractice(practice, evidence, now);
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
  const count: Record<Shown, number> = { holds: 0, attested: 0, declared: 0, fails: 0, unknown: 0 };
  for (const { sentences } of views) for (const { shown } of sentences) count[shown] += 1;
  return { at: now, operator, practices: views, count };
}
