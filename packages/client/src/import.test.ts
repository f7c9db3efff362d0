import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cutChunks } from './chunks.ts';
import { ObhutError } from './error.ts';
import { readLines } from './ndjson.ts';
import { createObhut, type Obhut } from './obhut.ts';
import { type StubRequest, type StubServer, sendProblem, startStub, stubToken } from './testing/stub-server.ts';
import type { ImportResult, ImportRow, ImportSummary } from './types.ts';

const customer = '11111111-1111-4111-8111-111111111111';
let stub: StubServer;
let obhut: Obhut;

beforeEach(async () => {
  stub = await startStub();
  obhut = createObhut({ url: stub.url, token: stubToken, retries: 3 });
});
afterEach(() => stub.close());

async function* rowsOf(count: number): AsyncGenerator<ImportRow> {
  for (let n = 1; n <= count; n += 1) yield { data: { n } };
}

async function collect(
  run: AsyncGenerator<ImportResult, ImportSummary>,
): Promise<{ results: ImportResult[]; summary: ImportSummary }> {
  const results: ImportResult[] = [];
  for (;;) {
    const { done, value } = await run.next();
    if (done === true) return { results, summary: value };
    results.push(value);
  }
}

/** Does what the server does: each line once per key, `already` when it comes again. */
function createImporter() {
  const done = new Map<string, string>();
  const order: unknown[] = [];
  const linesOf = ({ body }: StubRequest) => body.split('\n').filter((line) => line !== '');
  return {
    order,
    answers(request: StubRequest): string[] {
      return linesOf(request).map((text, index) => {
        const line = index + 1;
        const id = `${request.headers['idempotency-key']}/${line}`;
        const status = done.has(id) ? 'already' : 'created';
        if (status === 'created') order.push(JSON.parse(text).data.n);
        done.set(id, text);
        return JSON.stringify({ line, status, person: 'p', record: `r${line}`, version: 1, receipt: 'x 0 y' });
      });
    },
  };
}

