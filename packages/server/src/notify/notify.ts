/** The notify room: puts its parts together. */
import type { Clock } from '../platform/clock/clock.ts';
import type { Settings } from '../platform/config/settings.ts';
import type { Database } from '../platform/database/database.ts';
import type { AccountId, CustomerId } from '../platform/ids/ids.ts';
import { createBox } from '../platform/secrets/box.ts';
import type { SecretStore } from '../platform/secrets/secrets.ts';
import type { AlarmRoute } from './alarm-routes/route.ts';
import { createAlarmRoutes } from './alarm-routes/routes.ts';
import { createMailer, type Mailer } from './mail.ts';
import { createNotifier, type Notifier, type NotifierOptions } from './notifier.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createWebhookSender } from './webhook.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

export interface Notify {
  readonly outbox: Outbox;
  readonly webhooks: Webhooks;
  readonly mailer: Mailer | undefined;
  /** The routes of the settings. @param team whose letters the route to the team sends. */
  alarmRoutes(team: () => Promise<readonly AccountId[]>): readonly AlarmRoute[];
  /** Who is behind an account is known above this room. */
  notifier(above: Pick<NotifierOptions, 'recipient' | 'link' | 'ran'>): Notifier;
}

export interface NotifyOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly secrets: SecretStore;
  readonly settings: Pick<Settings, 'mail' | 'webhooks' | 'operator' | 'form' | 'alerts'>;
  readonly url: string;
  readonly operator: () => Promise<CustomerId>;
}

export async function createNotify(options: NotifyOptions): Promise<Notify> {
  const { database, clock, secrets, settings, url, operator } = options;
  const outbox = createOutbox(database, clock, operator);
  const { allowPrivate } = settings.webhooks;
  const box = createBox(await secrets.key('webhooks'));
  const webhooks = createWebhooks({ database, clock, operator, box, allowPrivate });
  const mailer = settings.mail === undefined ? undefined : createMailer(settings.mail);
  const sender = createWebhookSender(clock, settings.webhooks);
  return {
    outbox,
    webhooks,
    mailer,
    alarmRoutes: (team) => createAlarmRoutes({ settings, database, outbox, mailer, sender, team, url }),
    notifier: (above) =>
      createNotifier({
        outbox,
        webhooks,
        mailer,
        sender,
        url,
        operatorName: settings.operator ?? 'Obhut',
        form: settings.form,
        ...above,
      }),
  };
}
