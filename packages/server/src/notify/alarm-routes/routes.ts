/** The operator's routes for alarms, as the settings name them: letters to the team, mail to addresses, webhooks, programs. */
import { readFileSync } from 'node:fs';
import type { Settings } from '../../platform/config/settings.ts';
import { StartError } from '../../platform/config/start-error.ts';
import type { Database } from '../../platform/database/database.ts';
import type { AccountId } from '../../platform/ids/ids.ts';
import { MailError, type Mailer } from '../mail.ts';
import type { Outbox } from '../outbox.ts';
import { WebhookError, type WebhookSender } from '../webhook.ts';
import { runCommand } from './command.ts';
import { type AlarmMessage, type AlarmRoute, RouteError, type Severity } from './route.ts';
import { alarmText } from './words.ts';

type RouteSettings = NonNullable<Settings['alerts']['routes']>[number];

export interface AlarmRoutesOptions {
  readonly settings: Pick<Settings, 'alerts' | 'mail' | 'operator'>;
  readonly database: Database;
  readonly outbox: Outbox;
  readonly mailer: Mailer | undefined;
  readonly sender: WebhookSender;
  /** Whose letters the route `team` sends. */
  readonly team: () => Promise<readonly AccountId[]>;
  /** Our own address, without a slash at the end. */
  readonly url: string;
}

/** Without settings: letters to the team, where there is a mail server. */
const usual: RouteSettings = { name: 'team', kind: 'team', severities: ['warning', 'critical'], timeoutSeconds: 30 };

const levels: Readonly<Record<'de' | 'en', Readonly<Record<Severity, string>>>> = {
  de: { info: 'Hinweis', warning: 'Warnung', critical: 'Alarm' },
  en: { info: 'Note', warning: 'Warning', critical: 'Alarm' },
};
const over: Readonly<Record<'de' | 'en', string>> = { de: 'Behoben', en: 'Resolved' };

/** @throws StartError where the file of a secret cannot be used. */
export function createAlarmRoutes(options: AlarmRoutesOptions): readonly AlarmRoute[] {
  const { settings } = options;
  const wanted = settings.alerts.routes ?? (settings.mail === undefined ? [] : [usual]);
  return wanted.map((route) => createRoute(route, options));
}

function createRoute(route: RouteSettings, options: AlarmRoutesOptions): AlarmRoute {
  const { name, kind, severities } = route;
  const send = { team: teamRoute, mail: mailRoute, webhook: webhookRoute, command: commandRoute }[kind](route, options);
  return { name, kind, severities, send };
}

type Send = AlarmRoute['send'];

function teamRoute(_: RouteSettings, { database, outbox, mailer, team }: AlarmRoutesOptions): Send {
  return async ({ event, code, severity, subject, refs }) => {
    if (mailer === undefined) throw new RouteError('not_configured');
    try {
      await outbox.put(database, [
        {
          template: event === 'resolved' ? 'alarm_resolved' : 'alarm_open',
          accounts: await team(),
          refs: { ...refs, alarm: code, severity, subject },
        },
      ]);
    } catch {
      throw new RouteError('database');
    }
  };
}

/** Straight to addresses of the settings: it needs no database. */
function mailRoute({ to = [] }: RouteSettings, { mailer, settings, url }: AlarmRoutesOptions): Send {
  const { language } = settings.alerts;
  return async (message) => {
    if (mailer === undefined) throw new RouteError('not_configured');
    const { title, text } = alarmText(message.code, refsOf(message), language);
    const level = message.event === 'resolved' ? over[language] : levels[language][message.severity];
    const sign = `-- \n${settings.operator ?? 'Obhut'}, Obhut\n`;
    for (const [at, address] of to.entries())
      try {
        await mailer.send({
          to: { name: '', address },
          subject: `${level}: ${title}`,
          text: [text, `${url}/konsole/alarme`, sign].join('\n\n'),
          messageId: `<${message.id}.${at}@${new URL(url).hostname}>`,
        });
      } catch (error) {
        throw new RouteError(error instanceof MailError && error.code === 'unreachable' ? 'unreachable' : 'refused');
      }
  };
}

function webhookRoute({ name, url: target, secretFile }: RouteSettings, options: AlarmRoutesOptions): Send {
  const secret = readSecret(name, secretFile ?? '');
  return async (message) => {
    try {
      await options.sender.send({ url: target ?? '', secret }, message.id, {
        type: 'alarm',
        timestamp: message.at.toISOString(),
        data: payloadOf(message, options),
      });
    } catch (error) {
      throw new RouteError(error instanceof WebhookError && error.code === 'unreachable' ? 'unreachable' : 'refused');
    }
  };
}

function commandRoute({ command = [], timeoutSeconds }: RouteSettings, options: AlarmRoutesOptions): Send {
  return (message) => runCommand({ command, timeoutMs: timeoutSeconds * 1_000 }, payloadOf(message, options));
}

const refsOf = ({ subject, refs }: AlarmMessage) => ({ ...refs, subject });

/** What programs and webhooks get. Described in docs/alarms.md. */
function payloadOf(message: AlarmMessage, { settings, url }: AlarmRoutesOptions): object {
  const { id, event, code, severity, subject, refs, openedAt, at } = message;
  return {
    id,
    event,
    code,
    severity,
    subject,
    ...alarmText(code, refsOf(message), settings.alerts.language),
    refs,
    openedAt: openedAt.toISOString(),
    at: at.toISOString(),
    operator: settings.operator ?? null,
    console: `${url}/konsole/alarme`,
  };
}

function readSecret(route: string, file: string): string {
  let secret = '';
  try {
    secret = readFileSync(file, 'utf8').trim();
  } catch {
    // Said below: which file, and what it should hold.
  }
  if (!/^whsec_[A-Za-z0-9+/=]{24,}$/.test(secret))
    throw new StartError(
      'setting_invalid',
      `alerts.routes: the secret of ${route} cannot be read from ${file}.`,
      'It holds one line: whsec_ and at least 24 characters of base64.',
    );
  return secret;
}
