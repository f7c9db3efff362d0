/** `Obhut-Grant`: the product's own back office reads under a grant. What it does not cover is refused before anything is opened. */
import type { FastifyRequest } from 'fastify';
import type { Access } from '../../access/access.ts';
import { covers, type Grant, isActive } from '../../access/grant.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { type GrantId, isUuid, type Name, type PersonId } from '../../platform/ids/ids.ts';

declare module 'fastify' {
  interface FastifyRequest {
    grant: Grant | undefined;
  }
}

interface Named {
  readonly collection?: unknown;
  readonly person?: unknown;
}

/** What the request is about, as its path and body name it. */
function placesOf(request: FastifyRequest): readonly Named[] {
  const params = request.params as Named;
  const body = request.body as (Named & { readonly items?: unknown }) | undefined;
  if (Array.isArray(body?.items)) return body.items as Named[];
  return [{ collection: params.collection ?? body?.collection, person: params.person ?? body?.person }];
}

/** An export or a file holds more than collections name: only a grant without limits covers it, so none does. */
const isCovered = (grant: Grant, { collection, person }: Named): boolean =>
  typeof collection === 'string' &&
  covers(grant.scope, collection as Name, [], typeof person === 'string' ? (person as PersonId) : undefined) &&
  (typeof person === 'string' || grant.scope.persons === null) &&
  // The API hands out whole records.
  grant.scope.collections.some((one) => one.collection === collection && one.fields === null);

export function grantHeader(server: HttpServer, { store, uses }: Access, clock: Clock): void {
  server.decorateRequest('grant', undefined);
  server.addHook('preHandler', async (request) => {
    const id = request.headers['obhut-grant'];
    if (id === undefined || request.routeOptions.config.releases !== true) return;
    const grant = typeof id === 'string' && isUuid(id) ? await store.find(id as GrantId) : undefined;
    const { customer } = request.params as { customer?: string };
    if (
      grant === undefined ||
      grant.customer !== customer ||
      !isActive(grant, clock.now()) ||
      !placesOf(request).every((place) => isCovered(grant, place))
    )
      throw new Problem('grant_required');
    request.grant = grant;
  });
  // Before the answer leaves: without its line in the history it does not.
  server.addHook('onSend', async (request, reply, payload) => {
    const { grant } = request;
    const receipt = reply.getHeader('obhut-receipt');
    if (grant === undefined || typeof receipt !== 'string' || reply.statusCode >= 300) return payload;
    const [place = {}] = placesOf(request);
    await uses.record(grant, {
      type: 'api',
      person: typeof place.person === 'string' ? (place.person as PersonId) : undefined,
      collection: place.collection as Name,
      fields: [],
      records: 1,
      index: Number(receipt.split(' ')[1]),
    });
    return payload;
  });
}
