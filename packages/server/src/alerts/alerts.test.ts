/** Alarms: raised by checks, told by routes until somebody acknowledges, over by themselves, and told without the database too. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { newWebhookSecret, signWebhook } from '../notify/webhook.ts';
import type { Settings } from '../platform/config/settings.ts';
import { adminUser } from '../platform/database/embedded.ts';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createTestClock } from '../testing/clock.ts';
import { connect } from '../testing/cluster.ts';
import { createMailbox, type Mailbox } from '../testing/mailbox.ts';
import { testSettings } from '../testing/settings.ts';
import { createTeam, type Team } from '../testing/team.ts';
import type { Finding } from './alarm.ts';

type Route = NonNullable<Settings['alerts']['routes']>[number];

interface Heard {
  readonly event: string;
  readonly code: string;
  readonly severity: string;
  readonly subject: string;
  readonly title: string;
  readonly operator: string | null;
}

const minuteMs = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'obhut-alarms-'));
const inbox = join(folder, 'inbox');
const script = join(folder, 'receive');
const usual = testSettings().alerts;
const command = {
  name: 'pager',
  kind: 'command',
  severities: ['warning', 'critical'],
  timeoutSeconds: 5,
} satisfies Route;

let clock: ReturnType<typeof createTestClock>;
let test: TestApp;
let findings: Finding[];

/** A program of the operator's: it keeps what it is told, or fails where it should. */
function receive(exit = 0): void {
  writeFileSync(script, `#!/bin/sh\ncat >> ${inbox}\nexit ${exit}\n`);
  chmodSync(script, 0o700);
}

/** The product's own work does not run where a test moves the clock by hours, and what was just written is hours old. */
const isAsked = ({ code, subject }: { readonly code: string; readonly subject: string }) =>
  code !== 'journal_behind' && (code !== 'job_late' || subject === 'x');

const heard = (): Heard[] =>
  readFileSync(inbox, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Heard)
    .filter(isAsked);
const told = () => heard().map(({ event, code }) => `${event} ${code}`);

async function start(settings: Partial<Settings> = {}): Promise<void> {
  clock = createTestClock();
  test = await createTestApp({
    cluster: inject('cluster'),
    clock,
    settings: { alerts: { ...usual, routes: [{ ...command, command: [script, 'to', 'me'] }] }, ...settings },
  });
  findings = [];
  test.app.alerts.add([
    { name: 'mine', everyMs: minuteMs, codes: ['heartbeat_failed', 'job_late'], run: async () => findings },
  ]);
}

interface Shown {
  readonly id: string;
  readonly code: string;
  readonly subject: string;
}
/** Hours have passed: they sign in again. */
async function shownTo({ owner }: Team): Promise<readonly Shown[]> {
  await owner.signIn();
  return (await owner.browser.get('/v1/alarms')).json<{ living: readonly Shown[] }>().living;
}

const look = () => test.app.alerts.look();
async function lookLater(minutes: number): Promise<void> {
  clock.advance(minutes * minuteMs);
  await look();
}
const living = async () => (await test.app.alerts.store.list(['open', 'acknowledged'], 10)).filter(isAsked);
const entries = async () => {
  const known = await test.app.alerts.store.list(['open', 'acknowledged', 'resolved'], 100);
  const asked = new Set<string>(known.filter(isAsked).map(({ id }) => id));
  return (
    await test.database.owner.query<{ body: Buffer }>(
      "select body from journal.entry where position('alarm.'::bytea in body) > 0 order by log_id, idx",
    )
  )
    .map(({ body }) => JSON.parse(body.toString()) as { kind: string; refs: { alarm: string } })
    .filter(({ refs }) => asked.has(refs.alarm))
    .map(({ kind }) => kind);
};

beforeEach(() => {
  writeFileSync(inbox, '');
  receive();
});
afterEach(async () => {
  await test.close();
  rmSync(inbox, { force: true });
});

