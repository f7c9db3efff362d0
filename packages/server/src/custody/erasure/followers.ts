/**
 * Who has to follow an erasure: the operator's product, and through it those whom it gave the data to (Article 19 GDPR). A
 * webhook `person.erased` tells it in the commit in which the keys die; it confirms by the API. What is not confirmed after
 * three days is told to the team, once.
 *
 * Only what Obhut itself knows goes out: ids of the customer, the person and the order, and what kind of order it was.
 */
import { changeRider } from '../../journal/change.ts';
import type { Actor } from '../../journal/entry.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { Problem } from '../../platform/http/problem.ts';
import type { AccountId, CustomerId, OrderId } from '../../platform/ids/ids.ts';
import type { ErasureOrder } from './order.ts';

interface FollowMessage {
  readonly template: 'person.erased' | 'erasure_unconfirmed';
  readonly accounts: readonly AccountId[];
  readonly refs: Readonly<Record<string, string | number>>;
}

export interface FollowersOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Whether a webhook wants to know. */
  readonly listens: () => Promise<boolean>;
  /** Who is to know of what nobody confirmed. */
  readonly team: () => Promise<readonly AccountId[]>;
  readonly tell: (connection: Queryable, messages: readonly FollowMessage[]) => Promise<void>;
}

export interface Followers {
  /** In the commit in which an order is carried out. Nobody is asked who does not listen. */
  tell(connection: Queryable, order: ErasureOrder): Promise<void>;
  /** @throws Problem `not_found` where nobody was asked. */
  confirm(customer: CustomerId, order: OrderId, actor: Actor): Promise<void>;
  /** Tells the team of what is unconfirmed for long, once each. */
  remind(): Promise<void>;
  /** How many are unconfirmed, and how many of them for longer than they should. */
  open(): Promise<{ readonly waiting: number; readonly late: number }>;
}

const hourMs = 3_600_000;
const lateHours = 72;

export function createFollowers({ database, journal, clock, listens, team, tell }: FollowersOptions): Followers {
  return {
    async tell(connection, { customer, order, scope, person, collection }) {
      // A record or a file was deleted by the product itself: it knows.
      if (scope === 'record' || scope === 'file' || !(await listens())) return;
      await tell(connection, [
        {
          template: 'person.erased',
          accounts: [],
          refs: {
            customer,
            order,
            scope,
            ...(person !== undefined && { person }),
            ...(collection !== undefined && { collection }),
          },
        },
      ]);
      await connection.query(
        'update custody.erasure_order set follow_asked_at = $3 where customer_id = $1 and order_id = $2',
        [customer, order, clock.now()],
      );
    },
    async confirm(customer, order, actor) {
      const outcome = await journal.append({
        customer,
        log: 'orders',
        entry: { kind: 'erasure.followed', at: clock.now(), actor, outcome: 'done', client: 'api', refs: { order } },
        rider: {
          rider: changeRider,
          payload: async (connection) =>
            (
              await connection.query(
                `update custody.erasure_order set followed_at = $3 where customer_id = $1 and order_id = $2
                   and follow_asked_at is not null and followed_at is null returning 1`,
                [customer, order, clock.now()],
              )
            ).length > 0,
        },
      });
      if (outcome.state === 'appended') return;
      // Once more: it is confirmed already, and one entry is enough.
      const [done] = await database.query(
        `select 1 from custody.erasure_order where customer_id = $1 and order_id = $2 and followed_at is not null`,
        [customer, order],
      );
      if (done === undefined) throw new Problem('not_found');
    },
    async remind() {
      const now = clock.now();
      await database.transaction(async (connection) => {
        const late = await connection.query<{ customer_id: CustomerId; order_id: OrderId; follow_asked_at: Date }>(
          `update custody.erasure_order set follow_told_at = $1
           where follow_asked_at < $2 and followed_at is null and follow_told_at is null
           returning customer_id, order_id, follow_asked_at`,
          [now, new Date(now.getTime() - lateHours * hourMs)],
        );
        if (late.length === 0) return;
        const accounts = await team();
        await tell(
          connection,
          late.map(({ customer_id: customer, order_id: order, follow_asked_at: since }) => ({
            template: 'erasure_unconfirmed',
            accounts,
            refs: { customer, order, hours: Math.floor((now.getTime() - since.getTime()) / hourMs) },
          })),
        );
      });
    },
    async open() {
      const [row] = await database.query<{ waiting: number; late: number }>(
        `select count(*) as waiting, count(*) filter (where follow_asked_at < $1) as late from custody.erasure_order
         where follow_asked_at is not null and followed_at is null`,
        [new Date(clock.now().getTime() - lateHours * hourMs)],
      );
      return { waiting: row?.waiting ?? 0, late: row?.late ?? 0 };
    },
  };
}
