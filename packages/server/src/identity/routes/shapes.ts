/** The wire forms that several routes of this room share. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { time, uuid } from '../../platform/http/schemas.ts';
import { type Role, signInMethods, staffRoles } from '../caller.ts';
import { clientAddress } from '../sessions/client-address.ts';
import { readCookie } from '../sessions/cookies.ts';
import { groundOf } from '../sessions/origin.ts';
import { rawDevice, reportedDevice } from '../sign-in/device.ts';
import type { Visitor } from '../sign-in/sign-in.ts';
import type { Origin } from '../sign-in/sign-in-log.ts';

export const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

export const roleName = Type.Enum([...staffRoles, 'admin'] satisfies Role[]);
export const staffRole = Type.Enum([...staffRoles]);
export const language = Type.Enum(['de', 'en']);
export const country = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' });
export const personName = Type.String({ minLength: 1, maxLength: 120, pattern: '^[^\\u0000-\\u001f\\u007f]+$' });
export const email = Type.String({ maxLength: 254, pattern: '^[^@\\s<>"]+@[^@\\s<>"]+$' });
export const label = Type.String({ maxLength: 60, pattern: '^[^\\u0000-\\u001f\\u007f]*$', default: '' });

/** Bounded before anything looks at it; what is in it, WebAuthn says. */
export const webAuthnAnswer = Type.Unsafe<never>({
  type: 'object',
  required: ['id', 'rawId', 'response', 'type'],
  description: 'as the browser gives it (RegistrationResponseJSON or AuthenticationResponseJSON)',
});
export const webAuthnOptions = Type.Unsafe<unknown>({
  type: 'object',
  additionalProperties: true,
  description: 'to hand to the browser as it is',
});
export const flow = uuid('the challenge that is answered');
export const linkSecret = Type.String({
  minLength: 43,
  maxLength: 43,
  description: 'what stands behind the # of a link',
});
export const password = Type.String({ minLength: 1, maxLength: 256 });
/** Six digits, or a recovery code. Nothing else is looked at. */
export const code = Type.String({ pattern: '^([0-9]{6}|[0-9A-Za-z]{4}(-?[0-9A-Za-z]{4}){3})$' });

export const roleGrant = Type.Object({ role: roleName, expiresAt: time('when it ends by itself') });

export const factorsSummary = Type.Object({
  passkeys: Type.Integer(),
  password: Type.Boolean(),
  totp: Type.Boolean(),
  recoveryCodes: Type.Integer(),
});

export const device = Type.Object({
  type: Type.Enum(['desktop', 'mobile', 'tablet', 'unknown']),
  browser: nullable(Type.String()),
  system: nullable(Type.String()),
});

export const method = Type.Enum([...signInMethods]);

export function originOf(request: FastifyRequest): Origin {
  const raw = rawDevice(request);
  return { address: clientAddress(request), raw, device: reportedDevice(raw.userAgent) };
}

/** Who is at the door, as far as that can be known. */
export function visitorOf(request: FastifyRequest, url: string | undefined): Visitor {
  return {
    ground: groundOf(request, url),
    origin: originOf(request),
    deviceToken: readCookie(request, 'obhut-device'),
  };
}

/** Who is signed in, and what they may. */
export const sessionShape = Type.Object({
  account: uuid('the account'),
  kind: Type.Enum(['staff', 'admin']),
  name: Type.String(),
  email: Type.String(),
  language,
  country,
  roles: Type.Array(roleGrant),
  customer: nullable(Type.Object({ id: uuid('the customer'), label: Type.String() })),
  method,
  passwordLeaked: Type.Boolean({ description: 'it must be changed before anything else' }),
  freshUntil: time('until when no further factor is asked for'),
  idleUntil: time('when it ends without a request'),
  expiresAt: time('when it ends at the latest'),
  rights: Type.Array(Type.String(), { description: 'what this session may do' }),
  operator: nullable(Type.String()),
  form: Type.Enum(['du', 'sie']),
  factors: factorsSummary,
});
