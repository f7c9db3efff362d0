/** At the door: who calls, may they, and not too often. Every route says what it wants; one that does not is refused at start. */
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../journal/entry.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { Problem } from '../platform/http/problem.ts';
import type { HttpServer } from '../platform/http/server.ts';
import type { CustomerId } from '../platform/ids/ids.ts';
import { actorOfSession, type SessionCaller } from './caller.ts';
import type { RateLimit } from './rate-limit.ts';
import { sessionToken } from './sessions/browser-session.ts';
import { requireSameOrigin } from './sessions/origin.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { Action, Caller, Tokens } from './tokens.ts';

/** What a route needs of a service: an action of its token, any token; nobody in particular; `none`: no service may. */
export type Guard = Action | 'any' | 'public' | 'none';

/** What a session may do: an action that the policies decide on. */
export type Right = (typeof rights)[number];

export const rights = [
  'staff.read',
  'staff.manage',
  'staff.unlock',
  'signins.read',
  'customers.read',
  'customers.create',
  'admins.manage',
  'collections.read',
  'collections.write',
  'tokens.read',
  'tokens.manage',
  'tokens.confirm',
  'grants.request',
  'grants.agree',
  'grants.read',
  'grants.end',
  'grants.review',
  'data.view',
  'journal.read',
  'erasures.read',
  'erasures.order',
  'operatorlog.read',
  'settings.read',
  'alarms.read',
  'alarms.acknowledge',
  'claims.attest',
  'portal.read',
  'portal.approve',
  'portal.end',
  'portal.admins',
  'portal.policy',
  'portal.erase',
] as const;

declare module 'fastify' {
  interface FastifyContextConfig {
    guard?: Guard;
    /**
     * What a session needs: an action that the policies decide on, or `self` for whoever signed in. Without it the route
     * is not for sessions.
     */
    session?: Right | 'self';
    /** Public, but only for our own pages (signing in). */
    browser?: true;
    /** A strong factor must have been used in the last minutes. */
    fresh?: true;
    /** Open also while a leaked password waits to be changed: what one needs to change it, or to leave. */
    whileLeaked?: true;
    /** The answer can hold personal data: a purpose is required. */
    releases?: boolean;
    /** The answer can hold personal data that somebody who signed in sees under a grant, whose purpose it has. */
    shows?: true;
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

/** Whoever calls, a service or somebody who signed in, where a route is for both. */
export interface Requester {
  readonly actor: Actor;
  /** Names them in counters and derived ids: the token's id, or the account's. */
  readonly id: string;
  /** The only customer that they may see; `undefined`: every one. */
  readonly customer: CustomerId | undefined;
}

export function requesterOf(request: FastifyRequest): Requester {
  const { caller, signedIn } = request;
  if (signedIn !== undefined)
    return { actor: actorOfSession(signedIn), id: signedIn.account, customer: signedIn.customer };
  if (caller === undefined) throw new Problem('unauthorized');
  return { actor: caller.actor, id: caller.token, customer: caller.customer };
}

export interface AuthenticationOptions {
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly rateLimit: RateLimit;
  /** How others reach this installation. */
  readonly url: string | undefined;
  /** Told of each caller, for the entry of who came from where. */
  readonly seen: (caller: Caller, customer: CustomerId | undefined, request: FastifyRequest) => void;
  /** Whether the policies let somebody do this (to this customer). */
  readonly authorise: (caller: SessionCaller, right: Right, customer: CustomerId | undefined) => boolean;
  readonly clock: Clock;
}

/** The customer that a route is about. A foreign one is answered as an unknown one: whether it exists is nobody's business. */
function customerOf(request: FastifyRequest, own: CustomerId | undefined): CustomerId | undefined {
  const { customer } = request.params as { customer?: CustomerId };
  if (own !== undefined && customer !== undefined && own !== customer) throw new Problem('not_found');
  return customer;
}

/** A way on which personal data can leave. */
export interface ReleasingRoute {
  readonly method: string;
  readonly url: string;
}

/** @returns the ways on which personal data can leave; it grows while routes are added. */
export function guardRoutes(server: HttpServer, options: AuthenticationOptions): readonly ReleasingRoute[] {
  const { tokens, sessions, rateLimit, url, seen, authorise, clock } = options;
  const releasing: ReleasingRoute[] = [];
  server.decorateRequest('caller', undefined);
  server.decorateRequest('signedIn', undefined);
  server.addHook('onRoute', ({ url: path, method, config }) => {
    if (config?.guard === undefined) throw new Error(`${String(method)} ${path} does not say who may call it`);
    if (config.guard === 'none' && config.session === undefined)
      throw new Error(`${String(method)} ${path} may be called by nobody`);
    if (config.releases === true || config.shows === true)
      for (const one of [method].flat()) if (one !== 'HEAD') releasing.push({ method: one, url: path });
  });

  function admitService(request: FastifyRequest, guard: Exclude<Guard, 'public'>, caller: Caller | undefined): void {
    if (caller === undefined) throw new Problem('unauthorized');
    const wait = rateLimit.take(caller.token, caller.requestsPerSecond);
    if (wait > 0) throw new Problem('rate_limited', { retryAfterSeconds: wait });
    const customer = customerOf(request, caller.customer);
    if (guard === 'none' || (guard !== 'any' && !caller.actions.has(guard))) throw new Problem('forbidden');
    request.caller = caller;
    seen(caller, customer, request);
  }

  async function admitSession(request: FastifyRequest): Promise<void> {
    const { session: right, fresh, whileLeaked } = request.routeOptions.config;
    const token = sessionToken(request);
    const live = token === undefined ? undefined : await sessions.check(token);
    if (live === undefined) throw new Problem('unauthorized');
    requireSameOrigin(request, url);
    const { caller } = live;
    if (caller.passwordLeaked && whileLeaked !== true) throw new Problem('password_leaked');
    const customer = customerOf(request, caller.customer);
    if (right === undefined || (right !== 'self' && !authorise(caller, right, customer)))
      throw new Problem('forbidden');
    if (fresh === true && caller.freshUntil <= clock.now()) throw new Problem('fresh_factor_required');
    request.signedIn = caller;
  }

  // In callback form: a token that is known is checked without a turn of the event loop.
  server.addHook('onRequest', (request, _reply, done) => {
    const { guard, browser } = request.routeOptions.config;
    // An unknown route has no config; it ends in the not-found handler.
    if (guard === undefined) return done();
    const header = request.headers.authorization;
    try {
      if (guard === 'public') {
        if (browser === true) requireSameOrigin(request, url);
        return done();
      }
      if (header === undefined && sessionToken(request) !== undefined) {
        admitSession(request).then(() => done(), done);
        return;
      }
    } catch (error) {
      return done(error as Error);
    }
    const caller = header?.startsWith(bearer) ? tokens.check(header.slice(bearer.length)) : undefined;
    const finish = (found: Caller | undefined) => {
      try {
        admitService(request, guard, found);
      } catch (error) {
        return done(error as Error);
      }
      done();
    };
    if (caller instanceof Promise) caller.then(finish, done);
    else finish(caller);
  });
  return releasing;
}
