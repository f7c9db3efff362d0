/** Newline-delimited JSON, line by line, in constant memory. */

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string | undefined;
  /** Set when the line is longer than allowed; its text is dropped. */
  readonly tooLong: boolean;
}

const newline = 0x0a;

/** Cuts a stream into lines. Empty lines are skipped (but counted); a line over `maxBytes` is reported, not kept. */
export async function* lines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Line> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let number = 0;
  const finish = (rest: Uint8Array): Line | undefined => {
    number += 1;
    const bytes = heldBytes + rest.length;
    const tooLong = bytes > maxBytes;
    const text = tooLong
      ? undefined
      : Buffer.concat([...held, rest])
          .toString('utf8')
          .trim();
    held = [];
    heldBytes = 0;
    return text === '' ? undefined : { number, text, tooLong };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = finish(chunk.subarray(start, end));
      if (line !== undefined) yield line;
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    heldBytes += rest.length;
    // What is too long is counted and not kept.
    if (heldBytes <= maxBytes) held.push(rest);
  }
  if (heldBytes > 0) {
    heldBytes -= held.reduce((sum, { length }) => sum + length, 0);
    const whole = Buffer.concat(held);
    held = [];
    const line = finish(whole);
    if (line !== undefined) yield line;
  }
}

/** Groups what arrives into batches, so that one query serves many. */
export async function* batches<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<readonly Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
