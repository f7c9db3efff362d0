/**
 * For the day on which the only owner is locked out. Whoever has the machine may ask; everybody is told; a day later there is
 * a link. An owner who signs in meanwhile was not locked out, and that stops it.
 */
import type { Change } from '../../journal/change.ts';
import type { Actor } from '../../journal/entry.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { type AccountId, type CustomerId, newId, type RecoveryId } from '../../platform/ids/ids.ts';
import { actorOfSession, type SessionCaller } from '../caller.ts';
import type { Tell } from '../tell.ts';
import type { AccountLog } from './account-log.ts';
import type { Account, Accounts } from './accounts.ts';
import type { Office } from './office.ts';

const waitMs = 24 * 3_600_000;
/** Longer for an admin: a customer does not look every day at what the operator does. */
const adminWaitMs = 72 * 3_600_000;
/** After this the wait begins anew: a link that nobody fetched must not lie ready for months. */
const openMs = 7 * 24 * 3_600_000;

export type RecoveryStep =
  | { readonly state: 'no-owner' }
  | { readonly state: 'waiting'; readonly availableAt: Date }
  | { readonly state: 'ready'; readonly secret: string };

export type AdminRecoveryStep =
  | { readonly state: 'waiting'; readonly availableAt: Date }
  /** `end` uses it up, in the commit of what it allows. */
  | { readonly state: 'ready'; readonly end: Change };

export interface Recovery {
  /** Asks for it, or fetches the link when the wait is over. */
  ask(): Promise<RecoveryStep>;
  /** Staff ask for a customer's only admin, who is told and may stop it by signing in. */
  askForAdmin(by: SessionCaller, account: Account): Promise<AdminRecoveryStep>;
  /** Recoveries of an owner that wait: when the link can be had. */
  waiting(): Promise<readonly { readonly askedAt: Date; readonly availableAt: Date }[]>;
  /** An owner or admin signed in: they were not locked out. */
  cancel(connection: Queryable, account: AccountId): Promise<void>;
}

interface Request {
  readonly actor: Actor;
  readonly waitMs: number;
  readonly told: readonly AccountId[];
  readonly template: 'recovery_requested' | 'admin_reset_asked';
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

  async function begin(account: Account, request: Request): Promise<{ state: 'waiting'; availableAt: Date }> {
    const now = clock.now();
    const availableAt = new Date(now.getTime() + request.waitMs);
    await log.write({
      kind: 'account.recover',
      person: account.person,
      actor: request.actor,
      outcome: 'ordered',
      refs: { availableAt: availableAt.toISOString() },
      async change(connection) {
        await connection.query(
          'insert into identity.recovery (customer_id, recovery_id, account_id, asked_at) values ($1, $2, $3, $4)',
          [await operator(), newId<RecoveryId>(), account.id, now],
        );
        await tell(connection, [
          { template: request.template, accounts: request.told, refs: { at: availableAt.toISOString() } },
        ]);
        return true;
      },
    });
    return { state: 'waiting', availableAt };
  }

  async function openFor(account: AccountId): Promise<{ recovery_id: RecoveryId; asked_at: Date } | undefined> {
    const [open] = await database.query<{ recovery_id: RecoveryId; asked_at: Date }>(
      `select recovery_id, asked_at from identity.recovery
       where customer_id = $1 and account_id = $2 and ended_at is null and asked_at > $3 order by asked_at limit 1`,
      [await operator(), account, new Date(clock.now().getTime() - openMs)],
    );
    return open;
  }

  async function end(connection: Queryable, recovery: RecoveryId): Promise<boolean> {
    const ended = await connection.query(
      `update identity.recovery set ended_at = $3 where customer_id = $1 and recovery_id = $2 and ended_at is null returning 1`,
      [await operator(), recovery, clock.now()],
    );
    return ended.length > 0;
  }

  return {
    async ask() {
      const account = await owner();
      if (account === undefined) return { state: 'no-owner' };
      const open = await openFor(account.id);
      if (open === undefined)
        return begin(account, {
          actor: { kind: 'system', id: 'machine' },
          waitMs,
          told: await everybody(),
          template: 'recovery_requested',
        });
      const availableAt = new Date(open.asked_at.getTime() + waitMs);
      if (clock.now() < availableAt) return { state: 'waiting', availableAt };
      const told = await everybody();
      const secret = await office.recoverOwner(account, async (connection) => {
        const ended = await end(connection, open.recovery_id);
        if (ended) await tell(connection, [{ template: 'recovery_done', accounts: told }]);
        return ended;
      });
      // Somebody stopped it just now, or fetched the link: whoever still wants one asks again.
      return secret === undefined ? { state: 'no-owner' } : { state: 'ready', secret };
    },
    async askForAdmin(by, account) {
      const open = await openFor(account.id);
      if (open === undefined)
        return begin(account, {
          actor: actorOfSession(by),
          waitMs: adminWaitMs,
          told: [account.id],
          template: 'admin_reset_asked',
        });
      const availableAt = new Date(open.asked_at.getTime() + adminWaitMs);
      if (clock.now() < availableAt) return { state: 'waiting', availableAt };
      return { state: 'ready', end: (connection) => end(connection, open.recovery_id) };
    },
    async waiting() {
      const rows = await database.query<{ asked_at: Date }>(
        `select r.asked_at from identity.recovery r
         join identity.account a on a.customer_id = r.customer_id and a.account_id = r.account_id
         where r.customer_id = $1 and a.kind = 'staff' and r.ended_at is null and r.asked_at > $2 order by r.asked_at`,
        [await operator(), new Date(clock.now().getTime() - openMs)],
      );
      return rows.map(({ asked_at: askedAt }) => ({
        askedAt,
        availableAt: new Date(askedAt.getTime() + waitMs),
      }));
    },
    async cancel(connection, account) {
      await connection.query(
        `update identity.recovery r set ended_at = $3 from identity.account a
         where r.customer_id = $1 and r.ended_at is null and a.customer_id = $1 and a.account_id = r.account_id
           and (r.account_id = $2 or a.kind = 'staff' and exists
             (select 1 from identity.role o where o.customer_id = $1 and o.account_id = $2 and o.role = 'owner' and o.expires_at > $3))`,
        [await operator(), account, clock.now()],
      );
    },
  };
}
