/** Later steps of the tables of accounts. */
import type { Migration } from '../platform/database/tables.ts';

export const leakedPasswordsMigration: Migration = {
  id: '004-leaked-passwords',
  sql: `alter table identity.password add column leaked_at timestamptz;`,
};

/** How many days before its end the last letter about a right was written. */
export const roleLettersMigration: Migration = {
  id: '005-role-letters',
  sql: `alter table identity.role add column told_days integer;`,
};
