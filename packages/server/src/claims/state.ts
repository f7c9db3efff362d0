/** What is shown is computed, each time: from the newest proof, its age, and nothing that somebody typed. */
import type { Verdict } from './probe.ts';
import type { Proof } from './proof-store.ts';
import type { Claim, Practice, Sentence } from './vocabulary.ts';

export interface ClaimState {
  readonly verdict: Verdict;
  /** Why it is not known. */
  readonly why: 'no-proof-yet' | 'too-old' | 'probe-says-so' | 'not-built' | undefined;
  readonly proof: Proof | undefined;
}

export function stateOfClaim(claim: Claim, proof: Proof | undefined, now: Date): ClaimState {
  if (claim.grade === 'unknown') return { verdict: 'unknown', why: 'not-built', proof: undefined };
  if (proof === undefined) return { verdict: 'unknown', why: 'no-proof-yet', proof };
  if (now.getTime() - proof.observedAt.getTime() > claim.budgetMs) return { verdict: 'unknown', why: 'too-old', proof };
  return { verdict: proof.verdict, why: proof.verdict === 'unknown' ? 'probe-says-so' : undefined, proof };
}

const order: readonly Verdict[] = ['fails', 'unknown', 'holds'];

/** The worst of them; of nothing it is unknown. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'unknown';
}

export type Proofs = ReadonlyMap<string, Proof>;

export const stateOfSentence = ({ claims }: Sentence, proofs: Proofs, now: Date): Verdict =>
  worst(claims.map((claim) => stateOfClaim(claim, proofs.get(claim.id), now).verdict));

export const stateOfPractice = ({ sentences }: Practice, proofs: Proofs, now: Date): Verdict =>
  worst(sentences.map((sentence) => stateOfSentence(sentence, proofs, now)));
