import { Type } from 'typebox';
import type { HttpServer } from './server.ts';

const answer = Type.Object({ status: Type.String(), reason: Type.Optional(Type.String()) });

/** `/healthz`: the process lives. `/readyz`: it can serve; else why not, without a word about data. */
export function healthRoutes(server: HttpServer, trouble: () => string | undefined): void {
  server.get(
    '/healthz',
    {
      config: { guard: 'public' },
      schema: { summary: 'Is the process alive', tags: ['health'], response: { 200: answer } },
    },
    async () => ({ status: 'alive' }),
  );
  server.get(
    '/readyz',
    {
      config: { guard: 'public' },
      schema: { summary: 'Can it serve', tags: ['health'], response: { 200: answer, 503: answer } },
    },
    async (_request, reply) => {
      const reason = trouble();
      return reason === undefined ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', reason });
    },
  );
}
