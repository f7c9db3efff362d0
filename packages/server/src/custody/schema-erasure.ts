/** What erasure keeps beside its orders: holds, and what the orders wait for. */
import type { Migration, TableDeclaration } from '../platform/database/tables.ts';

export const erasureTables: readonly TableDeclaration[] = [
  {
    name: 'custody.hold',
    class: 'distributed',
    columns: {
      customer_id: 'plain',
      hold_id: 'plain',
      person_id: 'plain',
      collection: 'plain',
      record_id: 'plain',
      until: 'plain',
      reason: 'plain',
      placed_at: 'plain',
      lifted_at: 'plain',
      recorded_at: 'plain',
      lift_recorded_at: 'plain',
    },
    person: 'person_id',
    sweep: 'by-person',
  },
  {
    name: 'custody.erasure_proposal',
    class: 'distributed',
    columns: {
      customer_id: 'plain',
      proposal_id: 'plain',
      proposed_by: 'plain',
      cooling_minutes: 'plain',
      state: 'plain',
      proposed_at: 'plain',
      expires_at: 'plain',
      confirmed_by: 'plain',
      order_id: 'plain',
      ended_at: 'plain',
    },
    sweep: 'keep',
  },
  {
    name: 'custody.erasure_request',
    class: 'distributed',
    columns: {
      customer_id: 'plain',
      request_id: 'plain',
      person_id: 'plain',
      received_at: 'plain',
      due_at: 'plain',
      extension: 'plain',
      order_id: 'plain',
      answered_at: 'plain',
      outcome: 'plain',
      ground: 'plain',
      told: 'plain',
    },
    // It shows that the person was answered in time, also when the person is gone.
    person: 'person_id',
    sweep: 'keep',
  },
];

export const erasureMigrations: readonly Migration[] = [
  {
    id: '004-holds',
    sql: `
      create table custody.hold (
        customer_id uuid not null,
        hold_id uuid not null,
        person_id uuid,
        collection text,
        record_id uuid,
        until timestamptz not null,
        -- Words of the operator or an admin, without personal data.
        reason text not null check (length(reason) between 1 and 200),
        placed_at timestamptz not null,
        lifted_at timestamptz,
        primary key (customer_id, hold_id),
        check (person_id is not null or collection is not null),
        check (record_id is null or (person_id is not null and collection is not null))
      );
      -- Hidden by an open order for all of a person but what is held.
      alter table custody.file add column order_id uuid;
      alter table custody.erasure_order drop constraint erasure_order_state_check;
      alter table custody.erasure_order add constraint erasure_order_state_check
        check (state in ('held', 'ordered', 'withdrawn', 'executed', 'final'));
      alter table custody.erasure_order drop constraint erasure_order_scope_check;
      alter table custody.erasure_order add constraint erasure_order_scope_check
        check (scope in ('customer', 'person', 'part', 'collection', 'record', 'file'));
      alter table custody.erasure_order
        -- Waits for the end of a hold; \`ordered_at\` becomes the moment when it goes on.
        add column held_until timestamptz,
        add column asked_at timestamptz,
        add column released_at timestamptz,
        add column looked_at timestamptz,
        -- The order for what stays under a hold.
        add column rest_id uuid;
      create index on custody.erasure_order (looked_at) where state = 'held';
    `,
  },
  {
    id: '005-retention',
    sql: `
      alter table custody.erasure_order drop constraint erasure_order_scope_check;
      alter table custody.erasure_order add constraint erasure_order_scope_check
        check (scope in ('customer', 'person', 'part', 'collection', 'record', 'file', 'retention'));
    `,
  },
  {
    id: '006-proposals',
    sql: `
      create table custody.erasure_proposal (
        customer_id uuid not null,
        proposal_id uuid not null,
        proposed_by uuid not null,
        cooling_minutes integer not null,
        state text not null check (state in ('open', 'confirmed', 'ended')),
        proposed_at timestamptz not null,
        expires_at timestamptz not null,
        confirmed_by uuid,
        order_id uuid,
        ended_at timestamptz,
        primary key (customer_id, proposal_id)
      );
    `,
  },
  {
    id: '007-followers',
    sql: `
      alter table custody.erasure_order
        -- The product was told and is asked to confirm (Article 19 GDPR).
        add column follow_asked_at timestamptz,
        add column followed_at timestamptz,
        add column follow_told_at timestamptz;
      create index on custody.erasure_order (follow_asked_at) where follow_asked_at is not null and followed_at is null;
    `,
  },
  {
    id: '008-requests',
    sql: `
      create table custody.erasure_request (
        customer_id uuid not null,
        request_id uuid not null,
        person_id uuid not null,
        received_at timestamptz not null,
        due_at timestamptz not null,
        extension text check (extension in ('complex', 'many')),
        order_id uuid,
        answered_at timestamptz,
        outcome text check (outcome in ('erased', 'refused')),
        ground text,
        -- 1: that it is due within a week; 2: that it is overdue.
        told smallint not null default 0,
        primary key (customer_id, request_id),
        check ((answered_at is null) = (outcome is null))
      );
      create index on custody.erasure_request (due_at) where answered_at is null;
    `,
  },
  {
    id: '009-holds-in-the-ledger',
    sql: `
      -- When the ledger at the sites knew of it, and of its end.
      alter table custody.hold add column recorded_at timestamptz, add column lift_recorded_at timestamptz;
      -- Looked for at each order: of many that are final, the few that are not said yet or not done.
      create index on custody.erasure_order (ordered_at) where recorded_at is null;
      create index on custody.erasure_order (ordered_at) where state = 'withdrawn' and withdrawal_recorded_at is null;
      create index on custody.erasure_order (ordered_at) where dead_at is not null and execution_recorded_at is null;
      create index on custody.erasure_order (due_at) where state = 'executed' and removed_at is null;
      create index on custody.erasure_order (removed_at) where missed <> '{}';
      create index on custody.erasure_order (customer_id, ordered_at);
    `,
  },
  {
    // Who is told of late orders, and how often, alarms know now.
    id: '010-without-told-hours',
    sql: 'alter table custody.erasure_order drop column told_hours;',
  },
];

/** Later than those of objects. */
export const laterErasureMigrations: readonly Migration[] = [
  {
    // Who was ordered away, asked by whoever brings an export back.
    id: '015-orders-by-person',
    sql: 'create index on custody.erasure_order (person_id) where person_id is not null;',
  },
];
