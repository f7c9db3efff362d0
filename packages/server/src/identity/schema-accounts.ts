/** Accounts of staff and customer admins: all are persons of the operator's own customer, so that each can be erased like anybody. */
import type { Migration, TableDeclaration } from '../platform/database/tables.ts';

export const accountTables: readonly TableDeclaration[] = [
  {
    name: 'identity.account',
    class: 'distributed',
    columns: {
      customer_id: 'plain',
      account_id: 'plain',
      person_id: 'plain',
      kind: 'plain',
      of_customer_id: 'plain',
      state: 'plain',
      email_digest: 'digest',
      profile_key_id: 'plain',
      profile_key: 'sealed',
      profile_key_commitment: 'digest',
      profile: 'sealed',
      profile_version: 'plain',
      language: 'plain',
      country: 'plain',
      failures: 'plain',
      locked_until: 'plain',
      last_sign_in_at: 'plain',
      created_at: 'plain',
      left_at: 'plain',
    },
    person: 'person_id',
    dataKey: { id: 'profile_key_id', wrapped: 'profile_key', commitment: 'profile_key_commitment' },
    sweep: 'by-person',
  },
  {
    name: 'identity.role',
    class: 'distributed',
    columns: {
      customer_id: 'plain',
      account_id: 'plain',
      role: 'plain',
      granted_by: 'plain',
      granted_at: 'plain',
      expires_at: 'plain',
      told_days: 'plain',
    },
    sweep: 'by-customer',
  },
  {
    name: 'identity.passkey',
    class: 'distributed',
    columns: {
      customer_id: 'plain',
      passkey_id: 'plain',
      account_id: 'plain',
      person_id: 'plain',
      credential: 'plain',
      public_key: 'plain',
      counter: 'plain',
      transports: 'plain',
      aaguid: 'plain',
      backed_up: 'plain',
      created_at: 'plain',
      last_used_at: 'plain',
    },
    person: 'person_id',
    sweep: 'by-person',
  },
  {
    name: 'identity.password',
    class: 'distributed',
    columns: {
      customer_id: 'plain',
      account_id: 'plain',
      person_id: 'plain',
      hash: 'sealed',
      totp: 'sealed',
      totp_step: 'plain',
      set_at: 'plain',
      leaked_at: 'plain',
    },
    person: 'person_id',
    sweep: 'by-person',
  },
  {
    name: 'identity.recovery_code',
    class: 'distributed',
    columns: { customer_id: 'plain', account_id: 'plain', digest: 'digest', used_at: 'plain' },
    sweep: 'by-customer',
  },
  {
    name: 'identity.session',
    class: 'distributed',
    columns: {
      customer_id: 'plain',
      session_id: 'plain',
      account_id: 'plain',
      person_id: 'plain',
      token_digest: 'digest',
      method: 'plain',
      totp: 'sealed',
      device_type: 'plain',
      browser: 'plain',
      system: 'plain',
      created_at: 'plain',
      seen_at: 'plain',
      fresh_at: 'plain',
      ended_at: 'plain',
    },
    person: 'person_id',
    sweep: 'by-person',
  },
  {
    name: 'identity.link',
    class: 'distributed',
    columns: {
      customer_id: 'plain',
      link_id: 'plain',
      account_id: 'plain',
      kind: 'plain',
      digest: 'digest',
      totp: 'sealed',
      created_at: 'plain',
      expires_at: 'plain',
      used_at: 'plain',
    },
    sweep: 'by-customer',
  },
  {
    name: 'identity.flow',
    class: 'distributed',
    columns: {
      customer_id: 'plain',
      flow_id: 'plain',
      use: 'plain',
      challenge: 'plain',
      binding: 'plain',
      expires_at: 'plain',
    },
    sweep: 'by-customer',
  },
  {
    name: 'identity.familiar',
    class: 'distributed',
    columns: {
      customer_id: 'plain',
      account_id: 'plain',
      person_id: 'plain',
      kind: 'plain',
      digest: 'digest',
      first_at: 'plain',
      last_at: 'plain',
    },
    person: 'person_id',
    sweep: 'by-person',
  },
  {
    name: 'identity.recovery',
    class: 'distributed',
    columns: { customer_id: 'plain', recovery_id: 'plain', account_id: 'plain', asked_at: 'plain', ended_at: 'plain' },
    sweep: 'by-customer',
  },
  {
    name: 'identity.sign_in',
    class: 'distributed',
    columns: {
      customer_id: 'plain',
      sign_in_id: 'plain',
      account_id: 'plain',
      at: 'plain',
      act: 'plain',
      outcome: 'plain',
      attempts: 'plain',
      method: 'plain',
      provider: 'plain',
      device_type: 'plain',
      browser: 'plain',
      system: 'plain',
      new_device: 'plain',
      new_place: 'plain',
      salt: 'plain',
      detail: 'sealed',
      log: 'plain',
      idx: 'plain',
      generation: 'plain',
    },
    sweep: 'by-customer',
  },
];

