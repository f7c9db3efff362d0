/** What a session needs on each route. The other table, of services and their tokens, stands in `routes.test.ts`. */
import type { Right } from '../identity/authenticate.ts';

/**
 * A right; `self`: whoever signed in; `services`: no session, only tokens; `browser`: nobody need be signed in, but only
 * our own pages may call; `public`: anybody, from anywhere.
 */
export type SessionNeed = Right | 'self' | 'services' | 'browser' | 'public';

export interface SessionRow {
  readonly needs: SessionNeed;
  /** A strong factor of the last minutes. */
  readonly fresh?: true;
  /** Open also while a leaked password waits to be changed. */
  readonly whileLeaked?: true;
  /** Services may call it too, and have a row in the other table. */
  readonly alsoServices?: true;
}

const c = '/v1/customers/:customer';
const grant = '/v1/grants/:grant';
const person = `${c}/people/:person`;

const self: SessionRow = { needs: 'self' };
const selfLeaked: SessionRow = { needs: 'self', whileLeaked: true };
const mending: SessionRow = { needs: 'self', fresh: true, whileLeaked: true };
const selfFresh: SessionRow = { needs: 'self', fresh: true };
const browser: SessionRow = { needs: 'browser' };
const anybody: SessionRow = { needs: 'public', alsoServices: true };
const services: SessionRow = { needs: 'services', alsoServices: true };
const right = (needs: Right): SessionRow => ({ needs });
const fresh = (needs: Right): SessionRow => ({ needs, fresh: true });
const shared = (needs: Right | 'self'): SessionRow => ({ needs, alsoServices: true });

/** The ways to act on an account, of staff or of a customer's admins. */
const office = (base: string, manage: Right, unlock: Right): Record<string, SessionRow> => ({
  [`POST ${base}`]: fresh(manage),
  [`POST ${base}/:account/invitation`]: fresh(manage),
  [`POST ${base}/:account/reset`]: fresh(manage),
  [`POST ${base}/:account/departure`]: fresh(manage),
  [`POST ${base}/:account/unlock`]: right(unlock),
});

