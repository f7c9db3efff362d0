import { Type } from 'typebox';
import { requesterOf } from '../../identity/authenticate.ts';
import type { Journal } from '../../journal/journal.ts';
import { Problem } from '../../platform/http/problem.ts';
import { customerParams, name, time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, asName, type CustomerId } from '../../platform/ids/ids.ts';
import type { Erasures } from '../erasure/erasures.ts';
import type { ErasureOrder } from '../erasure/order.ts';
import type { Wish } from '../erasure/place.ts';

export interface ErasureRoutesOptions {
  readonly erasures: Erasures;
  readonly journal: Journal;
  readonly operator: () => Promise<CustomerId>;
  readonly coolingMinutes: number;
  /** Told when a rollover failed. It goes on at the next turn. */
  readonly failed: (error: unknown) => void;
}

const scopes = Type.Enum(['customer', 'person', 'collection', 'record', 'file']);
const wishShape = {
  scope: Type.Enum(['customer', 'person', 'collection']),
  person: Type.Optional(uuid('for a person or a collection')),
  collection: Type.Optional(name('for a collection')),
};
const coolingMinutes = Type.Integer({ minimum: 0, maximum: 480, description: 'how long it can be taken back' });

const extent = {
  people: Type.Integer(),
  records: Type.Integer(),
  files: Type.Integer(),
  bytes: Type.Integer({ description: 'as sealed' }),
};

const maybeTime = (description: string) => Type.Union([time(description), Type.Null()]);

const orderShape = Type.Object({
  order: uuid('the order'),
  scope: scopes,
  person: Type.Union([uuid('whose data'), Type.Null()]),
  collection: Type.Union([Type.String(), Type.Null()]),
  state: Type.Enum(['ordered', 'withdrawn', 'executed', 'final']),
  orderedAt: time('from then on access is refused'),
  coolingUntil: time('until then it can be taken back'),
  dueAt: time('gone from every copy by then'),
  withdrawnAt: maybeTime('taken back'),
  keysDeadAt: maybeTime('no living key opens it'),
  rowsRemovedAt: maybeTime('rows and files removed'),
  finalAt: maybeTime('no copy made at any time can be read'),
  extent: Type.Union([Type.Object(extent), Type.Null()]),
  sitesMissed: Type.Array(Type.String(), { description: 'sites that are caught up on their return' }),
});

const text = (date: Date | undefined) => date?.toISOString() ?? null;

const asAnswer = (order: ErasureOrder) => ({
  order: order.order,
  scope: order.scope,
  person: order.person ?? null,
  collection: order.collection ?? null,
  state: order.state,
  orderedAt: order.orderedAt.toISOString(),
  coolingUntil: order.coolingUntil.toISOString(),
  dueAt: order.dueAt.toISOString(),
  withdrawnAt: text(order.withdrawnAt),
  keysDeadAt: text(order.deadAt),
  rowsRemovedAt: text(order.removedAt),
  finalAt: text(order.finalAt),
  extent: order.extent ?? null,
  sitesMissed: [...order.missed],
});

/** @throws Problem where what the scope needs is missing, or more was named than it needs. */
function wishOf(
  customer: string,
  { scope, person, collection }: { scope: Wish['scope']; person?: string; collection?: string },
): Wish {
  const needed = { customer: [false, false], person: [true, false], collection: [true, true] }[scope];
  for (const [field, given, wanted] of [
    ['person', person !== undefined, needed[0]],
    ['collection', collection !== undefined, needed[1]],
  ] as const)
    if (given !== wanted)
      throw new Problem('input_invalid', { field, reason: wanted ? 'is needed' : 'is not for this scope' });
  const of = { customer: asId<CustomerId>(customer) };
  if (scope === 'customer' || person === undefined) return { ...of, scope: 'customer' };
  if (scope === 'person' || collection === undefined) return { ...of, scope: 'person', person: asId(person) };
  return { ...of, scope, person: asId(person), collection: asName(collection) };
}

