import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { requesterOf } from '../../identity/authenticate.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import { customerParams, time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId } from '../../platform/ids/ids.ts';
import {
  type Asker,
  type ErasureRequest,
  extensionReasons,
  type Requests,
  refusalGrounds,
} from '../erasure/requests.ts';
import { coolingMinutes, orderShape } from './erasure-answer.ts';
import { clientOf, type ErasureCustomers } from './erasure-customer.ts';

export interface RequestRoutesOptions {
  readonly requests: Requests;
  readonly customers: ErasureCustomers;
  readonly coolingMinutes: number;
  readonly clock: Clock;
}

const extension = Type.Enum([...extensionReasons], { description: 'Article 12(3) GDPR' });
const ground = Type.Enum([...refusalGrounds], { description: 'Articles 17(3), 12(5) and 11(2) GDPR' });
const orNull = <Shape extends Parameters<typeof Type.Union>[0][number]>(shape: Shape) =>
  Type.Union([shape, Type.Null()]);

const requestShape = Type.Object({
  request: uuid('the request'),
  person: uuid('who asks'),
  receivedAt: time('when it arrived'),
  dueAt: time('when it has to be answered'),
  extension: orNull(extension),
  order: orNull(uuid('the order that was placed for it')),
  answeredAt: orNull(time('when the person was told')),
  outcome: orNull(Type.Enum(['erased', 'refused'])),
  ground: orNull(ground),
});

const asRequest = (found: ErasureRequest) => ({
  request: found.request,
  person: found.person,
  receivedAt: found.receivedAt.toISOString(),
  dueAt: found.dueAt.toISOString(),
  extension: found.extension ?? null,
  order: found.order ?? null,
  answeredAt: found.answeredAt?.toISOString() ?? null,
  outcome: found.outcome ?? null,
  ground: found.ground ?? null,
});

const askerOf = (request: FastifyRequest): Asker => ({
  actor: requesterOf(request).actor,
  client: clientOf(request.signedIn),
});

export function erasureRequestRoutes(server: HttpServer, options: RequestRoutesOptions): void {
  const { requests, customers, clock } = options;
  const base = '/v1/customers/:customer/erasure-requests';
  const params = Type.Object({ customer: uuid('the customer'), request: uuid('the request') });
  const writes = { guard: 'erasures:order', session: 'erasures.order' } as const;
  const tags = ['erasure'];

  server.get(
    base,
    {
      config: { guard: 'erasures:read', session: 'erasures.read' },
      schema: {
        summary: "People's requests to be erased (Article 17 GDPR), the most urgent first",
        tags,
        params: customerParams,
        response: { 200: Type.Object({ requests: Type.Array(requestShape) }) },
      },
    },
    async (request) => ({
      requests: (await requests.list(await customers.of(request.params.customer))).map(asRequest),
    }),
  );

  server.post(
    base,
    {
      config: writes,
      schema: {
        summary: 'Note that a person asks to be erased: due within a month',
        tags,
        params: customerParams,
        body: Type.Object(
          { person: uuid('who asks'), receivedAt: Type.Optional(time('when it arrived; now, where nothing is said')) },
          { additionalProperties: false },
        ),
        response: { 201: requestShape },
      },
    },
    async (request, reply) => {
      const customer = await customers.notTheOperator(request.params.customer);
      const received = new Date(request.body.receivedAt ?? clock.now());
      if (received > clock.now()) throw new Problem('input_invalid', { field: 'receivedAt', reason: 'is to come' });
      const noted = await requests.note(customer, asId(request.body.person), received, askerOf(request));
      return reply.code(201).send(asRequest(noted));
    },
  );

  server.post(
    `${base}/:request/extension`,
    {
      config: writes,
      schema: {
        summary: 'Take two months more; the person has to be told why within the first',
        tags,
        params,
        body: Type.Object({ reason: extension }, { additionalProperties: false }),
        response: { 200: requestShape },
      },
    },
    async (request) => {
      const customer = await customers.of(request.params.customer);
      const id = asId<ErasureRequest['request']>(request.params.request);
      return asRequest(await requests.extend(customer, id, request.body.reason, askerOf(request)));
    },
  );

  server.post(
    `${base}/:request/order`,
    {
      config: { ...writes, fresh: true },
      schema: {
        summary: 'Order the person away who asked for it',
        tags,
        params,
        body: Type.Object({ coolingMinutes: Type.Optional(coolingMinutes) }, { additionalProperties: false }),
        response: { 202: orderShape },
      },
    },
    async (request, reply) => {
      const customer = await customers.of(request.params.customer);
      const minutes = request.body.coolingMinutes ?? options.coolingMinutes;
      const id = asId<ErasureRequest['request']>(request.params.request);
      return reply
        .code(202)
        .send(customers.answer(await requests.order(customer, id, minutes * 60_000, askerOf(request))));
    },
  );

  server.post(
    `${base}/:request/answer`,
    {
      config: writes,
      schema: {
        summary: 'The person was told: erased, or refused and why',
        tags,
        params,
        body: Type.Object(
          { outcome: Type.Enum(['erased', 'refused']), ground: Type.Optional(ground) },
          { additionalProperties: false },
        ),
        response: { 200: requestShape },
      },
    },
    async (request) => {
      const { outcome, ground: given } = request.body;
      if ((outcome === 'refused') !== (given !== undefined))
        throw new Problem('input_invalid', { field: 'ground', reason: 'is for a refusal, and needed there' });
      const customer = await customers.of(request.params.customer);
      const answer =
        given === undefined ? { outcome: 'erased' as const } : { outcome: 'refused' as const, ground: given };
      return asRequest(await requests.answer(customer, asId(request.params.request), answer, askerOf(request)));
    },
  );
}
