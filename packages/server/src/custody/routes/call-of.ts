import type { FastifyRequest } from 'fastify';
import { purposeOf, purposes } from '../../access/purposes.ts';
import { requesterOf } from '../../identity/authenticate.ts';
import { Problem } from '../../platform/http/problem.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { isUuid } from '../../platform/ids/ids.ts';
import type { Call } from '../call.ts';
import type {} from './grant-header.ts';

const maxTextBytes = 500;

/** A caller's own words, percent-encoded because headers are ASCII. They are sealed, never logged. */
function ownWords(request: FastifyRequest, header: string): string | undefined {
  const raw = request.headers[header];
  if (raw === undefined) return undefined;
  try {
    const text = decodeURIComponent(String(raw));
    if (Buffer.byteLength(text) <= maxTextBytes) return text;
  } catch {
    // falls through to the refusal
  }
  throw new Problem('input_invalid', {
    field: `header ${header}`,
    reason: `percent-encoded, at most ${maxTextBytes} bytes`,
  });
}

/**
 * Who calls and why. On a route that releases personal data a purpose is required: without one 428, with the list.
 */
export function callOf(request: FastifyRequest): Call {
  const { actor } = requesterOf(request);
  const code = request.headers['obhut-purpose'];
  const named = typeof code === 'string' ? purposeOf(code) : undefined;
  if (request.routeOptions.config.releases === true && named === undefined)
    throw new Problem(code === undefined ? 'purpose_required' : 'purpose_unknown', { members: { purposes } });
  return {
    actor,
    // Under a grant it is the grant's purpose that counts, whatever the caller says.
    purpose: request.grant === undefined ? named : purposeOf(request.grant.purpose),
    reference: ownWords(request, 'obhut-reference'),
    onBehalfOf: ownWords(request, 'obhut-on-behalf-of'),
    ...(request.grant && { grant: request.grant.id, apiGrant: request.grant }),
    ...(request.grantDecision && { decision: request.grantDecision }),
  };
}

/** The purpose is asked for before the body is read: whoever sends none need not send the rest. */
export function requirePurposes(server: HttpServer): void {
  server.addHook('preParsing', (request, _reply, payload, done) => {
    if (request.method === 'GET' || request.routeOptions.config.releases !== true) return done(null, payload);
    try {
      callOf(request);
    } catch (error) {
      return done(error as Error);
    }
    done(null, payload);
  });
}

/** `If-Match: "3"` and `If-None-Match: *` as the version that the object must have (0: none). */
export function versionWanted(request: FastifyRequest): number | undefined {
  if (request.headers['if-none-match'] === '*') return 0;
  const match = request.headers['if-match'];
  if (match === undefined) return undefined;
  const [, digits] = /^"([1-9][0-9]{0,15})"$/.exec(match) ?? [];
  if (digits === undefined)
    throw new Problem('input_invalid', { field: 'header if-match', reason: 'is a version in quotes, such as "3"' });
  return Number(digits);
}

/** `Idempotency-Key`: a UUID. It is never stored as it is. */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !isUuid(key.toLowerCase()))
    throw new Problem('input_invalid', { field: 'header idempotency-key', reason: 'is a UUID' });
  return key.toLowerCase();
}

/** `Obhut-Exported-At`: what is sent comes from an export that began then (its first line says when). */
export function exportedAtOf(request: FastifyRequest): Date | undefined {
  const text = request.headers['obhut-exported-at'];
  if (text === undefined) return undefined;
  const at = new Date(String(text));
  if (Number.isNaN(at.getTime()) || at.toISOString() !== text)
    throw new Problem('input_invalid', {
      field: 'header obhut-exported-at',
      reason: 'is a time as the export says it, such as 2026-11-25T03:00:00.000Z',
    });
  return at;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** The body where the scope's parser hands on the stream. A request without a body never comes to the parser: it has none. */
export function streamOf(body: unknown): AsyncIterable<Uint8Array> {
  return (body as AsyncIterable<Uint8Array> | null | undefined) ?? nothing();
}
