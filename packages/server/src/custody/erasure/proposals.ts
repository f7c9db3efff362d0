/**
 * A whole customer goes by two of its admins: one proposes it, another confirms it with a strong factor of their own. Until
 * then nothing is closed, and any admin can end the proposal. Where there is only one admin, the order takes the wait
 * instead (`routes/erasures.ts`).
 */
import { changeRider } from '../../journal/change.ts';
import type { Actor } from '../../journal/entry.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { Problem } from '../../platform/http/problem.ts';
import { type AccountId, type CustomerId, newId, type OrderId, type ProposalId } from '../../platform/ids/ids.ts';
import type { ErasureOrder, Wish } from './order.ts';

export interface Proposal {
  readonly proposal: ProposalId;
  readonly customer: CustomerId;
  readonly by: AccountId;
  readonly coolingMinutes: number;
  readonly state: 'open' | 'confirmed' | 'ended' | 'expired';
  readonly proposedAt: Date;
  /** Unconfirmed by then it is void. */
  readonly expiresAt: Date;
  readonly order: OrderId | undefined;
}

/** One of the customer's admins, signed in. */
export interface ActingAdmin {
  readonly account: AccountId;
  readonly actor: Actor;
}

export interface Proposals {
  /** Whether a whole customer needs a second admin: it has more than one. */
  needed(customer: CustomerId): Promise<boolean>;
  /** @throws Problem `not_found` where no second admin could confirm it, `proposal_open` */
  make(customer: CustomerId, by: ActingAdmin, coolingMinutes: number): Promise<Proposal>;
  /** @throws Problem `not_found`, `self_forbidden` for whoever proposed it, `order_closed` */
  confirm(customer: CustomerId, proposal: ProposalId, by: ActingAdmin): Promise<ErasureOrder>;
  /** @throws Problem `not_found`, `order_closed` */
  end(customer: CustomerId, proposal: ProposalId, by: ActingAdmin): Promise<Proposal>;
  list(customer: CustomerId): Promise<readonly Proposal[]>;
}

export interface ProposalsOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Who can sign in and decide for a customer. */
  readonly admins: (customer: CustomerId) => Promise<readonly AccountId[]>;
  readonly tell: (
    connection: Queryable,
    messages: readonly {
      readonly template: 'erasure_proposed';
      readonly accounts: readonly AccountId[];
      readonly refs: Readonly<Record<string, string>>;
    }[],
  ) => Promise<void>;
  readonly place: (wish: Wish, coolingMs: number, actor: Actor, client: 'console') => Promise<ErasureOrder>;
}

interface Row {
  readonly customer_id: CustomerId;
  readonly proposal_id: ProposalId;
  readonly proposed_by: AccountId;
  readonly cooling_minutes: number;
  readonly state: 'open' | 'confirmed' | 'ended';
  readonly proposed_at: Date;
  readonly expires_at: Date;
  readonly order_id: OrderId | null;
}

const lastsMs = 7 * 86_400_000;

export function createProposals(options: ProposalsOptions): Proposals {
  const { database, journal, clock, admins, tell, place } = options;

  const asProposal = (row: Row): Proposal => ({
    proposal: row.proposal_id,
    customer: row.customer_id,
    by: row.proposed_by,
    coolingMinutes: row.cooling_minutes,
    state: row.state === 'open' && row.expires_at <= clock.now() ? 'expired' : row.state,
    proposedAt: row.proposed_at,
    expiresAt: row.expires_at,
    order: row.order_id ?? undefined,
  });

  async function find(customer: CustomerId, id: ProposalId): Promise<Proposal> {
    const [row] = await database.query<Row>(
      'select * from custody.erasure_proposal where customer_id = $1 and proposal_id = $2',
      [customer, id],
    );
    if (row === undefined) throw new Problem('not_found');
    return asProposal(row);
  }

  /** One entry in the orders log with the change that it tells of. @returns false when the change did not apply. */
  async function record(
    kind: 'erasure.proposed' | 'erasure.confirmed' | 'erasure.declined',
    { customer, proposal }: Pick<Proposal, 'customer' | 'proposal'>,
    actor: Actor,
    change: (connection: Queryable) => Promise<boolean>,
  ): Promise<boolean> {
    const outcome = await journal.append({
      customer,
      log: 'orders',
      entry: { kind, at: clock.now(), actor, outcome: 'done', client: 'console', refs: { proposal } },
      rider: { rider: changeRider, payload: change },
    });
    return outcome.state === 'appended';
  }

  return {
    needed: async (customer) => (await admins(customer)).length > 1,
    async make(customer, by, coolingMinutes) {
      const others = (await admins(customer)).filter((account) => account !== by.account);
      if (others.length === 0) throw new Problem('not_found');
      const at = clock.now();
      const made: Proposal = {
        proposal: newId<ProposalId>(),
        customer,
        by: by.account,
        coolingMinutes,
        state: 'open',
        proposedAt: at,
        expiresAt: new Date(at.getTime() + lastsMs),
        order: undefined,
      };
      const applied = await record('erasure.proposed', made, by.actor, async (connection) => {
        const rows = await connection.query(
          `insert into custody.erasure_proposal
             (customer_id, proposal_id, proposed_by, cooling_minutes, state, proposed_at, expires_at)
           select $1, $2, $3, $4, 'open', $5, $6 where not exists (
             select 1 from custody.erasure_proposal where customer_id = $1 and state = 'open' and expires_at > $5)
           returning 1`,
          [customer, made.proposal, made.by, coolingMinutes, at, made.expiresAt],
        );
        if (rows.length === 0) return false;
        await tell(connection, [
          { template: 'erasure_proposed', accounts: others, refs: { at: made.expiresAt.toISOString() } },
        ]);
        return true;
      });
      if (!applied) throw new Problem('proposal_open');
      return made;
    },
    async confirm(customer, id, by) {
      const found = await find(customer, id);
      if (found.by === by.account) throw new Problem('self_forbidden');
      const applied = await record('erasure.confirmed', found, by.actor, async (connection) => {
        // Once more after a crash between the confirmation and its order.
        const rows = await connection.query(
          `update custody.erasure_proposal set state = 'confirmed', confirmed_by = $3, ended_at = $4
           where customer_id = $1 and proposal_id = $2 and order_id is null
             and ((state = 'open' and expires_at > $4) or state = 'confirmed') returning 1`,
          [customer, id, by.account, clock.now()],
        );
        return rows.length > 0;
      });
      if (!applied) throw new Problem('order_closed');
      const order = await place({ customer, scope: 'customer' }, found.coolingMinutes * 60_000, by.actor, 'console');
      await database.query(
        'update custody.erasure_proposal set order_id = $3 where customer_id = $1 and proposal_id = $2',
        [customer, id, order.order],
      );
      return order;
    },
    async end(customer, id, by) {
      const found = await find(customer, id);
      const applied = await record('erasure.declined', found, by.actor, async (connection) => {
        const rows = await connection.query(
          `update custody.erasure_proposal set state = 'ended', ended_at = $3
           where customer_id = $1 and proposal_id = $2 and state = 'open' returning 1`,
          [customer, id, clock.now()],
        );
        return rows.length > 0;
      });
      if (!applied) throw new Problem('order_closed');
      return { ...found, state: 'ended' };
    },
    async list(customer) {
      const rows = await database.query<Row>(
        'select * from custody.erasure_proposal where customer_id = $1 order by proposed_at desc limit 50',
        [customer],
      );
      return rows.map(asProposal);
    },
  };
}
