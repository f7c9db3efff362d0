/** At the door: who calls, may they, and not too often. Every route says what it wants; one that does not is refused at start. */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../platform/http/problem.ts';
import type { HttpServer } from '../platform/http/server.ts';
import type { CustomerId } from '../platform/ids/ids.ts';
import type { SessionCaller } from './caller.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Action, Caller, Tokens } from './tokens.ts';

/** What a route needs of a service: an action of its token, any token; nobody in particular; `none`: no service may. */
export type Guard = Action | 'any' | 'public' | 'none';

declare module 'fastify' {
  interface FastifyContextConfig {
    guard?: Guard;
    /**
     * What a session needs: an action that the policies decide on, or `self` for whoever signed in. Without it the route
     * is not for sessions.
     */
    session?: string;
    /** A strong factor must have been used in the last minutes. */
    fresh?: boolean;
    /** The answer can hold personal data: a purpose is required. */
    releases?: boolean;
  }
  interface FastifyRequest {
    caller: Caller | undefined;
    signedIn: SessionCaller | undefined;
  }
}

const bearer = 'Bearer ';

/** Who signed in, on a route for sessions. */
export function sessionOf(request: FastifyRequest): SessionCaller {
  if (request.signedIn === undefined) throw new Problem('unauthorized');
  return request.signedIn;
}

/** The caller of a guarded route. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw new Problem('unauthorized');
  return request.caller;
}

export interface AuthenticationOptions {
  readonly tokens: Tokens;
  readonly rateLimit: RateLimit;
  /** Told of each caller, for the entry of who came from where. */
  readonly seen: (caller: Caller, customer: CustomerId | undefined, request: FastifyRequest) => void;
}

export function guardRoutes(server: HttpServer, { tokens, rateLimit, seen }: AuthenticationOptions): void {
  server.decorateRequest('caller', undefined);
  server.decorateRequest('signedIn', undefined);
  server.addHook('onRoute', ({ url, method, config }) => {
    if (config?.guard === undefined) throw new Error(`${String(method)} ${url} does not say who may call it`);
  });
  function admit(request: FastifyRequest, guard: Action | 'any' | 'none', caller: Caller | undefined): void {
    if (caller === undefined) throw new Problem('unauthorized');
    const wait = rateLimit.take(caller.token, caller.requestsPerSecond);
    if (wait > 0) throw new Problem('rate_limited', { retryAfterSeconds: wait });
    const customer = (request.params as { customer?: CustomerId }).customer;
    // A foreign customer is answered as an unknown one: whether it exists is nobody else's business.
    if (caller.customer !== undefined && customer !== undefined && caller.customer !== customer)
      throw new Problem('not_found');
    if (guard === 'none' || (guard !== 'any' && !caller.actions.has(guard))) throw new Problem('forbidden');
    request.caller = caller;
    seen(caller, customer, request);
  }

  // In callback form: a token that is known is checked without a turn of the event loop.
  server.addHook('onRequest', (request, _reply, done) => {
    const guard = request.routeOptions.config.guard;
    // An unknown route has no config; it ends in the not-found handler.
    if (guard === 'public' || guard === undefined) return done();
    const header = request.headers.authorization;
    const caller = header?.startsWith(bearer) ? tokens.check(header.slice(bearer.length)) : undefined;
    const finish = (found: Caller | undefined) => {
      try {
        admit(request, guard, found);
      } catch (error) {
        return done(error as Error);
      }
      done();
    };
    if (caller instanceof Promise) caller.then(finish, done);
    else finish(caller);
  });
}
