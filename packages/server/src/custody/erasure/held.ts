import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import type { CustomerId } from '../../platform/ids/ids.ts';
import type { HeldStore } from './held-store.ts';
import { obhut, type Wish } from './order.ts';
import type { Placing } from './place.ts';
import type { StoredOrder } from './store.ts';

export interface WaitingOptions {
  readonly store: HeldStore;
  readonly placing: Placing;
  readonly clock: Clock;
}

const batch = 50;

/** The wish of an order that waits, once more. */
function wishOf({ customer, scope, person, collection }: StoredOrder): Wish | undefined {
  if (scope === 'customer') return { customer, scope };
  if (person === undefined) return undefined;
  if (scope === 'person') return { customer, scope, person };
  return scope === 'collection' && collection !== undefined ? { customer, scope, person, collection } : undefined;
}

export function createWaiting({ store, placing, clock }: WaitingOptions) {
  /** Somebody else's order was first, for the person or for the whole customer: there is nothing left to wait for. */
  const unlessGone = (error: unknown) => {
    if (!(error instanceof Problem && error.code === 'not_found')) throw error;
  };

  /** While a customer waits, its people go one by one, each as far as it is free. */
  async function peopleOf(customer: CustomerId): Promise<void> {
    for (const person of await store.people(customer, batch))
      await placing.place({ customer, scope: 'person', person }, 0, obhut, undefined).catch(unlessGone);
  }

  /** Looks at the next ones. A hold that ended by its day leaves no other trace than that its day is over. */
  return async function look(): Promise<void> {
    for (const waiting of await store.toLookAt(clock.now(), batch)) {
      const wish = wishOf(waiting);
      if (wish?.scope === 'customer') await peopleOf(wish.customer);
      if (wish !== undefined) await placing.goOn(waiting, wish).catch(unlessGone);
      await store.lookedAt(waiting, clock.now());
    }
  };
}
