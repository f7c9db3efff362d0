import type { RoomSchema } from '../platform/database/tables.ts';

/** Tables of the journal. Entries and leaves are append-only by privilege; what is in them is free of personal data. */
export const journalSchema: RoomSchema = {
  room: 'journal',
  tables: [
    {
      name: 'journal.log',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        log_id: 'plain',
        kind: 'plain',
        origin: 'plain',
        generation: 'plain',
        created_at: 'plain',
        ended_at: 'plain',
        minimum: 'plain',
      },
      sweep: 'keep',
    },
    {
      name: 'journal.head',
      class: 'distributed',
      columns: { customer_id: 'plain', log_id: 'plain', next: 'plain', fence: 'plain' },
      sweep: 'keep',
    },
    {
      name: 'journal.entry',
      class: 'distributed',
      columns: { customer_id: 'plain', log_id: 'plain', idx: 'plain', leaf: 'digest', body: 'plain' },
      sweep: 'keep',
      appendOnly: true,
    },
    {
      name: 'journal.sealed',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        log_id: 'plain',
        idx: 'plain',
        subject_part: 'sealed',
        actor_part: 'sealed',
      },
      sweep: 'keep',
      appendOnly: true,
    },
    {
      name: 'journal.tree',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        log_id: 'plain',
        size: 'plain',
        root: 'digest',
        checkpoint: 'plain',
        checkpoint_size: 'plain',
        signed_at: 'plain',
      },
      sweep: 'keep',
    },
    {
      name: 'journal.tile',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        log_id: 'plain',
        level: 'plain',
        n: 'plain',
        width: 'plain',
        hashes: 'digest',
        digest: 'digest',
      },
      sweep: 'keep',
    },
    {
      name: 'journal.anchor',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        log_id: 'plain',
        size: 'plain',
        page_log_id: 'plain',
        page_idx: 'plain',
        position: 'plain',
        salt: 'digest',
        checkpoint: 'plain',
      },
      sweep: 'keep',
    },
    {
      name: 'journal.anchor_round',
      class: 'distributed',
      columns: { customer_id: 'plain', log_id: 'plain', idx: 'plain', leaves: 'digest' },
      sweep: 'keep',
    },
  ],
  migrations: [
    {
      id: '001-logs',
      sql: `
        create schema journal;
        create table journal.log (
          customer_id uuid not null,
          log_id uuid not null,
          kind text not null check (kind in ('access', 'orders', 'operator', 'page')),
          origin text not null,
          generation integer not null default 1,
          created_at timestamptz not null default now(),
          ended_at timestamptz,
          primary key (customer_id, log_id),
          unique (customer_id, kind, generation)
        );
        create table journal.head (
          customer_id uuid not null,
          log_id uuid not null,
          next bigint not null default 0,
          fence bigint not null default 0,
          primary key (customer_id, log_id)
        ) with (fillfactor = 50);
        create table journal.entry (
          customer_id uuid not null,
          log_id uuid not null,
          idx bigint not null,
          leaf bytea not null,
          body bytea not null,
          primary key (customer_id, log_id, idx)
        );
        alter table journal.entry alter column body set storage plain;
        create table journal.sealed (
          customer_id uuid not null,
          log_id uuid not null,
          idx bigint not null,
          subject_part bytea,
          actor_part bytea,
          primary key (customer_id, log_id, idx)
        );
        create table journal.tree (
          customer_id uuid not null,
          log_id uuid not null,
          size bigint not null default 0,
          root bytea not null,
          checkpoint text,
          checkpoint_size bigint,
          signed_at timestamptz,
          primary key (customer_id, log_id)
        );
        create table journal.tile (
          customer_id uuid not null,
          log_id uuid not null,
          level smallint not null,
          n bigint not null,
          width smallint not null,
          hashes bytea not null,
          primary key (customer_id, log_id, level, n)
        );
        alter table journal.tile alter column hashes set storage external;
        create table journal.anchor (
          customer_id uuid not null,
          log_id uuid not null,
          size bigint not null,
          page_log_id uuid not null,
          page_idx bigint not null,
          position integer not null,
          salt bytea not null,
          checkpoint text not null,
          primary key (customer_id, log_id)
        );
        create table journal.anchor_round (
          customer_id uuid not null,
          log_id uuid not null,
          idx bigint not null,
          leaves bytea not null,
          primary key (customer_id, log_id, idx)
        );
      `,
    },
    {
      // A tile is read again and again and compared with nothing: its digest tells a flipped bit.
      id: '002-tile-digests',
      sql: `
        alter table journal.tile add column digest bytea;
        update journal.tile set digest = sha256(hashes);
        alter table journal.tile alter column digest set not null;
      `,
    },
    {
      // The smallest number whose entry can still be read: what was before it is over its retention.
      id: '003-minimum',
      sql: 'alter table journal.log add column minimum bigint not null default 0',
    },
  ],
};
