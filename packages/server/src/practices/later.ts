/** Practices whose mechanisms are not there yet. Each statement has its sentence; each claim says what is missing. */
import { type Practice, type PracticeId, type Sentence, type Text, unknown } from '../claims/vocabulary.ts';

/** A sentence that nothing proves yet. */
export function open(id: string, statements: readonly string[], text: Text, missing: Text): Sentence {
  return { id, statements, text, claims: [unknown({ id: `${id}-claim`, predicate: text, missing })] };
}

export function practice(id: PracticeId, title: Text, sentences: readonly Sentence[]): Practice {
  return { id, title, sentences };
}
