import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Which browser this is (for "new device"), and who is signed in. */
export type CookieName = 'obhut' | 'obhut-device';

/**
 * Over TLS with the prefix `__Host-`, so that no sibling domain and no plain-text answer can plant one (RFC 6265bis, 4.1.3.2).
 * Without it only over plain HTTP on loopback, where Obhut listens at all without TLS. A proxy that ends TLS need not say
 * so in a header: the address in the settings does.
 */
const isSecure = (request: FastifyRequest) => request.server.overTls || request.protocol === 'https';

const fullName = (request: FastifyRequest, name: CookieName) => (isSecure(request) ? `__Host-${name}` : name);

export function readCookie(request: FastifyRequest, name: CookieName): string | undefined {
  const header = request.headers.cookie;
  return header === undefined ? undefined : parseCookie(header)[fullName(request, name)];
}

/** @param maxAgeSeconds absent: until the browser closes; 0: remove it. */
export function setCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  name: CookieName,
  value: string,
  maxAgeSeconds?: number,
): void {
  reply.header(
    'set-cookie',
    stringifySetCookie({
      name: fullName(request, name),
      value,
      path: '/',
      httpOnly: true,
      secure: isSecure(request),
      sameSite: 'strict',
      ...(maxAgeSeconds !== undefined && { maxAge: maxAgeSeconds }),
    }),
  );
}
