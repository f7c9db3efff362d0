/** The receipt of erasure: an entry of the customer's orders log, free of personal data, handed out as a `.tlog-proof`. */
import type { Actor, Entry } from '../../journal/entry.ts';
import type { Journal } from '../../journal/journal.ts';
import type { ErasureOrder } from './order.ts';
import type { ClosedOrder } from './store.ts';

export interface ReceiptFacts {
  readonly at: Date;
  readonly actor: Actor;
  /** In how many safes the key of the epoch was destroyed. */
  readonly safes: number;
}

/** What, when, how much, and whether the promise was kept. */
export function receiptEntry(order: ClosedOrder, { at, actor, safes }: ReceiptFacts): Entry {
  const extent = order.extent ?? { people: 0, records: 0, files: 0, bytes: 0 };
  return {
    kind: 'erasure.final',
    at,
    actor,
    outcome: 'done',
    refs: {
      order: order.order,
      scope: order.scope,
      people: extent.people,
      records: extent.records,
      files: extent.files,
      held: extent.held ?? 0,
      orderedAt: order.orderedAt.toISOString(),
      keysDeadAt: order.deadAt?.toISOString() ?? '',
      rowsRemovedAt: order.removedAt?.toISOString() ?? '',
      epoch: order.epoch,
      epochClosedAt: order.closedAt.toISOString(),
      safes,
      destroyedIn: order.destroyedIn.join(' '),
      sitesMissed: order.missed.length,
      dueAt: order.dueAt.toISOString(),
      inTime: order.closedAt <= order.dueAt ? 1 : 0,
    },
  };
}

const pageEntries = 500;

/** Where the receipt of an order stands in the log; `undefined` when there is none. */
export async function findReceipt(journal: Journal, order: ErasureOrder): Promise<number | undefined> {
  const log = await journal.logs.of(order.customer, 'orders');
  if (log === undefined) return undefined;
  for (let before: number | undefined; ; ) {
    const entries = await journal.read.newest(log, before, pageEntries);
    for (const { index, body } of entries) {
      const entry = JSON.parse(body.toString()) as { kind: string; refs?: { order?: string } };
      if (entry.kind === 'erasure.final' && entry.refs?.order === order.order) return index;
    }
    before = entries.at(-1)?.index;
    if (entries.length < pageEntries || before === undefined) return undefined;
  }
}
