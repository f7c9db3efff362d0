/**
 * The admins of a customer are the customer's own: they approve what staff may see, so staff must not be able to become one.
 * Staff make the first admin. From then on admins invite, reset and dismiss each other. The only admin who is locked out can
 * be helped by staff, after a wait in which that admin hears of it and stops it by signing in.
 */
import { type Change, together } from '../../journal/change.ts';
import type { EntryKind } from '../../journal/entry.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import type { AccountId, CustomerId } from '../../platform/ids/ids.ts';
import { actorOfSession, type SessionCaller } from '../caller.ts';
import type { Tell } from '../tell.ts';
import type { Account, Accounts } from './accounts.ts';
import type { Invited, NewcomerWish, Office } from './office.ts';
import type { Recovery } from './recovery.ts';

/** A link, or from when on it can be had. */
export interface Reset extends Invited {
  readonly availableAt: Date | undefined;
}

export interface CustomerAdmins {
  /** @throws Problem `admins_decide` for staff where the customer has an admin. */
  invite(by: SessionCaller, wish: NewcomerWish, customer: CustomerId): Promise<Invited>;
  /** @throws Problem `admins_decide` */
  inviteAgain(by: SessionCaller, account: Account): Promise<Invited>;
  reset(by: SessionCaller, account: Account): Promise<Reset>;
  /** @throws Problem `admins_decide` for staff and an admin who works. */
  leave(by: SessionCaller, account: Account): Promise<void>;
}

export interface CustomerAdminsOptions {
  readonly accounts: Accounts;
  readonly office: Office;
  readonly recovery: Recovery;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly tell: Tell;
}

export function createCustomerAdmins(options: CustomerAdminsOptions): CustomerAdmins {
  const { accounts, office, recovery, journal, clock, tell } = options;

  const customerOf = ({ customer }: Account): CustomerId => {
    if (customer === undefined) throw new Problem('not_found');
    return customer;
  };

  /** Those who can sign in and decide. */
  const deciding = async (customer: CustomerId): Promise<AccountId[]> =>
    (await accounts.list(customer)).filter(({ state }) => state === 'active').map(({ id }) => id);

  async function needsNoAdmin(by: SessionCaller, customer: CustomerId): Promise<readonly AccountId[]> {
    const admins = await deciding(customer);
    if (by.kind === 'staff' && admins.length > 0) throw new Problem('admins_decide');
    return admins;
  }

  /** In the customer's own log too: the entry about the person stands in the operator's, which the customer cannot read. */
  async function note(by: SessionCaller, kind: EntryKind, account: AccountId, customer: CustomerId, what: string) {
    await journal.append({
      customer,
      log: 'access',
      entry: {
        kind,
        at: clock.now(),
        actor: actorOfSession(by),
        outcome: 'done',
        client: 'console',
        refs: { account, what },
      },
    });
  }

  const told =
    (others: readonly AccountId[], what: 'invited' | 'reset'): Change =>
    async (connection) => {
      if (others.length > 0) await tell(connection, [{ template: 'admins_changed', accounts: others, refs: { what } }]);
      return true;
    };

  return {
    async invite(by, wish, customer) {
      const others = await needsNoAdmin(by, customer);
      const invited = await office.invite(by, wish, customer, told(others, 'invited'));
      await note(by, 'account.create', invited.account, customer, 'invited');
      return invited;
    },
    async inviteAgain(by, account) {
      await needsNoAdmin(by, customerOf(account));
      return office.link(by, account, 'invitation');
    },
    async reset(by, account) {
      const customer = customerOf(account);
      const others = (await deciding(customer)).filter((id) => id !== account.id);
      if (by.kind === 'admin') {
        const invited = await office.link(by, account, 'reset', told([...others, account.id], 'reset'));
        await note(by, 'account.change', account.id, customer, 'reset');
        return { ...invited, availableAt: undefined };
      }
      if (others.length > 0) throw new Problem('admins_decide');
      const step = await recovery.askForAdmin(by, account);
      if (step.state === 'waiting') {
        await note(by, 'account.recover', account.id, customer, 'asked');
        return { account: account.id, secret: undefined, availableAt: step.availableAt };
      }
      const invited = await office.link(by, account, 'reset', together(step.end, told([account.id], 'reset')));
      await note(by, 'account.recover', account.id, customer, 'done');
      return { ...invited, availableAt: undefined };
    },
    async leave(by, account) {
      const customer = customerOf(account);
      if (account.state === 'active') await needsNoAdmin(by, customer);
      await office.leave(by, account);
      await note(by, 'account.leave', account.id, customer, 'left');
    },
  };
}
