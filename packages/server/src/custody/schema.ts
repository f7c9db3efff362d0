import type { RoomSchema } from '../platform/database/tables.ts';
import { erasureMigrations, erasureTables, laterErasureMigrations } from './schema-erasure.ts';
import { objectMigrations, objectTables } from './schema-objects.ts';

export const custodySchema: RoomSchema = {
  room: 'custody',
  tables: [
    {
      name: 'custody.collection',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        name: 'plain',
        definition: 'plain',
        version: 'plain',
        backfill: 'plain',
        backfill_after: 'plain',
        created_at: 'plain',
        updated_at: 'plain',
      },
      sweep: 'by-customer',
    },
    {
      name: 'custody.record',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        person_id: 'plain',
        collection: 'plain',
        record_id: 'plain',
        version: 'plain',
        data_key_id: 'plain',
        data_key: 'sealed',
        data_key_commitment: 'digest',
        sealed: 'sealed',
        order_id: 'plain',
        created_at: 'plain',
        updated_at: 'plain',
      },
      person: 'person_id',
      dataKey: { id: 'data_key_id', wrapped: 'data_key', commitment: 'data_key_commitment' },
      sweep: 'by-person',
    },
    {
      name: 'custody.lookup',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        generation: 'plain',
        digest: 'digest',
        person_id: 'plain',
        collection: 'plain',
        record_id: 'plain',
        field: 'plain',
        seed: 'sealed',
      },
      person: 'person_id',
      bury: ['person_id', 'record_id', 'seed'],
      sweep: 'by-person',
    },
    {
      name: 'custody.file',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        person_id: 'plain',
        file_id: 'plain',
        version: 'plain',
        data_key_id: 'plain',
        data_key: 'sealed',
        data_key_commitment: 'digest',
        sealed_meta: 'sealed',
        object: 'plain',
        object_digest: 'digest',
        object_bytes: 'plain',
        sites: 'plain',
        missing: 'plain',
        differs: 'plain',
        order_id: 'plain',
        created_at: 'plain',
        updated_at: 'plain',
      },
      person: 'person_id',
      dataKey: { id: 'data_key_id', wrapped: 'data_key', commitment: 'data_key_commitment' },
      sweep: 'by-person',
    },
    {
      name: 'custody.erasure_order',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        order_id: 'plain',
        scope: 'plain',
        person_id: 'plain',
        collection: 'plain',
        object_id: 'plain',
        data_key_id: 'plain',
        state: 'plain',
        ordered_at: 'plain',
        due_at: 'plain',
        key_ids: 'plain',
        objects: 'plain',
        cooling_until: 'plain',
        recorded_at: 'plain',
        withdrawn_at: 'plain',
        withdrawal_recorded_at: 'plain',
        dead_at: 'plain',
        removed_at: 'plain',
        execution_recorded_at: 'plain',
        rekeyed_from: 'plain',
        rekeyed_to: 'plain',
        final_at: 'plain',
        extent: 'plain',
        receipt_index: 'plain',
        missed: 'plain',
        held_until: 'plain',
        asked_at: 'plain',
        released_at: 'plain',
        looked_at: 'plain',
        rest_id: 'plain',
        follow_asked_at: 'plain',
        followed_at: 'plain',
        follow_told_at: 'plain',
      },
      person: 'person_id',
      sweep: 'keep',
    },
    {
      name: 'custody.ledger_head',
      class: 'reference',
      columns: { id: 'plain', lines: 'plain', head: 'plain' },
      sweep: 'keep',
    },
    ...erasureTables,
    ...objectTables,
  ],
  migrations: [
    {
      id: '001-custody',
      sql: `
        create schema custody;
        create table custody.collection (
          customer_id uuid not null,
          name text not null check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
          definition jsonb not null,
          version integer not null,
          backfill text not null check (backfill in ('none', 'running')),
          backfill_after uuid,
          created_at timestamptz not null,
          updated_at timestamptz not null,
          primary key (customer_id, name)
        );
        create table custody.record (
          customer_id uuid not null,
          person_id uuid not null,
          collection text not null,
          record_id uuid not null,
          version bigint not null,
          data_key_id uuid not null,
          data_key bytea not null,
          data_key_commitment bytea not null,
          sealed bytea not null,
          created_at timestamptz not null default now(),
          updated_at timestamptz not null default now(),
          primary key (customer_id, person_id, collection, record_id)
        );
        alter table custody.record alter column sealed set storage external;
        create table custody.lookup (
          customer_id uuid not null,
          generation uuid not null,
          digest bytea not null,
          person_id uuid,
          collection text not null,
          record_id uuid,
          field text not null,
          seed bytea,
          primary key (customer_id, generation, digest)
        );
        create index on custody.lookup (customer_id, person_id, collection, record_id) where person_id is not null;
        create table custody.file (
          customer_id uuid not null,
          person_id uuid not null,
          file_id uuid not null,
          version bigint not null,
          data_key_id uuid not null,
          data_key bytea not null,
          data_key_commitment bytea not null,
          sealed_meta bytea not null,
          object uuid not null,
          sites text[] not null,
          created_at timestamptz not null default now(),
          updated_at timestamptz not null default now(),
          primary key (customer_id, person_id, file_id)
        );
        create table custody.erasure_order (
          customer_id uuid not null,
          order_id uuid not null,
          scope text not null check (scope in ('customer', 'person', 'collection', 'record', 'file')),
          person_id uuid,
          collection text,
          object_id uuid,
          data_key_id uuid,
          state text not null check (state in ('ordered', 'executed', 'final')),
          ordered_at timestamptz not null,
          due_at timestamptz not null,
          primary key (customer_id, order_id)
        );
      `,
    },
    {
      id: '002-erasure',
      sql: `
        -- Hidden by an open order for its collection: whoever reads does not find it.
        alter table custody.record add column order_id uuid;
        alter table custody.erasure_order drop constraint erasure_order_state_check;
        alter table custody.erasure_order add constraint erasure_order_state_check
          check (state in ('ordered', 'withdrawn', 'executed', 'final'));
        alter table custody.erasure_order
          add column key_ids uuid[] not null default '{}',
          add column objects uuid[] not null default '{}',
          add column missed text[] not null default '{}',
          add column cooling_until timestamptz,
          add column recorded_at timestamptz,
          add column withdrawn_at timestamptz,
          add column withdrawal_recorded_at timestamptz,
          add column dead_at timestamptz,
          add column removed_at timestamptz,
          add column execution_recorded_at timestamptz,
          add column rekeyed_from uuid,
          add column rekeyed_to uuid,
          add column final_at timestamptz,
          add column extent jsonb,
          add column receipt_index bigint;
        -- What was placed before orders had a life: a row that is gone, under a key that lives.
        update custody.erasure_order set cooling_until = ordered_at, removed_at = ordered_at,
          key_ids = array[data_key_id];
        alter table custody.erasure_order alter column cooling_until set not null;
        create index on custody.erasure_order (state) where state in ('ordered', 'executed');
        create table custody.ledger_head (
          id integer primary key,
          lines bigint not null,
          head text not null
        );
        insert into custody.ledger_head (id, lines, head) values (1, 0, '');
      `,
    },
    {
      id: '003-erasure-alarms',
      sql: `
        -- The last of 16, 20 and 22 hours that the team was told of.
        alter table custody.erasure_order add column told_hours smallint not null default 0;
      `,
    },
    ...erasureMigrations,
    ...objectMigrations,
    ...laterErasureMigrations,
  ],
};
