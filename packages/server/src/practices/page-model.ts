/** What the page shows, computed from practices and proofs: HTML, JSON and Markdown say the same. */

import type { Attestation } from '../claims/attestations.ts';
import type { Verdict } from '../claims/probe.ts';
import type { DayOfClaim, Proof } from '../claims/proof-store.ts';
import { type Evidence, stateOfClaim, stateOfPractice, stateOfSentence } from '../claims/state.ts';
import { type ByHand, type Claim, dayMs, type Practice, type Text } from '../claims/vocabulary.ts';

export interface ClaimView {
  readonly claim: Claim;
  readonly verdict: Verdict;
  /** A code, where it is unknown. */
  readonly reason: string | undefined;
  readonly proof: Proof | undefined;
  /** Somebody vouches, or did until it lapsed. */
  readonly attestation: Attestation | undefined;
  /** What was counted, where it is told; nothing of a proof that is too old. */
  readonly figures: Text | undefined;
  /** The last 90 days, oldest first; none where nothing is measured. */
  readonly past: readonly Run[];
}

/** Days in a row on which a claim was the same; the worst of a day counts. */
export interface Run {
  /** First and last day, `YYYY-MM-DD`. */
  readonly from: string;
  readonly to: string;
  readonly days: number;
  /** `undefined`: nothing was measured. */
  readonly verdict: Verdict | undefined;
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

export const historyDays = 90;
const dayOf = (at: Date) => at.toISOString().slice(0, 10);

function runsOf(dates: readonly string[], verdicts: ReadonlyMap<string, Verdict>): readonly Run[] {
  const runs: Run[] = [];
  for (const day of dates) {
    const verdict = verdicts.get(day);
    const last = runs.at(-1);
    if (last !== undefined && last.verdict === verdict)
      runs[runs.length - 1] = { ...last, to: day, days: last.days + 1 };
    else runs.push({ from: day, to: day, days: 1, verdict });
  }
  return runs;
}

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
  const byClaim = Map.groupBy(days, ({ claim }) => claim);
  const pastOf = (claim: Claim): readonly Run[] =>
    claim.grade === 'measured'
      ? runsOf(dates, new Map(byClaim.get(claim.id)?.map(({ day, verdict }) => [day, verdict])))
      : [];
  const views = practices.map((practice): PracticeView => {
    const sentences = practice.sentences.map((sentence): SentenceView => {
      const claims = sentence.claims.map((claim): ClaimView => {
        const { verdict, why, proof, attestation } = stateOfClaim(claim, evidence, now);
        const reason = why === 'probe-says-so' ? (proof?.reason ?? why) : why;
        const isToBeTold = claim.grade === 'measured' && proof !== undefined && why !== 'too-old';
        const figures = isToBeTold ? claim.figures?.(proof.counts) : undefined;
        return { claim, verdict, proof, attestation, reason, figures, past: pastOf(claim) };
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
    };
  });
  const count: Record<Shown, number> = { holds: 0, attested: 0, declared: 0, fails: 0, unknown: 0 };
  for (const { sentences } of views) for (const { shown } of sentences) count[shown] += 1;
  return { at: now, operator, practices: views, count };
}