export const accountsMigration: Migration = {
  id: '002-accounts',
  sql: `
    create table identity.account (
      customer_id uuid not null,
      account_id uuid not null,
      person_id uuid not null,
      kind text not null check (kind in ('staff', 'admin')),
      of_customer_id uuid,
      state text not null check (state in ('invited', 'active', 'left')),
      email_digest bytea not null,
      profile_key_id uuid not null,
      profile_key bytea not null,
      profile_key_commitment bytea not null,
      profile bytea not null,
      profile_version integer not null,
      language text not null check (language in ('de', 'en')),
      country text not null check (country ~ '^[A-Z]{2}$'),
      failures integer not null default 0,
      locked_until timestamptz,
      last_sign_in_at timestamptz,
      created_at timestamptz not null,
      left_at timestamptz,
      primary key (customer_id, account_id),
      check ((kind = 'admin') = (of_customer_id is not null))
    );
    create unique index on identity.account (customer_id, email_digest) where state <> 'left';
    create table identity.role (
      customer_id uuid not null,
      account_id uuid not null,
      role text not null check (role in ('owner', 'security', 'operations', 'support', 'engineer', 'auditor', 'admin')),
      granted_by uuid,
      granted_at timestamptz not null,
      expires_at timestamptz not null,
      primary key (customer_id, account_id, role)
    );
    create table identity.passkey (
      customer_id uuid not null,
      passkey_id uuid not null,
      account_id uuid not null,
      person_id uuid not null,
      credential text not null,
      public_key text not null,
      counter bigint not null,
      transports text[] not null,
      aaguid text not null,
      backed_up boolean not null,
      created_at timestamptz not null,
      last_used_at timestamptz,
      primary key (customer_id, passkey_id),
      unique (customer_id, credential)
    );
    create index on identity.passkey (customer_id, account_id);
    create table identity.password (
      customer_id uuid not null,
      account_id uuid not null,
      person_id uuid not null,
      hash bytea not null,
      totp bytea not null,
      totp_step bigint not null,
      set_at timestamptz not null,
      primary key (customer_id, account_id)
    );
    create table identity.recovery_code (
      customer_id uuid not null,
      account_id uuid not null,
      digest bytea not null,
      used_at timestamptz,
      primary key (customer_id, account_id, digest)
    );
    create table identity.session (
      customer_id uuid not null,
      session_id uuid not null,
      account_id uuid not null,
      person_id uuid not null,
      token_digest bytea not null,
      method text not null,
      totp bytea,
      device_type text not null,
      browser text,
      system text,
      created_at timestamptz not null,
      seen_at timestamptz not null,
      fresh_at timestamptz not null,
      ended_at timestamptz,
      primary key (customer_id, session_id),
      unique (customer_id, token_digest)
    );
    create index on identity.session (customer_id, account_id) where ended_at is null;
    create table identity.link (
      customer_id uuid not null,
      link_id uuid not null,
      account_id uuid,
      kind text not null check (kind in ('first-owner', 'invitation', 'reset')),
      digest bytea not null,
      totp bytea,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      used_at timestamptz,
      primary key (customer_id, link_id),
      unique (customer_id, digest)
    );
    create table identity.flow (
      customer_id uuid not null,
      flow_id uuid not null,
      use text not null,
      challenge text not null,
      binding text not null,
      expires_at timestamptz not null,
      primary key (customer_id, flow_id)
    );
    create table identity.familiar (
      customer_id uuid not null,
      account_id uuid not null,
      person_id uuid not null,
      kind text not null check (kind in ('device', 'network')),
      digest bytea not null,
      first_at timestamptz not null,
      last_at timestamptz not null,
      primary key (customer_id, account_id, kind, digest)
    );
    create table identity.recovery (
      customer_id uuid not null,
      recovery_id uuid not null,
      account_id uuid not null,
      asked_at timestamptz not null,
      ended_at timestamptz,
      primary key (customer_id, recovery_id)
    );
    create table identity.sign_in (
      customer_id uuid not null,
      sign_in_id uuid not null,
      account_id uuid,
      at timestamptz not null,
      outcome text not null check (outcome in ('ok', 'failed', 'locked')),
      method text not null,
      provider text,
      device_type text not null,
      browser text,
      system text,
      new_device boolean not null,
      new_place boolean not null,
      salt text not null,
      detail bytea not null,
      log text not null,
      idx bigint,
      primary key (customer_id, sign_in_id)
    );
    create index on identity.sign_in (customer_id, at);
    create index on identity.sign_in (customer_id, account_id, at);
  `,
};

/** An index alone names no entry: a new generation of a log counts from nought again. */
export const generationsMigration: Migration = {
  id: '003-generations',
  sql: `
    alter table identity.sign_in add column generation integer not null default 1;
    update identity.sign_in t set generation = l.generation from journal.log l
      where l.customer_id = t.customer_id and l.kind = t.log and l.ended_at is null;
  `,
};