describe('what a check finds', () => {
  it('is told at once and again, until somebody acknowledges it, and once more when it is over', async () => {
    await start({ operator: 'Beispiel GmbH' });
    const team = await createTeam(test);
    await look();
    expect(told()).toEqual([]);
    findings = [{ code: 'heartbeat_failed', subject: 'b', refs: { reason: 'refused' } }];
    await lookLater(1);
    expect(heard()).toEqual([
      expect.objectContaining({
        event: 'opened',
        severity: 'warning',
        subject: 'b',
        title: 'Der Herzschlag kommt nicht an',
        operator: 'Beispiel GmbH',
      }),
    ]);
    await lookLater(1);
    expect(told()).toHaveLength(1);
    await lookLater(usual.repeatMinutes.warning);
    expect(told()).toEqual(['opened heartbeat_failed', 'repeated heartbeat_failed']);
    const shown = (await shownTo(team)).filter(isAsked);
    expect(shown).toEqual([expect.objectContaining({ told: 2, state: 'open', note: null })]);
    const url = `/v1/alarms/${shown[0]?.id}/acknowledgement`;
    expect((await team.owner.browser.post(url, { note: 'I copy them over' })).status).toBe(204);
    expect((await team.owner.browser.post(url, {})).status).toBe(404);
    await lookLater(2 * usual.repeatMinutes.warning);
    expect(told()).toHaveLength(2);
    const [taken] = (await shownTo(team)).filter(isAsked);
    expect(taken).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: { account: team.owner.account, name: 'Ada Muster' },
      note: 'I copy them over',
    });
    const stored = await test.database.owner.query<{ note: Buffer }>('select note from alerts.alarm');
    expect(stored[0]?.note.includes('copy them')).toBe(false);
    findings = [];
    await lookLater(10);
    expect(told().slice(2)).toEqual(['resolved heartbeat_failed']);
    expect(await living()).toEqual([]);
    expect(await entries()).toEqual(['alarm.open', 'alarm.acknowledge', 'alarm.resolve']);
    await lookLater(600);
    expect(told()).toHaveLength(3);
  });

  it('opens again as the same alarm when it comes back soon, as another one later', async () => {
    await start();
    const bad: Finding[] = [{ code: 'heartbeat_failed', subject: 'b', refs: { reason: 'refused' } }];
    const seen = new Set<string>();
    for (const [state, minutes] of [
      [bad, 1],
      [[], 10],
      [bad, 10],
      [[], 10],
      [bad, 90],
    ] as const) {
      findings = [...state];
      await lookLater(minutes);
      for (const { id } of await living()) seen.add(id);
    }
    expect(seen.size).toBe(2);
    expect(told()).toEqual(
      ['opened', 'resolved', 'repeated', 'resolved', 'opened'].map((one) => `${one} heartbeat_failed`),
    );
  });

  it('is open again, and told at once, when it becomes worse', async () => {
    await start();
    const team = await createTeam(test);
    findings = [{ code: 'job_late', subject: 'x' }];
    await lookLater(1);
    const [alarm] = await living();
    await team.owner.browser.post(`/v1/alarms/${alarm?.id}/acknowledgement`, {});
    findings = [{ code: 'job_late', subject: 'x', severity: 'critical' }];
    await lookLater(10);
    expect(heard().map(({ severity }) => severity)).toEqual(['warning', 'critical']);
    expect((await living()).map(({ state, id }) => [state, id])).toEqual([['open', alarm?.id]]);
  });

  it('stays as it was when the check comes to no result, which is an alarm of its own', async () => {
    await start();
    findings = [{ code: 'heartbeat_failed', subject: 'b' }];
    await lookLater(1);
    let broken = true;
    test.app.alerts.add([
      {
        name: 'broken',
        everyMs: minuteMs,
        codes: ['check_failed'],
        run: async () => {
          if (broken) throw new Error('secret');
          return [];
        },
      },
    ]);
    await lookLater(1);
    await lookLater(1);
    expect((await living()).map(({ code }) => code)).toEqual(['heartbeat_failed']);
    await lookLater(1);
    expect((await living()).map(({ code, subject }) => `${code} ${subject}`).sort()).toEqual([
      'check_failed broken',
      'heartbeat_failed b',
    ]);
    broken = false;
    await lookLater(10);
    expect((await living()).map(({ code }) => code)).toEqual(['heartbeat_failed']);
  });

  it('is told by one of two servers, and what only one sees is not ended by the other', async () => {
    await start();
    const other = await test.start('node-1');
    findings = [{ code: 'heartbeat_failed', subject: 'b' }];
    clock.advance(minuteMs);
    await Promise.all([look(), other.alerts.look()]);
    await Promise.all([look(), other.alerts.look()]);
    expect(told()).toEqual(['opened heartbeat_failed']);
    await test.app.alerts.alarms.raise({ code: 'disk_filling', refs: { percent: 81 } }, 'node-0');
    await other.alerts.alarms.settle(['disk_filling'], [], 'node-1');
    expect((await living()).map(({ code }) => code).sort()).toEqual(['disk_filling', 'heartbeat_failed']);
    await test.app.alerts.alarms.settle(['disk_filling'], [], 'node-0');
    expect((await living()).map(({ code }) => code)).toEqual(['heartbeat_failed']);
  });
});

