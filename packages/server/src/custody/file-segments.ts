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
import { patiently } from '../platform/sites/patience.ts';
import type { Site } from '../platform/sites/site.ts';

export interface Segments {
  /** With the padding. */
  readonly contentBytes: number;
  readonly open: FileOpener['segment'];
  /** Sites that may have it whole, the next one where one turns out not to. */
  readonly sites: (sealedBytes: number) => AsyncIterable<Site>;
  readonly object: string;
  /** Told of sites whose bytes were not right, where another one's were. */
  readonly wrong: (site: Site) => void;
  readonly stillAllowed: () => Promise<boolean>;
  readonly clock: Clock;
}

const checkEveryMs = 1_000;
/** For each answer of a site; then another one is asked. */
const patienceMs = 60_000;

/** The bytes `first` to `last` (inclusive) of the content, segment by segment; each leaves only after its tag held. */
export function openRange(
  source: Segments,
  range: { readonly first: number; readonly last: number },
  bytes: number,
): Readable {
  return Readable.from(bytes === 0 ? [] : read(source, range), { objectMode: false });
}

/** @throws Problem `damaged` where no site has a segment right, `not_found` where it went meanwhile. */
async function* read(source: Segments, { first, last }: { first: number; last: number }): AsyncGenerator<Buffer> {
  const from = Math.floor(first / segmentBytes);
  const to = Math.floor(last / segmentBytes);
  let index = from;
  let checkedAt = source.clock.monotonicMs();
  let failure: unknown;
  let isTaken = true;
  const wrong: Site[] = [];
  for await (const site of source.sites(sealedBytes(source.contentBytes))) {
    try {
      for await (const content of segmentsAt(source, site, index, to)) {
        if (source.clock.monotonicMs() - checkedAt > checkEveryMs) {
          if (!(await source.stillAllowed())) throw new Problem('not_found');
          checkedAt = source.clock.monotonicMs();
        }
        const start = index * segmentBytes;
        index += 1;
        isTaken = false;
        yield content.subarray(Math.max(first - start, 0), Math.min(last + 1 - start, content.length));
        isTaken = true;
      }
      if (index < to + 1) throw new Problem('damaged', { field: 'file' });
      for (const one of wrong) source.wrong(one);
      return;
    } catch (error) {
      // Whoever reads has gone, or the file has.
      if (!isTaken || (error instanceof Problem && error.code === 'not_found')) throw error;
      wrong.push(site);
      // Its bytes are wrong, or it went away: another one goes on where this one stopped.
      failure = error;
    }
  }
  throw failure ?? new Problem('damaged', { field: 'file' });
}

/** Opened segments as one site has them. */
async function* segmentsAt(source: Segments, site: Site, from: number, to: number): AsyncGenerator<Buffer> {
  const count = segmentCount(source.contentBytes);
  const header = await collect(patiently(site.stream('objects', source.object, 0, headerBytes - 1), patienceMs));
  const stream = site.stream(
    'objects',
    source.object,
    headerBytes + from * sealedSegmentBytes,
    Math.min(headerBytes + (to + 1) * sealedSegmentBytes, sealedBytes(source.contentBytes)) - 1,
  );
  let index = from;
  for await (const sealed of cut(patiently(stream, patienceMs), sealedSegmentBytes)) {
    yield source.open(header, index, index === count - 1, sealed);
    index += 1;
  }
}

async function collect(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
