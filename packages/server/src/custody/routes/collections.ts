import { Type } from 'typebox';
import { withCurrentKeys } from '../../keyring/current.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import { customerParams, name, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, asName } from '../../platform/ids/ids.ts';
import type { Collection } from '../collections.ts';
import type { Custody } from '../custody.ts';
import { definitionSchema } from '../definition.ts';
import { callOf } from './call-of.ts';

const collectionShape = Type.Object({
  name: name('the collection'),
  version: Type.Integer({ description: 'one more with each change' }),
  backfill: Type.Enum(['none', 'running'], { description: 'running while older records still get a new lookup' }),
  // As it was put; the schema inside is the caller's own.
  definition: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
});

const answer = ({ name: collection, version, backfill, definition }: Collection) => ({
  name: collection,
  version,
  backfill,
  definition,
});

export function collectionRoutes(server: HttpServer, { collections, backfill }: Custody, keyring: Keyring): void {
  server.put(
    '/v1/customers/:customer/collections/:collection',
    {
      config: { guard: 'collections:write', session: 'collections.write' },
      schema: {
        summary: 'Make or change a collection',
        description:
          'With data in it, fields may be added and made stricter and lookups may come and go; nothing else.',
        tags: ['collections'],
        params: Type.Object({ customer: uuid('the customer'), collection: name('the collection') }),
        body: definitionSchema,
        response: { 200: collectionShape },
      },
    },
    async (request) => {
      const { actor } = callOf(request);
      const { customer, collection } = request.params;
      const changed = await withCurrentKeys(keyring, asId(customer), (current) =>
        collections.put(current, asName(collection), request.body, actor),
      );
      // Older records get their lookups in the background; a failure is tried again at the next start.
      if (changed.backfill === 'running') backfill.run().catch(() => request.log.error('backfill stopped'));
      return answer(changed);
    },
  );

  server.get(
    '/v1/customers/:customer/collections',
    {
      config: { guard: 'collections:read', session: 'collections.read' },
      schema: {
        summary: 'List collections',
        tags: ['collections'],
        params: customerParams,
        response: { 200: Type.Object({ collections: Type.Array(collectionShape) }) },
      },
    },
    async (request) => {
      // The same 404 for a customer that does not exist.
      await withCurrentKeys(keyring, asId(request.params.customer), async () => 'there');
      return { collections: (await collections.list(asId(request.params.customer))).map(answer) };
    },
  );
}
