/** A condition that our own code must have met. Its failure is a defect, never a caller's mistake. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** States a pre- or postcondition. The message must hold no personal data and no key. */
export function needs(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Violation(message);
}
