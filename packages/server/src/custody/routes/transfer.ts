/** Import and export: lines of JSON in, lines of JSON out, in constant memory. */
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { Problem } from '../../platform/http/problem.ts';
import { customerParams, name, personParams } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, asName } from '../../platform/ids/ids.ts';
import type { Custody } from '../custody.ts';
import type { PersonExport } from '../export.ts';
import type { LineResult } from '../import.ts';
import { callOf, exportedAtOf, idempotencyKeyOf, streamOf } from './call-of.ts';
import { joinJson } from './json.ts';

const ndjson = 'application/x-ndjson; charset=utf-8';

async function* resultLines(batches: AsyncIterable<readonly LineResult[]>): AsyncGenerator<string> {
  const counts = { created: 0, updated: 0, already: 0, error: 0 };
  for await (const batch of batches) {
    for (const { status } of batch) counts[status] += 1;
    yield `${batch.map((result) => JSON.stringify(result)).join('\n')}\n`;
  }
  const { created, updated, already, error: errors } = counts;
  yield `${JSON.stringify({ done: true, lines: created + updated + already + errors, created, updated, already, errors })}\n`;
}

const recordPieces = ({ collection, record, version, data }: PersonExport['records'][number], person?: string) => [
  `{${person === undefined ? '' : `"person":"${person}","collection":"${collection}",`}"record":"${record}","version":${version},"data":`,
  data,
  '}',
];

async function* exportLines(
  head: unknown,
  persons: ReturnType<Custody['exporter']['customer']>,
): AsyncGenerator<string | Buffer> {
  yield `${JSON.stringify({ export: head })}\n`;
  let people = 0;
  let records = 0;
  for await (const one of persons) {
    people += 1;
    records += one.records.length;
    yield `${JSON.stringify({ person: one.person, receipt: one.receipt })}\n`;
    for (const record of one.records) yield joinJson('', [recordPieces(record, one.person)], '\n');
    for (const file of one.files) yield `${JSON.stringify({ person: one.person, ...file })}\n`;
  }
  yield `${JSON.stringify({ done: true, people, records })}\n`;
}

/** Registered in a scope of its own, where every body is a stream. */
export function importRoutes(server: HttpServer, { importer }: Custody): void {
  server.post(
    '/v1/customers/:customer/import',
    {
      config: { guard: 'import' },
      // A stream of lines has no end of its own; each line has a limit.
      bodyLimit: Number.MAX_SAFE_INTEGER,
      schema: {
        summary: 'Import records, one JSON object a line',
        description:
          'Lines: {"person"?, "record"?, "data"}. Answers one result a line, in order. With an Idempotency-Key the same request may be repeated after a broken connection.',
        tags: ['transfer'],
        params: customerParams,
        querystring: Type.Object(
          {
            collection: name('where to'),
            match: Type.Optional(name('a lookup field that says whose record a line is')),
          },
          { additionalProperties: false },
        ),
      },
    },
    async (request, reply) => {
      const { collection, match } = request.query;
      const call = callOf(request);
      // Matching is a search in what is there, and that is a release.
      if (match !== undefined && call.purpose === undefined) throw new Problem('purpose_required');
      const results = await importer.run(
        {
          customer: asId(request.params.customer),
          collection: asName(collection),
          match: match === undefined ? undefined : asName(match),
          idempotencyKey: idempotencyKeyOf(request),
          exportedAt: exportedAtOf(request),
        },
        streamOf(request.body),
        call,
      );
      return reply.type(ndjson).send(Readable.from(resultLines(results)));
    },
  );
}

export function exportRoutes(server: HttpServer, { exporter }: Custody, now: () => Date): void {
  server.get(
    '/v1/customers/:customer/export',
    {
      config: { guard: 'export', releases: true },
      schema: {
        summary: "Export a customer's data, one JSON object a line",
        tags: ['transfer'],
        params: customerParams,
        querystring: Type.Object(
          { collection: Type.Optional(name('only this collection')) },
          { additionalProperties: false },
        ),
      },
    },
    async (request, reply) => {
      const customer = asId(request.params.customer) as never;
      const collection = request.query.collection === undefined ? undefined : asName(request.query.collection);
      const call = callOf(request);
      const collections = await exporter.definitions(customer);
      if (collection !== undefined && collections[collection] === undefined)
        throw new Problem('not_found', { field: 'collection' });
      const head = { customer, at: now().toISOString(), collections };
      const persons = exporter.customer(customer, collection, call);
      return reply.type(ndjson).send(Readable.from(exportLines(head, persons)));
    },
  );

  server.get(
    '/v1/customers/:customer/people/:person/export',
    {
      config: { guard: 'export', releases: true },
      schema: {
        summary: "Export one person's data (Articles 15 and 20 GDPR)",
        tags: ['transfer'],
        params: personParams,
      },
    },
    async (request, reply) => {
      const one = await exporter.person(asId(request.params.customer), asId(request.params.person), callOf(request));
      const byCollection = Map.groupBy(one.records, ({ collection }) => collection);
      const collections = Object.entries(one.definitions)
        .filter(([collection]) => byCollection.has(asName(collection)))
        .map(([collection, definition]) => [
          `${JSON.stringify(collection)}:{"definition":${JSON.stringify(definition)},"records":`,
          joinJson(
            '[',
            (byCollection.get(asName(collection)) ?? []).map((record) => recordPieces(record)),
            ']',
          ),
          '}',
        ]);
      const body = joinJson(
        `{"person":"${one.person}","at":${JSON.stringify(one.at.toISOString())},"collections":{`,
        collections,
        `},"files":${JSON.stringify(one.files)},"receipt":${JSON.stringify(one.receipt)}}`,
      );
      return reply.header('obhut-receipt', one.receipt).type('application/json; charset=utf-8').send(body);
    },
  );
}
