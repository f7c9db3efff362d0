/** The statements that a security page of our users makes, S1 to S43. A test fails when one has no sentence. */
export const statementIds: readonly string[] = Array.from({ length: 43 }, (_, index) => `S${index + 1}`);
