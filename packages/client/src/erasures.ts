import { pause } from './backoff.ts';
import { ObhutError } from './error.ts';
import { pathOf, type Transport } from './transport.ts';
import type { Erasure, ErasurePage, ErasurePreview, ErasureWish, Id, LegalHold, NewLegalHold } from './types.ts';

export interface Erasures {
  /** What would go, before anything is ordered. */
  preview(wish: ErasureWish): Promise<ErasurePreview>;
  /** Access is refused when this resolves; until `coolingUntil` it can be taken back. */
  order(wish: ErasureWish, options?: { readonly coolingMinutes?: number | undefined }): Promise<Erasure>;
  /** Newest first. */
  list(paging?: { readonly before?: string | undefined; readonly limit?: number | undefined }): Promise<ErasurePage>;
  get(order: Id): Promise<Erasure>;
  withdraw(order: Id): Promise<Erasure>;
  /** The product has deleted what it had of it, and told those whom it had given it to (Article 19 GDPR). */
  confirm(order: Id): Promise<Erasure>;
  readonly holds: {
    /** Newest first, ended ones too. */
    list(): Promise<{ readonly holds: readonly LegalHold[] }>;
    place(hold: NewLegalHold): Promise<LegalHold>;
    /** Before its day; orders that wait for it go on. */
    end(hold: Id): Promise<LegalHold>;
  };
  /** The receipt, a `.tlog-proof` file. Waits a few seconds for its checkpoint; not for an order that is not final. */
  receipt(order: Id): Promise<string>;
}

/** Checkpoints come once a second. */
const checkpointMs = 500;
const checkpointTries = 10;

export function createErasures(transport: Transport, customer: Id): Erasures {
  const base = ['customers', customer, 'erasures'];
  const held = ['customers', customer, 'holds'];
  const get = (order: Id): Promise<Erasure> => transport.json({ method: 'GET', path: pathOf([...base, order]) });
  return {
    get,
    preview: (wish) =>
      transport.json({
        method: 'POST',
        path: pathOf([...base, 'preview']),
        body: JSON.stringify(wish),
        repeatable: true,
      }),
    order: (wish, { coolingMinutes } = {}) =>
      transport.json({ method: 'POST', path: pathOf(base), body: JSON.stringify({ ...wish, coolingMinutes }) }),
    list: ({ before, limit } = {}) => transport.json({ method: 'GET', path: pathOf(base, { before, limit }) }),
    withdraw: (order) => transport.json({ method: 'POST', path: pathOf([...base, order, 'withdrawal']), body: '{}' }),
    confirm: (order) => transport.json({ method: 'POST', path: pathOf([...base, order, 'confirmation']), body: '{}' }),
    holds: {
      list: () => transport.json({ method: 'GET', path: pathOf(held) }),
      place: (hold) => transport.json({ method: 'POST', path: pathOf(held), body: JSON.stringify(hold) }),
      end: (hold) => transport.json({ method: 'POST', path: pathOf([...held, hold, 'end']), body: '{}' }),
    },
    async receipt(order) {
      const { state } = await get(order);
      for (let tries = 1; ; tries += 1)
        try {
          return await transport.text({ method: 'GET', path: pathOf([...base, order, 'receipt']) });
        } catch (error) {
          const soon = error instanceof ObhutError && error.code === 'not_yet' && state === 'final';
          if (!soon || tries === checkpointTries) throw error;
          await pause(checkpointMs, undefined);
        }
    },
  };
}
