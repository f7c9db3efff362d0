/**
 * One drill, in numbered steps: a backup is restored beside the database that serves, started, and compared with it.
 *
 * Whatever happens, the copy is ended and removed; what a killed process left goes at the next start. It has no network, sends
 * nothing, enters nothing, signs nothing.
 */
import { statfs } from 'node:fs/promises';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { SecretKey } from '../../../platform/crypto/key.ts';
import type { Database, Queryable } from '../../../platform/database/database.ts';
import { type EmbeddedCluster, placeOf, removeEmbedded } from '../../../platform/database/embedded.ts';
import type { TableDeclaration } from '../../../platform/database/tables.ts';
import type { CustomerId } from '../../../platform/ids/ids.ts';
import { formatLsn, type Lsn, parseLsn } from '../../../platform/replication/lsn.ts';
import { BackupError } from '../../../platform/repository/errors.ts';
import type { Packer } from '../../../platform/repository/packer.ts';
import type { SecretStore } from '../../../platform/secrets/secrets.ts';
import type { Site } from '../../../platform/sites/site.ts';
import { planRestore, type RestorePlan, restoreCluster } from '../restore.ts';
import { BrokenOff, endingCopy, orAborted, readUntil } from './abort.ts';
import type { Canaries, Canary } from './canaries.ts';
import { compare, fingerprint } from './digests.ts';
import { type KeysFound, tryKeys } from './keys.ts';
import { type Mark, NoMoment, takeMark } from './mark.ts';
import { type CheckResult, type DrillEnd, type DrillFacts, drillChecks } from './result.ts';
import { checkStructure } from './structure.ts';

/** In their order; a test stops at each. */
export const drillSteps = [
  'room',
  'canaries',
  'mark',
  'log',
  'orders',
  'restore',
  'compare',
  'keys',
  'structure',
  'remove',
] as const;
export type DrillStep = (typeof drillSteps)[number];

/** Beside `postgres` in the data folder. */
export const drillFolder = 'postgres-drill';
export const drillLog = 'postgres-drill.log';

export interface DrillOptions {
  /** The data folder. */
  readonly data: string;
  /** The one that is restored from, alone. */
  readonly site: Site;
  /** All: for safes and ledger. */
  readonly sites: readonly Site[];
  readonly lineage: string;
  readonly packer: Packer;
  readonly backupKey: SecretKey;
  readonly rootKey: SecretKey;
  readonly secrets: SecretStore;
  readonly tables: readonly TableDeclaration[];
  readonly clock: Clock;
  readonly database: Queryable;
  readonly asOwner: <Result>(work: (owner: Database) => Promise<Result>) => Promise<Result>;
  /** The copy, as superuser. */
  readonly openCopy: (cluster: Pick<EmbeddedCluster, 'socketFolder'>) => Database;
  readonly canaries: Canaries;
  readonly operator: () => Promise<CustomerId>;
  /** Waits until everything before this place lies at a site. */
  readonly logStored: (lsn: Lsn) => Promise<void>;
  /** The longest of the last hour that something committed lay at no site. */
  readonly worstLossMs: () => number | undefined;
  /** Commits that the mark was made: the record behind it, without which nothing would stop there. */
  readonly marked: (at: Date, lsn: string) => Promise<void>;
  /** Whether the copy knows that: it must not. */
  readonly knowsMark: (copy: Queryable) => Promise<boolean>;
  /** Told where the copy could not be removed. */
  readonly left?: (code: string) => void;
  /** Breaks it off, in whatever step. */
  readonly signal: AbortSignal;
  /** Before each step. */
  readonly reached?: (step: DrillStep) => Promise<void>;
}

/** Small: it serves nobody. No slots, no senders: nothing leaves it. */
const copySettings: Readonly<Record<string, string>> = {
  max_connections: '20',
  shared_buffers: '32MB',
  max_wal_size: '256MB',
  max_wal_senders: '0',
  archive_mode: 'off',
  autovacuum: 'off',
};

/** Of the disk, on top of what the copy needs: the journal refuses at 97 %. */
const keptFree = 0.05;
const slackBytes = 64 * 1024 * 1024;
/** The header of a page of the log may lie between the last record and the place. */
const pageHeaderBytes = 40n;

