/** Signing in and out, confirming, one's own session. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Problem } from '../../platform/http/problem.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { sessionOf } from '../authenticate.ts';
import { clearSession, startSession } from '../sessions/browser-session.ts';
import { clientAddress, clientNetwork } from '../sessions/client-address.ts';
import { groundOf } from '../sessions/origin.ts';
import { entrantOf } from '../sign-in/entrant.ts';
import type { RoutesContext } from './context.ts';
import {
  code,
  email,
  flow,
  originOf,
  password,
  sessionShape,
  visitorOf,
  webAuthnAnswer,
  webAuthnOptions,
} from './shapes.ts';

const challenge = Type.Object({ flow, options: webAuthnOptions });
const assertion = Type.Object({ flow, response: webAuthnAnswer }, { additionalProperties: false });
const credentials = { password, code };

export function sessionRoutes(server: HttpServer, context: RoutesContext): void {
  const { identity, url, sessionAnswer } = context;
  const { desk, stepUp, limited: turnedAway, own } = identity;
  const publicRoute = { guard: 'public', browser: true } as const;
  const ownRoute = { guard: 'none', session: 'self', whileLeaked: true } as const;

  /** Before anything is looked up: so many attempts per network. */
  const limited = async (request: FastifyRequest) => {
    const wait = context.networkLimit.take(clientNetwork(clientAddress(request)));
    if (wait === 0) return;
    const { signedIn } = request;
    turnedAway.note({
      act: signedIn === undefined ? 'sign-in' : 'confirm',
      method: request.url.includes('/passkey') ? 'passkey' : 'password',
      account: signedIn && entrantOf(signedIn),
      origin: originOf(request),
    });
    throw new Problem('rate_limited', { retryAfterSeconds: wait });
  };

  server.post(
    '/v1/sign-in/password',
    {
      config: publicRoute,
      onRequest: limited,
      schema: {
        summary: 'Sign in with password and code',
        tags: ['session'],
        body: Type.Object({ email, ...credentials }, { additionalProperties: false }),
        response: { 200: sessionShape },
      },
    },
    async (request, reply) => {
      const { email: address, password: secret, code: second } = request.body;
      const signedIn = await desk.withPassword(address, secret, second, visitorOf(request, url));
      startSession(request, reply, signedIn);
      return sessionAnswer(signedIn.token);
    },
  );

  server.post(
    '/v1/sign-in/passkey/options',
    {
      config: publicRoute,
      onRequest: limited,
      schema: { summary: 'Begin to sign in with a passkey', tags: ['session'], response: { 200: challenge } },
    },
    async (request) => desk.passkeyOptions(groundOf(request, url)),
  );

  server.post(
    '/v1/sign-in/passkey',
    {
      config: publicRoute,
      onRequest: limited,
      schema: {
        summary: 'Sign in with a passkey',
        tags: ['session'],
        body: assertion,
        response: { 200: sessionShape },
      },
    },
    async (request, reply) => {
      const signedIn = await desk.withPasskey(request.body.flow, request.body.response, visitorOf(request, url));
      startSession(request, reply, signedIn);
      return sessionAnswer(signedIn.token);
    },
  );

  server.get(
    '/v1/session',
    { config: ownRoute, schema: { summary: 'Who is signed in', tags: ['session'], response: { 200: sessionShape } } },
    async (request) => sessionAnswer(context.tokenOf(request)),
  );

  for (const [path, everywhere] of [
    ['/v1/session', false],
    ['/v1/sessions', true],
  ] as const)
    server.delete(
      path,
      {
        config: ownRoute,
        schema: {
          summary: everywhere ? 'Sign out everywhere' : 'Sign out',
          tags: ['session'],
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        await own.signOut(sessionOf(request), everywhere);
        clearSession(request, reply);
        return reply.code(204).send(null);
      },
    );

  server.post(
    '/v1/session/confirm/password',
    {
      config: ownRoute,
      onRequest: limited,
      schema: {
        summary: 'Confirm with password and code',
        tags: ['session'],
        body: Type.Object(credentials, { additionalProperties: false }),
        response: { 200: sessionShape },
      },
    },
    async (request, reply) => {
      const token = await stepUp.withPassword(
        sessionOf(request),
        request.body.password,
        request.body.code,
        visitorOf(request, url),
      );
      startSession(request, reply, { token });
      return sessionAnswer(token);
    },
  );

  server.post(
    '/v1/session/confirm/passkey/options',
    {
      config: ownRoute,
      schema: { summary: 'Begin to confirm with a passkey', tags: ['session'], response: { 200: challenge } },
    },
    async (request) => stepUp.passkeyOptions(sessionOf(request), groundOf(request, url)),
  );

  server.post(
    '/v1/session/confirm/passkey',
    {
      config: ownRoute,
      onRequest: limited,
      schema: {
        summary: 'Confirm with a passkey',
        tags: ['session'],
        body: assertion,
        response: { 200: sessionShape },
      },
    },
    async (request, reply) => {
      const token = await stepUp.withPasskey(
        sessionOf(request),
        request.body.flow,
        request.body.response,
        visitorOf(request, url),
      );
      startSession(request, reply, { token });
      return sessionAnswer(token);
    },
  );
}
