import type { Journal } from '../../journal/journal.ts';
import type { SecretKey } from '../../platform/crypto/key.ts';
import { Problem } from '../../platform/http/problem.ts';
import { asId, type CustomerId } from '../../platform/ids/ids.ts';
import type { ErasureOrder } from '../erasure/order.ts';
import { asAnswer } from './erasure-answer.ts';
import { receiptPath } from './receipt-link.ts';

export interface ErasureCustomers {
  /** Orders outlive their customer, and so does its log; without a log there never was one. @throws Problem `not_found` */
  of(id: string): Promise<CustomerId>;
  /** The team's own accounts go by leaving (`/v1/staff`), so that the last owner stays. @throws Problem `forbidden` */
  notTheOperator(id: string): Promise<CustomerId>;
  /** An order as it is answered, with the link to its receipt. */
  answer(order: ErasureOrder): ReturnType<typeof asAnswer>;
}

export function erasureCustomers(
  journal: Journal,
  operator: () => Promise<CustomerId>,
  linkKey: SecretKey,
): ErasureCustomers {
  async function of(id: string): Promise<CustomerId> {
    const customer = asId<CustomerId>(id);
    if ((await journal.logs.of(customer, 'orders')) === undefined) throw new Problem('not_found');
    return customer;
  }
  return {
    of,
    answer: (order) => asAnswer(order, receiptPath(linkKey, order.customer, order.order)),
    async notTheOperator(id) {
      const customer = await of(id);
      if ((await operator()) === customer) throw new Problem('forbidden');
      return customer;
    },
  };
}

export const clientOf = (signedIn: object | undefined) => (signedIn === undefined ? 'api' : 'console');