export function erasureRoutes(server: HttpServer, options: ErasureRoutesOptions): void {
  const { erasures, journal, operator } = options;

  /** Orders outlive their customer, and so does its log; without a log there never was one. */
  async function customerOf(id: string): Promise<CustomerId> {
    const customer = asId<CustomerId>(id);
    if ((await journal.logs.of(customer, 'orders')) === undefined) throw new Problem('not_found');
    return customer;
  }

  /** The team's own accounts go by leaving (`/v1/staff`), so that the last owner stays. */
  async function notTheOperator(id: string): Promise<void> {
    if ((await operator()) === (await customerOf(id))) throw new Problem('forbidden');
  }

  const clientOf = (signedIn: object | undefined) => (signedIn === undefined ? 'api' : 'console');
  const orderParams = Type.Object({ customer: uuid('the customer'), order: uuid('the order') });

  server.post(
    '/v1/customers/:customer/erasures/preview',
    {
      config: { guard: 'erasures:read', session: 'erasures.order' },
      schema: {
        summary: 'See what an order of erasure would take',
        tags: ['erasure'],
        params: customerParams,
        body: Type.Object(wishShape, { additionalProperties: false }),
        response: {
          200: Type.Object({
            ...extent,
            collections: Type.Array(Type.Object({ collection: Type.String(), records: Type.Integer() })),
            coolingMinutes,
          }),
        },
      },
    },
    async (request) => {
      await notTheOperator(request.params.customer);
      const found = await erasures.preview(wishOf(request.params.customer, request.body));
      return { ...found, collections: [...found.collections], coolingMinutes: options.coolingMinutes };
    },
  );

  server.post(
    '/v1/rollover',
    {
      config: { guard: 'erasures:order', session: 'staff.manage', fresh: true },
      schema: {
        summary:
          'Close the epoch of keys now: what was executed becomes final without waiting for the next regular one',
        tags: ['erasure'],
        body: Type.Object({}, { additionalProperties: false }),
        response: { 202: Type.Object({ state: Type.Literal('begun') }) },
      },
    },
    async (request, reply) => {
      // The epoch is everybody's.
      if (requesterOf(request).customer !== undefined) throw new Problem('forbidden');
      void erasures.rollOver().catch(options.failed);
      return reply.code(202).send({ state: 'begun' as const });
    },
  );

  server.post(
    '/v1/customers/:customer/erasures',
    {
      config: { guard: 'erasures:order', session: 'erasures.order', fresh: true },
      schema: {
        summary: 'Order an erasure: access is refused when this answers',
        tags: ['erasure'],
        params: customerParams,
        body: Type.Object(
          { ...wishShape, coolingMinutes: Type.Optional(coolingMinutes) },
          { additionalProperties: false },
        ),
        response: { 202: orderShape },
      },
    },
    async (request, reply) => {
      await notTheOperator(request.params.customer);
      const wish = wishOf(request.params.customer, request.body);
      const minutes = request.body.coolingMinutes ?? options.coolingMinutes;
      // A whole customer takes the wait: whoever holds one session must not be able to destroy it in a minute.
      if (wish.scope === 'customer' && minutes < options.coolingMinutes)
        throw new Problem('input_invalid', { field: 'coolingMinutes', reason: 'a whole customer takes the wait' });
      const { actor } = requesterOf(request);
      const order = await erasures.place(wish, minutes * 60_000, actor, clientOf(request.signedIn));
      return reply.code(202).send(asAnswer(order));
    },
  );

  server.get(
    '/v1/customers/:customer/erasures',
    {
      config: { guard: 'erasures:read', session: 'erasures.read' },
      schema: {
        summary: 'List orders of erasure, newest first',
        tags: ['erasure'],
        params: customerParams,
        querystring: Type.Object({
          before: Type.Optional(time('`next` of the page before')),
          limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
        }),
        response: {
          200: Type.Object({
            erasures: Type.Array(orderShape),
            next: Type.Union([Type.String(), Type.Null()], { description: 'pass as `before`; null at the end' }),
          }),
        },
      },
    },
    async (request) => {
      const { before, limit } = request.query;
      const found = await erasures.list(
        await customerOf(request.params.customer),
        before === undefined ? undefined : new Date(before),
        limit,
      );
      return {
        erasures: found.map(asAnswer),
        next: found.length === limit ? text(found.at(-1)?.orderedAt) : null,
      };
    },
  );

  server.get(
    '/v1/customers/:customer/erasures/:order',
    {
      config: { guard: 'erasures:read', session: 'erasures.read' },
      schema: {
        summary: 'Show an order of erasure',
        tags: ['erasure'],
        params: orderParams,
        response: { 200: orderShape },
      },
    },
    async (request) =>
      asAnswer(await erasures.get(await customerOf(request.params.customer), asId(request.params.order))),
  );

  server.post(
    '/v1/customers/:customer/erasures/:order/withdrawal',
    {
      config: { guard: 'erasures:order', session: 'erasures.order', fresh: true },
      schema: {
        summary: 'Take an order back while it cools',
        tags: ['erasure'],
        params: orderParams,
        body: Type.Object({}, { additionalProperties: false }),
        response: { 200: orderShape },
      },
    },
    async (request) => {
      const { actor } = requesterOf(request);
      const customer = await customerOf(request.params.customer);
      return asAnswer(await erasures.withdraw(customer, asId(request.params.order), actor, clientOf(request.signedIn)));
    },
  );

  server.get(
    '/v1/customers/:customer/erasures/:order/receipt',
    {
      config: { guard: 'erasures:read', session: 'erasures.read' },
      schema: {
        summary: 'The receipt of erasure, as a .tlog-proof file',
        description: 'Free of personal data. `obhut verify` checks it without Obhut and without a network.',
        tags: ['erasure'],
        params: orderParams,
      },
    },
    async (request, reply) => {
      const proof = await erasures.receipt(await customerOf(request.params.customer), asId(request.params.order));
      return reply.type('text/plain; charset=utf-8').send(proof);
    },
  );
}
