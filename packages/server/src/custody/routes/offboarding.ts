/**
 * A customer that leaves takes its data along (Articles 20 and 28(3)(g) GDPR) before it is erased. One of its admins gets a
 * token of an hour for its own export with the content of its files, and nothing else; everybody who watches is told, as of
 * each token that releases data.
 */
import { Type } from 'typebox';
import { sessionOf } from '../../identity/authenticate.ts';
import { actorOfSession } from '../../identity/caller.ts';
import type { TokenOffice } from '../../identity/token-office.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { customerParams, time } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import type { ErasureCustomers } from './erasure-customer.ts';

export interface OffboardingRoutesOptions {
  readonly office: TokenOffice;
  readonly customers: ErasureCustomers;
  readonly requestsPerSecond: number;
  readonly clock: Clock;
}

const lastsMs = 3_600_000;

export function offboardingRoutes(server: HttpServer, options: OffboardingRoutesOptions): void {
  const { office, customers, requestsPerSecond, clock } = options;
  server.post(
    '/v1/customers/:customer/export-token',
    {
      config: { guard: 'none', session: 'portal.erase', fresh: true },
      schema: {
        summary: 'A token of an hour with which an admin exports the data of the own customer',
        tags: ['erasure'],
        params: customerParams,
        body: Type.Object({}, { additionalProperties: false }),
        response: {
          201: Type.Object({ token: Type.String({ description: 'shown once' }), expiresAt: time('it ends then') }),
        },
      },
    },
    async (request, reply) => {
      const customer = await customers.notTheOperator(request.params.customer);
      const expiresAt = new Date(clock.now().getTime() + lastsMs);
      const { text } = await office.issue(
        // The customer's own data, for the customer: no colleague of ours has to confirm it.
        {
          name: 'offboarding',
          customer,
          actions: ['export', 'files:read'],
          requestsPerSecond,
          expiresAt,
          madeBy: undefined,
        },
        actorOfSession(sessionOf(request)),
      );
      return reply.code(201).send({ token: text, expiresAt: expiresAt.toISOString() });
    },
  );
}
