/**
 * For the day on which the only owner is locked out. Whoever has the machine may ask; everybody is told; a day later there is
 * a link. An owner who signs in meanwhile was not locked out, and that stops it.
 */
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { type AccountId, type CustomerId, newId, type RecoveryId } from '../../platform/ids/ids.ts';
import type { Tell } from '../tell.ts';
import type { AccountLog } from './account-log.ts';
import type { Account, Accounts } from './accounts.ts';
import type { Office } from './office.ts';

const waitMs = 24 * 3_600_000;
/** After this the wait begins anew: a link that nobody fetched must not lie ready for months. */
const openMs = 7 * 24 * 3_600_000;

export type RecoveryStep =
  | { readonly state: 'no-owner' }
  | { readonly state: 'waiting'; readonly availableAt: Date }
  | { readonly state: 'ready'; readonly secret: string };

export interface Recovery {
  /** Asks for it, or fetches the link when the wait is over. */
  ask(): Promise<RecoveryStep>;
  /** An owner signed in: whoever asked was not locked out. */
  cancel(connection: Queryable, account: AccountId): Promise<void>;
}

export interface RecoveryOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly office: Pick<Office, 'recoverOwner'>;
  readonly log: AccountLog;
  readonly tell: Tell;
  readonly operator: () => Promise<CustomerId>;
}

export function createRecovery({ database, clock, accounts, office, log, tell, operator }: RecoveryOptions): Recovery {
  /** Who is owner, or was until the right ended: the one who signed in last. */
  async function owner(): Promise<Account | undefined> {
    const owners = (await accounts.list('staff')).filter(
      ({ state, roles }) => state === 'active' && roles.some(({ role }) => role === 'owner'),
    );
    const seen = ({ lastSignInAt }: Account) => lastSignInAt?.getTime() ?? 0;
    return owners.sort((a, b) => seen(b) - seen(a))[0];
  }

  async function everybody(): Promise<AccountId[]> {
    return (await accounts.list('staff')).filter(({ state }) => state === 'active').map(({ id }) => id);
  }

  async function begin(account: Account): Promise<RecoveryStep> {
    const now = clock.now();
    const availableAt = new Date(now.getTime() + waitMs);
    const told = await everybody();
    await log.write({
      kind: 'account.recover',
      person: account.person,
      actor: { kind: 'system', id: 'machine' },
      outcome: 'ordered',
      refs: { availableAt: availableAt.toISOString() },
      async change(connection) {
        await connection.query(
          'insert into identity.recovery (customer_id, recovery_id, account_id, asked_at) values ($1, $2, $3, $4)',
          [await operator(), newId<RecoveryId>(), account.id, now],
        );
        await tell(connection, [
          { template: 'recovery_requested', accounts: told, refs: { at: availableAt.toISOString() } },
        ]);
        return true;
      },
    });
    return { state: 'waiting', availableAt };
  }

  return {
    async ask() {
      const account = await owner();
      if (account === undefined) return { state: 'no-owner' };
      const [open] = await database.query<{ recovery_id: RecoveryId; asked_at: Date }>(
        `select recovery_id, asked_at from identity.recovery
         where customer_id = $1 and account_id = $2 and ended_at is null and asked_at > $3 order by asked_at limit 1`,
        [await operator(), account.id, new Date(clock.now().getTime() - openMs)],
      );
      if (open === undefined) return begin(account);
      const availableAt = new Date(open.asked_at.getTime() + waitMs);
      if (clock.now() < availableAt) return { state: 'waiting', availableAt };
      const told = await everybody();
      const secret = await office.recoverOwner(account, async (connection) => {
        const ended = await connection.query(
          `update identity.recovery set ended_at = $3 where customer_id = $1 and recovery_id = $2 and ended_at is null returning 1`,
          [await operator(), open.recovery_id, clock.now()],
        );
        if (ended.length > 0) await tell(connection, [{ template: 'recovery_done', accounts: told }]);
        return ended.length > 0;
      });
      return secret === undefined ? begin(account) : { state: 'ready', secret };
    },
    async cancel(connection, account) {
      await connection.query(
        `update identity.recovery r set ended_at = $3 where r.customer_id = $1 and r.ended_at is null and exists
           (select 1 from identity.role o where o.customer_id = $1 and o.account_id = $2 and o.role = 'owner' and o.expires_at > $3)`,
        [await operator(), account, clock.now()],
      );
    },
  };
}
