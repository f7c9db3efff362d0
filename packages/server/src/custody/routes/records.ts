import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { name, receipt, time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, asName, type CustomerId, type Name, type PersonId, type RecordId } from '../../platform/ids/ids.ts';
import type { Custody } from '../custody.ts';
import type { Order } from '../orders.ts';
import type { RecordPlace } from '../record-place.ts';
import { callOf, versionWanted } from './call-of.ts';
import { joinJson } from './json.ts';

const recordParams = Type.Object({
  customer: uuid('the customer'),
  person: uuid('the person'),
  collection: name('the collection'),
  record: uuid('the record; choose it for a new one'),
});
type RecordParams = {
  readonly customer: string;
  readonly person: string;
  readonly collection: string;
  readonly record: string;
};

/** The route's schema has just checked the form of each; this only gives them their types. */
const placeOf = ({ customer, person, collection, record }: RecordParams): RecordPlace => ({
  customer: customer as CustomerId,
  person: person as PersonId,
  collection: collection as Name,
  record: record as RecordId,
});

export const orderShape = Type.Object({
  order: uuid('the order'),
  scope: Type.Enum(['record', 'file']),
  state: Type.Literal('ordered'),
  orderedAt: time('when it was ordered'),
  dueAt: time('by when it is gone from every copy'),
});

export function sendOrder(
  reply: FastifyReply,
  { order, receipt: text }: { readonly order: Order; readonly receipt: string },
) {
  return reply
    .code(202)
    .header('obhut-receipt', text)
    .send({ ...order, orderedAt: order.orderedAt.toISOString(), dueAt: order.dueAt.toISOString() });
}

export function recordRoutes(server: HttpServer, { records, bulk, orders }: Custody, recordBytes: number): void {
  const url = '/v1/customers/:customer/people/:person/records/:collection/:record';

  server.get(
    url,
    {
      config: { guard: 'records:read', releases: true },
      schema: {
        summary: 'Read a record',
        description: 'The body is the record itself.',
        tags: ['records'],
        params: recordParams,
      },
    },
    async (request, reply) => {
      const read = await records.read(placeOf(request.params), callOf(request));
      reply.header('content-type', 'application/json; charset=utf-8');
      reply.header('etag', `"${read.version}"`);
      reply.header('obhut-receipt', read.receipt);
      return read.data;
    },
  );

  server.put(
    url,
    {
      config: { guard: 'records:write' },
      bodyLimit: recordBytes,
      schema: {
        summary: 'Write a record, whole',
        description: 'If-Match with the version in quotes, or If-None-Match: *, to write only over what you know.',
        tags: ['records'],
        params: recordParams,
        body: Type.Unsafe<Record<string, unknown>>({ type: 'object' }),
        response: {
          200: Type.Object({ record: uuid('the record'), version: Type.Integer() }),
          201: Type.Object({ record: uuid('the record'), version: Type.Integer() }),
        },
      },
    },
    async (request, reply) => {
      const place = placeOf(request.params);
      const ifVersion = versionWanted(request);
      const written = await records.put(
        place.customer,
        place.person,
        place.collection,
        { record: place.record, data: request.body, ...(ifVersion !== undefined && { ifVersion }) },
        callOf(request),
      );
      reply.header('etag', `"${written.version}"`);
      reply.header('obhut-receipt', written.receipt);
      return reply.code(written.version === 1 ? 201 : 200).send({ record: place.record, version: written.version });
    },
  );

  server.delete(
    url,
    {
      config: { guard: 'records:delete' },
      schema: {
        summary: 'Order a record away',
        description: 'It is gone from the database at once and cannot be taken back; copies of it die with their key.',
        tags: ['records'],
        params: recordParams,
        response: { 202: orderShape },
      },
    },
    async (request, reply) => {
      const { record, ...place } = placeOf(request.params);
      const placed = await orders.place(
        { scope: 'record', ...place, object: record },
        callOf(request),
        versionWanted(request),
      );
      return sendOrder(reply, placed);
    },
  );

  server.get(
    '/v1/customers/:customer/people/:person/records/:collection',
    {
      config: { guard: 'records:read', releases: true },
      schema: {
        summary: "List a person's records of a collection",
        tags: ['records'],
        params: Type.Object({
          customer: uuid('the customer'),
          person: uuid('the person'),
          collection: name('the collection'),
        }),
        querystring: Type.Object({
          after: Type.Optional(uuid('from the page before')),
          limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
        }),
        response: {
          // Joined from JSON texts by hand, so the type that is checked here is none.
          200: Type.Unsafe<unknown>(
            Type.Object({
              records: Type.Array(
                Type.Object({
                  record: uuid('the record'),
                  version: Type.Integer(),
                  data: Type.Object({}, { additionalProperties: true }),
                }),
              ),
              next: Type.Union([Type.String(), Type.Null()]),
              receipt,
            }),
          ),
        },
      },
    },
    async (request, reply) => {
      const { customer, person, collection } = request.params;
      const { after, limit } = request.query;
      const listed = await bulk.list(
        asId(customer),
        asId(person),
        asName(collection),
        after === undefined ? undefined : asId(after),
        limit,
        callOf(request),
      );
      // The records are JSON already: they are joined, not parsed and written again.
      const body = joinJson(
        '{"records":[',
        listed.records.map(({ record, version, data }) => [
          `{"record":"${record}","version":${version},"data":`,
          data,
          '}',
        ]),
        `],"next":${JSON.stringify(listed.next ?? null)},"receipt":${JSON.stringify(listed.receipt)}}`,
      );
      return reply
        .header('obhut-receipt', listed.receipt)
        .type('application/json')
        .serializer((payload: unknown) => payload as string)
        .send(body);
    },
  );
}
