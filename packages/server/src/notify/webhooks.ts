import type { Clock } from '../platform/clock/clock.ts';
import { isLoopback } from '../platform/config/load.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import { type CustomerId, newId, type WebhookId } from '../platform/ids/ids.ts';
import type { Box } from '../platform/secrets/box.ts';
import type { Template } from './letters/phrase.ts';
import { newWebhookSecret, type WebhookTarget } from './webhook.ts';

export interface Webhook {
  readonly id: WebhookId;
  readonly host: string;
  /** Goes unencrypted to another machine. Without the setting that allows it, nothing goes there. */
  readonly isOpen: boolean;
  readonly events: readonly Template[];
  readonly createdAt: Date;
}

export interface Webhooks {
  /** @returns its secret, to be shown once. */
  add(connection: Queryable, url: string, events: readonly Template[]): Promise<{ id: WebhookId; secret: string }>;
  list(): Promise<readonly Webhook[]>;
  target(id: WebhookId): Promise<WebhookTarget | undefined>;
  end(connection: Queryable, id: WebhookId): Promise<boolean>;
}

export interface WebhooksOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** URL and secret: a URL can hold a key too. */
  readonly box: Box;
  readonly operator: () => Promise<CustomerId>;
  readonly allowPrivate: boolean;
}

export function createWebhooks({ database, clock, box, operator, allowPrivate }: WebhooksOptions): Webhooks {
  const place = (id: WebhookId) => ['webhook', id];
  const opened = (id: WebhookId, target: Buffer) => JSON.parse(box.open(place(id), target).toString()) as WebhookTarget;

  return {
    async add(connection, url, events) {
      const id = newId<WebhookId>();
      const secret = newWebhookSecret();
      await connection.query(
        'insert into notify.webhook (customer_id, webhook_id, target, events, created_at) values ($1, $2, $3, $4, $5)',
        [await operator(), id, box.seal(place(id), Buffer.from(JSON.stringify({ url, secret }))), events, clock.now()],
      );
      return { id, secret };
    },
    async list() {
      const rows = await database.query<{
        webhook_id: WebhookId;
        target: Buffer;
        events: Template[];
        created_at: Date;
      }>(
        'select webhook_id, target, events, created_at from notify.webhook where customer_id = $1 and ended_at is null order by created_at',
        [await operator()],
      );
      return rows.map((row) => {
        const { host, hostname, protocol } = new URL(opened(row.webhook_id, row.target).url);
        return {
          id: row.webhook_id,
          host,
          isOpen: allowPrivate && protocol !== 'https:' && !isLoopback(hostname.replace(/^\[|\]$/g, '')),
          events: row.events,
          createdAt: row.created_at,
        };
      });
    },
    async target(id) {
      const [row] = await database.query<{ target: Buffer }>(
        'select target from notify.webhook where customer_id = $1 and webhook_id = $2 and ended_at is null',
        [await operator(), id],
      );
      return row && opened(id, row.target);
    },
    async end(connection, id) {
      const rows = await connection.query(
        `update notify.webhook set ended_at = $3 where customer_id = $1 and webhook_id = $2 and ended_at is null returning 1`,
        [await operator(), id, clock.now()],
      );
      return rows.length > 0;
    },
  };
}
