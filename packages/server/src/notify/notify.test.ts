import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { SecretKey } from '../platform/crypto/key.ts';
import { type AccountId, type CustomerId, newId } from '../platform/ids/ids.ts';
import { createBox } from '../platform/secrets/box.ts';
import { createTestClock } from '../testing/clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/cluster.ts';
import { createMailbox, type Mailbox } from '../testing/mailbox.ts';
import { letterOf, templates } from './letters/letter.ts';
import { createMailer } from './mail.ts';
import { createNotifier, type Notifier } from './notifier.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createWebhookSender, isPublicAddress } from './webhook.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(inject('cluster'));
});
afterAll(() => database.drop());

let operator: CustomerId;
let clock: ReturnType<typeof createTestClock>;
let mailbox: Mailbox;
let outbox: Outbox;
let webhooks: Webhooks;
const somebody = newId<AccountId>();
const gone = newId<AccountId>();

const notifierWith = (allowPrivate = true): Notifier =>
  createNotifier({
    outbox,
    webhooks,
    mailer: createMailer({ host: '127.0.0.1', port: mailbox.port, security: 'none', from: 'obhut@example.org' }),
    sender: createWebhookSender(clock, { allowPrivate }),
    recipient: async (account) =>
      account === gone
        ? undefined
        : { name: 'Ada\r\nBcc: all@example.org', address: 'ada@example.org', language: 'de' },
    link: async (template) => (template === 'invitation' ? 'http://localhost/einladung#secret' : undefined),
    operatorName: 'Beispiel GmbH',
    form: 'du',
    url: 'http://localhost:8420',
  });

beforeEach(async () => {
  operator = newId<CustomerId>();
  clock = createTestClock();
  mailbox = await createMailbox();
  outbox = createOutbox(database.app, clock, async () => operator);
  webhooks = createWebhooks({
    database: database.app,
    clock,
    box: createBox(SecretKey.generate()),
    operator: async () => operator,
    allowPrivate: false,
  });
});
afterEach(() => mailbox.close());

const states = async () =>
  (
    await database.app.query<{ state: string; error: string | null }>(
      'select state, error from notify.message where customer_id = $1',
      [operator],
    )
  ).map(({ state, error }) => (error === null ? state : `${state} ${error}`));

describe('every letter', () => {
  it('exists in both languages, and has no hole', () => {
    const refs = {
      device: 'desktop',
      factor: 'passkey',
      at: '2026-11-24T10:00:00Z',
      from: '2026-11-24T09:00:00Z',
      role: 'owner',
      purpose: 'diagnosis',
      grant: newId<never>(),
      country: 'DE',
      type: 'viewed',
      scope: 'contacts',
      retention: '3 years',
      order: newId<never>(),
      hours: 16,
      alarm: 'erasure_late',
      customer: newId<never>(),
      claim: 'encryption.every-column',
      to: 'fails',
      what: 'records:read export',
    };
    for (const template of templates)
      for (const [language, form] of [
        ['de', 'du'],
        ['de', 'sie'],
        ['en', 'du'],
      ] as const) {
        const { subject, text } = letterOf(template, refs, {
          language,
          form,
          operator: 'X',
          url: 'https://x.example',
          link: 'https://x.example/einladung#s',
        });
        expect(`${subject}${text}`).not.toMatch(/[{}!]|undefined/);
        expect(subject.length).toBeLessThan(80);
        if (form === 'sie')
          expect(`${subject} ${text}`, template).not.toMatch(
            /\b([Dd](u|ich|ir|ein(e[nmrs]?)?)|[Ee]u(er|re[nmrs]?|ch)|melde|sage|Richte|hol|sieh)\b/,
          );
      }
    expect(() =>
      letterOf('grant_started', {}, { language: 'en', form: 'du', operator: 'X', url: '', link: undefined }),
    ).toThrow('purpose');
  });
});

