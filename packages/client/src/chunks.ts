import type { ImportRow } from './types.ts';

/** Rows that go in one request, and stay here until each of them is answered. */
export interface Chunk {
  /** From 0. */
  readonly number: number;
  /** How many rows came before. */
  readonly before: number;
  readonly rows: number;
  /** The rows as NDJSON. */
  readonly body: string;
}

/** Also the most that an import keeps in memory. */
export interface ChunkLimits {
  readonly rows: number;
  readonly characters: number;
}

/** Part of how an import is resumed: a repeated import must be cut in the same places. */
const chunkLimits: ChunkLimits = { rows: 1000, characters: 4_000_000 };

/**
 * Cuts rows into chunks. Where it cuts follows from the rows alone, never from time or size of what arrives.
 * A row larger than the limit is a chunk of its own.
 */
export async function* cutChunks(
  rows: AsyncIterable<ImportRow> | Iterable<ImportRow>,
  limits: ChunkLimits = chunkLimits,
): AsyncGenerator<Chunk, void, undefined> {
  let lines: string[] = [];
  let characters = 0;
  let number = 0;
  let before = 0;
  const take = (): Chunk => {
    const chunk = { number, before, rows: lines.length, body: lines.join('') };
    number += 1;
    before += lines.length;
    lines = [];
    characters = 0;
    return chunk;
  };
  for await (const { person, record, data } of rows) {
    const line = `${JSON.stringify({ person, record, data })}\n`;
    if (lines.length > 0 && characters + line.length > limits.characters) yield take();
    lines.push(line);
    characters += line.length;
    if (lines.length >= limits.rows) yield take();
  }
  if (lines.length > 0) yield take();
}
