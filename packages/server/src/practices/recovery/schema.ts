import type { RoomSchema } from '../../platform/database/tables.ts';

/**
 * What is known of backups besides what lies at the sites. Lost with the database, it is no loss: the manifests say which there
 * are, and whether they are whole is read anew.
 */
export const recoverySchema: RoomSchema = {
  room: 'recovery',
  tables: [
    {
      name: 'recovery.night',
      class: 'local',
      columns: {
        night: 'plain',
        lineage: 'plain',
        attempt: 'plain',
        node: 'plain',
        state: 'plain',
        started_at: 'plain',
        seen_at: 'plain',
        backup_id: 'plain',
        completed_at: 'plain',
        plain_bytes: 'plain',
        stored_bytes: 'plain',
        failure: 'plain',
      },
      sweep: 'none',
    },
    {
      name: 'recovery.drill',
      class: 'local',
      columns: {
        drill_id: 'plain',
        lineage: 'plain',
        night: 'plain',
        asked: 'plain',
        node: 'plain',
        state: 'plain',
        reason: 'plain',
        site: 'plain',
        backup_id: 'plain',
        begun_at: 'plain',
        seen_at: 'plain',
        ended_at: 'plain',
        point_at: 'plain',
        point_lsn: 'plain',
        checks: 'plain',
        rpo_ms: 'plain',
        rto_ms: 'plain',
        plain_bytes: 'plain',
      },
      sweep: 'none',
    },
    {
      name: 'recovery.rehearsal',
      class: 'local',
      columns: { kit_id: 'plain', rehearsed_at: 'plain' },
      sweep: 'none',
    },
    {
      name: 'recovery.stored',
      class: 'local',
      columns: {
        backup_id: 'plain',
        site: 'plain',
        state: 'plain',
        looked_at: 'plain',
        damaged: 'plain',
      },
      sweep: 'none',
    },
  ],
  migrations: [
    {
      id: '001-nights',
      sql: `
        create schema recovery;
        create table recovery.night (
          night date not null,
          lineage text not null,
          attempt integer not null,
          node text not null,
          state text not null check (state in ('created', 'complete', 'failed')),
          started_at timestamptz not null,
          seen_at timestamptz not null,
          backup_id uuid,
          completed_at timestamptz,
          plain_bytes bigint,
          stored_bytes bigint,
          failure text,
          primary key (night, lineage, attempt)
        );
        create table recovery.rehearsal (
          kit_id uuid not null primary key,
          rehearsed_at timestamptz not null
        );
        create table recovery.stored (
          backup_id uuid not null,
          site text not null,
          state text not null check (state in ('verified', 'damaged')),
          looked_at timestamptz not null,
          damaged integer not null,
          primary key (backup_id, site)
        );
      `,
    },
    {
      id: '002-drills',
      sql: `
        create table recovery.drill (
          drill_id uuid not null primary key,
          lineage text not null,
          night date not null,
          -- Somebody asked for it; else it is the one of the night.
          asked boolean not null,
          node text not null,
          -- 'unknown': it could not be tried, which says nothing of the backup.
          state text not null check (state in ('running', 'proven', 'failed', 'unknown')),
          reason text,
          site text,
          backup_id uuid,
          begun_at timestamptz not null,
          seen_at timestamptz not null,
          ended_at timestamptz,
          point_at timestamptz,
          point_lsn text,
          checks jsonb not null default '[]',
          rpo_ms bigint,
          rto_ms bigint,
          plain_bytes bigint
        );
        -- One at a time.
        create unique index on recovery.drill (lineage) where state = 'running';
        create index on recovery.drill (lineage, begun_at);
      `,
    },
  ],
};