describe('a route that fails', () => {
  let mailbox: Mailbox;
  beforeEach(async () => {
    mailbox = await createMailbox();
  });
  afterEach(() => mailbox.close());

  it('is an alarm on the next route, and well again when something arrives', async () => {
    const mail = { host: '127.0.0.1', port: mailbox.port, security: 'none', from: 'obhut@example.org' } as const;
    const severities = ['warning', 'critical'] as const;
    await start({
      mail,
      alerts: {
        ...usual,
        routes: [
          { name: 'night', kind: 'mail', to: ['night@example.org'], severities: [...severities], timeoutSeconds: 5 },
          // Not for warnings: it is the next route only when nobody else was reached.
          { ...command, severities: ['critical'], command: [script] },
        ],
      },
    });
    mailbox.refuse(550);
    findings = [{ code: 'heartbeat_failed', subject: 'b', refs: { reason: 'refused' } }];
    await lookLater(1);
    expect(told()).toEqual(['opened heartbeat_failed']);
    await look();
    expect(heard()[1]).toMatchObject({ code: 'route_failed', subject: 'night' });
    expect(mailbox.mails).toEqual([]);
    mailbox.refuse(undefined);
    await lookLater(16);
    expect((await living()).map(({ code }) => code)).toEqual(['heartbeat_failed']);
    expect(mailbox.mails[0]?.text).toContain('night');
    expect(mailbox.mails.map(({ to }) => to.join())).toContain('night@example.org');
  });

  it('is tried again soon where nobody was reached, and says so in the test', async () => {
    await start();
    receive(1);
    expect(await test.app.alerts.test()).toEqual([{ route: 'pager', kind: 'command', failure: 'exit_code' }]);
    findings = [{ code: 'heartbeat_failed', subject: 'b' }];
    writeFileSync(inbox, '');
    await lookLater(1);
    await look();
    const [failed] = (await living()).filter(({ code }) => code === 'route_failed');
    // Not by the route that fails: nobody has heard of it, and it does not say that somebody had.
    expect(failed).toMatchObject({ subject: 'pager', told: 0, refs: { reason: 'exit_code' } });
    receive(0);
    await lookLater(2);
    expect(told()).not.toContain('opened route_failed');
    expect(told().filter((one) => one === 'opened heartbeat_failed')).toHaveLength(2);
    expect(await test.app.alerts.test('pager')).toEqual([{ route: 'pager', kind: 'command', failure: undefined }]);
    expect(heard().at(-1)).toMatchObject({ event: 'test', code: 'test' });
  });

  it('that never ends is ended, with everything it started', async () => {
    await start({
      alerts: { ...usual, routes: [{ ...command, timeoutSeconds: 1, command: [script] }] },
    });
    writeFileSync(script, `#!/bin/sh\n(sleep 3; echo '{"event":"late"}' >> ${inbox}) &\nsleep 60\n`);
    expect(await test.app.alerts.test()).toMatchObject([{ failure: 'timeout' }]);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(heard()).toEqual([]);
  });

  it('by webhook is signed, and says neither its address nor its secret when it fails', async () => {
    const got: { body: string; signature: string; id: string; at: string }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        const header = (name: string) => String(request.headers[`webhook-${name}`]);
        got.push({ body, signature: header('signature'), id: header('id'), at: header('timestamp') });
        response.writeHead(got.length === 1 ? 200 : 500).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hidden-path`;
      const secret = newWebhookSecret();
      writeFileSync(join(folder, 'secret'), `${secret}\n`);
      const route: Route = {
        name: 'chat',
        kind: 'webhook',
        url,
        secretFile: join(folder, 'secret'),
        severities: ['info'],
        timeoutSeconds: 5,
      };
      await start({ webhooks: { allowPrivate: true }, alerts: { ...usual, routes: [route] } });
      expect(await test.app.alerts.test()).toMatchObject([{ failure: undefined }]);
      const [first] = got;
      expect(first?.signature).toBe(signWebhook(secret, first?.id ?? '', Number(first?.at), first?.body ?? ''));
      expect(JSON.parse(first?.body ?? '')).toMatchObject({ type: 'alarm', data: { event: 'test', code: 'test' } });
      const failed = await test.app.alerts.test();
      expect(failed).toEqual([{ route: 'chat', kind: 'webhook', failure: 'refused' }]);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('to the team is a letter to each of them, in their language', async () => {
    const mail = { host: '127.0.0.1', port: mailbox.port, security: 'none', from: 'obhut@example.org' } as const;
    await start({ mail, alerts: usual });
    await createTeam(test);
    const letters = () => mailbox.mails.map(({ text }) => text);
    findings = [{ code: 'heartbeat_failed', subject: 'b', refs: { reason: 'refused' } }];
    await lookLater(1);
    await test.app.notifier.run();
    expect(letters()).toContainEqual(expect.stringContaining('Subject: Alarm: The heartbeat does not arrive'));
    findings = [];
    await lookLater(10);
    await test.app.notifier.run();
    expect(letters()).toContainEqual(expect.stringContaining('Subject: Resolved: The heartbeat does not arrive'));
  });
});

describe('without the database', () => {
  async function admin(...statements: readonly string[]): Promise<void> {
    const database = connect(inject('cluster'), 'postgres', adminUser, 1);
    for (const statement of statements) await database.query(statement);
    await database.close();
  }

  it('alarms go out all the same, and are in the database and its log when it is back', async () => {
    await start();
    await look();
    const { name } = test.database;
    await admin(
      `alter database ${name} allow_connections false`,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
    );
    await lookLater(1);
    expect(told()).toEqual([]);
    // One that does not answer once may only be busy.
    await lookLater(1);
    expect(told()).toContain('opened database_unreachable');
    await lookLater(usual.repeatMinutes.critical);
    expect(told()).toContain('repeated database_unreachable');
    await admin(`alter database ${name} allow_connections true`);
    await expect
      .poll(
        async () => {
          await lookLater(1);
          return told();
        },
        { timeout: 20_000 },
      )
      .toContain('resolved database_unreachable');
    const resolved = await test.app.alerts.store.list(['resolved'], 10);
    const alarm = resolved.find(({ code }) => code === 'database_unreachable');
    expect(alarm?.server).toBe('node-0');
    expect(alarm?.told).toBeGreaterThanOrEqual(2);
    expect(await entries()).toContain('alarm.open');
  }, 60_000);

  it('nor with a journal that takes nothing', async () => {
    await start();
    test.app.journal.refuse('the disk is full');
    await lookLater(1);
    await lookLater(1);
    expect(heard()[0]).toMatchObject({ event: 'opened', code: 'not_serving', severity: 'critical' });
    test.app.journal.refuse(undefined);
    // The integrator may have failed meanwhile, and says so until its next round.
    await expect
      .poll(
        async () => {
          await lookLater(1);
          return told().at(-1);
        },
        { timeout: 10_000 },
      )
      .toBe('resolved not_serving');
  });
});
