/** What custody is compared with: the same listener and token check, one named statement a request, plain rows. */

import { Type } from 'typebox';
import type { Database } from '../../packages/server/src/platform/database/database.ts';
import { customerParams } from '../../packages/server/src/platform/http/schemas.ts';
import type { HttpServer } from '../../packages/server/src/platform/http/server.ts';

export const baselineSchema: readonly string[] = [
  'create schema bench',
  'create table bench.plain (customer_id uuid not null, record_id uuid not null, body bytea not null, primary key (customer_id, record_id))',
  'create table bench.copied (customer_id uuid not null, record_id uuid not null, body bytea not null, primary key (customer_id, record_id))',
  `grant usage on schema bench to obhut_app`,
  `grant select, insert, update, delete on bench.plain, bench.copied to obhut_app`,
];

const params = Type.Object({ customer: customerParams.properties.customer, record: Type.String() });

export function baselineRoutes(server: HttpServer, database: Database): void {
  server.get(
    '/baseline/:customer/:record',
    { config: { guard: 'records:read' }, schema: { params } },
    async (request, reply) => {
      const [row] = await database.query<{ body: Buffer }>(
        'select body from bench.plain where customer_id = $1 and record_id = $2',
        [request.params.customer, request.params.record],
        'baseline-read',
      );
      reply.header('content-type', 'application/json; charset=utf-8');
      return row?.body;
    },
  );

  server.put(
    '/baseline/:customer/:record',
    {
      config: { guard: 'records:write' },
      schema: { params, body: Type.Unsafe<Record<string, unknown>>({ type: 'object' }) },
    },
    async (request, reply) => {
      await database.query(
        'insert into bench.plain (customer_id, record_id, body) values ($1, $2, $3)',
        [request.params.customer, request.params.record, Buffer.from(JSON.stringify(request.body))],
        'baseline-write',
      );
      return reply.code(201).send({ record: request.params.record, version: 1 });
    },
  );
}
