import type { FastifyReply, FastifyRequest } from 'fastify';
import { readCookie, setCookie } from './cookies.ts';

const deviceDays = 400;

/** The token of the session, as the browser brings it. */
export function sessionToken(request: FastifyRequest): string | undefined {
  return readCookie(request, 'obhut');
}

/** Hands the browser its session, and the device its name. */
export function startSession(
  request: FastifyRequest,
  reply: FastifyReply,
  { token, deviceToken }: { readonly token: string; readonly deviceToken?: string },
): void {
  setCookie(request, reply, 'obhut', token);
  if (deviceToken !== undefined) setCookie(request, reply, 'obhut-device', deviceToken, deviceDays * 86_400);
}

export function clearSession(request: FastifyRequest, reply: FastifyReply): void {
  setCookie(request, reply, 'obhut', '', 0);
}
