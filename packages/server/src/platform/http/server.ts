/** The HTTP server: one schema dialect, one error path, limits in one place. What a route may do is the rooms' business. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureContext, type Server as TlsServer } from 'node:tls';
import fastifySwagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyBaseLogger } from 'fastify';
import fastify, { type FastifyInstance, type FastifyReply, LogController, type RawServerDefault } from 'fastify';
import type { Settings } from '../config/settings.ts';
import { StartError } from '../config/start-error.ts';
import { described } from './described-headers.ts';
import { toProblem } from './errors.ts';
import { languageOf, Problem, problemBody } from './problem.ts';
import { tlsOptions } from './tls.ts';

export type HttpServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  interface FastifyInstance {
    /** Browsers reach this installation over TLS, whatever the way from a proxy to here is. */
    overTls: boolean;
  }
}

export interface HttpOptions {
  readonly settings: Pick<Settings, 'tls' | 'trustedProxies' | 'log' | 'limits' | 'url'>;
  readonly version: string;
}

/** Enough for a list of 1,000 places; larger bodies (records, files, imports) say so at their route. */
const defaultBodyBytes = 262_144;

function strictValidator(coerce: boolean): Ajv {
  // Bodies are taken as they are: a "5" is no 5, and what is not declared is refused, not dropped.
  const ajv = new Ajv({
    coerceTypes: coerce,
    useDefaults: true,
    removeAdditional: false,
    allErrors: false,
    strict: false,
  });
  (addFormats as unknown as (ajv: Ajv) => void)(ajv); // CommonJS default export, typed as a module
  return ajv;
}

export async function createHttpServer({ settings, version }: HttpOptions): Promise<HttpServer> {
  const server = fastify({
    ...(settings.tls && {
      https: { ...readCertificate(settings.tls), ...tlsOptions },
    }),
    // Never the URL's query, a header or a body: a log line holds method, route and status.
    logger: settings.log === 'silent' ? false : { level: settings.log, serializers: { req: () => undefined } },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: defaultBodyBytes,
    trustProxy: settings.trustedProxies.length > 0 ? [...settings.trustedProxies] : false,
    requestTimeout: 0,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 64, caseSensitive: true },
  } as object) as unknown as HttpServer; // one type for http and https
  server.decorate('overTls', settings.tls !== undefined || settings.url?.startsWith('https:') === true);
  const body = strictValidator(false);
  const text = strictValidator(true);
  server.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'body' ? body : text).compile(schema as object));
  server.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error);
    if (problem.status >= 500 && problem.code === 'internal')
      // The class and place of the error, for us; its message may hold data and stays here.
      request.log.error(
        { route: request.routeOptions.url, error: (error as Error).name, at: firstFrame(error) },
        'defect',
      );
    if (problem.code === 'storage_unavailable')
      request.log.error(
        { route: request.routeOptions.url, code: (error as NodeJS.ErrnoException).code },
        'a site failed',
      );
    return sendProblem(reply, problem, request.headers['accept-language']);
  });
  server.setNotFoundHandler((request, reply) =>
    sendProblem(reply, new Problem('not_found'), request.headers['accept-language']),
  );
  server.addHook('onSend', (_request, reply, payload, done) => {
    reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    done(null, payload);
  });
  await server.register(fastifySwagger, {
    transform: ({ schema, url, route }) => ({ schema: described(schema, url, route as object), url }),
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Obhut',
        version,
        description: 'Custody for personal data. Every release has an entry in the journal first.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
  });
  if (settings.tls) reloadCertificate(server, settings.tls);
  return server;
}

/** Function and line of our own code, without the message. */
function firstFrame(error: unknown): string | undefined {
  return (error as Error).stack
    ?.split('\n')
    .find((line) => line.trim().startsWith('at '))
    ?.trim();
}

export function sendProblem(reply: FastifyReply, problem: Problem, acceptLanguage: string | undefined): FastifyReply {
  const { retryAfterSeconds } = problem.detail;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  else if (problem.status === 503) reply.header('retry-after', '1');
  // Whoever sends more than is taken is not listened to any longer.
  if (problem.code === 'too_large') reply.header('connection', 'close');
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(problemBody(problem, languageOf(acceptLanguage)));
}

/** @throws StartError naming the setting whose file cannot be used. */
function readCertificate(tls: NonNullable<Settings['tls']>): { readonly cert: Buffer; readonly key: Buffer } {
  const read = (name: 'cert' | 'key') => {
    try {
      return readFileSync(tls[name]);
    } catch (error) {
      throw new StartError(
        'setting_invalid',
        `tls.${name}: ${tls[name]} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
        'Check the path, and that the user who runs Obhut may read the file.',
      );
    }
  };
  const pair = { cert: read('cert'), key: read('key') };
  try {
    createSecureContext(pair);
  } catch {
    throw new StartError(
      'setting_invalid',
      'tls: certificate and key do not belong together, or are not in PEM form.',
      'Name the PEM files of one certificate (with its chain) and of its private key.',
    );
  }
  return pair;
}

/** A renewed certificate is taken without a restart; a broken one is not. */
function reloadCertificate(server: HttpServer, tls: NonNullable<Settings['tls']>): void {
  const reload = () => {
    try {
      (server.server as unknown as TlsServer).setSecureContext({
        cert: readFileSync(tls.cert),
        key: readFileSync(tls.key),
        ...tlsOptions,
      });
    } catch {
      server.log.error('the new certificate cannot be read; the old one stays');
    }
  };
  // Both: whichever is written last makes the pair.
  for (const file of [tls.cert, tls.key]) watchFile(file, { interval: 5_000, persistent: false }, reload);
  server.addHook('onClose', async () => {
    for (const file of [tls.cert, tls.key]) unwatchFile(file, reload);
  });
}
