/**
 * The write path's queue. There is no timer: when a flush returns, whatever arrived meanwhile is the next batch, so a
 * single writer waits for one fsync and sixty-four share it. Two flushes may be under way, so that PostgreSQL commits one
 * while we prepare the other; its connection keeps them in order.
 *
 * It fails closed: bounded in length, each item with a deadline, and an unknown commit outcome releases nothing.
 */
import type { Clock } from '../platform/clock/clock.ts';
import type { Database } from '../platform/database/database.ts';
import { type Failure, failureOf, OutcomeUnknown } from '../platform/database/errors.ts';
import { type FlushItem, type FlushOutcome, flushAppends, flushWithRiders } from './flush.ts';
import { flushFolded } from './flush-folded.ts';

export class JournalUnavailable extends Error {
  override readonly name = 'JournalUnavailable';
  readonly code = 'journal_unavailable';
  constructor(reason: string) {
    super(`the journal cannot take entries now: ${reason}`);
  }
}

/** One item of a batch was refused by the database; its neighbours were not. Carries the SQLSTATE, no data. */
export class ItemRefused extends Error {
  override readonly name = 'ItemRefused';
  readonly code = 'item_refused';
  readonly sqlState: string;
  constructor(sqlState: string) {
    super(`the database refused this item (SQLSTATE ${sqlState})`);
    this.sqlState = sqlState;
  }
}

/** Somebody else was first; look again and retry. */
export class WriteConflict extends Error {
  override readonly name = 'WriteConflict';
  readonly code = 'write_conflict';
}

export interface QueueOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly maxBatch?: number;
  readonly maxBatchBytes?: number;
  readonly maxQueued?: number;
  /** How long an item may wait for its flush to begin. */
  readonly deadlineMs?: number;
}

const toldMs = 5_000;
const maxInFlight = 2;

interface Waiting {
  readonly item: FlushItem;
  readonly since: number;
  readonly resolve: (outcome: FlushOutcome) => void;
  readonly reject: (error: Error) => void;
}

export interface AppendQueue {
  append(item: FlushItem): Promise<FlushOutcome>;
  /** Refuses new items and waits until the last flush is done. */
  close(): Promise<void>;
  /** `undefined` while all is well; else why entries are refused. */
  trouble(): string | undefined;
  /** Refuses every entry for this reason, until told otherwise. */
  refuse(reason: string | undefined): void;
  statistics(): QueueStatistics;
}

export interface QueueStatistics {
  readonly flushes: number;
  readonly entries: number;
  readonly queued: number;
}