describe('a mail', () => {
  it('arrives in the language of its reader, once, and brings no header of its own', async () => {
    await outbox.put(database.app, [{ template: 'invitation', accounts: [somebody] }]);
    const notifiers = [notifierWith(), notifierWith()];
    await Promise.all(notifiers.map((one) => one.run()));
    expect(mailbox.mails).toHaveLength(1);
    const [{ to, text } = { to: [], text: '' }] = mailbox.mails;
    expect(to).toEqual(['ada@example.org']);
    const [head = ''] = text.split('\r\n\r\n');
    expect(head).not.toMatch(/^Bcc:/im);
    expect(head).toContain('Auto-Submitted: auto-generated');
    expect(head).toContain('Deine Einladung');
    expect(text.replaceAll('=\r\n', '')).toContain('einladung#secret');
    expect(await states()).toEqual(['sent']);
    expect(await outbox.status('mail')).toMatchObject({ waiting: 0, failing: 0, lastSentAt: clock.now() });
  });

  it('is tried again when the server is busy or away, and goes when it is back', async () => {
    const notifier = notifierWith();
    await outbox.put(database.app, [{ template: 'password_changed', accounts: [somebody] }]);
    mailbox.refuse(421);
    await notifier.run();
    expect(await states()).toEqual(['waiting refused']);
    const { port } = mailbox;
    await mailbox.close();
    clock.advance(3 * 60_000);
    await notifier.run();
    expect(await states()).toEqual(['waiting unreachable']);
    expect((await outbox.status('mail')).failing).toBe(1);
    mailbox = await createMailbox(port);
    await notifier.run();
    expect(mailbox.mails).toHaveLength(0);
    clock.advance(6 * 3_600_000);
    await notifier.run();
    expect(mailbox.mails).toHaveLength(1);
    expect(await states()).toEqual(['sent']);
  });

  it('is given up when the server says never, and after three days', async () => {
    const notifier = notifierWith();
    await outbox.put(database.app, [{ template: 'password_changed', accounts: [somebody] }]);
    mailbox.refuse(550);
    await notifier.run();
    expect(await states()).toEqual(['failed rejected']);
    // Somebody's address is wrong; the way is open.
    expect(await outbox.stuck('mail')).toBe(0);
    await outbox.put(database.app, [{ template: 'new_device', accounts: [somebody], refs: { device: 'desktop' } }]);
    mailbox.refuse(421);
    clock.advance(3 * 86_400_000 + 1);
    await notifier.run();
    expect((await states()).sort()).toEqual(['failed refused', 'failed rejected']);
  });

  it('is stuck when it was tried twice in vain, until it goes', async () => {
    const notifier = notifierWith();
    await outbox.put(database.app, [{ template: 'password_changed', accounts: [somebody] }]);
    mailbox.refuse(421);
    const stuck: number[] = [];
    for (const answer of [421, 421, undefined]) {
      mailbox.refuse(answer);
      await notifier.run();
      stuck.push(await outbox.stuck('mail'));
      clock.advance(600_000);
    }
    expect(stuck).toEqual([0, 1, 0]);
  });

  it('comes again, recognisable, when the process died between sending and noting it', async () => {
    await outbox.put(database.app, [{ template: 'password_changed', accounts: [somebody] }]);
    const forgetful = createNotifier({
      outbox: { ...outbox, done: async () => new Promise(() => undefined), retry: async () => undefined },
      webhooks,
      mailer: createMailer({ host: '127.0.0.1', port: mailbox.port, security: 'none', from: 'obhut@example.org' }),
      sender: createWebhookSender(clock, { allowPrivate: true }),
      recipient: async () => ({ name: 'A', address: 'ada@example.org', language: 'en' }),
      link: async () => undefined,
      operatorName: 'X',
      form: 'du',
      url: 'http://localhost',
    });
    void forgetful.run();
    await expect.poll(() => mailbox.mails.length).toBe(1);
    clock.advance(2 * 60_000 + 1);
    await notifierWith().run();
    const ids = mailbox.mails.map(({ text }) => /^Message-ID: (.+)$/im.exec(text)?.[1]);
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });

  it('to somebody who is gone is dropped', async () => {
    await outbox.put(database.app, [{ template: 'password_changed', accounts: [gone] }]);
    await notifierWith().run();
    expect(await states()).toEqual(['dropped']);
    expect(mailbox.mails).toHaveLength(0);
  });

  it('without TLS goes to this machine only', () => {
    expect(() => createMailer({ host: 'mail.example.org', port: 25, security: 'none', from: 'a@b' })).toThrow(
      'this machine',
    );
  });
});