describe('an import', () => {
  it('goes in chunks with a key each, and counts lines through', async () => {
    const importer = createImporter();
    stub.answer((request, response) => {
      response.writeHead(200).end(`${importer.answers(request).join('\n')}\n{"done":true}\n`);
    });
    const run = obhut.customer(customer).import(rowsOf(2500), {
      collection: 'files',
      match: 'number',
      reading: { purpose: 'migration' },
    });
    const { results, summary } = await collect(run);
    expect(summary).toEqual({ done: true, lines: 2500, created: 2500, updated: 0, already: 0, errors: 0 });
    expect(results.map(({ line }) => line)).toEqual(Array.from({ length: 2500 }, (_, i) => i + 1));
    expect(stub.requests).toHaveLength(3);
    expect(stub.requests[0]?.url).toBe(`/v1/customers/${customer}/import?collection=files&match=number`);
    expect(stub.requests[0]?.headers['obhut-purpose']).toBe('migration');
    expect(new Set(stub.requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(3);
  });

  it('goes on by itself after a connection cut in the middle of a line, and gives nothing twice', async () => {
    const importer = createImporter();
    stub.answer((request, response, count) => {
      const answers = importer.answers(request);
      if (count >= 3) return void response.writeHead(200).end(`${answers.join('\n')}\n{"done":true}\n`);
      const text = answers.join('\n').slice(0, count === 1 ? 4000 : 30_005);
      response.writeHead(200);
      response.write(text, () => setTimeout(() => response.destroy(), 20));
    });
    const { results, summary } = await collect(obhut.customer(customer).import(rowsOf(800), { collection: 'files' }));
    expect(results.map(({ line }) => line)).toEqual(Array.from({ length: 800 }, (_, i) => i + 1));
    expect(importer.order).toEqual(Array.from({ length: 800 }, (_, i) => i + 1));
    expect(summary.lines).toBe(800);
    expect(summary.already).toBeGreaterThan(0);
    expect(new Set(stub.requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(new Set(stub.requests.map(({ body }) => body)).size).toBe(1);
  });

  it('gives up on a connection that breaks each time without an answer', async () => {
    stub.answer((_request, response) => {
      response.writeHead(200);
      response.write('\n', () => response.destroy());
    });
    const run = collect(obhut.customer(customer).import(rowsOf(3), { collection: 'files' }));
    await expect(run).rejects.toMatchObject({ code: 'interrupted' });
    expect(stub.requests).toHaveLength(4);
  });

  it('run again under the same key after a crash, writes nothing twice', async () => {
    const importer = createImporter();
    stub.answer((request, response) => {
      response.writeHead(200).end(`${importer.answers(request).join('\n')}\n{"done":true}\n`);
    });
    const key = '77777777-7777-4777-8777-777777777777';
    const first = obhut.customer(customer).import(rowsOf(1500), { collection: 'files', key });
    for (let n = 0; n < 1200; n += 1) await first.next();
    await first.return({ done: true, lines: 0, created: 0, updated: 0, already: 0, errors: 0 });
    const { summary } = await collect(obhut.customer(customer).import(rowsOf(1500), { collection: 'files', key }));
    expect(summary).toMatchObject({ lines: 1500, created: 0, already: 1500 });
    expect(importer.order).toHaveLength(1500);
  });

  it('repeats a line that could not be done just now', async () => {
    stub.answer((_request, response, count) => {
      const ok = (line: number) => ({ line, status: 'created', person: 'p', record: 'r', version: 1 });
      const second = count === 1 ? { line: 2, status: 'error', code: 'journal_unavailable' } : ok(2);
      const lines = [ok(1), second, { line: 3, status: 'error', code: 'data_invalid', field: '/n' }, { done: true }];
      response.writeHead(200).end(lines.map((line) => JSON.stringify(line)).join('\n'));
    });
    const { results } = await collect(obhut.customer(customer).import(rowsOf(3), { collection: 'files' }));
    expect(results.map(({ status }) => status)).toEqual(['created', 'created', 'error']);
    expect(stub.requests).toHaveLength(2);
  });

  it('gives a line back as refused when it cannot be done for long, and goes on', async () => {
    stub.answer((_request, response) => {
      const lines = [
        { line: 1, status: 'error', code: 'unavailable' },
        { line: 2, status: 'created', person: 'p', record: 'r', version: 1 },
        { done: true },
      ];
      response.writeHead(200).end(lines.map((line) => JSON.stringify(line)).join('\n'));
    });
    const { summary } = await collect(obhut.customer(customer).import(rowsOf(2), { collection: 'files' }));
    expect(summary).toMatchObject({ lines: 2, created: 1, errors: 1 });
  });

  it('fails at once when the server refuses it', async () => {
    stub.answer((_request, response) => sendProblem(response, 428, 'purpose_required'));
    const run = collect(obhut.customer(customer).import(rowsOf(3), { collection: 'files', match: 'n' }));
    await expect(run).rejects.toBeInstanceOf(ObhutError);
    expect(stub.requests).toHaveLength(1);
  });

  it('does not take answers for other lines', async () => {
    stub.answer(
      (_request, response) => void response.writeHead(200).end('{"line":9,"status":"created"}\n{"done":true}'),
    );
    const run = collect(obhut.customer(customer).import(rowsOf(3), { collection: 'files' }));
    await expect(run).rejects.toMatchObject({ code: 'answer_invalid' });
  });
});

describe('an export', () => {
  const whole = ['{"export":{"customer":"c"}}', '{"person":"p","receipt":"r"}', '{"done":true,"people":1,"records":0}'];

  it('streams its lines', async () => {
    stub.answer((_request, response) => void response.writeHead(200).end(whole.join('\n')));
    const lines = await Array.fromAsync(
      obhut.customer(customer).export({ purpose: 'portability', collection: 'files' }),
    );
    expect(lines).toEqual(whole.map((line) => JSON.parse(line)));
    expect(stub.requests[0]?.url).toBe(`/v1/customers/${customer}/export?collection=files`);
    expect(stub.requests[0]?.headers['obhut-purpose']).toBe('portability');
  });

  it.each([
    ['at a line', `${whole[0]}\n${whole[1]}\n`],
    ['in a line', `${whole[0]}\n{"person":`],
  ])('is not taken for whole when it was cut %s', async (_where, text) => {
    stub.answer((_request, response) => void response.writeHead(200).end(text));
    await expect(Array.fromAsync(obhut.customer(customer).export({ purpose: 'portability' }))).rejects.toMatchObject({
      code: 'interrupted',
    });
  });
});

describe('chunks and lines', () => {
  it('are cut by the rows alone, and lose none', async () => {
    const rows = fc.array(fc.record({ data: fc.dictionary(fc.string(), fc.string()) }), { maxLength: 40 });
    const limits = fc.record({ rows: fc.integer({ min: 1, max: 9 }), characters: fc.integer({ min: 1, max: 200 }) });
    await fc.assert(
      fc.asyncProperty(rows, limits, async (given, limit) => {
        const chunks = await Array.fromAsync(cutChunks(given, limit));
        const again = await Array.fromAsync(cutChunks(given, limit));
        expect(again).toEqual(chunks);
        const lines = chunks.flatMap(({ body }) => body.split('\n').slice(0, -1));
        expect(lines.map((line) => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(given)));
        for (const chunk of chunks) expect(chunk.rows).toBeLessThanOrEqual(limit.rows);
      }),
    );
  });

  it('come through whatever way the bytes are cut', async () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n')));
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 7 }), async (lines, width) => {
        const bytes = new TextEncoder().encode(lines.join('\n'));
        const pieces = Array.from({ length: Math.ceil(bytes.length / width) }, (_, i) =>
          bytes.slice(i * width, (i + 1) * width),
        );
        expect(await Array.fromAsync(readLines(ReadableStream.from(pieces)))).toEqual(lines);
      }),
    );
  });
});