/** It could not be tried. That says nothing of the backup. */
class NotTried extends Error {
  override readonly name = 'NotTried';
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

const verdict = (isGood: boolean) => (isGood ? 'holds' : 'fails');

const codeOf = (error: unknown) => {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && /^[A-Za-z0-9_]{1,40}$/.test(code) ? code : 'drill_failed';
};

const bytesOf = ({ manifest, run }: RestorePlan) =>
  manifest.streams.flatMap(({ packs }) => packs).reduce((sum, { plainBytes }) => sum + plainBytes, 0) +
  run.parts.reduce((sum, { from, to }) => sum + to - from, 0);

/** The copy and its log, and what it writes while it is looked at. */
async function needsRoom(data: string, bytes: number): Promise<void> {
  const { home } = await placeOf(data);
  const { bavail, blocks, bsize } = await statfs(home);
  if (bavail * bsize - 1.2 * bytes - slackBytes < blocks * bsize * keptFree) throw new NotTried('drill_no_room');
}

/** Of a site that cannot be listed nothing is known: neither that its backup is good nor that it is not. */
async function isAnyAway({ site, sites }: Pick<DrillOptions, 'site' | 'sites'>): Promise<boolean> {
  // Keys and ledger are needed too, wherever they lie.
  const having = (purpose: 'safe' | 'ledger') =>
    sites.filter(({ purposes }) => purposes.includes(purpose)).map((one) => one.list(purpose));
  const lists = await Promise.allSettled([site.list('backups'), ...having('safe'), ...having('ledger')]);
  return lists.some(({ status }) => status === 'rejected');
}

/** Proven is only what held in every check: one that could not be made leaves it open. */
export function endOf(checks: readonly CheckResult[]): Pick<DrillEnd, 'state' | 'reason'> {
  const failing = checks.find((one) => one.verdict === 'fails');
  if (failing !== undefined) return { state: 'failed', reason: failing.check };
  const holding = new Set(checks.filter((one) => one.verdict === 'holds').map(({ check }) => check));
  return drillChecks.every((check) => holding.has(check))
    ? { state: 'proven' }
    : { state: 'unknown', reason: 'drill_unchecked' };
}

/** It does not reject: each end is a result. */
export async function runDrill(options: DrillOptions): Promise<DrillEnd> {
  const { data, site, clock, canaries, signal } = options;
  const from = { sites: [readUntil(signal, site)], packer: options.packer, backupKey: options.backupKey };
  let facts: DrillFacts = { site: site.name, checks: [] };
  const found = (result: CheckResult) => {
    facts = { ...facts, checks: [...facts.checks, result] };
  };
  const reached = async (step: DrillStep) => {
    signal.throwIfAborted();
    if (options.reached !== undefined) await orAborted(signal, options.reached(step));
  };
  let cluster: EmbeddedCluster | undefined;
  let copy: Database | undefined;

  async function prepare(): Promise<{ mark: Mark; erased: readonly Canary[]; living: Canary }> {
    await reached('room');
    // What the one before could not remove takes the room of this one.
    await removeEmbedded(data, drillFolder, drillLog).catch(() => {
      throw new NotTried('drill_copy_left');
    });
    const first = await planRestore(from);
    // One of another history has other log behind it.
    if (first.manifest.lineage !== options.lineage)
      throw new BackupError('backup_missing', 'no backup of this history');
    facts = { ...facts, backup: first.manifest.backup, plainBytes: bytesOf(first) };
    await needsRoom(data, bytesOf(first));

    await reached('canaries');
    const before = await canaries.living();
    // Somebody who is ordered away after the moment: at the first drill nobody is there yet.
    const erased = before.length > 0 ? before : [await canaries.make()];
    const living = await canaries.make();

    await reached('mark');
    const mark = await takeMark({
      asOwner: options.asOwner,
      signal,
      seed: BigInt(Math.floor(Math.random() * 2 ** 52)),
    });
    const lsn = formatLsn(mark.place);
    facts = { ...facts, pointAt: mark.at, pointLsn: lsn };
    await options.marked(mark.at, lsn);
    const committedMs = clock.monotonicMs();

    await reached('log');
    const [row] = await options.database.query<{ lsn: string }>('select pg_current_wal_flush_lsn()::text as lsn');
    await orAborted(signal, options.logStored(parseLsn(row?.lsn ?? lsn)));
    const rpoMs = Math.round(Math.max(clock.monotonicMs() - committedMs, options.worstLossMs() ?? 0));
    facts = { ...facts, rpoMs };

    await reached('orders');
    for (const one of erased) await canaries.order(one);
    return { mark, erased, living };
  }

  async function restored(mark: Mark): Promise<Database> {
    await reached('restore');
    const damages: string[] = [];
    const plan = await planRestore({ ...from, place: mark.place });
    facts = { ...facts, backup: plan.manifest.backup, plainBytes: bytesOf(plan) };
    await needsRoom(data, bytesOf(plan));
    cluster = await restoreCluster({
      ...from,
      plan,
      data,
      folder: drillFolder,
      log: drillLog,
      settings: copySettings,
      damaged: ({ name }) => void damages.push(name),
      progress: () => signal.throwIfAborted(),
      reached: async () => signal.throwIfAborted(),
    });
    copy = options.openCopy(cluster);
    found({
      check: 'restored',
      verdict: verdict(damages.length === 0 && plan.damaged.length === 0),
      counts: { damaged: damages.length + plan.damaged.length },
    });
    const [row] = await copy.query<{ lsn: string | null }>('select pg_last_wal_replay_lsn()::text as lsn');
    const short = mark.place - parseLsn(row?.lsn ?? '0/0');
    const isExact = short >= 0n && short <= pageHeaderBytes && !(await options.knowsMark(copy));
    found({ check: 'reached', verdict: verdict(isExact), counts: { place: formatLsn(mark.place) } });
    return copy;
  }

  async function compared(database: Database, mark: Mark): Promise<void> {
    await reached('compare');
    const { tables, customers } = compare(mark.shows, await fingerprint(database, mark.seed));
    found({
      check: 'same',
      verdict: verdict(tables.length + customers.length === 0),
      counts: {
        tables: mark.shows.tables.size,
        rows: [...mark.shows.tables.values()].reduce((sum, { rows }) => sum + rows, 0),
        customers: mark.shows.customers.size,
        differentTables: tables.length,
        differentCustomers: customers.length,
      },
    });
  }

  function keysFound({ there, reachable, reads, ...rest }: KeysFound): void {
    const { lines, replayed, fromSnapshot } = rest;
    found({
      check: 'erased',
      verdict: verdict(there > 0 && reachable === 0),
      counts: { there, reachable, lines, replayed, snapshot: fromSnapshot ? 1 : 0 },
    });
    found({ check: 'living', verdict: verdict(reads), counts: {} });
  }

  async function structured(database: Database): Promise<void> {
    await reached('structure');
    const structure = await checkStructure(database);
    found({
      check: 'structure',
      verdict: structure === undefined ? 'unknown' : verdict(structure.damaged.length === 0),
      counts:
        structure === undefined
          ? {}
          : { tables: structure.tables, indexes: structure.indexes, damaged: structure.damaged.length },
    });
  }

  async function run(): Promise<void> {
    const { mark, erased, living } = await prepare();
    const beganMs = clock.monotonicMs();
    const database = await restored(mark);
    const restoreMs = clock.monotonicMs() - beganMs;
    await compared(database, mark);
    await reached('keys');
    const keysMs = clock.monotonicMs();
    const { sites, secrets, rootKey, tables } = options;
    const operator = await options.operator();
    keysFound(await tryKeys({ copy: database, sites, secrets, rootKey, tables, clock, operator, erased, living }));
    facts = { ...facts, rtoMs: Math.round(restoreMs + clock.monotonicMs() - keysMs) };
    await structured(database);
  }

  async function remove(): Promise<void> {
    await copy?.close().catch(() => undefined);
    await cluster?.stop().catch(() => undefined);
    await removeEmbedded(data, drillFolder, drillLog).catch(() => options.left?.('drill_copy_left'));
  }

  let end: Pick<DrillEnd, 'state' | 'reason'>;
  try {
    await endingCopy({ signal, data, folder: drillFolder }, run);
    end = endOf(facts.checks);
  } catch (error) {
    const isUntried = error instanceof NotTried || error instanceof NoMoment;
    if (signal.aborted) end = { state: 'unknown', reason: new BrokenOff().code };
    else if (isUntried) end = { state: 'unknown', reason: codeOf(error) };
    else if (await isAnyAway(options)) end = { state: 'unknown', reason: 'drill_site_away' };
    else end = { state: 'failed', reason: codeOf(error) };
  }
  try {
    await reached('remove');
  } catch {
    // It ends all the same.
  }
  await remove();
  return { ...facts, ...end };
}
