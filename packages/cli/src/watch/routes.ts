/** How the second machine reaches somebody by itself: a program, or mail through a server of its own. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { usage } from '../exit.ts';

/** What is told. No personal data: the watcher knows none. */
export interface WatchMessage {
  readonly event: 'opened' | 'repeated' | 'resolved';
  readonly code: 'unreachable' | 'not_ready' | 'heartbeat_silent';
  readonly url: string;
  readonly since: string;
  readonly at: string;
  readonly title: string;
}

export interface WatchRoute {
  readonly name: string;
  /** Rejects where it was not taken. */
  send(message: WatchMessage): Promise<void>;
}

const timeoutMs = 30_000;

/** Runs a program with the message on its standard input, as JSON. No shell. @throws Failure */
export function commandRoute(program: string): WatchRoute {
  if (!isAbsolute(program))
    throw usage({ de: '--command braucht einen absoluten Pfad.', en: '--command wants an absolute path.' });
  return {
    name: program,
    send: (message) =>
      new Promise((resolve, reject) => {
        const child = spawn(program, [], {
          stdio: ['pipe', 'ignore', 'ignore'],
          timeout: timeoutMs,
          killSignal: 'SIGKILL',
        });
        child.on('error', reject);
        child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`ended with ${code}`))));
        // One that does not read its input is no error, as long as it ends with 0.
        child.stdin.on('error', () => undefined);
        child.stdin.end(`${JSON.stringify(message)}\n`);
      }),
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Mail, by the same variables as the server's: `OBHUT_MAIL_HOST`, … @throws Failure where one is missing. */
export function mailRoute(to: readonly string[], env: Environment): WatchRoute {
  const { OBHUT_MAIL_HOST: host, OBHUT_MAIL_FROM: from, OBHUT_MAIL_USER: user } = env;
  if (host === undefined || from === undefined)
    throw usage({
      de: '--mail-to braucht OBHUT_MAIL_HOST und OBHUT_MAIL_FROM.',
      en: '--mail-to wants OBHUT_MAIL_HOST and OBHUT_MAIL_FROM.',
    });
  const security = env.OBHUT_MAIL_SECURITY ?? 'starttls';
  if (!['starttls', 'tls', 'none'].includes(security) || (security === 'none' && host !== '127.0.0.1'))
    throw usage({
      de: 'OBHUT_MAIL_SECURITY ist starttls oder tls; none nur zu 127.0.0.1.',
      en: 'OBHUT_MAIL_SECURITY is starttls or tls; none to 127.0.0.1 only.',
    });
  const file = env.OBHUT_MAIL_PASSWORD_FILE;
  const pass = file === undefined ? '' : readFileSync(file, 'utf8').trim();
  return {
    name: to.join(', '),
    async send({ event, title, url, since }) {
      // Only where a mail is sent: the other commands need not wait for it.
      const { createTransport } = await import('nodemailer');
      const transport = createTransport({
        host,
        port: Number(env.OBHUT_MAIL_PORT ?? (security === 'tls' ? 465 : 587)),
        secure: security === 'tls',
        requireTLS: security === 'starttls',
        ignoreTLS: security === 'none',
        ...(user !== undefined && { auth: { user, pass } }),
        tls: { minVersion: 'TLSv1.2' },
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
      });
      try {
        await transport.sendMail({
          from,
          to: [...to],
          subject: title,
          text: `${title}\n\n${url}\n${event}, ${since}\n`,
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
      } finally {
        transport.close();
      }
    },
  };
}
