/** What a decision of the policies costs, and how long a view stays open after its grant has ended. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createPolicies } from '../../packages/server/src/access/policies.ts';
import type { SessionCaller } from '../../packages/server/src/identity/caller.ts';
import { type CustomerId, newId } from '../../packages/server/src/platform/ids/ids.ts';
import { createTestApp } from '../../packages/server/src/testing/app.ts';
import { startTestCluster } from '../../packages/server/src/testing/cluster.ts';
import { createGranting } from '../../packages/server/src/testing/granting.ts';
import { createTeam, type Member } from '../../packages/server/src/testing/team.ts';
import { type Figure, figure } from './harness.ts';

const decisions = 20_000;

/** The decision before each page of data: a grant that is active, one's own, and covers it. */
export async function benchPolicies(): Promise<Figure[]> {
  const policies = createPolicies();
  const customer = newId<CustomerId>();
  const caller = {
    kind: 'staff',
    account: newId(),
    session: newId(),
    person: newId(),
    subject: 's',
    roles: ['support', 'engineer'],
    customer: undefined,
    country: 'DE',
    method: 'passkey',
    freshUntil: new Date(),
  } as unknown as SessionCaller; // ids that nobody looks at
  const grant = { active: true, own: true, covers: true };
  const once = () => {
    if (!policies.decide({ ...caller }, 'data.view', customer, { grant }).allowed) throw new Error('refused');
  };
  for (let i = 0; i < 1_000; i += 1) once();
  const took: number[] = [];
  for (let i = 0; i < decisions; i += 1) {
    const began = performance.now();
    once();
    took.push((performance.now() - began) * 1_000);
  }
  took.sort((a, b) => a - b);
  const mean = took.reduce((sum, one) => sum + one, 0) / took.length;
  return [figure('policy-decision', mean, 'µs'), figure('policy-decision-p99', quantile(took, 0.99), 'µs')];
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** Keeps an event stream open, as a view in a browser does. */
async function watch(port: number, member: Member): Promise<{ closed(grant: string): Promise<number>; stop(): void }> {
  const waiting = new Map<string, (at: number) => void>();
  const cookie = [...member.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const headers = { ...member.browser.headers, cookie };
  const request = httpRequest({ host: '127.0.0.1', port, path: '/v1/grants/events', headers });
  request.end();
  const stream = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  if (stream.statusCode !== 200) throw new Error(`events: ${stream.statusCode}`);
  stream.setEncoding('utf8').on('error', () => undefined);
  let text = '';
  stream.on('data', (chunk: string) => {
    text += chunk;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const [, data] = /^event: grant\ndata: (.*)$/.exec(event) ?? [];
      const { id, state } = JSON.parse(data ?? '{}') as { id?: string; state?: string };
      if (state === 'ended') waiting.get(id ?? '')?.(performance.now());
    }
  });
  return {
    closed: (grant) => new Promise((resolve) => waiting.set(grant, resolve)),
    stop: () => request.destroy(),
  };
}

const limits = { recordBytes: 1_048_576, fileBytes: 1_048_576, requestsPerSecond: 100_000, signInsPerNetwork: 100_000 };

const rounds = 100;

/** From the customer's click on *end now* to the event in the open view, on the same server and on another one. */
export async function benchRevocation(): Promise<Figure[]> {
  const cluster = await startTestCluster();
  const test = await createTestApp({ cluster: cluster.address, nodes: 2, settings: { limits } });
  const team = await createTeam(test);
  const granting = createGranting(test, team);
  const support = await team.invite(['support']);
  const place = await granting.place();
  const views = await Promise.all(
    test.apps.map(async ({ server }) => {
      await server.listen({ host: '127.0.0.1', port: 0 });
      const address = server.server.address();
      return watch(typeof address === 'object' && address !== null ? address.port : 0, support);
    }),
  );
  const took: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const grant = await granting.ask(support, place, { emergency: true });
    // Until both have seen that it is open; and not in step with their looking.
    await new Promise((resolve) => setTimeout(resolve, 450 + Math.random() * 400));
    const closed = Promise.all(views.map((view) => view.closed(grant)));
    const began = performance.now();
    await place.admin.browser.post(`/v1/grants/${grant}/end`);
    const [here = 0, elsewhere = 0] = await closed;
    took[0].push(here - began);
    took[1].push(elsewhere - began);
  }
  for (const view of views) view.stop();
  await test.close();
  await cluster.stop();
  const [here, elsewhere] = took.map((times) => times.sort((a, b) => a - b));
  return [
    figure('revocation-p99', quantile(here ?? [], 0.99), 'ms'),
    figure('revocation-other-server-p50', quantile(elsewhere ?? [], 0.5), 'ms'),
    figure('revocation-other-server-p99', quantile(elsewhere ?? [], 0.99), 'ms'),
  ];
}

const pageCalls = 200;
const grantsThere = 60;

/** Signing in with a passkey, and what the console's busiest pages ask for, with a page of grants and a history. */
export async function benchConsole(): Promise<Figure[]> {
  const cluster = await startTestCluster();
  const test = await createTestApp({ cluster: cluster.address, settings: { limits } });
  const team = await createTeam(test);
  const granting = createGranting(test, team);
  const support = await team.invite(['support']);
  const place = await granting.place();
  let grant = '';
  for (let i = 0; i < grantsThere; i += 1) {
    grant = await granting.ask(support, place, { emergency: true });
    await support.browser.get(`/v1/grants/${grant}/people/${place.person}/records/contacts`);
  }
  const measured: Record<string, () => Promise<unknown>> = {
    'sign-in': () => support.signIn(),
    session: () => support.browser.get('/v1/session'),
    overview: () => team.owner.browser.get('/v1/overview'),
    grants: () => team.owner.browser.get('/v1/grants?limit=50'),
    grant: () => team.owner.browser.get(`/v1/grants/${grant}`),
    accesses: () => place.admin.browser.get(`${place.house.base}/accesses?limit=50`),
    staff: () => team.owner.browser.get('/v1/staff'),
    viewer: () => support.browser.get(`/v1/grants/${grant}/people/${place.person}/records/contacts`),
  };
  const figures: Figure[] = [];
  for (const [name, work] of Object.entries(measured)) {
    for (let i = 0; i < 20; i += 1) await work();
    const took: number[] = [];
    for (let i = 0; i < pageCalls; i += 1) {
      const began = performance.now();
      await work();
      took.push(performance.now() - began);
    }
    took.sort((a, b) => a - b);
    figures.push(figure(`console-${name}-p95`, quantile(took, 0.95), 'ms'));
  }
  await test.close();
  await cluster.stop();
  return figures;
}
