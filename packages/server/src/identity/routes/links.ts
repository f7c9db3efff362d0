/** What a one-time link opens: the pages where somebody sets up two factors for the first time. */
import { Type } from 'typebox';
import { Problem } from '../../platform/http/problem.ts';
import { time } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { brokenRule, passwordRules, passwordSource } from '../factors/password-rules.ts';
import { startSession } from '../sessions/browser-session.ts';
import { clientAddress, clientNetwork } from '../sessions/client-address.ts';
import { groundOf } from '../sessions/origin.ts';
import type { RoutesContext } from './context.ts';
import {
  code,
  country,
  email,
  flow,
  label,
  language,
  linkSecret,
  nullable,
  password,
  personName,
  roleName,
  sessionShape,
  visitorOf,
  webAuthnAnswer,
  webAuthnOptions,
} from './shapes.ts';

const profile = Type.Object(
  { name: personName, email, country, language },
  { additionalProperties: false, description: 'of the first owner alone: who they are' },
);
const own = { secret: linkSecret, profile: Type.Optional(profile) };

export function linkRoutes(server: HttpServer, context: RoutesContext): void {
  const { identity, url, networkLimit, customers, operatorName } = context;
  const { joining } = identity;
  const config = { guard: 'public', browser: true } as const;
  const onRequest = async (request: Parameters<typeof groundOf>[0]) => {
    const wait = networkLimit.take(clientNetwork(clientAddress(request)));
    if (wait > 0) throw new Problem('rate_limited', { retryAfterSeconds: wait });
  };

  server.post(
    '/v1/links/check',
    {
      config,
      onRequest,
      schema: {
        summary: 'What a one-time link is for',
        tags: ['session'],
        body: Type.Object({ secret: linkSecret }, { additionalProperties: false }),
        response: {
          200: Type.Object({
            kind: Type.Enum(['first-owner', 'invitation', 'reset']),
            name: nullable(Type.String()),
            email: nullable(Type.String()),
            roles: Type.Array(roleName),
            customer: nullable(Type.String({ description: 'label of the customer, for an admin' })),
            operator: nullable(Type.String()),
            expiresAt: time('until when it can be used'),
          }),
        },
      },
    },
    async (request) => {
      const { link, account, profile: known } = await joining.look(request.body.secret);
      const customer = account?.customer && (await customers.find(account.customer));
      return {
        kind: link.kind,
        name: known?.name ?? null,
        email: known?.email ?? null,
        roles: account === undefined ? (['owner'] as const).slice() : account.roles.map(({ role }) => role),
        customer: customer?.label ?? null,
        operator: operatorName ?? null,
        expiresAt: link.expiresAt.toISOString(),
      };
    },
  );

  server.post(
    '/v1/links/passkey/options',
    {
      config,
      onRequest,
      schema: {
        summary: 'Begin to set up a passkey with a one-time link',
        tags: ['session'],
        body: Type.Object(
          { secret: linkSecret, name: Type.Optional(personName), email: Type.Optional(email) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ flow, options: webAuthnOptions }) },
      },
    },
    async (request) => {
      const { secret, name, email: address } = request.body;
      const shown =
        name === undefined || address === undefined
          ? undefined
          : { name, email: address, language: 'de' as const, country: 'DE' };
      return joining.passkeyOptions(secret, groundOf(request, url), shown);
    },
  );

  server.post(
    '/v1/links/passkey',
    {
      config,
      onRequest,
      schema: {
        summary: 'Set up a passkey with a one-time link, and come in',
        tags: ['session'],
        body: Type.Object({ ...own, flow, response: webAuthnAnswer, label }, { additionalProperties: false }),
        response: { 200: sessionShape },
      },
    },
    async (request, reply) => {
      const { secret, flow: answered, response, label: name, profile: first } = request.body;
      const signedIn = await joining.withPasskey(secret, answered, response, first, name, visitorOf(request, url));
      startSession(request, reply, signedIn);
      return context.sessionAnswer(signedIn.token);
    },
  );

  server.post(
    '/v1/links/totp',
    {
      config,
      onRequest,
      schema: {
        summary: 'A secret for an authenticator app, kept with the link',
        tags: ['session'],
        body: Type.Object({ secret: linkSecret, email: Type.Optional(email) }, { additionalProperties: false }),
        response: { 200: Type.Object({ secret: Type.String(), uri: Type.String() }) },
      },
    },
    async (request) => joining.totp(request.body.secret, request.body.email),
  );

  server.post(
    '/v1/links/password',
    {
      config,
      onRequest,
      schema: {
        summary: 'Set up password and authenticator app with a one-time link, and come in',
        tags: ['session'],
        body: Type.Object({ ...own, password, code }, { additionalProperties: false }),
        response: {
          200: Type.Object({ session: sessionShape, recoveryCodes: Type.Array(Type.String()) }),
        },
      },
    },
    async (request, reply) => {
      const { secret, password: chosen, code: first, profile: who } = request.body;
      const signedIn = await joining.withPassword(secret, chosen, first, who, visitorOf(request, url));
      startSession(request, reply, signedIn);
      return { session: await context.sessionAnswer(signedIn.token), recoveryCodes: [...signedIn.recoveryCodes] };
    },
  );

  server.get(
    '/v1/password/rules',
    {
      config,
      schema: {
        summary: 'What a password must be, and where that is from',
        tags: ['session'],
        response: {
          200: Type.Object({
            source: Type.String(),
            date: Type.String(),
            rules: Type.Array(Type.Object({ code: Type.String(), de: Type.String(), en: Type.String() })),
          }),
        },
      },
    },
    async () => ({ source: passwordSource.name, date: passwordSource.date, rules: [...passwordRules] }),
  );

  server.post(
    '/v1/password/check',
    {
      config,
      onRequest,
      schema: {
        summary: 'Whether a password meets the rules',
        tags: ['session'],
        body: Type.Object(
          { password, words: Type.Array(Type.String({ maxLength: 120 }), { maxItems: 10, default: [] }) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ ok: Type.Boolean(), rule: nullable(Type.String()) }) },
      },
    },
    async (request) => {
      const rule = await brokenRule(request.body.password, { words: request.body.words });
      return { ok: rule === undefined, rule: rule ?? null };
    },
  );
}
