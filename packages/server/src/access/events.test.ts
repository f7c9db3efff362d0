/** Open views and what they are told: over a real connection, as browsers hold it. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createGranting, type Granting, type Place } from '../testing/granting.ts';
import { createTeam, type Member, type Team } from '../testing/team.ts';

let test: TestApp;
let team: Team;
let granting: Granting;
let support: Member;
let here: Place;
let elsewhere: Place;
const ports: number[] = [];
const open: ClientRequest[] = [];

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster'), nodes: 2 });
  team = await createTeam(test);
  granting = createGranting(test, team);
  support = await team.invite(['support']);
  here = await granting.place();
  elsewhere = await granting.place();
  for (const { server } of test.apps) {
    await server.listen({ host: '127.0.0.1', port: 0 });
    const address = server.server.address();
    ports.push(typeof address === 'object' && address !== null ? address.port : 0);
  }
});
afterEach(() => {
  for (const request of open.splice(0)) request.destroy();
});
afterAll(() => test.close());

interface Stream {
  readonly status: number;
  readonly events: { readonly id: string; readonly state: string }[];
  readonly ended: Promise<void>;
}

async function listen(member: Member | undefined, node = 0): Promise<Stream> {
  const cookies = member === undefined ? [] : [...member.browser.cookies].map(([name, value]) => `${name}=${value}`);
  const request = httpRequest({
    host: '127.0.0.1',
    port: ports[node] ?? 0,
    path: '/v1/grants/events',
    headers: { cookie: cookies.join('; ') },
  });
  open.push(request);
  request.on('error', () => undefined).end();
  const answer = await new Promise<IncomingMessage>((resolve) => {
    request.once('response', resolve);
  });
  const events: Stream['events'] = [];
  let text = '';
  answer.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const [, data] = /^event: grant\ndata: (.*)$/.exec(part) ?? [];
      if (data !== undefined) events.push(JSON.parse(data) as Stream['events'][number]);
    }
  });
  answer.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    answer.once('close', resolve);
  });
  return { status: answer.statusCode ?? 0, events, ended };
}

const statesOf = ({ events }: Stream, grant: string) =>
  events.filter(({ id }) => id === grant).map(({ state }) => state);

describe('an open view', () => {
  it('is for whoever signed in', async () => {
    expect((await listen(undefined)).status).toBe(401);
  });

  it('hears of the end within a second, on whatever server it hangs', async () => {
    const grant = await granting.ask(support, here, { emergency: true });
    const streams = [await listen(support, 0), await listen(support, 1)];
    for (const stream of streams) await expect.poll(() => statesOf(stream, grant)).toEqual(['active']);
    const began = performance.now();
    expect((await here.admin.browser.post(`/v1/grants/${grant}/end`)).status).toBe(204);
    for (const stream of streams) await expect.poll(() => statesOf(stream, grant)).toEqual(['active', 'ended']);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('hears of a grant that runs out, once, before anybody has written that down', async () => {
    const grant = await granting.ask(support, here, { emergency: true });
    const stream = await listen(support, 1);
    await expect.poll(() => statesOf(stream, grant)).toEqual(['active']);
    await test.database.app.query('update access.grant set ends_at = now() where grant_id = $1', [grant]);
    await expect.poll(() => statesOf(stream, grant)).toEqual(['active', 'expired']);
    // Looked at a few times more.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(statesOf(stream, grant)).toEqual(['active', 'expired']);
  });

  it('hears that somebody looks, while they do', async () => {
    const grant = await granting.ask(support, here, { emergency: true });
    const stream = await listen(here.admin);
    await expect.poll(() => statesOf(stream, grant)).toEqual(['active']);
    const seen = await support.browser.get(`/v1/grants/${grant}/people/${here.person}/records/contacts`);
    expect(seen.status).toBe(200);
    await expect.poll(() => statesOf(stream, grant)).toEqual(['active', 'active']);
  });

  it('tells an admin of the own customer and of no other', async () => {
    const [own, foreign] = [await listen(here.admin), await listen(elsewhere.admin)];
    const grant = await granting.ask(support, here, { emergency: true });
    await expect.poll(() => statesOf(own, grant)).toEqual(['active']);
    expect(foreign.events).toEqual([]);
  });

  it('ends with the session', async () => {
    const member = await team.invite(['auditor']);
    const stream = await listen(member);
    expect(stream.status).toBe(200);
    expect((await member.browser.delete('/v1/session')).status).toBe(204);
    await stream.ended;
  });
});
