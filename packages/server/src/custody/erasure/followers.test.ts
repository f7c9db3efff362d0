/** The product is told of an erasure by a signed webhook, confirms it, and where it does not, the team hears of it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { signWebhook } from '../../notify/webhook.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createHouse, type House } from '../../testing/household.ts';
import { createTeam, type Team } from '../../testing/team.ts';

const hourMs = 3_600_000;
let clock: ReturnType<typeof createTestClock>;
let test: TestApp;
let house: House;
let team: Team;
let product: Server;
let received: { readonly body: string; readonly headers: Record<string, string | undefined> }[];

beforeEach(async () => {
  clock = createTestClock();
  test = await createTestApp({ cluster: inject('cluster'), clock, settings: { webhooks: { allowPrivate: true } } });
  house = await createHouse(test.http);
  team = await createTeam(test);
  received = [];
  product = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      received.push({ body, headers: request.headers as Record<string, string | undefined> });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((done) => product.listen(0, '127.0.0.1', done));
});
afterEach(async () => {
  await new Promise((done) => product.close(done));
  await test.close();
});

async function listen(): Promise<string> {
  const { port } = product.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/erased`;
  const made = await team.owner.browser.post('/v1/webhooks', { url, events: ['person.erased'] });
  expect(made.status, made.text).toBe(201);
  return made.json<{ secret: string }>().secret;
}

async function erase(): Promise<{ person: string; order: string }> {
  const person = await house.person();
  await house.put(person, { name: 'Ada', mail: 'ada@example.org' });
  const placed = await test.http.post(`${house.base}/erasures`, { scope: 'person', person, coolingMinutes: 0 });
  await test.app.erasures.tick();
  return { person, order: placed.json<{ order: string }>().order };
}
const shown = async (order: string) =>
  (await test.http.get(`${house.base}/erasures/${order}`)).json<{ followAskedAt: string; followedAt: string }>();
const confirm = (order: string) => test.http.post(`${house.base}/erasures/${order}/confirmation`, {});

it('is told once the keys are dead, with ids alone and a signature that holds, and confirms', async () => {
  const secret = await listen();
  const { person, order } = await erase();
  await test.app.notifier.run();
  const [message] = received;
  expect(JSON.parse(message?.body ?? '{}')).toEqual({
    type: 'person.erased',
    timestamp: clock.now().toISOString(),
    data: { customer: house.customer, order, scope: 'person', person },
  });
  const {
    'webhook-id': id = '',
    'webhook-timestamp': at = '',
    'webhook-signature': signature,
  } = message?.headers ?? {};
  expect(signature).toBe(signWebhook(secret, id, Number(at), message?.body ?? ''));
  expect(await shown(order)).toMatchObject({ followAskedAt: clock.now().toISOString(), followedAt: null });
  expect(await test.app.erasures.followers.open()).toEqual({ waiting: 1, late: 0 });
  expect((await confirm(order)).json()).toMatchObject({ followedAt: clock.now().toISOString() });
  // Repeated after an answer that was lost.
  expect((await confirm(order)).status).toBe(200);
  expect(await test.app.erasures.followers.open()).toEqual({ waiting: 0, late: 0 });
});

it('is not told of an order that is taken back, nor asked where nobody listens', async () => {
  const { order } = await erase();
  expect((await shown(order)).followAskedAt).toBeNull();
  expect((await confirm(order)).status).toBe(404);
  await listen();
  const person = await house.person();
  const placed = await test.http.post(`${house.base}/erasures`, { scope: 'person', person });
  await test.http.post(`${house.base}/erasures/${placed.json<{ order: string }>().order}/withdrawal`, {});
  clock.advance(2 * hourMs);
  await test.app.erasures.tick();
  await test.app.notifier.run();
  expect(received).toEqual([]);
});

it('alarms the team after three days without a confirmation, once', async () => {
  await listen();
  const { order } = await erase();
  for (const hours of [70, 3, 3]) {
    clock.advance(hours * hourMs);
    await test.app.erasures.tick();
  }
  const told = await test.database.owner.query<{ refs: object; account_id: string }>(
    "select refs, account_id from notify.message where template = 'erasure_unconfirmed'",
  );
  expect(told).toEqual([{ account_id: team.owner.account, refs: { customer: house.customer, order, hours: 73 } }]);
  expect(await test.app.erasures.followers.open()).toEqual({ waiting: 1, late: 1 });
});
