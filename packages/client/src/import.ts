import { type Chunk, cutChunks } from './chunks.ts';
import { ObhutError, ownError } from './error.ts';
import { readLines } from './ndjson.ts';
import { type Reading, readingHeaders } from './read.ts';
import { pathOf, type Transport } from './transport.ts';
import type { Id, ImportResult, ImportRow, ImportSummary } from './types.ts';
import { newUuid, uuidOf } from './uuid.ts';

export interface ImportOptions {
  readonly collection: string;
  /** A lookup field: a row goes to the person whose record has the same value, else to a new person. */
  readonly match?: string | undefined;
  /** Needed with `match`, because finding somebody is reading. */
  readonly reading?: Reading | undefined;
  /**
   * A UUID that stands for this import. Whoever keeps it can run the same import again after a crash: rows that were done
   * are answered with `already` and not written twice. By default a new one.
   */
  readonly key?: string | undefined;
  /**
   * The `at` of the export that the rows come from: people are made under their old ids, and what was ordered away since is
   * refused with `ordered_away`.
   */
  readonly exportedAt?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Results in the order of the rows, then (as the generator's return value) the counts. */
export type ImportRun = AsyncGenerator<ImportResult, ImportSummary, undefined>;

/** Codes that say: not now. Such a line is repeated with its chunk before it is given back as an error. */
const passing = new Set(['unavailable', 'journal_unavailable', 'outcome_unknown', 'write_conflict', 'rate_limited']);

function isResult(value: unknown): value is ImportResult {
  return typeof value === 'object' && value !== null && 'line' in value && typeof value.line === 'number';
}

function isEnd(value: unknown): value is ImportSummary {
  return typeof value === 'object' && value !== null && 'done' in value && value.done === true;
}

/**
 * Sends rows in chunks, one request each, and yields a result for each row as it arrives. Each chunk has an idempotency
 * key that follows from the import's key and the chunk's number, and is kept until it is answered. So a broken connection
 * costs nothing: the chunk is sent again, the server answers `already` for what it had done, and what the caller has
 * seen is not given twice.
 *
 * @throws ObhutError when a chunk fails for good; what was yielded before stands.
 */
export async function* runImport(
  transport: Transport,
  customer: Id,
  rows: AsyncIterable<ImportRow> | Iterable<ImportRow>,
  options: ImportOptions,
): ImportRun {
  const { key = newUuid() } = options;
  const counts = { created: 0, updated: 0, already: 0, error: 0 };
  let lines = 0;
  for await (const chunk of cutChunks(rows)) {
    for await (const result of runChunk(
      transport,
      customer,
      chunk,
      options,
      uuidOf(`obhut import ${key} ${chunk.number}`),
    )) {
      counts[result.status] += 1;
      lines += 1;
      yield { ...result, line: chunk.before + result.line };
    }
  }
  const { error: errors, ...done } = counts;
  return { done: true, lines, ...done, errors };
}

async function* runChunk(
  transport: Transport,
  customer: Id,
  chunk: Chunk,
  options: ImportOptions,
  key: string,
): AsyncGenerator<ImportResult, void, undefined> {
  const { collection, match, reading, exportedAt, signal } = options;
  const call = {
    method: 'POST',
    path: pathOf(['customers', customer, 'import'], { collection, match }),
    headers: {
      ...readingHeaders(reading),
      'Idempotency-Key': key,
      'Obhut-Exported-At': exportedAt,
      'Content-Type': 'application/x-ndjson',
    },
    body: chunk.body,
    repeatable: true,
    timeoutMs: undefined,
    signal,
  } as const;
  let answered = 0;
  for (let failures = 0; ; ) {
    let failure: ObhutError = ownError('interrupted', transport.language);
    let held: ImportResult | undefined;
    try {
      const response = await transport.open(call);
      if (response.body === null) throw ownError('answer_invalid', transport.language);
      for await (const result of results(response.body, transport)) {
        if (result.line <= answered) continue;
        if (result.line !== answered + 1 || result.line > chunk.rows)
          throw ownError('answer_invalid', transport.language);
        if (result.status === 'error' && passing.has(result.code)) {
          held = result;
          break;
        }
        answered = result.line;
        failures = 0;
        yield result;
      }
      if (answered === chunk.rows) return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof ObhutError) || error.code !== 'interrupted') throw error;
      failure = error;
    }
    failures += 1;
    if (await transport.wait(failures, signal)) continue;
    if (held === undefined) throw failure;
    // It stays as it is: this row is given back as refused, and the next ones get their own attempts.
    answered = held.line;
    failures = 0;
    yield held;
    if (answered === chunk.rows) return;
  }
}

/** The results of one answer. @throws ObhutError `interrupted` when it ends without its last line. */
async function* results(
  body: ReadableStream<Uint8Array>,
  { language }: Transport,
): AsyncGenerator<ImportResult, void, undefined> {
  for await (const line of linesOrInterrupted(body, language)) {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      break; // half a line: the connection was cut in the middle of it
    }
    if (isEnd(value)) return;
    if (!isResult(value)) throw ownError('answer_invalid', language);
    yield value;
  }
  throw ownError('interrupted', language);
}

/** The lines of an answer; a stream that breaks throws `interrupted`. */
export async function* linesOrInterrupted(
  body: ReadableStream<Uint8Array>,
  language: Transport['language'],
): AsyncGenerator<string, void, undefined> {
  try {
    yield* readLines(body);
  } catch (cause) {
    throw ownError('interrupted', language, { cause });
  }
}
