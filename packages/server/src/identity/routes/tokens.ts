import { Type } from 'typebox';
import type { Actor } from '../../journal/entry.ts';
import type { Rider } from '../../journal/flush.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Queryable } from '../../platform/database/database.ts';
import { Problem } from '../../platform/http/problem.ts';
import { next, time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { type AccountId, asId, type CustomerId, type TokenId } from '../../platform/ids/ids.ts';
import { requesterOf } from '../authenticate.ts';
import type { Tell } from '../tell.ts';
import { type Action, actions, type Caller, type NewToken, type TokenInfo, type Tokens } from '../tokens.ts';

const action = Type.Enum([...actions]);
const tokenShape = {
  id: uuid('the token'),
  name: Type.String(),
  customer: Type.Union([Type.String(), Type.Null()]),
  actions: Type.Array(action),
  requestsPerSecond: Type.Integer(),
  createdAt: time('when it was made'),
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
  expiresAt: info.expiresAt.toISOString(),
  revokedAt: info.revokedAt?.toISOString() ?? null,
});

export interface TokenOfficeOptions extends TokenRoutesOptions {
  readonly tell: Tell;
  /** Whoever should know that somebody can read personal data from now on. */
  readonly watchers: (token: NewToken) => Promise<readonly AccountId[]>;
}

/** Actions whose answers hold personal data. */
const releasing: readonly Action[] = ['records:read', 'records:find', 'files:read', 'export'];
export const isReleasing = (wanted: Action): boolean => releasing.includes(wanted);

export interface TokenOffice {
  /** Makes a token together with its entry in the operator's log. */
  issue(token: NewToken, by: Actor): Promise<{ readonly id: TokenId; readonly text: string }>;
}

interface Issue {
  readonly token: NewToken;
  /** Who is told, where it can read personal data. */
  readonly told: readonly AccountId[];
  result: { readonly id: TokenId; readonly text: string } | undefined;
}

export function createTokenOffice(options: TokenOfficeOptions): TokenOffice {
  const { tokens, journal, clock, operator, tell, watchers } = options;
  const rider: Rider<Issue> = {
    name: 'token',
    async apply(connection, issues) {
      for (const issue of issues) {
        issue.result = await tokens.create(connection, issue.token);
        await announce(connection, issue);
      }
      return issues.map(() => true);
    },
  };
  async function announce(connection: Queryable, { token, told }: Issue): Promise<void> {
    if (told.length === 0) return;
    const refs = { what: token.actions.filter(isReleasing).join(' '), at: token.expiresAt.toISOString() };
    await tell(connection, [{ template: 'token_made', accounts: told, refs }]);
  }

  return {
    async issue(token, by) {
      const payload: Issue = { token, told: await watchers(token), result: undefined };
      await journal.append({
        customer: await operator(),
        log: 'operator',
        entry: {
          kind: 'token.create',
          at: clock.now(),
          actor: by,
          outcome: 'done',
          refs: {
            name: token.name,
            expires: token.expiresAt.toISOString(),
            customer: token.customer ?? 'all',
            actions: token.actions.join(' '),
          },
        },
        rider: { rider, payload },
      });
      if (payload.result === undefined) throw new Error('the token was not made');
      return payload.result;
    },
  };
}

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
        },
        requesterOf(request).actor,
      );
      const info = await tokens.find(id);
      if (info === undefined) throw new Problem('not_found');
      return reply.code(201).send({ token: text, ...answer(info) });
    },
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
