import { Type } from 'typebox';
import type { Rider } from '../../journal/flush.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import { next, time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, type CustomerId, type TokenId } from '../../platform/ids/ids.ts';
import { requesterOf, sessionOf } from '../authenticate.ts';
import type { TokenOffice } from '../token-office.ts';
import { type Action, actions, type Caller, type TokenInfo, type Tokens } from '../tokens.ts';

const action = Type.Enum([...actions]);
const tokenShape = {
  id: uuid('the token'),
  name: Type.String(),
  customer: Type.Union([Type.String(), Type.Null()]),
  actions: Type.Array(action),
  requestsPerSecond: Type.Integer(),
  createdAt: time('when it was made'),
  madeBy: Type.Union([Type.String({ description: 'the account of whoever made it' }), Type.Null()]),
  confirmedAt: Type.Union([Type.String(), Type.Null()], {
    description: 'null: it waits for somebody else, and is dead',
  }),
  expiresAt: time('when it ends'),
  revokedAt: Type.Union([Type.String(), Type.Null()]),
};

const newToken = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$', description: 'which service this is for' }),
    customer: Type.Optional(uuid('only for this customer')),
    actions: Type.Array(action, { minItems: 1, uniqueItems: true }),
    requestsPerSecond: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    expiresInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 730, default: 365 })),
  },
  { additionalProperties: false },
);

export interface TokenRoutesOptions {
  readonly tokens: Tokens;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly operator: () => Promise<CustomerId>;
  readonly defaultRequestsPerSecond: number;
}

const dayMs = 86_400_000;

const answer = (info: TokenInfo) => ({
  id: info.id,
  name: info.name,
  customer: info.customer ?? null,
  actions: [...info.actions],
  requestsPerSecond: info.requestsPerSecond,
  createdAt: info.createdAt.toISOString(),
  madeBy: info.madeBy ?? null,
  confirmedAt: info.confirmedAt?.toISOString() ?? null,
  expiresAt: info.expiresAt.toISOString(),
  revokedAt: info.revokedAt?.toISOString() ?? null,
});

/** A token can only hand on what it has itself; somebody who signed in may make any. */
function needsNoMore(
  caller: Caller | undefined,
  wanted: {
    readonly customer: string | undefined;
    readonly actions: readonly Action[];
    readonly requestsPerSecond: number | undefined;
  },
): void {
  if (caller === undefined) return;
  if (caller.customer !== undefined && wanted.customer !== caller.customer)
    throw new Problem('forbidden', { field: '/customer' });
  const beyond = wanted.actions.find((one) => !caller.actions.has(one));
  if (beyond !== undefined)
    throw new Problem('forbidden', { field: '/actions', reason: `this token has no ${beyond} itself` });
  if (wanted.requestsPerSecond !== undefined && wanted.requestsPerSecond > caller.requestsPerSecond)
    throw new Problem('forbidden', { field: '/requestsPerSecond', reason: 'this token has fewer itself' });
}

export function tokenRoutes(server: HttpServer, options: TokenRoutesOptions, office: TokenOffice): void {
  const { tokens, journal, clock, operator, defaultRequestsPerSecond } = options;

  server.post(
    '/v1/tokens',
    {
      config: { guard: 'tokens:manage', session: 'tokens.manage', fresh: true },
      schema: {
        summary: 'Make a token for a service',
        tags: ['tokens'],
        body: newToken,
        response: { 201: Type.Object({ token: Type.String({ description: 'shown once' }), ...tokenShape }) },
      },
    },
    async (request, reply) => {
      const { caller } = request;
      const { name, customer, actions: allowed, requestsPerSecond, expiresInDays = 365 } = request.body;
      needsNoMore(caller, { customer, actions: allowed, requestsPerSecond });
      const { id, text } = await office.issue(
        {
          name,
          customer: customer === undefined ? undefined : asId<CustomerId>(customer),
          actions: allowed,
          requestsPerSecond:
            requestsPerSecond ?? Math.min(defaultRequestsPerSecond, caller?.requestsPerSecond ?? Infinity),
          expiresAt: new Date(clock.now().getTime() + expiresInDays * dayMs),
          madeBy: request.signedIn?.account,
        },
        requesterOf(request).actor,
      );
      const info = await tokens.find(id);
      if (info === undefined) throw new Problem('not_found');
      return reply.code(201).send({ token: text, ...answer(info) });
    },
  );

  server.post(
    '/v1/tokens/:token/confirmation',
    {
      config: { guard: 'none', session: 'tokens.confirm', fresh: true },
      schema: {
        summary: 'Confirm a token that a colleague made for reading personal data',
        tags: ['tokens'],
        params: Type.Object({ token: uuid('the token') }),
        response: { 200: Type.Object(tokenShape) },
      },
    },
    async (request) => answer(await office.confirm(asId<TokenId>(request.params.token), sessionOf(request))),
  );

  server.get(
    '/v1/tokens',
    {
      config: { guard: 'tokens:manage', session: 'tokens.read' },
      schema: {
        summary: 'List tokens',
        tags: ['tokens'],
        response: { 200: Type.Object({ tokens: Type.Array(Type.Object(tokenShape)), next }) },
      },
    },
    async (request) => {
      const { customer } = requesterOf(request);
      const all = await tokens.list();
      return {
        tokens: all.filter((info) => customer === undefined || info.customer === customer).map(answer),
        next: null,
      };
    },
  );

  server.delete(
    '/v1/tokens/:token',
    {
      config: { guard: 'tokens:manage', session: 'tokens.manage' },
      schema: {
        summary: 'Revoke a token, at once',
        tags: ['tokens'],
        params: Type.Object({ token: uuid('the token') }),
        response: { 200: Type.Object(tokenShape) },
      },
    },
    async (request) => {
      const caller = requesterOf(request);
      const id = asId<TokenId>(request.params.token);
      const before = await tokens.find(id);
      if (before === undefined || (caller.customer !== undefined && before.customer !== caller.customer))
        throw new Problem('not_found');
      const revoked: { info: TokenInfo | undefined } = { info: undefined };
      const rider: Rider<typeof revoked> = {
        name: 'revoke',
        async apply(connection, payloads) {
          for (const payload of payloads) payload.info = await tokens.revoke(connection, id);
          return payloads.map(() => true);
        },
      };
      await journal.append({
        customer: await operator(),
        log: 'operator',
        entry: {
          kind: 'token.revoke',
          at: clock.now(),
          actor: caller.actor,
          outcome: 'done',
          refs: { token: id },
        },
        rider: { rider, payload: revoked },
      });
      if (revoked.info === undefined) throw new Problem('not_found');
      return answer(revoked.info);
    },
  );
}
