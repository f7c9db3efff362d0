/** Recovery, as the team sees it: which backup of which site is proven, what drills have measured, whether the kit was rehearsed. */
import { type Static, Type } from 'typebox';
import { nullable } from '../../identity/routes/shapes.ts';
import type { Database } from '../../platform/database/database.ts';
import { time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { readLineage } from '../../platform/repository/lineage.ts';
import { isBackedUp, type RecoveryNeeds } from './claims.ts';
import { type Drill, drillChecks } from './drill/result.ts';
import { drillHealth, listDrills } from './drill/store.ts';
import { lastNights, lastRehearsal } from './store.ts';

const drillShape = Type.Object({
  id: uuid('the drill'),
  state: Type.Enum(['running', 'proven', 'failed', 'unknown']),
  reason: nullable(Type.String({ description: 'why it failed or could not be tried: a code (docs/recovery.md)' })),
  asked: Type.Boolean({ description: 'somebody asked for it; else it is the one of the night' }),
  site: nullable(Type.String()),
  backup: nullable(Type.String()),
  begunAt: time('when it was begun'),
  endedAt: nullable(Type.String()),
  pointAt: nullable(Type.String({ description: 'the moment that was restored' })),
  rpoMs: nullable(Type.Integer({ description: 'for how long something committed lay at no site' })),
  rtoMs: nullable(Type.Integer({ description: 'until the first record was read in what was restored' })),
  bytes: nullable(Type.Integer()),
  checks: Type.Array(
    Type.Object({ check: Type.Enum([...drillChecks]), verdict: Type.Enum(['holds', 'fails', 'unknown']) }),
  ),
});

const answer = Type.Object({
  drilled: Type.Enum(['yes', 'own-database', 'no-backups'], { description: 'whether drills are possible here' }),
  lastBackup: nullable(Type.Object({ completedAt: time('when it was complete'), bytes: Type.Integer() })),
  sites: Type.Array(
    Type.Object({
      name: Type.String(),
      country: Type.String(),
      read: Type.Enum(['verified', 'damaged', 'not-yet'], { description: 'the last backup, read back at this site' }),
      proven: nullable(drillShape),
      failing: nullable(drillShape),
    }),
  ),
  drills: Type.Array(drillShape, { description: 'the newest first' }),
  kitRehearsedAt: nullable(Type.String()),
});

const isoOf = (at: Date | undefined) => at?.toISOString() ?? null;

const shapeOf = (drill: Drill): Static<typeof drillShape> => ({
  id: drill.id,
  state: drill.state,
  reason: drill.reason ?? null,
  asked: drill.asked,
  site: drill.site ?? null,
  backup: drill.backup ?? null,
  begunAt: drill.begunAt.toISOString(),
  endedAt: isoOf(drill.endedAt),
  pointAt: isoOf(drill.pointAt),
  rpoMs: drill.rpoMs ?? null,
  rtoMs: drill.rtoMs ?? null,
  bytes: drill.plainBytes ?? null,
  checks: drill.checks.map(({ check, verdict }) => ({ check, verdict })),
});

/** A quarter of a year of nights. */
const shown = 90;

export interface RecoveryRoutesOptions extends RecoveryNeeds {
  readonly database: Database;
}

export function recoveryRoutes(server: HttpServer, options: RecoveryRoutesOptions): void {
  const { database, settings } = options;
  const sites = options.sites.filter(({ purposes }) => purposes.includes('backups'));

  server.get(
    '/v1/recovery',
    {
      config: { guard: 'none', session: 'alarms.read' },
      schema: { summary: 'Backups, drills and the recovery kit', tags: ['recovery'], response: { 200: answer } },
    },
    async (): Promise<Static<typeof answer>> => {
      const lineage = (await readLineage(settings.data)) ?? '';
      const names = sites.map(({ name }) => name);
      const [nights, drills, health, rehearsedAt] = await Promise.all([
        lastNights(database, lineage),
        listDrills(database, lineage, shown),
        drillHealth(database, lineage, names),
        lastRehearsal(database),
      ]);
      const night = nights?.complete[0];
      return {
        drilled: settings.database.url !== undefined ? 'own-database' : isBackedUp(options) ? 'yes' : 'no-backups',
        lastBackup: night === undefined ? null : { completedAt: night.completedAt.toISOString(), bytes: night.bytes },
        sites: sites.map(({ name, country }) => {
          const proven = health.provenAt.get(name);
          const failing = health.failing.find(({ site }) => site === name);
          return {
            name,
            country,
            read: night?.stored.get(name) ?? 'not-yet',
            proven: proven === undefined ? null : shapeOf(proven),
            failing: failing === undefined ? null : shapeOf(failing),
          };
        }),
        drills: drills.map(shapeOf),
        kitRehearsedAt: isoOf(rehearsedAt),
      };
    },
  );
}
