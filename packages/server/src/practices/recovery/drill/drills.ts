/**
 * Each night, after the backup, a drill of it: at a random moment, from the sites by turns. And whenever somebody asks. One at
 * a time over all servers; what the last one found is an alarm until another one proves the contrary.
 */
import { randomInt, randomUUID } from 'node:crypto';
import type { Finding } from '../../../alerts/alarm.ts';
import type { Check } from '../../../alerts/checks.ts';
import type { Settings } from '../../../platform/config/settings.ts';
import type { Queryable } from '../../../platform/database/database.ts';
import { removeEmbedded } from '../../../platform/database/embedded.ts';
import { createPacker } from '../../../platform/repository/packer.ts';
import { nightOf } from '../nights.ts';
import { BrokenOff } from './abort.ts';
import { type DrillOptions, type DrillStep, drillFolder, drillLog, runDrill } from './drill.ts';
import type { DrillEnd } from './result.ts';
import { createDrillStore, type DrillClaim, drillHealth } from './store.ts';

export interface Drills {
  /** One look now: the night's drill, where it is due. @returns how it ended, or nothing. */
  look(): Promise<DrillEnd | undefined>;
  /** One at once. @param site or whose turn it is. @returns `undefined` where one is under way. */
  ask(site?: string): Promise<DrillEnd | undefined>;
  readonly checks: readonly Check[];
  /** Of the newest that proved a backup, and how many sites' newest drill failed. */
  figures(): Promise<{
    readonly provenAt: Date | undefined;
    readonly rpoMs: number | undefined;
    readonly rtoMs: number | undefined;
    readonly failing: number;
  }>;
  /** What a process that died left behind is ended and removed. */
  tidy(): Promise<void>;
  stop(): Promise<void>;
}

export interface DrillsOptions
  extends Omit<DrillOptions, 'site' | 'packer' | 'marked' | 'knowsMark' | 'reached' | 'signal' | 'left'> {
  readonly settings: Settings['recovery'];
  readonly node: string;
  /** Codes for whoever mends it; nothing personal. */
  readonly failed: (code: string) => void;
  /** How long after the backup the moment may be, at random. */
  readonly momentMs?: number;
  readonly reached?: (step: DrillStep) => Promise<void>;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const attempts = 4;
const pauseMs = hourMs;
/** A server that drills and was not seen for so long is dead. */
const deadMs = 10 * minuteMs;
const usualMomentMs = 10 * minuteMs;
/** Charts show a year. */
const keptMs = 400 * dayMs;
/** Older than this, a proof says nothing: two nights, one of which may fail. */
export const provenMs = 48 * hourMs;

export function createDrills(options: DrillsOptions): Drills {
  const { clock, database, lineage, node, data, settings } = options;
  const sites = options.sites.filter(({ purposes }) => purposes.includes('backups'));
  const names = sites.map(({ name }) => name);
  const store = createDrillStore(database);
  const stopping = new AbortController();
  let running: Promise<DrillEnd | undefined> | undefined;
  /** Of the night that is due: not before. */
  let moment: { readonly night: string; readonly at: number } | undefined;

  const ago = (ms: number) => new Date(clock.now().getTime() - ms);

  async function drill(claim: DrillClaim, wanted: string | undefined): Promise<DrillEnd> {
    const beat = setInterval(() => void store.seen(claim, clock.now()).catch(() => undefined), minuteMs);
    beat.unref();
    const packer = createPacker(options.backupKey, 1);
    try {
      const next = wanted ?? (await store.nextSite(lineage, names));
      const site = sites.find(({ name }) => name === next);
      const end: DrillEnd =
        site === undefined
          ? { state: 'unknown', reason: 'drill_no_site', checks: [] }
          : await runDrill({
              ...options,
              site,
              packer,
              marked: (at, lsn) => store.marked(claim, at, lsn),
              knowsMark: (copy) => knowsMark(copy, claim),
              signal: stopping.signal,
              left: options.failed,
            });
      await store.end(claim, clock.now(), end);
      if (end.state !== 'proven') options.failed(end.reason ?? 'drill_failed');
      return end;
    } finally {
      clearInterval(beat);
      await packer.close();
    }
  }

  /** In the restored database it stands that the drill was begun, and not yet at what moment. */
  async function knowsMark(copy: Queryable, { id }: DrillClaim): Promise<boolean> {
    const [row] = await copy.query<{ lsn: string | null }>(
      'select point_lsn as lsn from recovery.drill where drill_id = $1',
      [id],
    );
    return row === undefined || row.lsn !== null;
  }

  function once(asked: boolean, night: string, site?: string): Promise<DrillEnd | undefined> {
    if (running !== undefined || stopping.signal.aborted) return Promise.resolve(undefined);
    const claim: DrillClaim = { id: randomUUID(), lineage, night, asked };
    const work = async () => {
      if (!(await store.begin(claim, node, clock.now(), ago(deadMs)))) return undefined;
      return drill(claim, site);
    };
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function look(): Promise<DrillEnd | undefined> {
    const { date: night } = nightOf(clock.now(), settings.hour);
    const limits = { deadBefore: ago(deadMs), endedBefore: ago(pauseMs), most: attempts };
    if (!(await store.isDue({ night, lineage }, limits))) return undefined;
    if (moment?.night !== night) {
      const laterMs = randomInt((options.momentMs ?? usualMomentMs) + 1);
      moment = { night, at: clock.monotonicMs() + laterMs };
    }
    if (clock.monotonicMs() < moment.at) return undefined;
    await store.removeBefore(ago(keptMs));
    return once(false, night);
  }

  async function findings(): Promise<readonly Finding[]> {
    const { failing, proven, firstBackup } = await drillHealth(database, lineage, names);
    const failed: readonly Finding[] = failing.map(({ reason = '', site = '' }) => ({
      code: 'drill_failed',
      subject: site,
      refs: { reason, site },
    }));
    const since = proven?.endedAt ?? firstBackup;
    const hours = since === undefined ? 0 : Math.floor((clock.now().getTime() - since.getTime()) / hourMs);
    return hours * hourMs < provenMs ? failed : [...failed, { code: 'backup_unproven', refs: { hours } }];
  }

  return {
    look,
    ask: (site) => once(true, nightOf(clock.now(), settings.hour).date, site),
    checks: [{ name: 'drills', everyMs: minuteMs, codes: ['drill_failed', 'backup_unproven'], run: findings }],
    async figures() {
      const { proven, failing } = await drillHealth(database, lineage, names);
      return { provenAt: proven?.endedAt, rpoMs: proven?.rpoMs, rtoMs: proven?.rtoMs, failing: failing.length };
    },
    async tidy() {
      await store.cutOff(node, clock.now());
      await removeEmbedded(data, drillFolder, drillLog).catch(() => options.failed('drill_copy_left'));
    },
    async stop() {
      stopping.abort(new BrokenOff('the server is being stopped'));
      await running?.catch(() => undefined);
    },
  };
}
