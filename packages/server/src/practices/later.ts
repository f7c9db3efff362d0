/** Practices whose mechanisms are not there yet. Each statement has its sentence; each claim says what is missing. */
import {
  type ByHand,
  type Practice,
  type PracticeId,
  type Sentence,
  type Text,
  unknown,
} from '../claims/vocabulary.ts';

/** A sentence that nothing proves yet. @param byHand how a person may vouch for it, where no probe ever could. */
export function open(id: string, statements: readonly string[], text: Text, missing: Text, byHand?: ByHand): Sentence {
  const claim = { id: `${id}-claim`, predicate: text, missing, ...(byHand !== undefined && { byHand }) };
  return { id, statements, text, claims: [unknown(claim)] };
}

export function practice(id: PracticeId, title: Text, sentences: readonly Sentence[]): Practice {
  return { id, title, sentences };
}
