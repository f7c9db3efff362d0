/** The number of each customer that keys are loaded at: whoever closes a key raises it, and what was loaded before is void. */
import type { Database, Queryable } from '../platform/database/database.ts';
import type { CustomerId } from '../platform/ids/ids.ts';
import type { Logs } from './logs.ts';

export interface Fences {
  /** Closes a key: locks the customer's access head and raises its fence, inside the caller's transaction. */
  raiseFence(connection: Queryable, customer: CustomerId): Promise<number>;
  fence(customer: CustomerId): Promise<number | undefined>;
}

export function createFences(database: Database, logs: Pick<Logs, 'of'>): Fences {
  return {
    async raiseFence(connection, customer) {
      const [row] = await connection.query<{ fence: number }>(
        `update journal.head h set fence = h.fence + 1 from journal.log l
         where l.customer_id = $1 and l.kind = 'access' and l.ended_at is null
           and h.customer_id = l.customer_id and h.log_id = l.log_id
         returning h.fence`,
        [customer],
        'journal-raise-fence',
      );
      if (row === undefined) throw new Error('the customer has no access log');
      return row.fence;
    },
    async fence(customer) {
      const log = await logs.of(customer, 'access');
      if (log === undefined) return undefined;
      const [row] = await database.query<{ fence: number }>(
        'select fence from journal.head where customer_id = $1 and log_id = $2',
        [customer, log.id],
        'journal-fence',
      );
      return row?.fence;
    },
  };
}
