import type { RoomSchema } from '../platform/database/tables.ts';

/** Grants and their use. Free text is sealed under the customer's log key of the month; the rest is ids, names and times. */
export const accessSchema: RoomSchema = {
  room: 'access',
  tables: [
    {
      name: 'access.grant',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        grant_id: 'plain',
        requester_id: 'plain',
        requester_role: 'plain',
        requester_country: 'plain',
        state: 'plain',
        scope: 'plain',
        purpose: 'plain',
        minutes: 'plain',
        emergency: 'plain',
        mode: 'plain',
        salt: 'plain',
        texts: 'sealed',
        request_hash: 'digest',
        policy_hash: 'plain',
        requested_at: 'plain',
        answer_by: 'plain',
        agreed_by: 'plain',
        agreed_at: 'plain',
        consent: 'plain',
        approved_by: 'plain',
        approved_at: 'plain',
        signature: 'plain',
        starts_at: 'plain',
        ends_at: 'plain',
        ended_at: 'plain',
        ended_by: 'plain',
        first_access_at: 'plain',
        notice_due_at: 'plain',
        notice_sent_at: 'plain',
        overdue_told_at: 'plain',
        review_due_at: 'plain',
        review_told_at: 'plain',
        reviewed_by: 'plain',
        reviewed_at: 'plain',
        verdict: 'plain',
      },
      sweep: 'by-customer',
    },
    {
      name: 'access.use',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        use_id: 'plain',
        grant_id: 'plain',
        at: 'plain',
        type: 'plain',
        person_id: 'plain',
        collection: 'plain',
        fields: 'plain',
        records: 'plain',
        idx: 'plain',
        generation: 'plain',
      },
      person: 'person_id',
      sweep: 'by-person',
    },
    {
      name: 'access.customer_policy',
      class: 'distributed',
      columns: { customer_id: 'plain', mode: 'plain', since: 'plain' },
      sweep: 'by-customer',
    },
  ],
  migrations: [
    {
      id: '001-grants',
      sql: `
        create schema access;
        create table access.grant (
          customer_id uuid not null,
          grant_id uuid not null,
          requester_id uuid not null,
          requester_role text not null,
          requester_country text not null,
          state text not null check (state in ('requested', 'agreed', 'active', 'ended', 'expired', 'denied', 'dead')),
          scope jsonb not null,
          purpose text not null,
          minutes integer not null check (minutes between 1 and 480),
          emergency boolean not null,
          mode text not null check (mode in ('log_only', 'support_preapproved', 'ask_first')),
          salt text not null,
          texts bytea not null,
          request_hash bytea not null,
          policy_hash text not null,
          requested_at timestamptz not null,
          answer_by timestamptz not null,
          agreed_by uuid,
          agreed_at timestamptz,
          consent text check (consent in ('customer', 'policy', 'none', 'emergency')),
          approved_by uuid,
          approved_at timestamptz,
          signature jsonb,
          starts_at timestamptz,
          ends_at timestamptz,
          ended_at timestamptz,
          ended_by text check (ended_by in ('requester', 'security', 'customer', 'time', 'roles')),
          first_access_at timestamptz,
          notice_due_at timestamptz,
          notice_sent_at timestamptz,
          overdue_told_at timestamptz,
          review_due_at timestamptz,
          review_told_at timestamptz,
          reviewed_by uuid,
          reviewed_at timestamptz,
          verdict text check (verdict in ('justified', 'not_justified')),
          primary key (customer_id, grant_id),
          check ((state = 'active') <= (starts_at is not null and ends_at is not null)),
          check (emergency <= (review_due_at is not null))
        );
        create index on access.grant (state) where state in ('requested', 'agreed', 'active');
        create index on access.grant (notice_due_at) where first_access_at is not null and notice_sent_at is null;
        create index on access.grant (review_due_at) where review_due_at is not null and reviewed_at is null;
        create table access.use (
          customer_id uuid not null,
          use_id uuid not null,
          grant_id uuid not null,
          at timestamptz not null,
          type text not null check (type in ('viewed', 'unmasked', 'searched', 'api')),
          person_id uuid,
          collection text not null,
          fields text[] not null,
          records integer not null,
          idx bigint not null,
          primary key (customer_id, use_id)
        );
        create index on access.use (customer_id, grant_id, at);
        create table access.customer_policy (
          customer_id uuid not null,
          mode text not null check (mode in ('log_only', 'support_preapproved', 'ask_first')),
          since timestamptz not null,
          primary key (customer_id)
        );
      `,
    },
    {
      // An index alone names no entry: a new generation of a log counts from nought again.
      id: '002-generations',
      sql: `
        alter table access.use add column generation integer not null default 1;
        update access.use t set generation = l.generation from journal.log l
          where l.customer_id = t.customer_id and l.kind = 'access' and l.ended_at is null;
      `,
    },
  ],
};
