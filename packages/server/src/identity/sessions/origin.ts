/** Where a browser stands, and whether a request comes from our own pages (against cross-site request forgery). */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../platform/http/problem.ts';
import type { Ground } from '../factors/passkeys.ts';

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Our own origin: as the settings say, else the loopback name that was called. Any other name without a setting is refused:
 * it may be a foreign domain that was pointed at this machine (DNS rebinding).
 */
export function groundOf(request: FastifyRequest, url: string | undefined): Ground {
  if (url !== undefined) {
    const { origin, hostname } = new URL(url);
    return { origin, domain: hostname };
  }
  const own = new URL(`${request.protocol}://${request.host}`);
  if (!loopbackNames.has(own.hostname)) throw new Problem('cross_site', { reason: 'set OBHUT_URL to this address' });
  return { origin: own.origin, domain: own.hostname };
}

const safeMethods = new Set(['GET', 'HEAD']);

/**
 * Lets changes through from our own pages only. `Sec-Fetch-Site` is set by the browser and cannot be set by a page; where
 * it is missing (an old browser), `Origin` must be ours; where both are, somebody hides where they come from.
 */
export function requireSameOrigin(request: FastifyRequest, url: string | undefined): void {
  if (safeMethods.has(request.method)) return;
  const site = request.headers['sec-fetch-site'];
  const { origin } = request.headers;
  const own = groundOf(request, url).origin;
  const sameSite = site === undefined ? origin === own : site === 'same-origin' && (origin ?? own) === own;
  if (!sameSite) throw new Problem('cross_site');
}
