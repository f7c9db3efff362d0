/** A customer's own logs: entries, checkpoints, tiles, proofs. Reading them is an entry too, one per reader and minute. */
import { encodeBase64 } from '@obhut/proof';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { requesterOf } from '../../identity/authenticate.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Log } from '../../journal/logs.ts';
import { withCurrentKeys } from '../../keyring/current.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import { customerParams, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, type CustomerId } from '../../platform/ids/ids.ts';
import type { Custody } from '../custody.ts';
import { callOf } from './call-of.ts';
import { logResource } from './log-resource.ts';

const which = Type.Enum(['access', 'orders', 'operator'], {
  default: 'access',
  description: 'which of the customer\u2019s logs; operator: of the operator alone',
});

const generation = Type.Optional(
  Type.Integer({
    minimum: 1,
    description: 'an earlier generation of the log, from before a restore; the newest by default',
  }),
);

export interface JournalRoutesOptions {
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly custody: Custody;
  readonly clock: Clock;
}

const minuteMs = 60_000;

export function journalRoutes(server: HttpServer, { journal, keyring, custody, clock }: JournalRoutesOptions): void {
  const noted = new Map<string, number>();

  /** Who reads the journal is told in the journal, but not for every page of it. */
  async function noteReader(request: FastifyRequest, customer: CustomerId): Promise<void> {
    const id = `${requesterOf(request).id}/${customer}`;
    const minute = Math.floor(clock.now().getTime() / minuteMs);
    if (noted.get(id) === minute) return;
    await withCurrentKeys(keyring, customer, (current) =>
      custody.log.note(current, callOf(request), { kind: 'journal.read', scope: {} }),
    );
    if (noted.size > 10_000) noted.clear();
    noted.set(id, minute);
  }

  async function logOf(
    request: FastifyRequest,
    customer: string,
    kind: 'access' | 'orders' | 'operator',
    wanted?: number,
  ): Promise<Log> {
    const log =
      wanted === undefined
        ? await journal.logs.of(asId(customer), kind)
        : (await journal.logs.generations(asId(customer), kind)).find((one) => one.generation === wanted);
    if (log === undefined) throw new Problem('not_found');
    await noteReader(request, log.customer);
    return log;
  }

  server.get(
    '/v1/customers/:customer/journal',
    {
      config: { guard: 'journal:read', session: 'journal.read' },
      schema: {
        summary: 'Read entries, oldest first, or newest first',
        tags: ['journal'],
        params: customerParams,
        querystring: Type.Object({
          log: which,
          generation,
          after: Type.Integer({ minimum: -1, default: -1, description: 'index of the last entry you have' }),
          limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }),
          newest: Type.Boolean({ default: false, description: 'newest first, from `before`' }),
          before: Type.Optional(Type.Integer({ minimum: 0, description: 'index of the oldest entry you have' })),
        }),
        response: {
          200: Type.Object({
            origin: Type.String(),
            key: Type.String({ description: 'what a verifier pins' }),
            generation: Type.Integer({ description: 'a restore begins a new one' }),
            oldest: Type.Integer({ description: 'the smallest number that is still there; older ones are over' }),
            entries: Type.Array(
              Type.Object({
                index: Type.Integer(),
                entry: Type.Unsafe<unknown>({ type: 'object', additionalProperties: true }),
              }),
            ),
            next: Type.Union([Type.Integer(), Type.Null()]),
          }),
        },
      },
    },
    async (request) => {
      const { log: kind, after, limit, newest, before } = request.query;
      const log = await logOf(request, request.params.customer, kind, request.query.generation);
      const entries = newest
        ? await journal.read.newest(log, before, limit)
        : await journal.read.entries(log, after, limit);
      return {
        origin: log.origin,
        key: journal.verifierKey(log.origin),
        generation: log.generation,
        oldest: await journal.read.minimum(log),
        entries: entries.map(({ index, body }) => ({ index, entry: JSON.parse(body.toString('utf8')) as unknown })),
        next: entries.length === limit ? (entries.at(-1)?.index ?? null) : null,
      };
    },
  );

  server.get(
    '/v1/customers/:customer/journal/:index/proof',
    {
      config: { guard: 'journal:read', session: 'journal.read' },
      schema: {
        summary: 'The proof of one entry, as a .tlog-proof file',
        tags: ['journal'],
        params: Type.Object({ customer: uuid('the customer'), index: Type.Integer({ minimum: 0 }) }),
        querystring: Type.Object({ log: which, generation }),
      },
    },
    async (request, reply) => {
      const log = await logOf(request, request.params.customer, request.query.log, request.query.generation);
      const [there] = await journal.read.entries(log, request.params.index - 1, 1);
      if (there?.index !== request.params.index) throw new Problem('not_found');
      const proof = await journal.read.proof(log, request.params.index);
      if (proof === undefined) throw new Problem('not_yet', { retryAfterSeconds: 1 });
      return reply.type('text/plain; charset=utf-8').send(proof);
    },
  );

  server.get(
    '/v1/customers/:customer/journal/checkpoint',
    {
      config: { guard: 'journal:read', session: 'journal.read' },
      schema: {
        summary: 'The newest signed checkpoint',
        tags: ['journal'],
        params: customerParams,
        querystring: Type.Object({ log: which, generation }),
      },
    },
    async (request, reply) => {
      const tree = await journal.read.signedTree(
        await logOf(request, request.params.customer, request.query.log, request.query.generation),
      );
      if (tree === undefined) throw new Problem('not_yet', { retryAfterSeconds: 1 });
      return reply.type('text/plain; charset=utf-8').send(tree.checkpoint);
    },
  );

  server.get(
    '/v1/customers/:customer/journal/consistency',
    {
      config: { guard: 'journal:read', session: 'journal.read' },
      schema: {
        summary: 'That nothing was removed or changed since a checkpoint you remember',
        tags: ['journal'],
        params: customerParams,
        querystring: Type.Object({
          log: which,
          generation,
          from: Type.Integer({ minimum: 1, description: 'size of that checkpoint' }),
        }),
        response: {
          200: Type.Object({
            from: Type.Integer(),
            size: Type.Integer(),
            proof: Type.Array(Type.String()),
            checkpoint: Type.String(),
          }),
        },
      },
    },
    async (request) => {
      const log = await logOf(request, request.params.customer, request.query.log, request.query.generation);
      const { from } = request.query;
      const found = await journal.read.consistency(log, from);
      if (found === undefined) throw new Problem('input_invalid', { field: '?from', reason: 'is larger than the log' });
      return {
        from,
        size: found.tree.size,
        proof: found.proof.map((hash) => encodeBase64(hash)),
        checkpoint: found.tree.checkpoint,
      };
    },
  );

  server.get(
    '/v1/customers/:customer/journal/anchor',
    {
      config: { guard: 'journal:read', session: 'journal.read' },
      schema: {
        summary: 'That a checkpoint of this log is covered by an entry of the public page log',
        description: 'The leaf is SHA-256(0x00, salt, checkpoint); the path leads to the root in that entry.',
        tags: ['journal'],
        params: customerParams,
        querystring: Type.Object({ log: which, generation }),
        response: {
          200: Type.Object({
            page: Type.Object({ origin: Type.String(), index: Type.Integer() }),
            checkpoint: Type.String(),
            salt: Type.String(),
            position: Type.Integer(),
            count: Type.Integer(),
            proof: Type.Array(Type.String()),
          }),
        },
      },
    },
    async (request) => {
      const log = await logOf(request, request.params.customer, request.query.log, request.query.generation);
      const anchor = await journal.anchor(log);
      if (anchor === undefined) throw new Problem('not_yet', { retryAfterSeconds: 60 });
      return {
        ...anchor,
        salt: encodeBase64(anchor.salt),
        proof: anchor.proof.map((hash) => encodeBase64(hash)),
      };
    },
  );

  server.get(
    '/v1/customers/:customer/logs/:log/*',
    {
      config: { guard: 'journal:read', session: 'journal.read' },
      schema: {
        summary: 'Tiles and entry bundles (C2SP tlog-tiles)',
        tags: ['journal'],
        params: Type.Object({
          customer: uuid('the customer'),
          log: Type.Enum(['access', 'orders']),
          '*': Type.String({ maxLength: 200 }),
        }),
      },
    },
    async (request, reply) => {
      const log = await logOf(request, request.params.customer, request.params.log);
      const found = await logResource(journal, log, request.params['*']);
      if (found === undefined) throw new Problem('not_found');
      return reply
        .type('application/octet-stream')
        .header('cache-control', 'private, max-age=31536000, immutable')
        .send(found);
    },
  );
}
