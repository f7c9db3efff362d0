/** Streams in pieces of the sizes that the segmented format wants (see stream.ts). */
import { segmentBytes } from './segments.ts';

/** Cuts a stream of chunks of any size into segments of 64 KiB; the last one is marked, and may be empty or short. */
export async function* segments(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly bytes: Buffer; readonly last: boolean }> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    heldBytes += chunk.length;
    // One byte more than a segment must be there before it is sent: else it might be the last.
    if (heldBytes <= segmentBytes) continue;
    const all = held.length === 1 ? chunk : Buffer.concat(held);
    let offset = 0;
    for (; heldBytes - offset > segmentBytes; offset += segmentBytes)
      yield { bytes: Buffer.from(all.buffer, all.byteOffset + offset, segmentBytes), last: false };
    held = [all.subarray(offset)];
    heldBytes -= offset;
  }
  yield { bytes: Buffer.concat(held), last: true };
}

/** Pieces of exactly `size` bytes, the first of `first`; the last may be shorter. */
export async function* cut(stream: AsyncIterable<unknown>, size: number, first = size): AsyncGenerator<Buffer> {
  let wanted = first;
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    held = held.length === 0 ? (chunk as Buffer) : Buffer.concat([held, chunk as Buffer]);
    let offset = 0;
    for (; held.length - offset >= wanted; wanted = size) {
      yield held.subarray(offset, offset + wanted);
      offset += wanted;
    }
    held = held.subarray(offset);
  }
  if (held.length > 0) yield held;
}
