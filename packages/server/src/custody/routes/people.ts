import { Type } from 'typebox';
import { requesterOf } from '../../identity/authenticate.ts';
import { withCurrentKeys } from '../../keyring/current.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import { derivedUuid } from '../../platform/crypto/derived-id.ts';
import type { SecretKey } from '../../platform/crypto/key.ts';
import { Problem } from '../../platform/http/problem.ts';
import { customerParams, next, page, receipt, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, type PersonId } from '../../platform/ids/ids.ts';
import type { Custody } from '../custody.ts';
import { callOf, exportedAtOf, idempotencyKeyOf } from './call-of.ts';

export function personRoutes(server: HttpServer, { people }: Custody, keyring: Keyring, idKey: SecretKey): void {
  server.post(
    '/v1/customers/:customer/people',
    {
      config: { guard: 'people:create' },
      schema: {
        summary: 'Make a person: a key and a pseudonym, nothing else',
        tags: ['people'],
        params: customerParams,
        body: Type.Object(
          { person: Type.Optional(uuid('the id it had, with Obhut-Exported-At')) },
          { additionalProperties: false },
        ),
        response: { 201: Type.Object({ person: uuid('the person'), receipt: Type.Optional(receipt) }) },
      },
    },
    async (request, reply) => {
      const { customer } = request.params;
      const key = idempotencyKeyOf(request);
      const exportedAt = exportedAtOf(request);
      const given = request.body.person;
      if (given !== undefined && exportedAt === undefined)
        throw new Problem('input_invalid', { field: 'person', reason: 'is given with Obhut-Exported-At alone' });
      const derived = key && derivedUuid(idKey, 'person', customer, requesterOf(request).id, key);
      const id = given ?? derived;
      const made = await people.create(
        asId(customer),
        callOf(request),
        id === undefined ? undefined : asId<PersonId>(id),
        exportedAt,
      );
      return reply
        .code(201)
        .send({ person: made.person, ...(made.receipt !== undefined && { receipt: made.receipt }) });
    },
  );

  server.get(
    '/v1/customers/:customer/people',
    {
      config: { guard: 'people:read', session: 'customers.read' },
      schema: {
        summary: 'List people, by id alone',
        tags: ['people'],
        params: customerParams,
        querystring: page(1_000, 100),
        response: { 200: Type.Object({ people: Type.Array(Type.Object({ person: uuid('the person') })), next }) },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      // Nothing is opened here, so no entry would notice keys that are closed.
      await withCurrentKeys(keyring, asId(request.params.customer), async (customer) =>
        (await keyring.isCurrent(customer)) ? 'there' : 'stale',
      );
      const found = await people.list(
        asId(request.params.customer),
        after === undefined ? undefined : asId(after),
        limit,
      );
      return {
        people: found.map((person) => ({ person })),
        next: found.length === limit ? (found.at(-1) ?? null) : null,
      };
    },
  );
}
