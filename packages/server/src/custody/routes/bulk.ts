import { Type } from 'typebox';
import { customerParams, name, receipt, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, asName } from '../../platform/ids/ids.ts';
import type { Custody } from '../custody.ts';
import { callOf } from './call-of.ts';
import { joinJson } from './json.ts';

const wanted = Type.Object(
  { person: uuid('the person'), collection: name('the collection'), record: uuid('the record') },
  { additionalProperties: false },
);

export function bulkRoutes(server: HttpServer, { bulk }: Custody): void {
  server.post(
    '/v1/customers/:customer/records/get',
    {
      config: { guard: 'records:read', releases: true },
      schema: {
        summary: 'Read up to 1,000 records of any people',
        description: 'One entry and one receipt per person. A record that is not there answers `error: not_found`.',
        tags: ['records'],
        params: customerParams,
        body: Type.Object(
          { items: Type.Array(wanted, { minItems: 1, maxItems: 1_000 }) },
          { additionalProperties: false },
        ),
        response: {
          // Joined from JSON texts by hand, so the type that is checked here is none.
          200: Type.Unsafe<unknown>(
            Type.Object({
              records: Type.Array(Type.Object({}, { additionalProperties: true })),
              receipts: Type.Record(Type.String(), receipt),
            }),
          ),
        },
      },
    },
    async (request, reply) => {
      const items = request.body.items.map(({ person, collection, record }) => ({
        person: asId(person) as never,
        collection: asName(collection),
        record: asId(record) as never,
      }));
      const { records, receipts } = await bulk.get(asId(request.params.customer), items, callOf(request));
      const body = joinJson(
        '{"records":[',
        records.map(({ person, collection, record, found }) => {
          const place = `{"person":"${person}","collection":"${collection}","record":"${record}"`;
          return found === undefined
            ? [`${place},"error":"not_found"}`]
            : [`${place},"version":${found.version},"data":`, found.data, '}'];
        }),
        `],"receipts":${JSON.stringify(Object.fromEntries(receipts))}}`,
      );
      return reply
        .type('application/json')
        .serializer((payload: unknown) => payload as string)
        .send(body);
    },
  );

  server.post(
    '/v1/customers/:customer/records/find',
    {
      config: { guard: 'records:find', releases: true },
      schema: {
        summary: 'Find records by an identifying value',
        description:
          'Equality on a lookup field, regardless of case and surrounding space. The search has an entry, also without a hit.',
        tags: ['records'],
        params: customerParams,
        body: Type.Object(
          {
            collection: name('the collection'),
            field: name('a lookup field'),
            value: Type.Union([Type.String({ maxLength: 1_000 }), Type.Number(), Type.Boolean()]),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            matches: Type.Array(Type.Object({ person: uuid('the person'), record: uuid('the record') })),
            receipt,
          }),
        },
      },
    },
    async (request, reply) => {
      const { collection, field, value } = request.body;
      const found = await bulk.find(
        asId(request.params.customer),
        asName(collection),
        asName(field),
        value,
        callOf(request),
      );
      return reply.header('obhut-receipt', found.receipt).send({ matches: [...found.matches], receipt: found.receipt });
    },
  );
}
