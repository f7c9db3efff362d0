import type { RoomSchema } from '../platform/database/tables.ts';
import { accountsMigration, accountTables, generationsMigration } from './schema-accounts.ts';
import {
  addressesMigration,
  attemptsMigration,
  confirmedTokensMigration,
  leakedPasswordsMigration,
  roleLettersMigration,
} from './schema-steps.ts';

export const identitySchema: RoomSchema = {
  room: 'identity',
  tables: [
    {
      name: 'identity.token',
      class: 'reference',
      columns: {
        token_id: 'plain',
        secret_digest: 'digest',
        name: 'plain',
        customer_id: 'plain',
        actions: 'plain',
        requests_per_second: 'plain',
        created_at: 'plain',
        expires_at: 'plain',
        made_by: 'plain',
        confirmed_at: 'plain',
        confirmed_by: 'plain',
        revoked_at: 'plain',
      },
      sweep: 'keep',
    },
    ...accountTables,
  ],
  migrations: [
    {
      id: '001-tokens',
      sql: `
        create schema identity;
        create table identity.token (
          token_id uuid primary key,
          secret_digest bytea not null,
          name text not null check (name ~ '^[a-z][a-z0-9-]{0,39}$'),
          customer_id uuid,
          actions text[] not null,
          requests_per_second integer not null,
          created_at timestamptz not null,
          expires_at timestamptz not null,
          revoked_at timestamptz
        );
      `,
    },
    accountsMigration,
    generationsMigration,
    leakedPasswordsMigration,
    roleLettersMigration,
    attemptsMigration,
    confirmedTokensMigration,
    addressesMigration,
  ],
};
