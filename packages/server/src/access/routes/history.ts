/** What a customer may know of who saw its data, and how it wants to be asked. */
import { Readable } from 'node:stream';
import { type Static, Type } from 'typebox';
import { sessionOf } from '../../identity/authenticate.ts';
import { actorOfSession } from '../../identity/caller.ts';
import { nullable } from '../../identity/routes/shapes.ts';
import { changeRider } from '../../journal/change.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import { customerParams, time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId, type CustomerId, type GrantId, uuidPattern } from '../../platform/ids/ids.ts';
import type { Access } from '../access.ts';
import { type AccessMode, answerDays } from '../grant.ts';
import { type AccessCursor, type AccessRow, type UseType, useTypes } from '../uses.ts';
import { modeShape, purposeShape } from './answers.ts';

/** Journal of accesses: kept three years (docs/access.md). */

const accessShape = Type.Object({
  grant: uuid('the grant'),
  at: time('the first access'),
  until: time('the last access'),
  durationSeconds: Type.Integer(),
  cause: purposeShape,
  role: Type.String(),
  country: Type.String({ description: 'where it came from' }),
  type: Type.Enum([...useTypes]),
  collections: Type.Array(Type.String()),
  fields: Type.Array(Type.String()),
  persons: Type.Integer(),
  records: Type.Integer(),
  consent: nullable(Type.Enum(['customer', 'policy', 'none', 'emergency'])),
  retention: Type.Object({
    journalUntil: time('until when the entry is kept'),
    copies: Type.Enum(['none', 'product'], { description: 'product: it was handed to the operator\u2019s product' }),
  }),
  noticeDueAt: nullable(Type.String()),
  noticeSentAt: nullable(Type.String()),
  entries: Type.Array(Type.Integer({ description: 'in the customer\u2019s access log; the first 200' })),
  entryCount: Type.Integer({ description: 'how many entries there are' }),
  generation: Type.Integer({ description: 'of the access log that they are in' }),
});
type AccessAnswer = Static<typeof accessShape>;

const query = Type.Object({
  from: Type.Optional(time('not before')),
  to: Type.Optional(time('not after')),
  after: Type.Optional(
    Type.String({
      pattern: `^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z/${uuidPattern.slice(1, -1)}/(${useTypes.join('|')})$`,
      description: '`next` of the page before',
    }),
  ),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
});

const csvQuery = Type.Omit(query, ['limit']);

export interface HistoryRoutesOptions {
  readonly access: Access;
  readonly journal: Journal;
  readonly clock: Clock;
  /** How long entries of access logs are kept. */
  readonly journalYears: number;
}

