import type { RoomSchema } from '../../../platform/database/tables.ts';

/** The nights of the source code's backups. What they hold lies at the sites; this is how they went. */
export const sourceCodeSchema: RoomSchema = {
  room: 'source_code',
  tables: [
    {
      name: 'source_code.night',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        repository: 'plain',
        night: 'plain',
        node: 'plain',
        state: 'plain',
        error: 'plain',
        begun_at: 'plain',
        ended_at: 'plain',
        refs: 'plain',
        bundles: 'plain',
        bytes: 'plain',
        sites: 'plain',
        missed: 'plain',
      },
      sweep: 'keep',
    },
  ],
  migrations: [
    {
      id: '001-nights',
      sql: `
        create schema if not exists source_code;
        create table source_code.night (
          -- The operator's own.
          customer_id uuid not null,
          repository text not null,
          night date not null,
          node text not null,
          state text not null check (state in ('running', 'done', 'failed')),
          error text,
          begun_at timestamptz not null,
          ended_at timestamptz,
          refs integer,
          bundles integer,
          bytes bigint,
          sites text[],
          missed text[],
          primary key (customer_id, repository, night)
        );
      `,
    },
  ],
};
