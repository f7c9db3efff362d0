import { pause } from './backoff.ts';
import { ObhutError } from './error.ts';
import { pathOf, type Transport } from './transport.ts';
import type { ConsistencyProof, Id, IndexedEntry, JournalPage, LogName } from './types.ts';

export interface LogChoice {
  /** `access` (who saw what) by default; `orders` are erasures and their receipts. */
  readonly log?: LogName | undefined;
  /** An earlier generation of the log, from before a restore; the newest by default. */
  readonly generation?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface JournalPaging extends LogChoice {
  /** Entries after this index; -1 (the default) from the start. */
  readonly after?: number | undefined;
  /** Entries per request; 100 by default. */
  readonly limit?: number | undefined;
}

export interface Journal {
  page(paging?: JournalPaging): Promise<JournalPage>;
  /** All entries up to now, oldest first. */
  entries(paging?: JournalPaging): AsyncGenerator<IndexedEntry, void, undefined>;
  /** The `.tlog-proof` file of an entry. Waits a few seconds for an entry that is not under a checkpoint yet. */
  proof(index: number | bigint, choice?: LogChoice): Promise<string>;
  /** The newest signed checkpoint. */
  checkpoint(choice?: LogChoice): Promise<string>;
  /** That the newest checkpoint extends the one of size `from`. */
  consistency(from: number | bigint, choice?: LogChoice): Promise<ConsistencyProof>;
}

/** Checkpoints come once a second. */
const notYetMs = 500;
const notYetTries = 20;

export function createJournal(transport: Transport, customer: Id): Journal {
  const base = ['customers', customer, 'journal'];
  const get = (path: string, signal?: AbortSignal) => ({ method: 'GET', path, signal }) as const;

  function page({
    log = 'access',
    generation,
    after = -1,
    limit = 100,
    signal,
  }: JournalPaging = {}): Promise<JournalPage> {
    return transport.json(get(pathOf(base, { log, generation, after, limit }), signal));
  }

  /** A text of the log, once it has one: checkpoints come a moment after their entries. */
  async function awaited(path: string, signal: AbortSignal | undefined): Promise<string> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await transport.text(get(path, signal));
      } catch (error) {
        const wait = error instanceof ObhutError && error.code === 'not_yet' && tries < notYetTries;
        if (!wait) throw error;
        await pause(notYetMs, signal);
      }
    }
  }

  return {
    page,
    async *entries(paging = {}) {
      for (let { after }: JournalPaging = paging; ; ) {
        const { entries, next } = await page({ ...paging, after });
        yield* entries;
        if (next === null) return;
        after = next;
      }
    },
    proof: (index, { log = 'access', generation, signal } = {}) =>
      awaited(pathOf([...base, `${index}`, 'proof'], { log, generation }), signal),
    checkpoint: ({ log = 'access', generation, signal } = {}) =>
      awaited(pathOf([...base, 'checkpoint'], { log, generation }), signal),
    consistency: (from, { log = 'access', generation, signal } = {}) =>
      transport.json(get(pathOf([...base, 'consistency'], { log, generation, from: `${from}` }), signal)),
  };
}
