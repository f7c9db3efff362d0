/** Asking for access, agreeing, approving, ending. */
import { Type } from 'typebox';
import type { Customers } from '../../customers/customers.ts';
import { sessionOf } from '../../identity/authenticate.ts';
import { actorOfSession } from '../../identity/caller.ts';
import type { Identity } from '../../identity/identity.ts';
import { flow, visitorOf, webAuthnAnswer, webAuthnOptions } from '../../identity/routes/shapes.ts';
import { groundOf } from '../../identity/sessions/origin.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import { next, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, type CustomerId, type GrantId, type Name, type PersonId } from '../../platform/ids/ids.ts';
import type { Access } from '../access.ts';
import { type Grant, type GrantPurpose, type GrantState, longestMinutes, openStates, type Verdict } from '../grant.ts';
import { createAnswers, type GrantAnswer, grantShape, purposeShape, scopeShape } from './answers.ts';

const words = (minLength: number, maxLength: number, description: string) =>
  Type.String({ minLength, maxLength, description });

const wish = Type.Object(
  {
    customer: uuid('whose data'),
    ...scopeShape,
    purpose: purposeShape,
    ticket: words(1, 200, 'of the customer\u2019s request or the incident'),
    justification: words(20, 2_000, 'why this access is needed'),
    telemetry: words(10, 1_000, 'why telemetry was not enough'),
    minutes: Type.Integer({ minimum: 5, maximum: longestMinutes }),
    emergency: Type.Boolean({ default: false, description: 'at once, told to all, reviewed within 24 hours' }),
  },
  { additionalProperties: false },
);

/** How long an event stream outlives its session at most. */
const beatMs = 3_000;

const params = Type.Object({ grant: uuid('the grant') });
const everybody = { guard: 'none', session: 'self' } as const;

export interface GrantRoutesOptions {
  readonly access: Access;
  readonly identity: Identity;
  readonly customers: Customers;
  readonly clock: Clock;
  readonly url: string | undefined;
}

