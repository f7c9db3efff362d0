import { Type } from 'typebox';
import { requesterOf } from '../../identity/authenticate.ts';
import { Problem } from '../../platform/http/problem.ts';
import { customerParams, name, time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, asName, type CustomerId, type OrderId } from '../../platform/ids/ids.ts';
import type { Erasures } from '../erasure/erasures.ts';
import type { Wish } from '../erasure/order.ts';
import { asHeldPart, coolingMinutes, orderShape, previewShape } from './erasure-answer.ts';
import { clientOf, type ErasureCustomers } from './erasure-customer.ts';

export interface ErasureRoutesOptions {
  readonly erasures: Erasures;
  readonly customers: ErasureCustomers;
  readonly coolingMinutes: number;
  /** Whether a whole customer needs a second admin. */
  readonly secondAdmin: (customer: CustomerId) => Promise<boolean>;
  /** Told when a rollover failed. It goes on at the next turn. */
  readonly failed: (error: unknown) => void;
}

const wishShape = {
  scope: Type.Enum(['customer', 'person', 'collection']),
  person: Type.Optional(uuid('for a person or a collection')),
  collection: Type.Optional(name('for a collection')),
};
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
  const { erasures, customers } = options;

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
          200: previewShape,
        },
      },
    },
    async (request) => {
      await customers.notTheOperator(request.params.customer);
      const found = await erasures.preview(wishOf(request.params.customer, request.body));
      return {
        ...found,
        collections: [...found.collections],
        holds: found.holds.map(asHeldPart),
        secondAdmin:
          request.body.scope === 'customer' &&
          request.signedIn?.kind === 'admin' &&
          (await options.secondAdmin(asId(request.params.customer))),
        coolingMinutes: options.coolingMinutes,
      };
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
      await customers.notTheOperator(request.params.customer);
      const wish = wishOf(request.params.customer, request.body);
      const minutes = request.body.coolingMinutes ?? options.coolingMinutes;
      if (wish.scope === 'customer' && request.signedIn?.kind === 'admin' && (await options.secondAdmin(wish.customer)))
        throw new Problem('second_admin_needed');
      // A whole customer takes the wait: whoever holds one session must not be able to destroy it in a minute.
      if (wish.scope === 'customer' && minutes < options.coolingMinutes)
        throw new Problem('input_invalid', { field: 'coolingMinutes', reason: 'a whole customer takes the wait' });
      const { actor } = requesterOf(request);
      const order = await erasures.place(wish, minutes * 60_000, actor, clientOf(request.signedIn));
      return reply.code(202).send(customers.answer(order));
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
        await customers.of(request.params.customer),
        before === undefined ? undefined : new Date(before),
        limit,
      );
      return {
        erasures: found.map(customers.answer),
        next: found.length === limit ? (found.at(-1)?.orderedAt.toISOString() ?? null) : null,
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
      customers.answer(await erasures.get(await customers.of(request.params.customer), asId(request.params.order))),
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
      const customer = await customers.of(request.params.customer);
      return customers.answer(
        await erasures.withdraw(customer, asId(request.params.order), actor, clientOf(request.signedIn)),
      );
    },
  );

  server.post(
    '/v1/customers/:customer/erasures/:order/confirmation',
    {
      config: { guard: 'erasures:confirm' },
      schema: {
        summary: 'Confirm that the product has followed an erasure that it was told of',
        description: 'What it had of it is deleted, and those whom it had given it to are told (Article 19 GDPR).',
        tags: ['erasure'],
        params: orderParams,
        body: Type.Object({}, { additionalProperties: false }),
        response: { 200: orderShape },
      },
    },
    async (request) => {
      const customer = await customers.of(request.params.customer);
      const order = asId<OrderId>(request.params.order);
      await erasures.followers.confirm(customer, order, requesterOf(request).actor);
      return customers.answer(await erasures.get(customer, order));
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
      const proof = await erasures.receipt(await customers.of(request.params.customer), asId(request.params.order));
      return reply.type('text/plain; charset=utf-8').send(proof);
    },
  );
}