/** A route that is not in here fails `session-routes.test.ts`. */
export const sessionRoutes: Readonly<Record<string, SessionRow>> = {
  'GET /healthz': anybody,
  'GET /readyz': anybody,
  'GET /api': anybody,
  'GET /api/openapi.json': anybody,
  'GET /log/page/key': anybody,
  'GET /log/page/checkpoint': anybody,
  'GET /log/page/clock-key': anybody,
  'GET /log/page/*': anybody,
  'GET /log/page/proof/:index': anybody,
  'GET /log/page/consistency': anybody,
  'GET /': anybody,
  'GET /en': anybody,
  'GET /page.json': anybody,
  'GET /page.md': anybody,
  'GET /en/page.md': anybody,
  'GET /.well-known/security.txt': anybody,
  'GET /beleg/:customer/:order/:link': anybody,
  'GET /beleg/:customer/:order/:link/receipt': anybody,
  'GET /v1/claims': right('settings.read'),
  'GET /v1/page/preview': right('settings.read'),
  'POST /v1/claims/:claim/run': right('settings.read'),
  'PUT /v1/claims/:claim/attestation': fresh('claims.attest'),
  'DELETE /v1/claims/:claim/attestation': fresh('claims.attest'),

  'POST /v1/sign-in/password': browser,
  'POST /v1/sign-in/passkey/options': browser,
  'POST /v1/sign-in/passkey': browser,
  'POST /v1/links/check': browser,
  'POST /v1/links/passkey/options': browser,
  'POST /v1/links/passkey': browser,
  'POST /v1/links/totp': browser,
  'POST /v1/links/password': browser,
  'GET /v1/password/rules': browser,
  'POST /v1/password/check': browser,

  'GET /v1/session': selfLeaked,
  'POST /v1/session/confirm/password': selfLeaked,
  'POST /v1/session/confirm/passkey/options': selfLeaked,
  'POST /v1/session/confirm/passkey': selfLeaked,
  'DELETE /v1/session': selfLeaked,
  'DELETE /v1/sessions': selfLeaked,

  'GET /v1/account/factors': self,
  'POST /v1/account/passkeys/options': selfFresh,
  'POST /v1/account/passkeys': selfFresh,
  'DELETE /v1/account/passkeys/:passkey': selfFresh,
  'POST /v1/account/totp': selfFresh,
  'POST /v1/account/password': selfFresh,
  'PUT /v1/account/password': mending,
  'DELETE /v1/account/password': mending,
  'POST /v1/account/recovery-codes': selfFresh,
  'PUT /v1/account/language': self,
  'GET /v1/account/sessions': self,
  'DELETE /v1/account/sessions/:session': self,
  'GET /v1/account/sign-ins': self,

  'GET /v1/staff': right('staff.read'),
  ...office('/v1/staff', 'staff.manage', 'staff.unlock'),
  'PUT /v1/staff/:account/roles': fresh('staff.manage'),
  'POST /v1/staff/:account/renewal': fresh('staff.manage'),
  'GET /v1/sign-ins': right('signins.read'),
  [`GET ${c}/admins`]: right('admins.manage'),
  ...office(`${c}/admins`, 'admins.manage', 'admins.manage'),

  'GET /v1/purposes': shared('self'),
  'POST /v1/customers': shared('customers.create'),
  'GET /v1/customers': shared('customers.read'),
  [`GET ${c}`]: shared('customers.read'),
  [`GET ${c}/collections`]: shared('collections.read'),
  [`PUT ${c}/collections/:collection`]: shared('collections.write'),
  [`GET ${c}/people`]: shared('customers.read'),
  'POST /v1/tokens': { ...shared('tokens.manage'), fresh: true },
  'POST /v1/tokens/:token/confirmation': fresh('tokens.confirm'),
  'GET /v1/tokens': shared('tokens.read'),
  'DELETE /v1/tokens/:token': shared('tokens.manage'),
  [`GET ${c}/journal`]: shared('journal.read'),
  [`GET ${c}/journal/:index/proof`]: shared('journal.read'),
  [`GET ${c}/journal/anchor`]: shared('journal.read'),
  [`GET ${c}/journal/checkpoint`]: shared('journal.read'),
  [`GET ${c}/journal/consistency`]: shared('journal.read'),
  [`GET ${c}/logs/:log/*`]: shared('journal.read'),
  'POST /v1/rollover': { ...shared('staff.manage'), fresh: true },
  [`POST ${c}/erasures/preview`]: shared('erasures.order'),
  [`POST ${c}/erasures`]: { ...shared('erasures.order'), fresh: true },
  [`GET ${c}/erasures`]: shared('erasures.read'),
  [`GET ${c}/erasures/:order`]: shared('erasures.read'),
  [`POST ${c}/erasures/:order/withdrawal`]: { ...shared('erasures.order'), fresh: true },
  [`GET ${c}/erasures/:order/receipt`]: shared('erasures.read'),
  [`GET ${c}/erasures/:order/receipt.html`]: shared('erasures.read'),
  [`POST ${c}/erasures/:order/confirmation`]: services,
  [`GET ${c}/erasure-requests`]: shared('erasures.read'),
  [`POST ${c}/erasure-requests`]: shared('erasures.order'),
  [`POST ${c}/erasure-requests/:request/extension`]: shared('erasures.order'),
  [`POST ${c}/erasure-requests/:request/order`]: { ...shared('erasures.order'), fresh: true },
  [`POST ${c}/erasure-requests/:request/answer`]: shared('erasures.order'),
  [`POST ${c}/export-token`]: fresh('portal.erase'),
  [`GET ${c}/erasure-proposals`]: right('erasures.read'),
  [`POST ${c}/erasure-proposals`]: fresh('portal.erase'),
  [`POST ${c}/erasure-proposals/:proposal/confirmation`]: fresh('portal.erase'),
  [`POST ${c}/erasure-proposals/:proposal/end`]: right('portal.erase'),
  [`GET ${c}/holds`]: shared('erasures.read'),
  [`POST ${c}/holds`]: { ...shared('erasures.order'), fresh: true },
  [`POST ${c}/holds/:hold/end`]: { ...shared('erasures.order'), fresh: true },

  [`POST ${c}/people`]: services,
  [`GET ${person}/records/:collection`]: services,
  [`GET ${person}/records/:collection/:record`]: services,
  [`PUT ${person}/records/:collection/:record`]: services,
  [`DELETE ${person}/records/:collection/:record`]: services,
  [`POST ${c}/records/get`]: services,
  [`POST ${c}/records/find`]: services,
  [`GET ${person}/files`]: services,
  [`GET ${person}/files/:file`]: services,
  [`PUT ${person}/files/:file`]: services,
  [`DELETE ${person}/files/:file`]: services,
  [`GET ${c}/export`]: services,
  [`GET ${person}/export`]: services,
  [`POST ${c}/import`]: services,

  'GET /v1/overview': self,
  'POST /v1/grants': right('grants.request'),
  // Which grants somebody sees, and what they may do with one, is decided for each: `access/abuse.test.ts`.
  'GET /v1/grants': self,
  'GET /v1/grants/events': self,
  [`GET ${grant}`]: self,
  [`POST ${grant}/agreement`]: selfFresh,
  [`POST ${grant}/denial`]: self,
  [`POST ${grant}/end`]: self,
  [`POST ${grant}/review`]: selfFresh,
  [`POST ${grant}/approval/options`]: self,
  [`POST ${grant}/approval`]: self,
  [`GET ${grant}/people`]: self,
  [`POST ${grant}/find`]: self,
  [`GET ${grant}/people/:person/records/:collection`]: self,
  [`POST ${grant}/people/:person/unmask`]: self,
  [`GET ${c}/accesses`]: right('grants.read'),
  [`GET ${c}/accesses.csv`]: right('grants.read'),
  [`GET ${c}/access-policy`]: right('grants.read'),
  [`PUT ${c}/access-policy`]: fresh('portal.policy'),

  'GET /v1/operator': right('operatorlog.read'),
  'GET /v1/policies': right('settings.read'),
  'GET /v1/alarms': right('alarms.read'),
  'GET /v1/recovery': right('alarms.read'),
  'POST /v1/alarms/:alarm/acknowledgement': right('alarms.acknowledge'),
  'GET /v1/notify/status': right('settings.read'),
  'POST /v1/webhooks': fresh('tokens.manage'),
  'DELETE /v1/webhooks/:webhook': right('tokens.manage'),
};
