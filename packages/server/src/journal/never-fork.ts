/** At start: is this database the one that was signed over? If not, nothing is signed until a new generation begins. */
import { emptyRoot } from '@obhut/proof';
import type { Clock } from '../platform/clock/clock.ts';
import { StartError } from '../platform/config/start-error.ts';
import type { Database } from '../platform/database/database.ts';
import { hasSignedRoot } from './consistency.ts';
import { encodeEntry } from './entry.ts';
import { flushWithRiders } from './flush.ts';
import type { DatabaseIdentity, Heads, SignedHead } from './heads.ts';
import type { Log, Logs } from './logs.ts';
import { sha256 } from './sha256.ts';
import { integrateLog } from './tiles.ts';

export const generationReasons = ['restored', 'failed-over', 'system-changed'] as const;
export type GenerationReason = (typeof generationReasons)[number];

/** System identifier and timeline: both change when a cluster is made anew, restored or promoted. */
async function databaseIdentity(database: Database): Promise<DatabaseIdentity> {
  const [row] = await database.query<{ system: string; timeline: number }>(
    `select system_identifier::text as system, timeline_id as timeline from pg_control_system(), pg_control_checkpoint()`,
  );
  if (row === undefined) throw new Error('the database did not say who it is');
  return row;
}

const forked = (log: Log | SignedHead, problem: string) =>
  new StartError(
    'journal_forked',
    `Log ${log.origin}: ${problem}. The database is not the one that was signed over; signing on would fork the log.`,
    'If it was restored or failed over, start once with --new-generation restored (docs/recovery.md). If not, keep the disk as it is and find out who changed it.',
  );

/** Whether the database is still the cluster and timeline that its heads were signed over; a failover is neither. */
export async function isSameDatabase(database: Database, heads: Heads): Promise<boolean> {
  const known = heads.identity();
  if (known === undefined) return true;
  const { system, timeline } = await databaseIdentity(database);
  return system === known.system && timeline === known.timeline;
}

/**
 * Integrates each log up to the head kept outside the database, then compares the roots.
 * @throws StartError (`journal_forked`) when a log is shorter than what was signed, or different.
 */
export async function compareWithHeads(database: Database, logs: Logs, heads: Heads): Promise<void> {
  const identity = await databaseIdentity(database);
  const known = await heads.load();
  if (known.identity !== undefined) {
    const { system, timeline } = known.identity;
    if (system !== identity.system || timeline !== identity.timeline)
      throw forked({ origin: 'all' } as SignedHead, 'the database is another cluster or on another timeline');
  }
  if (known.heads.size === 0) {
    const [signed] = await database.query('select 1 from journal.tree where checkpoint_size > 0 limit 1');
    if (signed !== undefined)
      throw forked(
        { origin: 'all' } as SignedHead,
        'the database holds signed logs, but no site holds their heads (is a volume not mounted?)',
      );
  }
  const byId = new Map((await logs.all()).map((log) => [log.id, log]));
  for (const head of known.heads.values()) {
    const log = byId.get(head.log);
    if (log === undefined) throw forked(head, 'it is gone');
    await compareLog(database, log, head);
  }
  await heads.compact(known.heads, identity);
}

async function compareLog(database: Database, log: Log, head: SignedHead): Promise<void> {
  for (;;) {
    const state = await database.transaction((connection) => integrateLog(connection, log));
    if (state === undefined || !state.more) break;
  }
  const [tree] = await database.query<{ size: number }>(
    'select size from journal.tree where customer_id = $1 and log_id = $2',
    [log.customer, log.id],
  );
  if (tree === undefined || tree.size < head.size)
    throw forked(log, `it has ${tree?.size ?? 0} entries, but ${head.size} were signed`);
  if (!(await hasSignedRoot(database, log, head)))
    throw forked(log, `its first ${head.size} entries are not those that were signed`);
}

/**
 * Ends every log's generation and begins the next one under a new origin; its first entry records what was signed before
 * and why there is a new one.
 * @returns how many logs went on.
 */
export async function openNewGenerations(
  { database, logs, heads, clock }: { database: Database; logs: Logs; heads: Heads; clock: Clock },
  reason: GenerationReason,
): Promise<number> {
  const known = (await heads.load()).heads;
  const current = new Map<string, Log>();
  for (const log of await logs.all()) {
    const key = `${log.customer}/${log.kind}`;
    if ((current.get(key)?.generation ?? 0) < log.generation) current.set(key, log);
  }
  const opened: SignedHead[] = [];
  await database.transaction(async (connection) => {
    for (const log of current.values()) {
      const next = await logs.nextGeneration(connection, log);
      const head = known.get(log.id);
      const entry = encodeEntry({
        kind: 'journal.generation',
        at: clock.now(),
        actor: { kind: 'system', id: 'obhut' },
        outcome: 'done',
        refs: { reason, before: log.origin, size: head?.size ?? 0, root: head?.root ?? '' },
      });
      const { last } = await flushWithRiders(connection, [
        { customer: next.customer, log: next.id, fence: undefined, ...entry },
      ]);
      await last;
      // The fence goes on where it was: keys loaded before must not pass for new ones.
      await connection.query(
        `update journal.head n set fence = o.fence + 1 from journal.head o
         where o.customer_id = $1 and o.log_id = $2 and n.customer_id = $1 and n.log_id = $3`,
        [log.customer, log.id, next.id],
      );
      opened.push({
        log: next.id,
        origin: next.origin,
        size: 0,
        root: Buffer.from(emptyRoot(sha256)).toString('base64'),
      });
    }
  });
  logs.forget();
  await heads.beginAnew(new Map(opened.map((head) => [head.log, head])), await databaseIdentity(database));
  return opened.length;
}
