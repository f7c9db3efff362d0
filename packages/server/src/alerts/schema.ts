import type { RoomSchema } from '../platform/database/tables.ts';

/** Alarms are the operator's own: ids, codes, counts; what somebody wrote when they acknowledged one is sealed. */
export const alertsSchema: RoomSchema = {
  room: 'alerts',
  tables: [
    {
      name: 'alerts.alarm',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        alarm_id: 'plain',
        code: 'plain',
        subject: 'plain',
        server: 'plain',
        severity: 'plain',
        refs: 'plain',
        state: 'plain',
        opened_at: 'plain',
        last_seen_at: 'plain',
        told: 'plain',
        tell_at: 'plain',
        acknowledged_by: 'plain',
        acknowledged_at: 'plain',
        note: 'sealed',
        resolved_at: 'plain',
      },
      sweep: 'by-customer',
    },
    {
      name: 'alerts.route',
      class: 'distributed',
      columns: { customer_id: 'plain', name: 'plain', tried_at: 'plain', failure: 'plain' },
      sweep: 'by-customer',
    },
  ],
  migrations: [
    {
      id: '001-alarms',
      sql: `
        create schema alerts;
        create table alerts.alarm (
          customer_id uuid not null,
          alarm_id uuid not null,
          code text not null,
          subject text not null,
          server text not null,
          severity text not null check (severity in ('info', 'warning', 'critical')),
          refs jsonb not null,
          state text not null check (state in ('open', 'acknowledged', 'resolved')),
          opened_at timestamptz not null,
          last_seen_at timestamptz not null,
          told integer not null default 0,
          -- When people are told next; null: there is nothing to tell.
          tell_at timestamptz,
          acknowledged_by uuid,
          acknowledged_at timestamptz,
          note bytea,
          resolved_at timestamptz,
          primary key (customer_id, alarm_id),
          check ((state = 'resolved') = (resolved_at is not null))
        );
        create unique index on alerts.alarm (customer_id, code, subject, server) where state <> 'resolved';
        create index on alerts.alarm (customer_id, tell_at) where tell_at is not null;
        create index on alerts.alarm (customer_id, opened_at);
      `,
    },
    {
      id: '002-routes',
      sql: `
        create table alerts.route (
          customer_id uuid not null,
          name text not null,
          tried_at timestamptz not null,
          -- Null: it was taken at the other end.
          failure text,
          primary key (customer_id, name)
        );
      `,
    },
  ],
};
