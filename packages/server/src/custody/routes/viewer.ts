/** The viewer of staff. Every route rests on a grant; the grant says which customer. */
import { Type } from 'typebox';
import { sessionOf } from '../../identity/authenticate.ts';
import { nullable } from '../../identity/routes/shapes.ts';
import { name, next, receipt, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, asName, type GrantId, type PersonId, type RecordId } from '../../platform/ids/ids.ts';
import type { Viewer } from '../viewer.ts';

const grantParams = Type.Object({ grant: uuid('the grant') });
const config = { guard: 'none', session: 'self', shows: true } as const;

const fieldShape = Type.Object({
  class: Type.Enum(['plain', 'personal', 'sensitive']),
  masked: nullable(Type.String()),
  value: Type.Optional(Type.Unsafe<unknown>({ description: 'of plain fields alone' })),
});

export function viewerRoutes(server: HttpServer, viewer: Viewer): void {
  server.get(
    '/v1/grants/:grant/people',
    {
      config,
      schema: {
        summary: 'The people that a grant covers, by id',
        tags: ['grants'],
        params: grantParams,
        querystring: Type.Object({
          after: Type.Optional(uuid('from the page before')),
          limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
        }),
        response: { 200: Type.Object({ people: Type.Array(Type.Object({ person: uuid('the person') })), next }) },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const people = await viewer.people(
        sessionOf(request),
        asId<GrantId>(request.params.grant),
        after === undefined ? undefined : asId<PersonId>(after),
        limit,
      );
      return {
        people: people.map((person) => ({ person })),
        next: people.length < limit ? null : (people.at(-1) ?? null),
      };
    },
  );

  server.post(
    '/v1/grants/:grant/find',
    {
      config,
      schema: {
        summary: 'Find people of a grant by an identifying value',
        tags: ['grants'],
        params: grantParams,
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
            found: Type.Array(Type.Object({ person: uuid('the person'), record: uuid('the record') })),
            receipt,
          }),
        },
      },
    },
    async (request) => {
      const { collection, field, value } = request.body;
      const { found, receipt: text } = await viewer.find(
        sessionOf(request),
        asId<GrantId>(request.params.grant),
        asName(collection),
        asName(field),
        value,
      );
      return { found: found.map(({ person, record }) => ({ person, record })), receipt: text };
    },
  );

  server.get(
    '/v1/grants/:grant/people/:person/records/:collection',
    {
      config,
      schema: {
        summary: "A person's records, masked",
        tags: ['grants'],
        params: Type.Object({
          grant: uuid('the grant'),
          person: uuid('the person'),
          collection: name('the collection'),
        }),
        querystring: Type.Object({ after: Type.Optional(uuid('from the page before')) }),
        response: {
          200: Type.Object({
            records: Type.Array(
              Type.Object({
                record: uuid('the record'),
                version: Type.Integer(),
                fields: Type.Record(Type.String(), fieldShape),
              }),
            ),
            next,
            receipt,
          }),
        },
      },
    },
    async (request) => {
      const { grant, person, collection } = request.params;
      const { after } = request.query;
      const page = await viewer.records(
        sessionOf(request),
        asId<GrantId>(grant),
        asId<PersonId>(person),
        asName(collection),
        after === undefined ? undefined : asId<RecordId>(after),
      );
      return {
        records: page.records.map((one) => ({ ...one, fields: { ...one.fields } })),
        next: page.next ?? null,
        receipt: page.receipt,
      };
    },
  );

  server.post(
    '/v1/grants/:grant/people/:person/unmask',
    {
      config,
      schema: {
        summary: 'One field of one record, in clear',
        tags: ['grants'],
        params: Type.Object({ grant: uuid('the grant'), person: uuid('the person') }),
        body: Type.Object(
          { collection: name('the collection'), record: uuid('the record'), field: name('the field') },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ value: Type.Unsafe<unknown>({}), receipt }) },
      },
    },
    async (request) => {
      const { grant, person } = request.params;
      const { collection, record, field } = request.body;
      return viewer.unmask(
        sessionOf(request),
        asId<GrantId>(grant),
        asId<PersonId>(person),
        asName(collection),
        asId<RecordId>(record),
        asName(field),
      );
    },
  );
}
