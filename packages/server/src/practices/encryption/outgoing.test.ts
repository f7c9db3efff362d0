import { generate } from 'selfsigned';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { ProbeContext } from '../../claims/probe.ts';
import { createMailer } from '../../notify/mail.ts';
import type { Queryable } from '../../platform/database/database.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/cluster.ts';
import { createMailbox } from '../../testing/mailbox.ts';
import { type WaysOut, waysOutAreEncrypted } from './outgoing.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(inject('cluster'));
});
afterAll(() => database.drop());

const look = (ways: Partial<WaysOut>, probe: Queryable = database.app) =>
  waysOutAreEncrypted({
    database: database.app,
    tryMail: undefined,
    webhooks: async () => [],
    ...ways,
  })({ database: probe } as ProbeContext);
const saying = (ssl: boolean) => ({ query: async () => [{ local: false, ssl }] }) as unknown as Queryable;
const mail = { host: 'localhost', from: 'obhut@example.org' };

it('holds for a database by a socket of this machine, and for one that says that it speaks TLS', async () => {
  expect(await look({})).toMatchObject({ verdict: 'holds', counts: { databases: 2, openDatabases: 0 } });
  expect(await look({ database: saying(true) }, saying(true))).toMatchObject({ verdict: 'holds' });
});

it('fails for one of the two connections in the open', async () => {
  expect(await look({}, saying(false))).toMatchObject({ verdict: 'fails', counts: { openDatabases: 1 } });
  expect(await look({ database: saying(false) })).toMatchObject({ verdict: 'fails', counts: { openDatabases: 1 } });
});

it('is unknown where the mail server does not answer', async () => {
  const mailbox = await createMailbox();
  const mailer = createMailer({ ...mail, port: mailbox.port, security: 'none' });
  expect(await look({ tryMail: mailer.connect })).toMatchObject({ verdict: 'holds', counts: { mailServers: 1 } });
  await mailbox.close();
  expect(await look({ tryMail: mailer.connect })).toMatchObject({ verdict: 'unknown', reason: 'mail-not-tried' });
  mailer.close();
});

it('is unknown where the mail server shows a certificate that nobody vouches for, or offers no TLS', async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }]);
  for (const [security, options] of [
    ['tls', { secure: true, cert, key }],
    ['starttls', { cert, key }],
    ['starttls', { disabledCommands: ['STARTTLS'] }],
  ] as const) {
    const server = new SMTPServer({
      authOptional: true,
      ...options,
      disabledCommands: [...(options.disabledCommands ?? []), 'AUTH'],
    });
    // Who does not trust it hangs up: that is what is tried.
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const mailer = createMailer({ ...mail, port, security });
    expect(await look({ tryMail: mailer.connect }), security).toMatchObject({ verdict: 'unknown' });
    const trusting = createMailer({ ...mail, port, security }, { ca: cert });
    const own = await look({ tryMail: trusting.connect });
    expect(own.verdict).toBe('cert' in options ? 'holds' : 'unknown');
    mailer.close();
    trusting.close();
    await new Promise<void>((resolve) => server.close(resolve));
  }
});
