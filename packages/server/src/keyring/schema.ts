import type { RoomSchema } from '../platform/database/tables.ts';

/** Wrapped keys only. None of them is of use without the epoch key, which is never here. */
export const keyringSchema: RoomSchema = {
  room: 'keyring',
  tables: [
    {
      name: 'keyring.epoch',
      class: 'reference',
      columns: { epoch_id: 'plain', commitment: 'digest', state: 'plain', created_at: 'plain' },
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
        created_at: 'plain',
      },
      person: 'person_id',
      sweep: 'by-person',
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
  ],
};
