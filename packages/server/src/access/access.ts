/** The access room: puts its parts together. */
import type { Identity } from '../identity/identity.ts';
import type { Journal } from '../journal/journal.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Database } from '../platform/database/database.ts';
import type { AccountId } from '../platform/ids/ids.ts';
import { type Approvals, createApprovals } from './approval.ts';
import { createGrantEvents, type GrantEvents } from './events.ts';
import { createGrantStore, type GrantStore } from './grant-store.ts';
import { createGrants, type Grants } from './grants.ts';
import { createNotices, type Notices } from './notices.ts';
import type { Policies } from './policies.ts';
import type { Tell } from './tell.ts';
import { createUses, type Uses } from './uses.ts';

export interface Access {
  readonly store: GrantStore;
  readonly grants: Grants;
  readonly uses: Uses;
  readonly approvals: Approvals;
  readonly events: GrantEvents;
  readonly policies: Policies;
  readonly notices: Notices;
  /** Begins to write down what runs out. */
  start(): void;
  close(): void;
}

export interface AccessOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly policies: Policies;
  readonly tell: Tell;
  /** How long entries of access logs are kept. */
  readonly journalYears: number;
  /** Of which of these grants the notice has arrived, and when. */
  readonly noticesArrived: (grants: readonly string[]) => Promise<ReadonlyMap<string, Date>>;
}

const sweepMs = 5_000;

export function createAccess(options: AccessOptions): Access {
  const { database, journal, keyring, clock, identity, policies, tell } = options;
  const { accounts } = identity;
  const store = createGrantStore(database);
  const grants = createGrants({ store, accounts, policies, journal, keyring, clock, tell });
  const uses = createUses({ database, clock, accounts, tell, journalYears: options.journalYears });
  const events = createGrantEvents(store, grants, clock);
  const notices = createNotices({ database, clock, accounts, tell, arrived: options.noticesArrived });
  let timer: NodeJS.Timeout | undefined;
  return {
    store,
    grants,
    uses: {
      ...uses,
      async record(grant, use) {
        await uses.record(grant, use);
        events.used(grant.id);
      },
    },
    events,
    policies,
    notices,
    approvals: createApprovals({
      database,
      clock,
      flows: identity.flows,
      passkeys: identity.passkeys,
      stepUp: identity.stepUp,
    }),
    start() {
      timer = setInterval(() => {
        grants
          .sweep()
          .then(notices.remind)
          .catch(() => undefined);
      }, sweepMs);
      timer.unref();
    },
    close() {
      clearInterval(timer);
      events.close();
    },
  };
}

/** Lets identity, which is below, end grants: what it gets is filled in when this room is built. */
export function createGrantEnder() {
  let grants: Grants | undefined;
  return {
    end: async (connection: Parameters<Grants['endAllOf']>[0], account: AccountId) =>
      grants?.endAllOf(connection, account),
    use(built: Grants) {
      grants = built;
    },
  };
}
