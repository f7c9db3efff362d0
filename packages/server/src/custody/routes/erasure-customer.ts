import type { Journal } from '../../journal/journal.ts';
import { Problem } from '../../platform/http/problem.ts';
import { asId, type CustomerId } from '../../platform/ids/ids.ts';

export interface ErasureCustomers {
  /** Orders outlive their customer, and so does its log; without a log there never was one. @throws Problem `not_found` */
  of(id: string): Promise<CustomerId>;
  /** The team's own accounts go by leaving (`/v1/staff`), so that the last owner stays. @throws Problem `forbidden` */
  notTheOperator(id: string): Promise<CustomerId>;
}

export function erasureCustomers(journal: Journal, operator: () => Promise<CustomerId>): ErasureCustomers {
  async function of(id: string): Promise<CustomerId> {
    const customer = asId<CustomerId>(id);
    if ((await journal.logs.of(customer, 'orders')) === undefined) throw new Problem('not_found');
    return customer;
  }
  return {
    of,
    async notTheOperator(id) {
      const customer = await of(id);
      if ((await operator()) === customer) throw new Problem('forbidden');
      return customer;
    },
  };
}

export const clientOf = (signedIn: object | undefined) => (signedIn === undefined ? 'api' : 'console');
