import { Type } from 'typebox';
import { requesterOf } from '../../identity/authenticate.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import { customerParams, name, time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, asName } from '../../platform/ids/ids.ts';
import type { Holds } from '../erasure/holds.ts';
import { asHold, holdShape } from './erasure-answer.ts';
import { clientOf, type ErasureCustomers } from './erasure-customer.ts';

export interface HoldRoutesOptions {
  readonly holds: Holds;
  readonly customers: ErasureCustomers;
  readonly clock: Clock;
}

const longestMs = 30 * 366 * 86_400_000;

export function holdRoutes(server: HttpServer, { holds, customers, clock }: HoldRoutesOptions): void {
  const hold = Type.Object(holdShape);

  server.get(
    '/v1/customers/:customer/holds',
    {
      config: { guard: 'erasures:read', session: 'erasures.read' },
      schema: {
        summary: 'List legal holds, newest first, ended ones too',
        tags: ['erasure'],
        params: customerParams,
        response: { 200: Type.Object({ holds: Type.Array(hold) }) },
      },
    },
    async (request) => ({ holds: (await holds.list(await customers.of(request.params.customer))).map(asHold) }),
  );

  server.post(
    '/v1/customers/:customer/holds',
    {
      config: { guard: 'erasures:order', session: 'erasures.order', fresh: true },
      schema: {
        summary: 'Hold a collection, a person or a record: no order takes it before the hold ends',
        description: 'A hold does not stop an order that was there before it: take that back first.',
        tags: ['erasure'],
        params: customerParams,
        body: Type.Object(
          {
            person: Type.Optional(uuid('the person; with no collection: all of it, files too')),
            collection: Type.Optional(name('of the person; without one, of everybody')),
            record: Type.Optional(uuid('one record; needs person and collection')),
            until: time('when it ends; 30 years at most'),
            reason: Type.String({
              minLength: 1,
              maxLength: 200,
              description: 'shown to whoever orders an erasure; without personal data',
            }),
          },
          { additionalProperties: false },
        ),
        response: { 201: hold },
      },
    },
    async (request, reply) => {
      const { person, collection, record, reason } = request.body;
      const customer = await customers.notTheOperator(request.params.customer);
      if (person === undefined && collection === undefined)
        throw new Problem('input_invalid', { field: 'person', reason: 'name a person, a collection or both' });
      if (record !== undefined && (person === undefined || collection === undefined))
        throw new Problem('input_invalid', { field: 'record', reason: 'needs its person and its collection' });
      const until = new Date(request.body.until);
      const lasts = until.getTime() - clock.now().getTime();
      if (!(lasts > 0 && lasts < longestMs))
        throw new Problem('input_invalid', { field: 'until', reason: 'is not in the next 30 years' });
      const placed = await holds.place(
        {
          customer,
          person: person === undefined ? undefined : asId(person),
          collection: collection === undefined ? undefined : asName(collection),
          record: record === undefined ? undefined : asId(record),
        },
        until,
        reason,
        requesterOf(request).actor,
        clientOf(request.signedIn),
      );
      return reply.code(201).send(asHold(placed));
    },
  );

  server.post(
    '/v1/customers/:customer/holds/:hold/end',
    {
      config: { guard: 'erasures:order', session: 'erasures.order', fresh: true },
      schema: {
        summary: 'End a legal hold before its day: orders that wait for it go on',
        tags: ['erasure'],
        params: Type.Object({ customer: uuid('the customer'), hold: uuid('the hold') }),
        body: Type.Object({}, { additionalProperties: false }),
        response: { 200: hold },
      },
    },
    async (request) => {
      const { customer, hold: id } = request.params;
      return asHold(await holds.lift(asId(customer), asId(id), requesterOf(request).actor, clientOf(request.signedIn)));
    },
  );
}
