import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A file appears under its name only when it is whole and on disk: who finds it may rely on it. Only its owner reads it. */
export async function writeWhole(path: string, chunks: AsyncIterable<string | Uint8Array>): Promise<void> {
  const part = join(dirname(path), `.${randomUUID()}.part`);
  try {
    await pipeline(Readable.from(chunks), createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true }));
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}
