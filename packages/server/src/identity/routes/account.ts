/** One's own account. */
import { Type } from 'typebox';
import { Problem } from '../../platform/http/problem.ts';
import { time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, type FactorId, type SessionId } from '../../platform/ids/ids.ts';
import { sessionOf } from '../authenticate.ts';
import type { Passkey } from '../factors/passkeys.ts';
import { providerOf } from '../factors/providers.ts';
import { groundOf } from '../sessions/origin.ts';
import type { RoutesContext } from './context.ts';
import {
  code,
  device,
  flow,
  label,
  language,
  method,
  nullable,
  password,
  webAuthnAnswer,
  webAuthnOptions,
} from './shapes.ts';

const passkeyShape = Type.Object({
  id: uuid('the passkey'),
  label: Type.String(),
  provider: nullable(Type.String({ description: 'who made it, as it reports' })),
  backedUp: Type.Boolean({ description: 'kept by its provider on several devices' }),
  createdAt: time('when it was set up'),
  lastUsedAt: nullable(Type.String()),
});

const passkeyAnswer = (passkey: Passkey, labels: Readonly<Record<string, string>>) => ({
  id: passkey.id,
  label: labels[passkey.id] ?? '',
  provider: providerOf(passkey.aaguid) ?? null,
  backedUp: passkey.backedUp,
  createdAt: passkey.createdAt.toISOString(),
  lastUsedAt: passkey.lastUsedAt?.toISOString() ?? null,
});

const setAt = Type.Object({ setAt: time('when it was set') });
const codes = Type.Object({ recoveryCodes: Type.Array(Type.String(), { description: 'shown once' }) });
const nothing = Type.Null();
const own = { guard: 'none', session: 'self' } as const;
const ownFresh = { ...own, fresh: true } as const;
const mending = { ...ownFresh, whileLeaked: true } as const;

export function accountRoutes(server: HttpServer, { identity, url }: RoutesContext): void {
  const { own: account, sessions } = identity;

  server.get(
    '/v1/account/factors',
    {
      config: own,
      schema: {
        summary: 'With what one signs in',
        tags: ['account'],
        response: {
          200: Type.Object({
            passkeys: Type.Array(passkeyShape),
            password: nullable(setAt),
            totp: nullable(setAt),
            recoveryCodes: Type.Integer({ description: 'how many are left' }),
          }),
        },
      },
    },
    async (request) => {
      const caller = sessionOf(request);
      const [{ profile }, { passkeys, password: set }] = await Promise.all([
        account.profile(caller),
        account.factors({ id: caller.account }),
      ]);
      const at = set === undefined ? null : { setAt: set.setAt.toISOString() };
      return {
        passkeys: passkeys.map((passkey) => passkeyAnswer(passkey, profile.labels)),
        password: at,
        totp: at,
        recoveryCodes: set?.recoveryCodes ?? 0,
      };
    },
  );

  server.post(
    '/v1/account/passkeys/options',
    {
      config: ownFresh,
      schema: {
        summary: 'Begin to add a passkey',
        tags: ['account'],
        response: { 200: Type.Object({ flow, options: webAuthnOptions }) },
      },
    },
    async (request) => account.passkeyOptions(sessionOf(request), groundOf(request, url)),
  );

  server.post(
    '/v1/account/passkeys',
    {
      config: ownFresh,
      schema: {
        summary: 'Add a passkey',
        tags: ['account'],
        body: Type.Object({ flow, response: webAuthnAnswer, label }, { additionalProperties: false }),
        response: { 201: passkeyShape },
      },
    },
    async (request, reply) => {
      const caller = sessionOf(request);
      const { flow: answered, response, label: name } = request.body;
      const id = await account.addPasskey(caller, answered, response, name, groundOf(request, url));
      const { passkeys } = await account.factors({ id: caller.account });
      const added = passkeys.find((passkey) => passkey.id === id);
      if (added === undefined) throw new Problem('not_found');
      return reply.code(201).send(passkeyAnswer(added, { [id]: name }));
    },
  );

  server.delete(
    '/v1/account/passkeys/:passkey',
    {
      config: ownFresh,
      schema: {
        summary: 'Remove a passkey',
        tags: ['account'],
        params: Type.Object({ passkey: uuid('the passkey') }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await account.removePasskey(sessionOf(request), asId<FactorId>(request.params.passkey));
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/v1/account/totp',
    {
      config: ownFresh,
      schema: {
        summary: 'A new secret for an authenticator app, kept until its first code comes',
        tags: ['account'],
        response: { 200: Type.Object({ secret: Type.String(), uri: Type.String() }) },
      },
    },
    async (request) => account.newTotp(sessionOf(request)),
  );

  server.post(
    '/v1/account/password',
    {
      config: ownFresh,
      schema: {
        summary: 'Set password and authenticator app together',
        tags: ['account'],
        body: Type.Object({ password, code }, { additionalProperties: false }),
        response: { 200: codes },
      },
    },
    async (request) => ({
      recoveryCodes: [...(await account.setPassword(sessionOf(request), request.body.password, request.body.code))],
    }),
  );

  server.put(
    '/v1/account/password',
    {
      config: mending,
      schema: {
        summary: 'Another password beside the same authenticator app',
        tags: ['account'],
        body: Type.Object({ password }, { additionalProperties: false }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await account.changePassword(sessionOf(request), request.body.password);
      return reply.code(204).send(null);
    },
  );

  server.delete(
    '/v1/account/password',
    {
      config: mending,
      schema: {
        summary: 'Remove password, authenticator app and recovery codes',
        tags: ['account'],
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await account.removePassword(sessionOf(request));
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/v1/account/recovery-codes',
    {
      config: ownFresh,
      schema: { summary: 'Ten new recovery codes in place of the old', tags: ['account'], response: { 200: codes } },
    },
    async (request) => ({ recoveryCodes: [...(await account.renewCodes(sessionOf(request)))] }),
  );

  server.put(
    '/v1/account/language',
    {
      config: own,
      schema: {
        summary: 'The language of pages and mails',
        tags: ['account'],
        body: Type.Object({ language }, { additionalProperties: false }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await identity.accounts.setLanguage(sessionOf(request).account, request.body.language as 'de' | 'en');
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/v1/account/sessions',
    {
      config: own,
      schema: {
        summary: 'Where one is signed in',
        tags: ['account'],
        response: {
          200: Type.Object({
            sessions: Type.Array(
              Type.Object({
                id: uuid('the session'),
                current: Type.Boolean(),
                method,
                device,
                createdAt: time('when it began'),
                lastSeenAt: time('its last request, to the minute'),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const caller = sessionOf(request);
      const all = await sessions.list(caller.account);
      return {
        sessions: all.map((session) => ({
          id: session.id,
          current: session.id === caller.session,
          method: session.method,
          device: {
            type: session.device.type,
            browser: session.device.browser ?? null,
            system: session.device.system ?? null,
          },
          createdAt: session.createdAt.toISOString(),
          lastSeenAt: session.seenAt.toISOString(),
        })),
      };
    },
  );

  server.delete(
    '/v1/account/sessions/:session',
    {
      config: own,
      schema: {
        summary: 'End a session',
        tags: ['account'],
        params: Type.Object({ session: uuid('the session') }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await account.endSession(sessionOf(request), asId<SessionId>(request.params.session));
      return reply.code(204).send(null);
    },
  );
}
