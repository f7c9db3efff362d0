import type { RoomSchema } from '../platform/database/tables.ts';

/** The outbox holds ids and codes; who is behind an id, and what the text says, is found out when it is sent. */
export const notifySchema: RoomSchema = {
  room: 'notify',
  tables: [
    {
      name: 'notify.message',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        message_id: 'plain',
        channel: 'plain',
        template: 'plain',
        account_id: 'plain',
        webhook_id: 'plain',
        refs: 'plain',
        state: 'plain',
        attempts: 'plain',
        next_at: 'plain',
        created_at: 'plain',
        sent_at: 'plain',
        error: 'plain',
      },
      sweep: 'by-customer',
    },
    {
      name: 'notify.webhook',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        webhook_id: 'plain',
        target: 'sealed',
        events: 'plain',
        created_at: 'plain',
        ended_at: 'plain',
      },
      sweep: 'by-customer',
    },
  ],
  migrations: [
    {
      id: '001-outbox',
      sql: `
        create schema notify;
        create table notify.message (
          customer_id uuid not null,
          message_id uuid not null,
          channel text not null check (channel in ('mail', 'webhook')),
          template text not null,
          account_id uuid,
          webhook_id uuid,
          refs jsonb not null,
          state text not null check (state in ('waiting', 'sent', 'dropped', 'failed')),
          attempts integer not null default 0,
          next_at timestamptz not null,
          created_at timestamptz not null,
          sent_at timestamptz,
          error text,
          primary key (customer_id, message_id),
          check ((channel = 'mail') = (account_id is not null)),
          check ((channel = 'webhook') = (webhook_id is not null))
        );
        create index on notify.message (customer_id, next_at) where state = 'waiting';
        create table notify.webhook (
          customer_id uuid not null,
          webhook_id uuid not null,
          target bytea not null,
          events text[] not null,
          created_at timestamptz not null,
          ended_at timestamptz,
          primary key (customer_id, webhook_id)
        );
      `,
    },
    {
      id: '002-notices',
      sql: `create index on notify.message (customer_id, (refs ->> 'grant')) where template = 'access_notice';`,
    },
  ],
};
