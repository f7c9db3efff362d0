/** The outbox: messages are put in with the change that they are about, and taken out one by one until they have arrived. */
import type { Clock } from '../platform/clock/clock.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import { type AccountId, type CustomerId, type MessageId, newId, type WebhookId } from '../platform/ids/ids.ts';
import type { Refs } from './letters/letter.ts';
import type { Template } from './letters/phrase.ts';

export interface Message {
  readonly id: MessageId;
  readonly channel: 'mail' | 'webhook';
  readonly template: Template;
  readonly account: AccountId | undefined;
  readonly webhook: WebhookId | undefined;
  readonly refs: Refs;
  readonly attempts: number;
  readonly createdAt: Date;
}

export interface NewMessage {
  readonly template: Template;
  readonly accounts: readonly AccountId[];
  readonly refs?: Refs;
}

export interface OutboxStatus {
  readonly waiting: number;
  readonly failing: number;
  readonly lastSentAt: Date | undefined;
}

export interface Outbox {
  /** One message for each account, and one for each webhook that wants this event. */
  put(connection: Queryable, messages: readonly NewMessage[]): Promise<void>;
  /** Takes what is due, for a while: if this process dies, another takes it again. */
  lease(limit: number): Promise<readonly Message[]>;
  done(message: MessageId, state: 'sent' | 'dropped'): Promise<void>;
  /** Tried in vain: later again, or given up. `error` is a code. */
  retry(message: Message, error: string, forGood: boolean): Promise<void>;
  status(channel: Message['channel']): Promise<OutboxStatus>;
  /** How many wait that were tried twice in vain: the way there is blocked. A wrong address alone is not among them. */
  stuck(channel: Message['channel']): Promise<number>;
  /** Of which of these grants the customer's notice has arrived by mail, and when. */
  noticesArrived(grants: readonly string[]): Promise<ReadonlyMap<string, Date>>;
}

const leaseMs = 120_000;
const firstRetryMs = 60_000;
const longestRetryMs = 6 * 3_600_000;
const givenUpAfterMs = 3 * 86_400_000;

interface Row {
  readonly message_id: MessageId;
  readonly channel: Message['channel'];
  readonly template: Template;
  readonly account_id: AccountId | null;
  readonly webhook_id: WebhookId | null;
  readonly refs: Refs;
  readonly attempts: number;
  readonly created_at: Date;
}

export function createOutbox(database: Database, clock: Clock, operator: () => Promise<CustomerId>): Outbox {
  return {
    async put(connection, messages) {
      const customer = await operator();
      for (const { template, accounts, refs = {} } of messages) {
        for (const account of accounts)
          await connection.query(
            `insert into notify.message (customer_id, message_id, channel, template, account_id, refs, state, next_at, created_at)
             values ($1, $2, 'mail', $3, $4, $5, 'waiting', $6, $6)`,
            [customer, newId<MessageId>(), template, account, { ...refs }, clock.now()],
          );
        await connection.query(
          `insert into notify.message (customer_id, message_id, channel, template, webhook_id, refs, state, next_at, created_at)
           select $1, gen_random_uuid(), 'webhook', $2, webhook_id, $3, 'waiting', $4, $4
           from notify.webhook where customer_id = $1 and ended_at is null and $2 = any(events)`,
          [customer, template, { ...refs }, clock.now()],
        );
      }
    },
    async lease(limit) {
      const now = clock.now();
      const rows = await database.query<Row>(
        `update notify.message m set attempts = attempts + 1, next_at = $3
         from (select customer_id, message_id from notify.message
               where customer_id = $1 and state = 'waiting' and next_at <= $2
               order by next_at limit $4 for update skip locked) due
         where m.customer_id = due.customer_id and m.message_id = due.message_id
         returning m.message_id, m.channel, m.template, m.account_id, m.webhook_id, m.refs, m.attempts, m.created_at`,
        [await operator(), now, new Date(now.getTime() + leaseMs), limit],
      );
      return rows.map((row) => ({
        id: row.message_id,
        channel: row.channel,
        template: row.template,
        account: row.account_id ?? undefined,
        webhook: row.webhook_id ?? undefined,
        refs: row.refs,
        attempts: row.attempts,
        createdAt: row.created_at,
      }));
    },
    async done(message, state) {
      await database.query(
        `update notify.message set state = $3, sent_at = $4, error = null where customer_id = $1 and message_id = $2`,
        [await operator(), message, state, clock.now()],
      );
    },
    async retry({ id, attempts, createdAt }, error, forGood) {
      const now = clock.now().getTime();
      const old = now - createdAt.getTime() > givenUpAfterMs;
      const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(20, attempts - 1));
      await database.query(
        `update notify.message set state = $3, next_at = $4, error = $5 where customer_id = $1 and message_id = $2`,
        [
          await operator(),
          id,
          forGood || old ? 'failed' : 'waiting',
          // Spread, so that all that waited for a server do not come back at once.
          new Date(now + wait * (0.75 + Math.random() / 2)),
          error,
        ],
      );
    },
    async status(channel) {
      const [row] = await database.query<{ waiting: number; failing: number; last: Date | null }>(
        `select count(*) filter (where state = 'waiting') as waiting,
                count(*) filter (where state = 'failed' or (state = 'waiting' and error is not null)) as failing,
                max(sent_at) filter (where state = 'sent') as last
         from notify.message where customer_id = $1 and channel = $2`,
        [await operator(), channel],
      );
      return { waiting: row?.waiting ?? 0, failing: row?.failing ?? 0, lastSentAt: row?.last ?? undefined };
    },
    async stuck(channel) {
      const [row] = await database.query<{ stuck: number }>(
        `select count(*) as stuck from notify.message
         where customer_id = $1 and channel = $2 and state = 'waiting' and error is not null and attempts >= 2`,
        [await operator(), channel],
      );
      return row?.stuck ?? 0;
    },
    async noticesArrived(grants) {
      if (grants.length === 0) return new Map();
      const rows = await database.query<{ grant: string; at: Date }>(
        `select refs ->> 'grant' as grant, max(sent_at) as at from notify.message
         where customer_id = $1 and template = 'access_notice' and channel = 'mail' and state = 'sent'
           and refs ->> 'grant' = any($2) group by 1`,
        [await operator(), grants],
      );
      return new Map(rows.map(({ grant, at }) => [grant, at]));
    },
  };
}
