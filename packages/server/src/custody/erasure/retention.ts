/**
 * Terms of retention: a record that was not changed for as many days as its collection says is ordered away, once a day,
 * without anybody asking. What a legal hold covers stays until the hold ends; the next day's turn takes it then.
 */
import { changeRider } from '../../journal/change.ts';
import type { Journal } from '../../journal/journal.ts';
import { personOf, withCurrentKeys } from '../../keyring/current.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { Problem } from '../../platform/http/problem.ts';
import { type CustomerId, type Name, newId, type OrderId, type PersonId } from '../../platform/ids/ids.ts';
import { hide } from './hide.ts';
import { recordIsHeld } from './holds.ts';
import { dueAfterMs, obhut } from './order.ts';
import { insertOrder } from './store.ts';

export interface RetentionOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly clock: Clock;
}

export interface Retention {
  /** One turn, if the last one of this server is a day ago. @returns how many orders were placed. */
  daily(): Promise<number>;
}

interface Term {
  readonly customer: CustomerId;
  readonly collection: Name;
  readonly unchangedSince: Date;
}

const dayMs = 86_400_000;
const peopleAtOnce = 200;

export function createRetention({ database, journal, keyring, clock }: RetentionOptions): Retention {
  let lastMs: number | undefined;

  async function terms(): Promise<readonly Term[]> {
    const rows = await database.query<{ customer_id: CustomerId; name: Name; days: number }>(
      `select customer_id, name, (definition ->> 'retentionDays')::integer as days from custody.collection
       where definition ? 'retentionDays' order by customer_id, name`,
    );
    const now = clock.now().getTime();
    return rows.map(({ customer_id: customer, name, days }) => ({
      customer,
      collection: name,
      unchangedSince: new Date(now - days * dayMs),
    }));
  }

  /** People with something whose term is over, after this one in the order of ids. */
  async function due(term: Term, after: PersonId | undefined): Promise<readonly PersonId[]> {
    const rows = await database.query<{ person_id: PersonId }>(
      `select distinct r.person_id from custody.record r
       where r.customer_id = $1 and r.collection = $2 and r.updated_at < $3 and r.order_id is null
         and ($4::uuid is null or r.person_id > $4) and not ${recordIsHeld('r', '$5')}
       order by r.person_id limit ${peopleAtOnce}`,
      [term.customer, term.collection, term.unchangedSince, after ?? null, clock.now()],
    );
    return rows.map(({ person_id: person }) => person);
  }

  /** @returns false where somebody was faster: another server, or an order for the whole person. */
  async function order({ customer, collection, unchangedSince }: Term, person: PersonId): Promise<boolean> {
    return withCurrentKeys(keyring, customer, async () => {
      const { fence, subject } = await personOf(keyring, customer, person);
      const at = clock.now();
      const id = newId<OrderId>();
      const shared = {
        kind: 'erasure.ordered',
        at,
        actor: obhut,
        outcome: 'ordered',
        refs: { order: id, scope: 'retention', unchangedSince: unchangedSince.toISOString() },
      } as const;
      const outcome = await journal.append({
        customer,
        log: 'access',
        fence,
        entry: { ...shared, scope: { collection }, subject },
        also: { log: 'orders', entry: shared },
        rider: {
          rider: changeRider,
          payload: async (connection) => {
            await journal.raiseFence(connection, customer);
            const keys = await hide(connection, { customer, person, collection, unchangedSince }, id, at);
            if (keys.length === 0) return false;
            await insertOrder(connection, {
              order: id,
              customer,
              scope: 'retention',
              person,
              collection,
              object: undefined,
              keys,
              orderedAt: at,
              dueAt: new Date(at.getTime() + dueAfterMs),
              // Nobody has asked for it: there is nothing to think over.
              coolingUntil: at,
              extent: { people: 0, records: keys.length, files: 0, bytes: 0 },
            });
            return true;
          },
        },
      });
      if (outcome.state === 'stale') return 'stale';
      return outcome.state === 'appended';
    }).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'not_found') return false;
      throw error;
    });
  }

  async function turn(): Promise<number> {
    let placed = 0;
    for (const term of await terms())
      for (let people = await due(term, undefined); people.length > 0; people = await due(term, people.at(-1)))
        for (const person of people) if (await order(term, person)) placed += 1;
    return placed;
  }

  return {
    async daily() {
      const now = clock.now().getTime();
      if (lastMs !== undefined && now - lastMs < dayMs) return 0;
      const placed = await turn();
      lastMs = now;
      return placed;
    },
  };
}