export function createAppendQueue(options: QueueOptions): AppendQueue {
  const {
    database,
    clock,
    maxBatch = 1_024,
    maxBatchBytes = 1_048_576,
    maxQueued = 20_000,
    deadlineMs = 2_000,
  } = options;
  let waiting: Waiting[] = [];
  const inFlight = new Set<Promise<void>>();
  let sweep: NodeJS.Timeout | undefined;
  let closed = false;
  let trouble: { readonly reason: string; readonly since: number } | undefined;
  let refusal: string | undefined;
  let flushes = 0;
  let entries = 0;

  function takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const left: Waiting[] = [];
    const exclusive = new Set<string>();
    let bytes = 0;
    for (const [position, candidate] of waiting.entries()) {
      const { item, since } = candidate;
      if (clock.monotonicMs() - since > deadlineMs) {
        candidate.reject(new JournalUnavailable('the deadline passed'));
        continue;
      }
      if (batch.length >= maxBatch || bytes >= maxBatchBytes) {
        left.push(...waiting.slice(position));
        break;
      }
      if (item.exclusive !== undefined) {
        if (exclusive.has(item.exclusive)) {
          left.push(candidate);
          continue;
        }
        exclusive.add(item.exclusive);
      }
      batch.push(candidate);
      bytes += item.body.length;
    }
    waiting = left;
    return batch;
  }

  /** Flushes; on a refused item it halves the batch until only the culprit fails. */
  async function flush(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    const items = batch.map(({ item }) => item);
    let outcomes: FlushOutcome[];
    try {
      outcomes = items.some(({ rider, also }) => rider !== undefined || also !== undefined)
        ? ((await flushFolded(database, items)) ??
          (await database.pipelined((connection) => flushWithRiders(connection, items))))
        : await flushAppends(database, items);
    } catch (error) {
      const failure = failureOf(error);
      if ((failure === 'item' || failure === 'conflict') && batch.length > 1) {
        const half = batch.length >> 1;
        await flush(batch.slice(0, half));
        await flush(batch.slice(half));
        return;
      }
      const reason = asCallerError(failure, error);
      if (failure !== 'item' && failure !== 'conflict')
        trouble = { reason: reason.message, since: clock.monotonicMs() };
      for (const { reject } of batch) reject(reason);
      return;
    }
    trouble = undefined;
    flushes += 1;
    for (const [index, { resolve }] of batch.entries()) {
      const outcome = outcomes[index] ?? { state: 'no-log' };
      if (outcome.state === 'appended') entries += 1;
      resolve(outcome);
    }
  }

  /** While a flush hangs, those who wait behind it are told when their deadline passes. */
  function rejectLate(): void {
    const now = clock.monotonicMs();
    const late = waiting.filter(({ since }) => now - since > deadlineMs);
    if (late.length === 0) return;
    trouble = { reason: 'the database is slow', since: now };
    waiting = waiting.filter(({ since }) => now - since <= deadlineMs);
    for (const { reject } of late) reject(new JournalUnavailable('the deadline passed'));
  }

  /**
   * A failed flush is told for a while only: where a red readiness keeps all callers away, no further flush would ever say
   * that the database is back. While it stays away the integrator says so.
   */
  function currentTrouble(): string | undefined {
    if (trouble !== undefined && inFlight.size === 0 && clock.monotonicMs() - trouble.since > toldMs)
      trouble = undefined;
    return trouble?.reason;
  }

  function start(): void {
    while (inFlight.size < maxInFlight && waiting.length > 0) {
      const flushing: Promise<void> = flush(takeBatch()).finally(() => {
        inFlight.delete(flushing);
        start();
      });
      inFlight.add(flushing);
    }
    if (inFlight.size > 0) sweep ??= setInterval(rejectLate, deadlineMs / 8);
    else {
      clearInterval(sweep);
      sweep = undefined;
    }
  }

  return {
    append(item) {
      if (refusal !== undefined) return Promise.reject(new JournalUnavailable(refusal));
      if (closed) return Promise.reject(new JournalUnavailable('it is shutting down'));
      if (waiting.length >= maxQueued) return Promise.reject(new JournalUnavailable('too many entries are waiting'));
      return new Promise((resolve, reject) => {
        waiting.push({ item, since: clock.monotonicMs(), resolve, reject });
        // Begin after this turn of the event loop, so that a burst becomes one batch.
        if (inFlight.size < maxInFlight && waiting.length === 1) setImmediate(start);
      });
    },
    async close() {
      closed = true;
      start();
      while (inFlight.size > 0) await Promise.all(inFlight);
    },
    trouble: () => refusal ?? currentTrouble(),
    refuse(reason) {
      refusal = reason;
    },
    statistics: () => ({ flushes, entries, queued: waiting.length }),
  };
}

function asCallerError(failure: Failure, error: unknown): Error {
  switch (failure) {
    case 'item':
      return new ItemRefused((error as { code?: string }).code ?? '');
    case 'conflict':
      return new WriteConflict('somebody else was first');
    case 'unknown':
      return new OutcomeUnknown();
    case 'unavailable':
      return new JournalUnavailable(`SQLSTATE ${(error as { code?: string }).code ?? ''}`);
    case 'defect':
      return error instanceof Error ? error : new Error('flush failed');
  }
}