export function historyRoutes(
  server: HttpServer,
  { access, journal, clock, journalYears }: HistoryRoutesOptions,
): void {
  const { uses, notices, store } = access;
  const config = { guard: 'none', session: 'grants.read' } as const;

  function answer(row: AccessRow, sentAt: Date | undefined): AccessAnswer {
    const kept = new Date(row.until);
    kept.setUTCFullYear(kept.getUTCFullYear() + journalYears);
    return {
      grant: row.grant,
      at: row.from.toISOString(),
      until: row.until.toISOString(),
      durationSeconds: Math.round((row.until.getTime() - row.from.getTime()) / 1_000),
      cause: row.purpose,
      role: row.role,
      country: row.country,
      type: row.type,
      collections: [...row.collections],
      fields: [...row.fields],
      persons: row.persons,
      records: row.records,
      consent: row.consent ?? null,
      retention: { journalUntil: kept.toISOString(), copies: row.type === 'api' ? 'product' : 'none' },
      noticeDueAt: row.noticeDueAt?.toISOString() ?? null,
      noticeSentAt: sentAt?.toISOString() ?? null,
      entries: [...row.entries],
      entryCount: row.entryCount,
      generation: row.generation,
    };
  }

  async function page(customer: string, { from, to, after, limit }: Static<typeof query>) {
    const rows = await uses.history(asId<CustomerId>(customer), {
      limit,
      ...(from !== undefined && { from: new Date(from) }),
      ...(to !== undefined && { until: new Date(to) }),
      ...(after !== undefined && { before: cursorOf(after) }),
    });
    const sent = await notices.sentAt(rows);
    return {
      accesses: rows.map((row) => answer(row, sent.get(row.grant))),
      next: rows.length < limit ? null : nextOf(rows.at(-1)),
    };
  }

  /** All of it, page by page. */
  async function* csvLines(customer: string, filter: Static<typeof csvQuery>): AsyncGenerator<string> {
    yield csvHead;
    let after = filter.after;
    do {
      const { accesses, next } = await page(customer, { ...filter, limit: 500, ...(after !== undefined && { after }) });
      yield accesses.map(csvLine).join('');
      after = next === after ? undefined : (next ?? undefined);
    } while (after !== undefined);
  }

  server.get(
    '/v1/customers/:customer/accesses',
    {
      config,
      schema: {
        summary: 'Who of the operator saw data of this customer (C5:2026 IAM-07)',
        tags: ['grants'],
        params: customerParams,
        querystring: query,
        response: { 200: Type.Object({ accesses: Type.Array(accessShape), next: nullable(Type.String()) }) },
      },
    },
    async (request) => page(request.params.customer, request.query),
  );

  server.get(
    '/v1/customers/:customer/accesses.csv',
    {
      config,
      schema: {
        summary: 'The same as CSV, all of it',
        tags: ['grants'],
        params: customerParams,
        querystring: csvQuery,
      },
    },
    async (request, reply) =>
      reply
        .header('content-disposition', 'attachment; filename="obhut-accesses.csv"')
        .type('text/csv; charset=utf-8')
        .send(Readable.from(csvLines(request.params.customer, request.query))),
  );

  server.get(
    '/v1/customers/:customer/access-policy',
    {
      config,
      schema: {
        summary: 'How this customer wants to be asked',
        tags: ['grants'],
        params: customerParams,
        response: {
          200: Type.Object({ mode: modeShape, answerWithinHours: Type.Integer(), since: nullable(Type.String()) }),
        },
      },
    },
    async (request) => {
      const { mode, since } = await store.mode(asId<CustomerId>(request.params.customer));
      return { mode, answerWithinHours: answerDays * 24, since: since?.toISOString() ?? null };
    },
  );

  server.put(
    '/v1/customers/:customer/access-policy',
    {
      config: { guard: 'none', session: 'portal.policy', fresh: true },
      schema: {
        summary: 'Say how this customer wants to be asked',
        tags: ['grants'],
        params: customerParams,
        body: Type.Object({ mode: modeShape }, { additionalProperties: false }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const caller = sessionOf(request);
      const customer = asId<CustomerId>(request.params.customer);
      const mode = request.body.mode as AccessMode;
      const outcome = await journal.append({
        customer,
        log: 'access',
        entry: {
          kind: 'access.policy',
          at: clock.now(),
          actor: actorOfSession(caller),
          outcome: 'done',
          client: 'console',
          refs: { mode },
        },
        rider: {
          rider: changeRider,
          payload: async (connection: Parameters<typeof store.setMode>[0]) => {
            await store.setMode(connection, customer, mode, clock.now());
            return true;
          },
        },
      });
      if (outcome.state !== 'appended') throw new Problem('not_found');
      return reply.code(204).send(null);
    },
  );
}

const columns = [
  'at',
  'until',
  'durationSeconds',
  'cause',
  'role',
  'country',
  'type',
  'collections',
  'fields',
  'persons',
  'records',
  'consent',
  'noticeDueAt',
  'noticeSentAt',
  'grant',
  'entries',
  'entryCount',
  'generation',
] as const satisfies readonly (keyof AccessAnswer)[];

/** A cell that no spreadsheet takes for a formula (CSV injection). */
function cell(value: unknown): string {
  const text = value === null ? '' : Array.isArray(value) ? value.join(' ') : String(value);
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[";\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

const nextOf = (row: AccessRow | undefined) =>
  row === undefined ? null : `${row.until.toISOString()}/${row.grant}/${row.type}`;

/** @param text as `nextOf` made it; the schema has seen to it. */
function cursorOf(text: string): AccessCursor {
  const [until = '', grant = '', type = ''] = text.split('/');
  return { until: new Date(until), grant: asId<GrantId>(grant), type: type as UseType };
}

const csvHead = `\uFEFF${columns.join(';')}\r\n`;
const csvLine = (row: AccessAnswer) => `${columns.map((name) => cell(row[name])).join(';')}\r\n`;
