/** Takes messages out of the outbox until it is empty, and looks again in a while. */
import type { AccountId } from '../platform/ids/ids.ts';
import { letterOf } from './letters/letter.ts';
import type { Template } from './letters/phrase.ts';
import { MailError, type Mailer } from './mail.ts';
import type { Message, Outbox } from './outbox.ts';
import { WebhookError, type WebhookSender } from './webhook.ts';
import type { Webhooks } from './webhooks.ts';

export interface Recipient {
  readonly name: string;
  readonly address: string;
  readonly language: 'de' | 'en';
}

export interface NotifierOptions {
  readonly outbox: Outbox;
  readonly webhooks: Webhooks;
  /** `undefined`: no mail server is set; mails wait. */
  readonly mailer: Mailer | undefined;
  readonly sender: WebhookSender;
  /** Who is behind an account; looking leaves an entry. `undefined`: nobody any more, or it need not be said any more. */
  readonly recipient: (account: AccountId, template: Template) => Promise<Recipient | undefined>;
  /** Makes the one-time link of a message, now that it is sent: its secret was nowhere before. */
  readonly link: (template: Template, account: AccountId) => Promise<string | undefined>;
  readonly operatorName: string;
  /** How people are addressed in German. */
  readonly form: 'du' | 'sie';
  readonly url: string;
  /** After each turn that came to its end. */
  readonly ran?: () => void;
  readonly everyMs?: number;
}

export interface Notifier {
  start(): void;
  /** Sends what is due, now. @returns how many were taken. */
  run(): Promise<number>;
  stop(): Promise<void>;
}

const batch = 20;

export function createNotifier(options: NotifierOptions): Notifier {
  const { outbox, webhooks, mailer, sender, operatorName, form, url, everyMs = 5_000 } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<number> | undefined;

  async function sendMail(message: Message, account: AccountId): Promise<'sent' | 'dropped'> {
    if (mailer === undefined) throw new MailError('unreachable');
    const recipient = await options.recipient(account, message.template);
    if (recipient === undefined) return 'dropped';
    const link = await options.link(message.template, account);
    const { subject, text } = letterOf(message.template, message.refs, {
      language: recipient.language,
      form,
      operator: operatorName,
      url,
      link,
    });
    const messageId = `<${message.id}@${new URL(url).hostname}>`;
    await mailer.send({ to: { name: recipient.name, address: recipient.address }, subject, text, messageId });
    return 'sent';
  }

  async function sendWebhook(message: Message): Promise<'sent' | 'dropped'> {
    const target = message.webhook && (await webhooks.target(message.webhook));
    if (target === undefined) return 'dropped';
    await sender.send(target, message.id, {
      type: message.template,
      timestamp: message.createdAt.toISOString(),
      data: message.refs,
    });
    return 'sent';
  }

  async function handle(message: Message): Promise<void> {
    try {
      const state =
        message.account === undefined ? await sendWebhook(message) : await sendMail(message, message.account);
      await outbox.done(message.id, state);
    } catch (error) {
      const known = error instanceof MailError || error instanceof WebhookError ? error.code : 'failed';
      await outbox.retry(message, known, known === 'rejected' || known === 'gone');
    }
  }

  async function drain(): Promise<number> {
    let taken = 0;
    for (;;) {
      const due = await outbox.lease(batch);
      await Promise.all(due.map(handle));
      taken += due.length;
      if (due.length < batch) return taken;
    }
  }

  function run(): Promise<number> {
    running ??= drain().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    run,
    start() {
      timer = setInterval(() => {
        // The database is away: readiness says so, and the outbox waits.
        run().then(options.ran, () => undefined);
      }, everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await running?.catch(() => undefined);
      mailer?.close();
    },
  };
}
