import { Readable } from 'node:stream';
import type { FileOpener } from '../keyring/objects.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { cut } from '../platform/crypto/cutting.ts';
import {
  headerBytes,
  sealedBytes,
  sealedSegmentBytes,
  segmentBytes,
  segmentCount,
} from '../platform/crypto/segments.ts';
import { Problem } from '../platform/http/problem.ts';
import type { Site } from '../platform/sites/site.ts';

export interface Segments {
  /** With the padding. */
  readonly contentBytes: number;
  readonly open: FileOpener['segment'];
  readonly site: (sealedBytes: number) => Promise<Site>;
  readonly object: string;
  readonly stillAllowed: () => Promise<boolean>;
  readonly clock: Clock;
}

const checkEveryMs = 1_000;

/** The bytes `first` to `last` (inclusive) of the content, segment by segment; each leaves only after its tag held. */
export function openRange(
  source: Segments,
  range: { readonly first: number; readonly last: number },
  bytes: number,
): Readable {
  return Readable.from(bytes === 0 ? [] : read(source, range), { objectMode: false });
}

async function* read(source: Segments, { first, last }: { first: number; last: number }): AsyncGenerator<Buffer> {
  const count = segmentCount(source.contentBytes);
  const objectBytes = sealedBytes(source.contentBytes);
  const site = await source.site(objectBytes);
  const header = await collect(site.stream('objects', source.object, 0, headerBytes - 1));
  const from = Math.floor(first / segmentBytes);
  const to = Math.floor(last / segmentBytes);
  const stream = site.stream(
    'objects',
    source.object,
    headerBytes + from * sealedSegmentBytes,
    Math.min(headerBytes + (to + 1) * sealedSegmentBytes, objectBytes) - 1,
  );
  let index = from;
  let checkedAt = source.clock.monotonicMs();
  for await (const sealed of cut(stream, sealedSegmentBytes)) {
    if (source.clock.monotonicMs() - checkedAt > checkEveryMs) {
      if (!(await source.stillAllowed())) throw new Problem('not_found');
      checkedAt = source.clock.monotonicMs();
    }
    const content = source.open(header, index, index === count - 1, sealed);
    const start = index * segmentBytes;
    yield content.subarray(Math.max(first - start, 0), Math.min(last + 1 - start, content.length));
    index += 1;
  }
  if (index !== to + 1) throw new Problem('damaged');
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
