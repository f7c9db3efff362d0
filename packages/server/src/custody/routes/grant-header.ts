/** `Obhut-Grant`: the product's own back office reads under a grant. What it does not cover is refused before anything is opened. */
import type { FastifyRequest } from 'fastify';
import type { Access } from '../../access/access.ts';
import { covers, type Grant, isActive } from '../../access/grant.ts';
import type { Decision } from '../../access/policies.ts';
import type { Accounts } from '../../identity/accounts/accounts.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { type GrantId, isUuid, type Name, type PersonId } from '../../platform/ids/ids.ts';

declare module 'fastify' {
  interface FastifyRequest {
    grant: Grant | undefined;
    grantDecision: Decision | undefined;
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

/** Each entry that is made under it becomes a use in the customer's history (`call.ts`). */
export function grantHeader(server: HttpServer, { store, policies }: Access, accounts: Accounts, clock: Clock): void {
  /** The policies decide here as they do in the console: roles that have run out and the operator's own rules count. */
  async function decided(grant: Grant, covers: boolean): Promise<Decision | undefined> {
    const requester = await accounts.find(grant.requester);
    if (requester === undefined || requester.state !== 'active') return undefined;
    const roles = requester.roles.filter(({ expiresAt }) => expiresAt > clock.now()).map(({ role }) => role);
    const principal = { kind: 'staff', account: requester.id, customer: undefined, roles, method: 'passkey' } as const;
    const viewing = { active: isActive(grant, clock.now()), own: true, covers };
    return policies.decide(principal, 'data.view', grant.customer, { grant: viewing });
  }

  server.decorateRequest('grant', undefined);
  server.decorateRequest('grantDecision', undefined);
  server.addHook('preHandler', async (request) => {
    const id = request.headers['obhut-grant'];
    if (id === undefined || request.routeOptions.config.releases !== true) return;
    const grant = typeof id === 'string' && isUuid(id) ? await store.find(id as GrantId) : undefined;
    const { customer } = request.params as { customer?: string };
    if (grant === undefined || grant.customer !== customer) throw new Problem('grant_required');
    const decision = await decided(
      grant,
      placesOf(request).every((place) => isCovered(grant, place)),
    );
    if (decision?.allowed !== true) throw new Problem('grant_required');
    request.grant = grant;
    request.grantDecision = decision;
  });
}
