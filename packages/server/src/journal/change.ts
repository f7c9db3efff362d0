import type { Queryable } from '../platform/database/database.ts';
import type { Rider } from './flush.ts';

/**
 * A change that is made in the same commit as its entry. It answers `false` where what it builds on is no longer so: then
 * nothing of it is kept, nor the entry. It may be carried out anew (a neighbour in the batch was refused), and must not
 * throw for what can happen: what it throws fails its neighbours.
 */
export type Change = (connection: Queryable) => Promise<boolean>;

/** Carries rare changes, one after the other. Frequent ones have riders of their own, in one statement. */
export const changeRider: Rider<Change> = {
  name: 'change',
  async apply(connection, changes) {
    const applied: boolean[] = [];
    for (const change of changes) {
      await connection.query('savepoint change');
      const made = await change(connection);
      if (!made) await connection.query('rollback to savepoint change');
      await connection.query('release savepoint change');
      applied.push(made);
    }
    return applied;
  },
};

/** Several changes as one: all or none. */
export function together(...changes: readonly Change[]): Change {
  return async (connection) => {
    for (const change of changes) if (!(await change(connection))) return false;
    return true;
  };
}
