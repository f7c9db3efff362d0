import { Problem } from '../../platform/http/problem.ts';

const attempts = 5;

/**
 * Somebody new is sealed under keys as they are at that moment, before anything of them is stored. Where the keys are renewed
 * between the two, nothing was written, and it begins anew, with all that was made of them.
 * @throws Problem `write_conflict` when it never came to rest.
 */
export async function withNewcomer<Result>(make: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await make();
    } catch (error) {
      const isOver = attempt === attempts || !(error instanceof Problem) || error.code !== 'write_conflict';
      if (isOver) throw error;
    }
}
