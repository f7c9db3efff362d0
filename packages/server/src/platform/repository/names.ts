/**
 * What lies at a site for `backups`, by its name. The names have all that is needed to find a way in the dark: an empty
 * database and this folder suffice.
 *
 *   p-DIGEST                                a pack; its SHA-256
 *   m-TIME-BACKUP.json, n-…                 the manifest of a backup, and its second copy
 *   w-LINEAGE-TIMELINE-SEGMENT              a whole segment of the log
 *   v-LINEAGE-TIMELINE-SEGMENT-FROM-TO      a part of the newest one
 */

export interface WalPart {
  readonly name: string;
  readonly lineage: string;
  readonly timeline: number;
  readonly segment: bigint;
  /** Bytes within the segment. */
  readonly from: number;
  readonly to: number;
  /** The whole segment. */
  readonly whole: boolean;
}

const hex = (value: number | bigint, digits: number) => value.toString(16).padStart(digits, '0');
const lineageForm = /^[0-9a-f]{16}$/;

export function isLineage(text: string): boolean {
  return lineageForm.test(text);
}

export function packName(digest: string): string {
  return `p-${digest}`;
}

export const isPackName = (name: string) => /^p-[0-9a-f]{64}$/.test(name);

/** @param copy the second of the two. */
export function manifestName(startedAt: Date, backup: string, copy: boolean): string {
  const time = startedAt
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, '')
    .toLowerCase();
  return `${copy ? 'n' : 'm'}-${time}-${backup}.json`;
}

const manifestForm = /^[mn]-\d{8}t\d{6}z-([0-9a-f-]{36})\.json$/;

/** The backup that a manifest is of; `undefined` for any other name. */
export function backupOf(name: string): string | undefined {
  return manifestForm.exec(name)?.[1];
}

export function wholeName(lineage: string, timeline: number, segment: bigint): string {
  return `w-${lineage}-${hex(timeline, 8)}-${hex(segment, 16)}`;
}

export function partName(lineage: string, timeline: number, segment: bigint, from: number, to: number): string {
  return `v-${lineage}-${hex(timeline, 8)}-${hex(segment, 16)}-${hex(from, 8)}-${hex(to, 8)}`;
}

const walForm = /^([wv])-([0-9a-f]{16})-([0-9a-f]{8})-([0-9a-f]{16})(?:-([0-9a-f]{8})-([0-9a-f]{8}))?$/;

/** @returns `undefined` for any other name. */
export function walPartOf(name: string, segmentBytes: number): WalPart | undefined {
  const parts = walForm.exec(name);
  if (parts === null) return undefined;
  const [, kind, lineage = '', timeline = '', segment = '', from, to] = parts;
  const whole = kind === 'w';
  if (whole !== (from === undefined)) return undefined;
  return {
    name,
    lineage,
    timeline: Number.parseInt(timeline, 16),
    segment: BigInt(`0x${segment}`),
    from: whole ? 0 : Number.parseInt(from ?? '', 16),
    to: whole ? segmentBytes : Number.parseInt(to ?? '', 16),
    whole,
  };
}
