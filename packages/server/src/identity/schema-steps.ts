/** Later steps of the tables of accounts. */
import type { Migration } from '../platform/database/tables.ts';

export const leakedPasswordsMigration: Migration = {
  id: '004-leaked-passwords',
  sql: `alter table identity.password add column leaked_at timestamptz;`,
};
