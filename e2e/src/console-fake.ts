/** A server of the console's pages with made-up answers, for what the real one seldom says: empty lists, refusals, a lost line. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Session } from '../../packages/console/src/api/types.ts';
import { createHttpServer, type HttpServer } from '../../packages/server/src/platform/http/server.ts';
import { builtConsole } from '../../packages/server/src/start/console-build.ts';
import { consoleRoutes } from '../../packages/server/src/start/console-routes.ts';
import { answers, sessionOf } from './console-answers.ts';

type Answer = unknown | ((request: FastifyRequest) => unknown);

/** A refusal, as the server would say it. */
export class Refusal {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string) {
    this.status = status;
    this.code = code;
  }
}

export interface Fake {
  readonly url: string;
  /** Who is signed in; nobody: 401. */
  session: Session | undefined;
  /** What was asked, in order: method and path. */
  readonly asked: string[];
  /** Answers differently from now on. @param route as `GET /v1/overview`, without a query. */
  say(route: string, answer: Answer): void;
  /** Forgets what was said differently. */
  forget(): void;
  /** Tells the open pages of a grant. */
  tell(grant: { readonly id: string; readonly state: string }): void;
  /** How many pages listen. */
  listening(): number;
  /** Cuts the lines on which pages listen; they may call again. */
  cut(): void;
  stop(): Promise<void>;
}

/** @param cache where the console is built. */
export async function startFake(cache: string): Promise<Fake> {
  const folder = await builtConsole(cache);
  if (folder === undefined) throw new Error('the console has no sources here');
  const server: HttpServer = await createHttpServer({
    settings: { tls: undefined, trustedProxies: [], log: 'silent', limits: {} } as never,
    version: '0',
  });
  await consoleRoutes(server, folder, 'du');
  const said = new Map<string, Answer>();
  const lines = new Set<FastifyReply['raw']>();

  function listen(reply: FastifyReply): void {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    reply.raw.write('retry: 200\n\n');
    lines.add(reply.raw);
    reply.raw.on('close', () => lines.delete(reply.raw));
  }

  function usual(route: string): Answer {
    if (route === 'GET /v1/session') return fake.session ?? new Refusal(401, 'unauthorized');
    return answers(route);
  }

  async function give(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const route = `${request.method} ${request.url.split('?')[0]}`;
    fake.asked.push(route);
    const found = said.has(route) ? said.get(route) : usual(route);
    const answer: unknown = typeof found === 'function' ? await found(request) : found;
    if (answer instanceof Refusal || answer === undefined) {
      const { status, code } = answer ?? new Refusal(404, 'not_found');
      return reply
        .code(status)
        .type('application/problem+json')
        .send({ status, code, title: `Refused: ${code}` });
    }
    if (answer === null) return reply.code(204).send();
    return typeof answer === 'string' ? reply.type('text/plain').send(answer) : answer;
  }

  server.route({
    method: ['GET', 'POST', 'PUT', 'DELETE'],
    url: '/v1/*',
    config: { guard: 'public' },
    handler: async (request, reply) => {
      if (request.url.startsWith('/v1/grants/events') && !said.has('GET /v1/grants/events')) {
        listen(reply);
        return reply;
      }
      return give(request, reply);
    },
  });
  const address = await server.listen({ port: 0, host: '127.0.0.1' });
  const fake: Fake = {
    url: address.replace('127.0.0.1', 'localhost'),
    session: sessionOf('staff', 'en'),
    asked: [],
    say: (route, answer) => void said.set(route, answer),
    forget: () => said.clear(),
    tell: (grant) => {
      for (const line of lines) line.write(`event: grant\ndata: ${JSON.stringify(grant)}\n\n`);
    },
    listening: () => lines.size,
    cut: () => {
      for (const line of lines) line.destroy();
    },
    stop: async () => {
      fake.cut();
      await server.close();
    },
  };
  return fake;
}
