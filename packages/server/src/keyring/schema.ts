import type { RoomSchema } from '../platform/database/tables.ts';

/** Wrapped keys only. None of them is of use without the epoch key, which is never here. */
export const keyringSchema: RoomSchema = {
  room: 'keyring',
  tables: [
    {
      name: 'keyring.epoch',
      class: 'reference',
      columns: {
        epoch_id: 'plain',
        commitment: 'digest',
        state: 'plain',
        created_at: 'plain',
        closed_at: 'plain',
        destroyed_in: 'plain',
      },
      sweep: 'keep',
    },
    {
      name: 'keyring.customer_key',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        key_id: 'plain',
        epoch_id: 'plain',
        wrapped: 'sealed',
        commitment: 'digest',
        state: 'plain',
        locked: 'plain',
        created_at: 'plain',
      },
      sweep: 'by-customer',
    },
    {
      name: 'keyring.lookup_key',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        key_id: 'plain',
        kind: 'plain',
        customer_key_id: 'plain',
        wrapped: 'sealed',
        commitment: 'digest',
        state: 'plain',
        created_at: 'plain',
      },
      sweep: 'by-customer',
    },
    {
      name: 'keyring.log_key',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        month: 'plain',
        customer_key_id: 'plain',
        wrapped: 'sealed',
        commitment: 'digest',
      },
      sweep: 'by-customer',
    },
    {
      name: 'keyring.person',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        person_id: 'plain',
        key_id: 'plain',
        customer_key_id: 'plain',
        wrapped: 'sealed',
        commitment: 'digest',
        details_wrapped: 'sealed',
        details_commitment: 'digest',
        locked: 'plain',
        rekeyed_at: 'plain',
        restored: 'plain',
        created_at: 'plain',
      },
      person: 'person_id',
      sweep: 'by-person',
    },
    {
      name: 'keyring.booking',
      class: 'distributed',
      columns: { customer_id: 'plain', order_id: 'plain', epoch_id: 'plain' },
      sweep: 'keep',
    },
    {
      name: 'keyring.rollover',
      class: 'reference',
      columns: {
        epoch_id: 'plain',
        next_epoch_id: 'plain',
        step: 'plain',
        lease: 'plain',
        holder: 'plain',
        lease_until: 'plain',
        snapshot: 'plain',
        counts: 'plain',
        started_at: 'plain',
        finished_at: 'plain',
      },
      sweep: 'keep',
    },
    {
      name: 'keyring.node',
      class: 'reference',
      columns: { node: 'plain', seen_at: 'plain', dropped: 'plain' },
      sweep: 'keep',
    },
  ],
  migrations: [
    {
      id: '001-keys',
      sql: `
        create schema keyring;
        create table keyring.epoch (
          epoch_id uuid primary key,
          commitment bytea not null,
          state text not null check (state in ('open', 'closing', 'closed')),
          created_at timestamptz not null default now()
        );
        create table keyring.customer_key (
          customer_id uuid not null,
          key_id uuid not null,
          epoch_id uuid not null,
          wrapped bytea not null,
          commitment bytea not null,
          state text not null check (state in ('current', 'old')),
          created_at timestamptz not null default now(),
          primary key (customer_id, key_id)
        );
        create unique index on keyring.customer_key (customer_id) where state = 'current';
        create table keyring.lookup_key (
          customer_id uuid not null,
          key_id uuid not null,
          kind text not null check (kind in ('base', 'generation')),
          customer_key_id uuid not null,
          wrapped bytea not null,
          commitment bytea not null,
          state text not null check (state in ('building', 'current', 'old')),
          created_at timestamptz not null default now(),
          primary key (customer_id, key_id)
        );
        create unique index on keyring.lookup_key (customer_id, kind, state) where state <> 'old';
        create table keyring.log_key (
          customer_id uuid not null,
          month date not null,
          customer_key_id uuid not null,
          wrapped bytea not null,
          commitment bytea not null,
          primary key (customer_id, month)
        );
        create table keyring.person (
          customer_id uuid not null,
          person_id uuid not null,
          key_id uuid not null,
          customer_key_id uuid not null,
          wrapped bytea not null,
          commitment bytea not null,
          details_wrapped bytea not null,
          details_commitment bytea not null,
          created_at timestamptz not null default now(),
          primary key (customer_id, person_id)
        );
      `,
    },
    {
      id: '002-rollover',
      sql: `
        alter table keyring.epoch drop constraint epoch_state_check;
        alter table keyring.epoch add constraint epoch_state_check
          check (state in ('preparing', 'open', 'closing', 'closed'));
        alter table keyring.epoch add column closed_at timestamptz;
        create unique index epoch_one_open on keyring.epoch (state) where state = 'open';
        create unique index epoch_one_preparing on keyring.epoch (state) where state = 'preparing';
        -- An order that is open refuses every access, long before its key is dead.
        alter table keyring.customer_key add column locked boolean not null default false;
        alter table keyring.person add column locked boolean not null default false;
        alter table keyring.person add column rekeyed_at timestamptz;
        create index on keyring.customer_key (epoch_id);
        create index on keyring.person (customer_id, customer_key_id);
        -- To which epoch an order belongs whose keys are dead: it is final when that epoch is closed.
        create table keyring.booking (
          customer_id uuid not null,
          order_id uuid not null,
          epoch_id uuid not null,
          primary key (customer_id, order_id)
        );
        create index on keyring.booking (epoch_id);
        create table keyring.rollover (
          epoch_id uuid primary key,
          next_epoch_id uuid not null,
          step smallint not null,
          lease bigint not null,
          holder text not null,
          lease_until timestamptz not null,
          snapshot text,
          counts jsonb not null default '{}',
          started_at timestamptz not null,
          finished_at timestamptz
        );
        create unique index rollover_one on keyring.rollover ((true)) where finished_at is null;
        create table keyring.node (
          node text primary key,
          seen_at timestamptz not null,
          dropped uuid
        );
      `,
    },
    {
      id: '003-restore',
      sql: `
        -- Whether a restore has found its key in the snapshot.
        alter table keyring.person add column restored boolean not null default true;
      `,
    },
    {
      id: '004-destroyed-in',
      sql: `
        -- Names of the safes in which its key is destroyed.
        alter table keyring.epoch add column destroyed_in text[] not null default '{}';
      `,
    },
  ],
};
