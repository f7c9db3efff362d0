/** What is shown is computed, each time: from the newest proof, its age, what somebody vouches for, and until when. */
import type { Attestation } from './attestations.ts';
import type { Verdict } from './probe.ts';
import type { Proof } from './proof-store.ts';
import type { Claim, Practice, Sentence } from './vocabulary.ts';

/** All that is known, by claim. */
export interface Evidence {
  readonly proofs: ReadonlyMap<string, Proof>;
  readonly attestations: ReadonlyMap<string, Attestation>;
}

export interface ClaimState {
  readonly verdict: Verdict;
  /** Why it is not known. */
  readonly why: 'no-proof-yet' | 'too-old' | 'probe-says-so' | 'not-built' | 'not-vouched' | 'lapsed' | undefined;
  readonly proof: Proof | undefined;
  /** Where nothing is measured and somebody vouches. */
  readonly attestation: Attestation | undefined;
}

export function stateOfClaim(claim: Claim, { proofs, attestations }: Evidence, now: Date): ClaimState {
  if (claim.grade === 'unknown') {
    if (claim.byHand === undefined)
      return { verdict: 'unknown', why: 'not-built', proof: undefined, attestation: undefined };
    const attestation = attestations.get(claim.id);
    if (attestation === undefined) return { verdict: 'unknown', why: 'not-vouched', proof: undefined, attestation };
    if (attestation.until <= now) return { verdict: 'unknown', why: 'lapsed', proof: undefined, attestation };
    return { verdict: 'holds', why: undefined, proof: undefined, attestation };
  }
  const proof = proofs.get(claim.id);
  const none = { proof, attestation: undefined };
  if (proof === undefined) return { verdict: 'unknown', why: 'no-proof-yet', ...none };
  if (now.getTime() - proof.observedAt.getTime() > claim.budgetMs)
    return { verdict: 'unknown', why: 'too-old', ...none };
  return { verdict: proof.verdict, why: proof.verdict === 'unknown' ? 'probe-says-so' : undefined, ...none };
}

const order: readonly Verdict[] = ['fails', 'unknown', 'holds'];

/** The worst of them; of nothing it is unknown. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'unknown';
}

export const stateOfSentence = ({ claims }: Sentence, evidence: Evidence, now: Date): Verdict =>
  worst(claims.map((claim) => stateOfClaim(claim, evidence, now).verdict));

export const stateOfPractice = ({ sentences }: Practice, evidence: Evidence, now: Date): Verdict =>
  worst(sentences.map((sentence) => stateOfSentence(sentence, evidence, now)));
