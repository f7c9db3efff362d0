/** Challenges that wait for a passkey's answer: each is good once, for one use, for whoever it was made for. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { type CustomerId, type FlowId, isUuid, newId } from '../../platform/ids/ids.ts';

export type FlowUse = 'sign-in' | 'confirm' | 'add-passkey' | 'join' | 'approve';

export interface Flows {
  /**
   * @param binding whom it is for: a session, a link, an account with a request's hash; `''` for a sign-in.
   * @param challenge base64url; random when absent.
   */
  begin(
    use: FlowUse,
    binding: string,
    challenge?: string,
  ): Promise<{ readonly flow: FlowId; readonly challenge: string }>;
  /** Takes it away. @returns the challenge, or `undefined` when there is none (any more) for this use and binding. */
  take(flow: string, use: FlowUse, binding: string): Promise<string | undefined>;
}

const lifeMs = 5 * 60_000;
const challengeBytes = 32;

export function createFlows(database: Database, clock: Clock, operator: () => Promise<CustomerId>): Flows {
  return {
    async begin(use, binding, challenge = randomBytes(challengeBytes).toString('base64url')) {
      const flow = newId<FlowId>();
      const customer = await operator();
      const now = clock.now();
      // What has run out is swept by whoever comes next: one statement, one commit.
      await database.query(
        `with swept as (delete from identity.flow where customer_id = $1 and expires_at < $7)
         insert into identity.flow (customer_id, flow_id, use, challenge, binding, expires_at) values ($1, $2, $3, $4, $5, $6)`,
        [customer, flow, use, challenge, binding, new Date(now.getTime() + lifeMs), now],
      );
      return { flow, challenge };
    },
    async take(flow, use, binding) {
      if (!isUuid(flow)) return undefined;
      const [row] = await database.query<{ challenge: string }>(
        `delete from identity.flow
         where customer_id = $1 and flow_id = $2 and use = $3 and binding = $4 and expires_at >= $5 returning challenge`,
        [await operator(), flow, use, binding, clock.now()],
      );
      return row?.challenge;
    },
  };
}
