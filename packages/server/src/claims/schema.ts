import type { RoomSchema } from '../platform/database/tables.ts';

/** What was proven when. The public page log is the record; these tables make it quick to show. */
export const claimsSchema: RoomSchema = {
  room: 'claims',
  tables: [
    {
      name: 'claims.proof',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        proof_id: 'plain',
        claim: 'plain',
        verdict: 'plain',
        reason: 'plain',
        counts: 'plain',
        probe: 'plain',
        probe_version: 'plain',
        observed_at: 'plain',
        took_ms: 'plain',
        idx: 'plain',
        generation: 'plain',
      },
      sweep: 'keep',
    },
    {
      // The worst of each claim and day, with its entry: what the page shows of the past.
      name: 'claims.day',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        claim: 'plain',
        day: 'plain',
        verdict: 'plain',
        idx: 'plain',
        generation: 'plain',
      },
      sweep: 'keep',
    },
    {
      name: 'claims.sentence',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        sentence: 'plain',
        digest: 'digest',
        since: 'plain',
        withdrawn_at: 'plain',
        idx: 'plain',
        generation: 'plain',
      },
      sweep: 'keep',
    },
    {
      name: 'claims.attestation',
      class: 'distributed',
      columns: {
        customer_id: 'plain',
        claim: 'plain',
        at: 'plain',
        grade: 'plain',
        by_office: 'plain',
        account_id: 'plain',
        text_de: 'plain',
        text_en: 'plain',
        document: 'digest',
        digest: 'digest',
        until: 'plain',
        withdrawn_at: 'plain',
        idx: 'plain',
        generation: 'plain',
      },
      sweep: 'keep',
    },
    {
      name: 'claims.state',
      class: 'distributed',
      columns: { customer_id: 'plain', claim: 'plain', verdict: 'plain', since: 'plain' },
      sweep: 'keep',
    },
    {
      // Random, and readable on purpose: a search through the files that does not find it is blind.
      name: 'claims.control',
      class: 'distributed',
      columns: { customer_id: 'plain', node: 'plain', control: 'plain' },
      sweep: 'keep',
    },
    {
      // When a value was planted, and whether it was found: the value itself is derived from a key that lies elsewhere.
      name: 'claims.planted',
      class: 'distributed',
      columns: { customer_id: 'plain', node: 'plain', at: 'plain', readable: 'plain' },
      sweep: 'keep',
    },
  ],
  migrations: [
    {
      id: '001-proofs',
      sql: `
        create schema claims;
        create table claims.proof (
          customer_id uuid not null,
          proof_id uuid not null,
          claim text not null,
          verdict text not null check (verdict in ('holds', 'fails', 'unknown')),
          reason text,
          counts jsonb not null,
          probe text not null,
          probe_version integer not null,
          observed_at timestamptz not null,
          took_ms integer not null,
          idx bigint not null,
          primary key (customer_id, proof_id)
        );
        create index on claims.proof (customer_id, claim, observed_at desc);
        create table claims.sentence (
          customer_id uuid not null,
          sentence text not null,
          digest bytea not null,
          since timestamptz not null,
          withdrawn_at timestamptz,
          idx bigint not null,
          primary key (customer_id, sentence)
        );
      `,
    },
    {
      id: '002-attestations',
      sql: `
        create table claims.attestation (
          customer_id uuid not null,
          claim text not null,
          at timestamptz not null,
          grade text not null check (grade in ('attested', 'declared')),
          by_office text not null,
          text_de text not null,
          text_en text not null,
          document bytea,
          digest bytea not null,
          until timestamptz not null,
          withdrawn_at timestamptz,
          idx bigint,
          primary key (customer_id, claim, at)
        );
        create table claims.state (
          customer_id uuid not null,
          claim text not null,
          verdict text not null check (verdict in ('holds', 'fails', 'unknown')),
          since timestamptz not null,
          primary key (customer_id, claim)
        );
        create table claims.control (
          customer_id uuid not null,
          node text not null,
          control text not null,
          primary key (customer_id, node, control)
        );
      `,
    },
    {
      // An index alone names no entry: a new generation of a log counts from nought again.
      id: '003-generations',
      sql: `
        alter table claims.proof add column generation integer not null default 1;
        update claims.proof t set generation = l.generation from journal.log l
          where l.customer_id = t.customer_id and l.kind = 'page' and l.ended_at is null;
        alter table claims.sentence add column generation integer not null default 1;
        update claims.sentence t set generation = l.generation from journal.log l
          where l.customer_id = t.customer_id and l.kind = 'page' and l.ended_at is null;
        alter table claims.attestation add column generation integer not null default 1;
        update claims.attestation t set generation = l.generation from journal.log l
          where l.customer_id = t.customer_id and l.kind = 'page' and l.ended_at is null;
      `,
    },
    {
      id: '004-days',
      sql: `
        create table claims.day (
          customer_id uuid not null,
          claim text not null,
          day date not null,
          verdict text not null check (verdict in ('holds', 'fails', 'unknown')),
          idx bigint not null,
          generation integer not null,
          primary key (customer_id, claim, day)
        );
        insert into claims.day (customer_id, claim, day, verdict, idx, generation)
          select distinct on (customer_id, claim, day) customer_id, claim, day, verdict, idx, generation
          from (select p.*, (p.observed_at at time zone 'UTC')::date as day from claims.proof p) p
          order by customer_id, claim, day, array_position(array['fails', 'unknown', 'holds'], verdict), observed_at;
        create table claims.planted (
          customer_id uuid not null,
          node text not null,
          at timestamptz not null,
          readable boolean not null,
          primary key (customer_id, node, at)
        );
      `,
    },
    {
      // Who of the team said it: for the team alone, the page names an office.
      id: '005-vouched-by',
      sql: 'alter table claims.attestation add column account_id uuid',
    },
  ],
};
