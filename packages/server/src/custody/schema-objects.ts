/** What is known of sealed objects besides their rows: which sites there are, and what comparisons with them saw. */
import type { Migration, TableDeclaration } from '../platform/database/tables.ts';

export const objectTables: readonly TableDeclaration[] = [
  {
    name: 'custody.object_site',
    class: 'reference',
    columns: {
      site: 'plain',
      mark: 'plain',
      marked_at: 'plain',
      compared_at: 'plain',
      objects: 'plain',
      missing: 'plain',
      wrong: 'plain',
      strangers: 'plain',
    },
    sweep: 'keep',
  },
  {
    name: 'custody.object_reading',
    class: 'reference',
    columns: { site: 'plain', part: 'plain', read_at: 'plain', objects: 'plain', wrong: 'plain' },
    sweep: 'keep',
  },
  { name: 'custody.object_hold', class: 'reference', columns: { site: 'plain', since: 'plain' }, sweep: 'keep' },
];

export const objectMigrations: readonly Migration[] = [
  {
    id: '011-objects',
    sql: `
      alter table custody.file
        -- SHA-256 and length of the sealed bytes; of older objects not known until they are read.
        add column object_digest bytea,
        add column object_bytes bigint,
        -- Sites that should have it and do not, or not right.
        add column missing text[] not null default '{}';
      create index on custody.file (customer_id, person_id, file_id) where missing <> '{}';
      create index on custody.file (object);
      create table custody.object_site (
        site text primary key,
        -- Lies at the site too: a volume without it is another one.
        mark uuid not null,
        marked_at timestamptz not null,
        compared_at timestamptz,
        objects bigint,
        missing bigint,
        wrong bigint,
        strangers bigint
      );
      create table custody.object_reading (
        site text not null,
        part integer not null,
        read_at timestamptz not null,
        objects bigint not null,
        wrong bigint not null,
        primary key (site, part)
      );
    `,
  },
  {
    id: '012-marks-before-sites',
    sql: `
      -- Known here before it is written at the site; from then on the site has to have it.
      alter table custody.object_site alter column marked_at drop not null;
    `,
  },
  {
    id: '013-held-strangers',
    sql: `
      -- Sites at which nothing that belongs to no file is removed, since a restore.
      create table custody.object_hold (site text primary key, since timestamptz not null);
    `,
  },
  {
    id: '014-differing',
    sql: `
      -- Without a digest, and its sites do not agree: nobody knows which is right.
      alter table custody.file add column differs boolean not null default false;
    `,
  },
];
