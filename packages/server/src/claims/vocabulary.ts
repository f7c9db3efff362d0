/** The words of the page: practices hold sentences, sentences hold claims, claims are proven by probes or not at all. */
import type { Observation, ProbeContext } from './probe.ts';

export const practiceIds = [
  'location',
  'confidentiality',
  'compliance',
  'sign-in-log',
  'two-factor',
  'erasure',
  'encryption',
  'recovery',
  'network',
  'hosts',
  'logging',
  'product-security',
] as const;
export type PracticeId = (typeof practiceIds)[number];

/** In both languages, for people who are no experts. */
export interface Text {
  readonly de: string;
  readonly en: string;
}

/** How a claim is known besides by measuring: somebody outside attests it in a document, or we declare it. */
export const byHandGrades = ['attested', 'declared'] as const;
export type ByHand = (typeof byHandGrades)[number];

/** An id and title of a catalogue, never its text. */
export interface Reference {
  readonly catalogue: 'C5:2020' | 'C5:2026' | 'ISO 27001:2022' | 'SOC 2';
  readonly id: string;
}

export interface Probe {
  readonly id: string;
  /** One more with each change of what it does. */
  readonly version: number;
  /** How often it runs by itself. */
  readonly everyMs: number;
  readonly timeoutMs: number;
  run(context: ProbeContext): Promise<Observation>;
}

interface ClaimBase {
  /** Stable: it stands in the public log. `encryption.every-column`. */
  readonly id: string;
  readonly predicate: Text;
  /** What it does not say. */
  readonly limits: Text;
  readonly references: readonly Reference[];
}

export interface MeasuredClaim extends ClaimBase {
  readonly grade: 'measured';
  readonly probe: Probe;
  /** What was counted, in a sentence with its numbers; `undefined` where there is nothing to tell. It says what the proof says. */
  readonly figures?: (counts: Observation['counts']) => Text | undefined;
  /** Older than this, a proof says nothing any more. */
  readonly budgetMs: number;
}

/** Nobody can prove it yet; said so, with what is missing. */
export interface UnknownClaim extends ClaimBase {
  readonly grade: 'unknown';
  readonly missing: Text;
  /** No probe will ever see it, and a person may vouch for it. Where a probe could, nobody may. */
  readonly byHand?: ByHand;
}

export type Claim = MeasuredClaim | UnknownClaim;

export interface Sentence {
  /** `encryption.at-rest` */
  readonly id: string;
  /** Which statements of a security page it keeps: S1 to S43 (`practices/statements.ts`). */
  readonly statements: readonly string[];
  readonly text: Text;
  readonly claims: readonly Claim[];
}

export interface Practice {
  readonly id: PracticeId;
  readonly title: Text;
  readonly sentences: readonly Sentence[];
}

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** A claim that a probe measures. Its budget is three runs: one may fail without a word, three may not. */
export function measured(
  claim: Omit<MeasuredClaim, 'grade' | 'budgetMs' | 'references'> & { readonly references?: readonly Reference[] },
): MeasuredClaim {
  return { references: [], ...claim, grade: 'measured', budgetMs: 3 * claim.probe.everyMs };
}

export function unknown(
  claim: Omit<UnknownClaim, 'grade' | 'references' | 'limits'> & Partial<UnknownClaim>,
): UnknownClaim {
  return { references: [], limits: { de: '', en: '' }, ...claim, grade: 'unknown' };
}
