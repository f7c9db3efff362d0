/** Mail over SMTP. Plain text, no tracking; the certificate is checked; without TLS only to this very machine. */
import { readFileSync } from 'node:fs';
import { createTransport } from 'nodemailer';
import type { Settings } from '../platform/config/settings.ts';
import { StartError } from '../platform/config/start-error.ts';

export type MailSettings = NonNullable<Settings['mail']>;

export interface Envelope {
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  /** The same at each attempt, so that a letter that came twice is recognised as one. */
  readonly messageId: string;
}

/** Why a mail did not go: `rejected` is for good (SMTP 5xx), `unreachable` and `refused` may pass. */
export class MailError extends Error {
  override readonly name = 'MailError';
  readonly code: 'rejected' | 'refused' | 'unreachable';
  constructor(code: MailError['code']) {
    super(`the mail server: ${code}`);
    this.code = code;
  }
}

export interface Mailer {
  readonly from: string;
  readonly host: string;
  /** @throws MailError */
  send(envelope: Envelope): Promise<void>;
  /** As far as a letter goes before it is sent: encrypted, the certificate checked, signed in. @throws MailError */
  connect(): Promise<void>;
  close(): void;
}

const timeoutMs = 20_000;
const loopback = new Set(['localhost', '127.0.0.1', '::1']);

function passwordOf({ password, passwordFile }: MailSettings): string | undefined {
  if (passwordFile === undefined) return password;
  try {
    return readFileSync(passwordFile, 'utf8').trim();
  } catch {
    throw new StartError(
      'setting_invalid',
      `mail.passwordFile ${passwordFile} cannot be read.`,
      'Check path and rights.',
    );
  }
}

/** @param extra for tests: the certificate authority of a server of their own. */
export function createMailer(settings: MailSettings, extra: { readonly ca?: string } = {}): Mailer {
  const { host, port, user, from, security } = settings;
  if (security === 'none' && !loopback.has(host))
    throw new StartError(
      'setting_invalid',
      'mail.security "none" is for this machine only.',
      'Use "starttls" or "tls".',
    );
  const pass = passwordOf(settings);
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user !== undefined && { auth: { user, pass: pass ?? '' } }),
    tls: { minVersion: 'TLSv1.2', ...(extra.ca !== undefined && { ca: extra.ca }) },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    from,
    host,
    async send({ to, subject, text, messageId }) {
      try {
        await transport.sendMail({
          from,
          to: { name: oneLine(to.name), address: oneLine(to.address) },
          subject: oneLine(subject),
          text,
          messageId,
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
      } catch (error) {
        const { responseCode } = error as { responseCode?: number };
        if (responseCode === undefined) throw new MailError('unreachable');
        throw new MailError(
          responseCode >= 500 && responseCode !== 535 && responseCode !== 530 ? 'rejected' : 'refused',
        );
      }
    },
    async connect() {
      await transport.verify().catch(() => {
        throw new MailError('unreachable');
      });
    },
    close: () => transport.close(),
  };
}

/** No value brings a header of its own. */
const oneLine = (text: string) => text.replace(/[\r\n\0]+/g, ' ');
