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

/** What was attempted, and attempts that were only counted. */
export const attemptsMigration: Migration = {
  id: '006-attempts',
  sql: `
    alter table identity.sign_in add column act text not null default 'sign-in'
      check (act in ('sign-in', 'confirm', 'approve'));
    alter table identity.sign_in add column attempts integer not null default 1;
    alter table identity.sign_in drop constraint sign_in_outcome_check;
    alter table identity.sign_in add constraint sign_in_outcome_check
      check (outcome in ('ok', 'failed', 'locked', 'limited'));
  `,
};

/** Tokens that somebody made for reading wait for somebody else; those that are there keep working. */
export const confirmedTokensMigration: Migration = {
  id: '007-confirmed-tokens',
  sql: `
    alter table identity.token add column made_by uuid;
    alter table identity.token add column confirmed_at timestamptz;
    alter table identity.token add column confirmed_by uuid;
    update identity.token set confirmed_at = created_at;
  `,
};

/**
 * One account per address among the staff and among the admins of each customer, not of all: an admin who invites somebody
 * must not learn that the address has an account elsewhere.
 */
export const addressesMigration: Migration = {
  id: '008-addresses',
  sql: `
    drop index identity.account_customer_id_email_digest_idx;
    create unique index account_address_idx on identity.account (customer_id, email_digest, of_customer_id)
      nulls not distinct where state <> 'left';
  `,
};
