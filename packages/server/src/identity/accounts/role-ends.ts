/**
 * Rights of the staff end by themselves. Before that it is said to whoever holds one, and to the owners, who can renew it:
 * two weeks ahead and once more three days ahead.
 */
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { AccountId, CustomerId } from '../../platform/ids/ids.ts';
import type { Role } from '../caller.ts';
import type { Tell } from '../tell.ts';
import type { Accounts } from './accounts.ts';

/** How many days ahead, the first letter first. */
const aheadDays = [14, 3] as const;
const dayMs = 86_400_000;

export interface RoleEnds {
  /** Writes the letters that are due, each once. */
  remind(): Promise<void>;
}

export interface RoleEndsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly tell: Tell;
  readonly operator: () => Promise<CustomerId>;
}

interface Ending {
  readonly account_id: AccountId;
  readonly role: Role;
  readonly expires_at: Date;
}

export function createRoleEnds({ database, clock, accounts, tell, operator }: RoleEndsOptions): RoleEnds {
  /** A right that was given for no longer than that needs no letter on its first day. */
  async function ending(days: number): Promise<readonly Ending[]> {
    const now = clock.now();
    return database.query<Ending>(
      `select r.account_id, r.role, r.expires_at from identity.role r
       join identity.account a on a.customer_id = r.customer_id and a.account_id = r.account_id
       where r.customer_id = $1 and a.kind = 'staff' and a.state = 'active' and r.expires_at > $2 and r.expires_at <= $3
         and (r.told_days is null or r.told_days > $4) and r.expires_at - r.granted_at > make_interval(days => $4)
       limit 500`,
      [await operator(), now, new Date(now.getTime() + days * dayMs), days],
    );
  }

  async function write({ account_id: account, role, expires_at: at }: Ending, days: number): Promise<void> {
    const customer = await operator();
    const owners = (await accounts.withRole(['owner'])).filter((owner) => owner !== account);
    await database.transaction(async (connection) => {
      const first = await connection.query(
        `update identity.role set told_days = $4
         where customer_id = $1 and account_id = $2 and role = $3 and expires_at = $5
           and (told_days is null or told_days > $4) returning 1`,
        [customer, account, role, days, at],
      );
      if (first.length === 0) return;
      const refs = { role, at: at.toISOString() };
      await tell(connection, [
        { template: 'role_expires', accounts: [account], refs },
        { template: 'colleague_role_expires', accounts: owners, refs },
      ]);
    });
  }

  return {
    async remind() {
      // The nearest end first: what is three days away is not told as two weeks away as well.
      for (const days of [...aheadDays].reverse()) for (const one of await ending(days)) await write(one, days);
    },
  };
}