export function grantRoutes(server: HttpServer, options: GrantRoutesOptions): void {
  const { access, identity, customers, clock, url } = options;
  const { grants, store, approvals, events } = access;
  const answers = createAnswers({ access, identity, customers, now: clock.now });

  server.post(
    '/v1/grants',
    {
      config: { guard: 'none', session: 'grants.request' },
      schema: {
        summary: 'Ask for access to data of a customer',
        tags: ['grants'],
        body: wish,
        response: { 201: grantShape },
      },
    },
    async (request, reply) => {
      const caller = sessionOf(request);
      const { customer: id, collections, persons, purpose, ...rest } = request.body;
      // Nobody is asked before an emergency begins: at least it is really they who call it.
      if (rest.emergency && caller.freshUntil <= clock.now()) throw new Problem('fresh_factor_required');
      const customer = await customers.find(asId<CustomerId>(id));
      if (customer?.kind !== 'customer') throw new Problem('not_found', { field: '/customer' });
      const grant = await grants.request(caller, {
        ...rest,
        customer: customer.id,
        purpose: purpose as GrantPurpose,
        scope: {
          collections: collections.map((one) => ({
            collection: one.collection as Name,
            fields: one.fields as Name[] | null,
          })),
          persons: persons as PersonId[] | null,
        },
      });
      const [answer] = await answers.of(caller, [grant]);
      return reply.code(201).send(answer as GrantAnswer);
    },
  );

  server.get(
    '/v1/grants',
    {
      config: everybody,
      schema: {
        summary: 'Requests and grants, newest first',
        tags: ['grants'],
        querystring: Type.Object({
          state: Type.Optional(Type.Enum(['open', 'closed'])),
          customer: Type.Optional(uuid('only of this customer')),
          after: Type.Optional(uuid('from the page before')),
          limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
        }),
        response: { 200: Type.Object({ grants: Type.Array(grantShape), next }) },
      },
    },
    async (request) => {
      const caller = sessionOf(request);
      const { state, customer: wanted, after, limit } = request.query;
      const customer = caller.customer ?? wanted;
      const states: readonly GrantState[] | undefined =
        state === undefined ? undefined : state === 'open' ? openStates : ['ended', 'expired', 'denied', 'dead'];
      const found = await store.list({
        limit,
        ...(customer !== undefined && { customer: asId<CustomerId>(customer) }),
        ...(states !== undefined && { states }),
        ...(after !== undefined && { after: asId<GrantId>(after) }),
      });
      return {
        grants: await answers.of(
          caller,
          found.filter((grant) => answers.visible(caller, grant)),
        ),
        next: found.length < limit ? null : (found.at(-1)?.id ?? null),
      };
    },
  );

  server.get(
    '/v1/grants/:grant',
    {
      config: everybody,
      schema: { summary: 'One grant, with its reasons', tags: ['grants'], params, response: { 200: grantShape } },
    },
    async (request) => {
      const caller = sessionOf(request);
      const grant = await answers.grantOf(caller, request.params.grant);
      const [answer] = await answers.of(caller, [grant], await grants.texts(grant, actorOfSession(caller)));
      return answer as GrantAnswer;
    },
  );

  function act(
    path: string,
    summary: string,
    fresh: boolean,
    work: (caller: ReturnType<typeof sessionOf>, grant: Grant) => Promise<void>,
  ) {
    server.post(
      `/v1/grants/:grant/${path}`,
      {
        config: { ...everybody, ...(fresh && { fresh: true as const }) },
        schema: { summary, tags: ['grants'], params, response: { 204: Type.Null() } },
      },
      async (request, reply) => {
        const caller = sessionOf(request);
        await work(caller, await answers.grantOf(caller, request.params.grant));
        return reply.code(204).send(null);
      },
    );
  }
  act('agreement', 'Agree, as a colleague', true, grants.agree);
  act('denial', 'Say no, as a colleague or as the customer', false, grants.deny);
  act('end', 'End it at once', false, grants.end);

  server.post(
    '/v1/grants/:grant/review',
    {
      config: { ...everybody, fresh: true },
      schema: {
        summary: 'Review an emergency',
        tags: ['grants'],
        params,
        body: Type.Object(
          { verdict: Type.Enum(['justified', 'not_justified']), note: Type.Optional(words(1, 2_000, 'sealed')) },
          { additionalProperties: false },
        ),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const caller = sessionOf(request);
      const grant = await answers.grantOf(caller, request.params.grant);
      const { verdict, note } = request.body;
      await grants.review(caller, grant, verdict as Verdict, note);
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/v1/grants/:grant/approval/options',
    {
      config: everybody,
      schema: {
        summary: 'Begin to approve: what the passkey is to sign',
        tags: ['grants'],
        params,
        response: { 200: Type.Object({ flow, options: webAuthnOptions }) },
      },
    },
    async (request) => {
      const caller = sessionOf(request);
      const grant = await answers.grantOf(caller, request.params.grant);
      if (!access.policies.decide(caller, 'portal.approve', grant.customer).allowed) throw new Problem('forbidden');
      return approvals.options(caller, grant, groundOf(request, url));
    },
  );

  server.post(
    '/v1/grants/:grant/approval',
    {
      config: everybody,
      schema: {
        summary: 'Approve, as the customer, with a signature',
        tags: ['grants'],
        params,
        body: Type.Object({ flow, response: webAuthnAnswer }, { additionalProperties: false }),
        response: { 200: grantShape },
      },
    },
    async (request) => {
      const caller = sessionOf(request);
      const grant = await answers.grantOf(caller, request.params.grant);
      if (!access.policies.decide(caller, 'portal.approve', grant.customer).allowed) throw new Problem('forbidden');
      const { flow: answered, response } = request.body;
      const signature = await approvals.signed(caller, grant, answered, response, visitorOf(request, url));
      await grants.approve(caller, grant, signature);
      const [answer] = await answers.of(caller, [await answers.grantOf(caller, grant.id)]);
      return answer as GrantAnswer;
    },
  );

  server.get(
    '/v1/grants/events',
    {
      config: everybody,
      schema: { summary: 'Changes of grants as they happen (server-sent events)', tags: ['grants'] },
    },
    (request, reply) => {
      const caller = sessionOf(request);
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-accel-buffering': 'no',
      });
      raw.write('retry: 1000\n\n');
      const leave = events.watch(
        (grant) => answers.visible(caller, grant),
        (grant, state) => raw.write(`event: grant\ndata: ${JSON.stringify({ id: grant.id, state })}\n\n`),
      );
      // With the session ends the stream: what it would tell is nobody's any more.
      const beat = setInterval(() => {
        identity.sessions.alive(caller.session).then(
          (alive) => (alive ? raw.write('event: ping\ndata: {}\n\n') : raw.end()),
          () => raw.end(),
        );
      }, beatMs);
      beat.unref();
      raw.on('close', () => {
        clearInterval(beat);
        leave();
      });
    },
  );
}
