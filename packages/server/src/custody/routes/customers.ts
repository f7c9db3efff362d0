import { Type } from 'typebox';
import { purposes } from '../../access/purposes.ts';
import type { Customer, Customers } from '../../customers/customers.ts';
import { requesterOf } from '../../identity/authenticate.ts';
import type { Journal } from '../../journal/journal.ts';
import type { LogKind } from '../../journal/logs.ts';
import { derivedUuid } from '../../platform/crypto/derived-id.ts';
import type { SecretKey } from '../../platform/crypto/key.ts';
import { Problem } from '../../platform/http/problem.ts';
import { customerParams, next, page, time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, type CustomerId } from '../../platform/ids/ids.ts';
import { idempotencyKeyOf } from './call-of.ts';

const label = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,59}$', description: 'short name, free of personal data' });
const log = Type.Object({
  origin: Type.String({ description: 'first line of its checkpoints' }),
  key: Type.String({ description: 'what a verifier pins' }),
  clockKey: Type.String({ description: 'of the second signature, which says when' }),
  generation: Type.Integer(),
  earlier: Type.Array(Type.Object({ origin: Type.String(), key: Type.String(), generation: Type.Integer() }), {
    description: 'what the log was before a restore',
  }),
});
const customerShape = Type.Object({
  id: uuid('the customer'),
  label,
  createdAt: time('when it was made'),
  logs: Type.Object({ access: log, orders: log }),
});

export interface CustomerRoutesOptions {
  readonly customers: Customers;
  readonly journal: Journal;
  readonly idKey: SecretKey;
}

export function customerRoutes(server: HttpServer, { customers, journal, idKey }: CustomerRoutesOptions): void {
  async function describeLog(customer: CustomerId, kind: LogKind) {
    const all = await journal.logs.generations(customer, kind);
    const known = all.map(({ origin, generation }) => ({ origin, key: journal.verifierKey(origin), generation }));
    const newest = known.pop();
    if (newest === undefined) throw new Problem('not_found');
    return { ...newest, clockKey: journal.clockKey(newest.origin), earlier: known };
  }

  const describe = async ({ id, label: shortName, createdAt }: Customer) => ({
    id,
    label: shortName,
    createdAt: createdAt.toISOString(),
    logs: { access: await describeLog(id, 'access'), orders: await describeLog(id, 'orders') },
  });

  server.post(
    '/v1/customers',
    {
      config: { guard: 'customers:create', session: 'customers.create' },
      schema: {
        summary: 'Make a customer, with its keys and its logs',
        tags: ['customers'],
        body: Type.Object({ label }, { additionalProperties: false }),
        response: { 201: customerShape },
      },
    },
    async (request, reply) => {
      const caller = requesterOf(request);
      // A token for one customer makes no others.
      if (caller.customer !== undefined) throw new Problem('forbidden');
      const key = idempotencyKeyOf(request);
      const id = key === undefined ? undefined : asId<CustomerId>(derivedUuid(idKey, 'customer', caller.id, key));
      const customer = await customers.create(request.body.label, caller.actor, id);
      return reply.code(201).send(await describe(customer));
    },
  );

  server.get(
    '/v1/customers',
    {
      config: { guard: 'customers:read', session: 'customers.read' },
      schema: {
        summary: 'List customers',
        tags: ['customers'],
        querystring: page(200, 50),
        response: { 200: Type.Object({ customers: Type.Array(customerShape), next }) },
      },
    },
    async (request) => {
      const { customer: own } = requesterOf(request);
      const { after, limit } = request.query;
      if (own !== undefined) {
        const found = await customers.find(own);
        return { customers: found === undefined ? [] : [await describe(found)], next: null };
      }
      const found = await customers.list(after === undefined ? undefined : asId(after), limit);
      return {
        customers: await Promise.all(found.map(describe)),
        next: found.length === limit ? (found.at(-1)?.id ?? null) : null,
      };
    },
  );

  server.get(
    '/v1/customers/:customer',
    {
      config: { guard: 'customers:read', session: 'customers.read' },
      schema: {
        summary: 'Show a customer',
        tags: ['customers'],
        params: customerParams,
        response: { 200: customerShape },
      },
    },
    async (request) => {
      const found = await customers.find(asId(request.params.customer));
      if (found === undefined || found.kind !== 'customer') throw new Problem('not_found');
      return describe(found);
    },
  );

  server.get(
    '/v1/operator',
    {
      config: { guard: 'none', session: 'operatorlog.read' },
      schema: {
        summary: "The operator's own customer, whose logs hold what the team does",
        tags: ['customers'],
        response: { 200: Type.Object({ customer: uuid('the customer') }) },
      },
    },
    async () => ({ customer: await customers.operator() }),
  );

  server.get(
    '/v1/purposes',
    {
      config: { guard: 'any', session: 'self' },
      schema: {
        summary: 'The purposes that a release can have',
        tags: ['customers'],
        response: {
          200: Type.Object({
            purposes: Type.Array(
              Type.Object({ code: Type.String(), de: Type.String(), en: Type.String(), legalBasis: Type.String() }),
            ),
          }),
        },
      },
    },
    async () => ({ purposes: [...purposes] }),
  );
}
