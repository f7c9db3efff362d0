/** The page log is public, bundles and all: anybody may keep it, and so anchor what they cannot see. */
import { Type } from 'typebox';
import type { Journal } from '../../journal/journal.ts';
import { Problem } from '../../platform/http/problem.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import type { CustomerId } from '../../platform/ids/ids.ts';
import { logResource } from './log-resource.ts';

export function pageLogRoutes(server: HttpServer, journal: Journal, operator: () => Promise<CustomerId>): void {
  async function pageLog() {
    const log = await journal.logs.of(await operator(), 'page');
    if (log === undefined) throw new Problem('not_found');
    return log;
  }

  server.get(
    '/log/page/key',
    { config: { guard: 'public' }, schema: { summary: 'What a verifier pins for the page log', tags: ['page log'] } },
    async (_request, reply) => {
      const { origin } = await pageLog();
      return reply.type('text/plain; charset=utf-8').send(`${journal.verifierKey(origin)}\n`);
    },
  );

  server.get(
    '/log/page/clock-key',
    {
      config: { guard: 'public' },
      schema: {
        summary: 'The key of the time cosignature on checkpoints of the page log',
        description: 'Its line says when the head was signed: a quiet log has a fresh one, a dead one has not.',
        tags: ['page log'],
      },
    },
    async (_request, reply) => {
      const { origin } = await pageLog();
      return reply.type('text/plain; charset=utf-8').send(`${journal.clockKey(origin)}\n`);
    },
  );

  server.get(
    '/log/page/checkpoint',
    {
      config: { guard: 'public' },
      schema: { summary: 'The newest signed checkpoint of the page log', tags: ['page log'] },
    },
    async (_request, reply) => {
      const tree = await journal.read.signedTree(await pageLog());
      if (tree === undefined) throw new Problem('not_yet', { retryAfterSeconds: 1 });
      return reply.type('text/plain; charset=utf-8').send(tree.checkpoint);
    },
  );

  server.get(
    '/log/page/*',
    {
      config: { guard: 'public' },
      schema: {
        summary: 'Tiles and entry bundles of the page log (C2SP tlog-tiles)',
        tags: ['page log'],
        params: Type.Object({ '*': Type.String({ maxLength: 200 }) }),
      },
    },
    async (request, reply) => {
      const found = await logResource(journal, await pageLog(), request.params['*']);
      if (found === undefined) throw new Problem('not_found');
      return reply
        .type('application/octet-stream')
        .header('cache-control', 'public, max-age=31536000, immutable')
        .send(found);
    },
  );
}
