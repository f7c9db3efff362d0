/**
 * The write-ahead log at the sites: whole segments, and of the newest one the parts that have come so far. Each object is
 * bound to its history, timeline and place, so that nothing can be left out, moved or taken from elsewhere unseen.
 */
import type { Site } from '../sites/site.ts';
import { BackupError } from './errors.ts';
import { partName, type WalPart, walPartOf, wholeName } from './names.ts';
import type { Packer } from './packer.ts';
import { createSiteWriter, purpose } from './store.ts';

export interface WalPlace {
  readonly systemId: string;
  readonly lineage: string;
  readonly timeline: number;
  readonly segmentBytes: number;
}

/** Before the log itself: when it was sent, in milliseconds since 1970. */
const timeBytes = 8;

const placeOf = (
  { systemId, lineage }: Pick<WalPlace, 'systemId' | 'lineage'>,
  part: Pick<WalPart, 'timeline' | 'segment' | 'from' | 'to'>,
) => `wal/${systemId}/${lineage}/${part.timeline}/${part.segment}/${part.from}/${part.to}`;

/** @returns names of the sites that did not take it. @throws BackupError when none did. */
export async function storeWal(
  { packer, sites }: { readonly packer: Packer; readonly sites: readonly Site[] },
  place: WalPlace,
  {
    segment,
    from,
    bytes,
    at,
  }: { readonly segment: bigint; readonly from: number; readonly bytes: Uint8Array; readonly at: Date },
): Promise<ReadonlySet<string>> {
  const to = from + bytes.length;
  const whole = from === 0 && to === place.segmentBytes;
  const content = Buffer.allocUnsafeSlow(timeBytes + bytes.length);
  content.writeBigUInt64BE(BigInt(at.getTime()), 0);
  content.set(bytes, timeBytes);
  const { sealed } = await packer.seal(placeOf(place, { timeline: place.timeline, segment, from, to }), content);
  const writer = createSiteWriter(sites);
  const name = whole
    ? wholeName(place.lineage, place.timeline, segment)
    : partName(place.lineage, place.timeline, segment, from, to);
  await writer.create(name, sealed);
  return writer.missed;
}

export interface WalPiece {
  readonly sentAt: Date;
  readonly bytes: Buffer;
}

/** One object, from whichever site has it right. @throws BackupError when none has. */
export async function readWal(
  { packer, sites }: { readonly packer: Packer; readonly sites: readonly Site[] },
  place: Pick<WalPlace, 'systemId' | 'lineage'>,
  part: WalPart,
): Promise<WalPiece> {
  for (const site of sites) {
    const sealed = await site.read(purpose, part.name).catch(() => undefined);
    if (sealed === undefined) continue;
    const content = await packer
      .open(placeOf(place, part), sealed, timeBytes + part.to - part.from)
      .catch(() => undefined);
    if (content === undefined) continue;
    return { sentAt: new Date(Number(content.readBigUInt64BE(0))), bytes: content.subarray(timeBytes) };
  }
  throw new BackupError('backup_damaged', `no site has ${part.name} as it was written`);
}

/** All of the log that lies at the sites, without a hole, from a segment on. */
export interface WalRun {
  /** In order; together they are the log from the start of the first segment. */
  readonly parts: readonly WalPart[];
  /** Place in the log where it ends. */
  readonly end: bigint;
}

export function walRun(
  names: Iterable<string>,
  { lineage, timeline, segmentBytes }: Omit<WalPlace, 'systemId'>,
  first: bigint,
): WalRun {
  const bySegment = new Map<bigint, WalPart[]>();
  for (const name of names) {
    const part = walPartOf(name, segmentBytes);
    if (part === undefined || part.lineage !== lineage || part.timeline !== timeline) continue;
    const parts = bySegment.get(part.segment) ?? [];
    parts.push(part);
    bySegment.set(part.segment, parts);
  }
  const run: WalPart[] = [];
  let end = first * BigInt(segmentBytes);
  for (let segment = first; ; segment += 1n) {
    const parts = bySegment.get(segment) ?? [];
    let filled = 0;
    while (filled < segmentBytes) {
      // The one that leads farthest: what was sent again after a broken connection overlaps.
      const [best] = parts
        .filter(({ from, to }) => from <= filled && to > filled)
        .sort((a, b) => b.to - a.to || a.from - b.from);
      if (best === undefined) break;
      run.push(best);
      filled = best.to;
    }
    end = segment * BigInt(segmentBytes) + BigInt(filled);
    if (filled < segmentBytes) return { parts: run, end };
  }
}