describe('a webhook', () => {
  let server: Server;
  let got: { headers: IncomingMessage['headers']; body: string }[];
  let status: number;
  let url: string;
  beforeEach(async () => {
    got = [];
    status = 200;
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        got.push({ headers: request.headers, body });
        response.writeHead(status, { location: url }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=private`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('is signed so that its receiver can check it, and gets only what it asked for', async () => {
    const { secret, id } = await webhooks.add(database.app, url, ['grant_ended']);
    await outbox.put(database.app, [
      { template: 'grant_ended', accounts: [], refs: { grant: 'g' } },
      { template: 'password_changed', accounts: [] },
    ]);
    await notifierWith().run();
    expect(got).toHaveLength(1);
    const [{ headers, body } = { headers: {} as IncomingMessage['headers'], body: '' }] = got;
    expect(JSON.parse(body)).toMatchObject({ type: 'grant_ended', data: { grant: 'g' } });
    const expected = createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
      .update(`${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`)
      .digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    expect(await webhooks.list()).toMatchObject([{ id, host: new URL(url).host, events: ['grant_ended'] }]);
    const stored = await database.owner.query<{ t: string }>('select t::text as t from notify.webhook t');
    expect(stored.map(({ t }) => t).join()).not.toContain(Buffer.from('key=private').toString('hex'));
  });

  it.each([
    [302, 'waiting refused'],
    [500, 'waiting refused'],
    [410, 'failed gone'],
  ])('that answers %i is %s; a redirect is not followed', async (answer, state) => {
    status = answer;
    await webhooks.add(database.app, url, ['grant_ended']);
    await outbox.put(database.app, [{ template: 'grant_ended', accounts: [] }]);
    await notifierWith().run();
    expect(got).toHaveLength(1);
    expect(await states()).toEqual([state]);
  });

  it('never goes to this machine or the network behind it unless that is allowed', async () => {
    for (const target of [
      url,
      url.replace('127.0.0.1', 'localhost').replace('http:', 'https:'),
      'https://[::ffff:10.0.0.1]/',
      'https://169.254.169.254/',
    ]) {
      const sender = createWebhookSender(clock, { allowPrivate: false });
      await expect(sender.send({ url: target, secret: 'whsec_AA==' }, 'id', {})).rejects.toMatchObject({
        code: 'address_refused',
      });
    }
    expect(got).toHaveLength(0);
    for (const address of [
      '10.1.2.3',
      '127.0.0.1',
      '::1',
      '::ffff:192.168.0.1',
      'fe80::1',
      'fd00::1',
      '169.254.169.254',
      '0.0.0.0',
      '100.64.0.1',
    ])
      expect(isPublicAddress(address), address).toBe(false);
    for (const address of ['93.184.215.14', '2606:2800:21f:cb07::1']) expect(isPublicAddress(address)).toBe(true);
  });

  it('that is ended gets nothing more', async () => {
    const { id } = await webhooks.add(database.app, url, ['grant_ended']);
    await outbox.put(database.app, [{ template: 'grant_ended', accounts: [] }]);
    expect(await webhooks.end(database.app, id)).toBe(true);
    await notifierWith().run();
    expect(got).toHaveLength(0);
    expect(await states()).toEqual(['dropped']);
  });
});
