/**
 * The background half: once a second, what was appended becomes part of each log's tree, and the new heads are signed.
 * Order of durability: entries (committed long before) -> tiles and root -> heads file at every site -> checkpoint.
 */
import type { Clock } from '../platform/clock/clock.ts';
import type { Database } from '../platform/database/database.ts';
import type { CustomerId, LogId } from '../platform/ids/ids.ts';
import type { Heads, SignedHead } from './heads.ts';
import type { Signer } from './sign.ts';
import { integrateLog, JournalDamaged, type LogRef, type TreeState } from './tiles.ts';
import type { Extend } from './tree-builder.ts';

export interface Integrator {
  /** One round now: integrate all that is waiting, sign what changed or has been quiet for long. */
  round(): Promise<RoundResult>;
  start(): void;
  stop(): Promise<void>;
  /** Why the last round failed, or `undefined`. */
  trouble(): string | undefined;
}

export interface RoundResult {
  readonly integrated: number;
  readonly signed: number;
}

export interface IntegratorOptions {
  readonly database: Database;
  readonly extend: Extend;
  readonly signer: Signer;
  readonly heads: Heads;
  readonly clock: Clock;
  readonly intervalMs?: number;
  /** A quiet log is signed again this often, so that quiet differs from dead. */
  readonly republishMs?: number;
  /** After each round that went well (the anchor of the page log). */
  readonly afterRound?: () => Promise<void>;
}

interface Due {
  readonly customer_id: CustomerId;
  readonly log_id: LogId;
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  readonly behind: boolean;
}

interface Signed extends SignedHead {
  readonly customer: CustomerId;
  readonly checkpoint: string;
}

export function createIntegrator(options: IntegratorOptions): Integrator {
  const { database, extend, signer, heads, clock, intervalMs = 1_000, republishMs = 600_000 } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<RoundResult> | undefined;
  let trouble: string | undefined;

  async function integrateAll(log: LogRef): Promise<TreeState | undefined> {
    for (;;) {
      const state = await database.transaction(async (connection) => {
        // Tiles follow from the entries: what a crash takes of them is made again at the start, before anything is signed.
        // So their commits need not wait for the disk that the entries wait for.
        await connection.query('set local synchronous_commit = off');
        return integrateLog(connection, log, extend);
      });
      if (state === undefined || !state.more) return state;
    }
  }

  async function sign(due: readonly (Due & TreeState)[]): Promise<void> {
    const signed: Signed[] = due.map(({ customer_id: customer, log_id: log, origin, size, root }) => ({
      customer,
      log,
      origin,
      size,
      root: root.toString('base64'),
      checkpoint: signer.sign({ origin, size: BigInt(size), root }),
    }));
    await heads.record(signed.map(({ log, origin, size, root }) => ({ log, origin, size, root })));
    await database.query(
      `update journal.tree t set checkpoint = n.checkpoint, checkpoint_size = n.size, signed_at = $5
       from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[]) as n (customer_id, log_id, size, checkpoint)
       where t.customer_id = n.customer_id and t.log_id = n.log_id and coalesce(t.checkpoint_size, 0) <= n.size`,
      [
        signed.map(({ customer }) => customer),
        signed.map(({ log }) => log),
        signed.map(({ size }) => size),
        signed.map(({ checkpoint }) => checkpoint),
        clock.now(),
      ],
      'journal-publish',
    );
  }

  async function runRound(): Promise<RoundResult> {
    const due = await database.query<Due>(
      `select t.customer_id, t.log_id, l.origin, t.size, t.root, h.next > t.size as behind
       from journal.tree t join journal.head h using (customer_id, log_id) join journal.log l using (customer_id, log_id)
       where l.ended_at is null
         and (h.next > t.size or t.checkpoint_size is distinct from t.size or t.signed_at < $1)
       order by t.customer_id, t.log_id`,
      [new Date(clock.now().getTime() - republishMs)],
      'journal-due',
    );
    const ready: (Due & TreeState)[] = [];
    let integrated = 0;
    for (const log of due) {
      const state = log.behind ? await integrateAll({ customer: log.customer_id, id: log.log_id }) : log;
      if (state === undefined) continue; // another server is at it and will sign
      integrated += state.size - log.size;
      ready.push({ ...log, size: state.size, root: state.root });
    }
    if (ready.length > 0) await sign(ready);
    return { integrated, signed: ready.length };
  }

  function round(): Promise<RoundResult> {
    running ??= runRound()
      .then(async (result) => {
        trouble = undefined;
        await options.afterRound?.();
        return result;
      })
      .catch((error: unknown) => {
        // Shown in public by readiness: what it was, not its words, which may hold paths or statements.
        trouble = error instanceof JournalDamaged ? 'a log is damaged' : 'the logs could not be signed';
        throw error;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  function schedule(): void {
    timer = setTimeout(() => {
      // A failed round is shown by `trouble` (readiness, metrics) and tried again.
      round()
        .catch(() => undefined)
        .finally(() => timer !== undefined && schedule());
    }, intervalMs);
  }

  return {
    round,
    start: schedule,
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      await running?.catch(() => undefined);
    },
    trouble: () => trouble,
  };
}
