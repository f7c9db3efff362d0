/** Places in the write-ahead log: 64 bits, written `16/B374D848`; and the files of one segment each. */

export type Lsn = bigint & { readonly lsn: unique symbol };

export function asLsn(position: bigint): Lsn {
  return position as Lsn;
}

/** @throws TypeError when the text is no place in a log. */
export function parseLsn(text: string): Lsn {
  const parts = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text);
  if (parts === null) throw new TypeError('not a place in the write-ahead log');
  return asLsn((BigInt(`0x${parts[1]}`) << 32n) | BigInt(`0x${parts[2]}`));
}

export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffffffffn).toString(16).toUpperCase()}`;
}

/** Number of the segment in which this byte lies. @param segmentBytes 16 MiB unless the cluster was made otherwise. */
export function segmentOf(lsn: Lsn, segmentBytes: number): bigint {
  return lsn / BigInt(segmentBytes);
}

/** The name of its file in `pg_wal`: timeline, then the number in two parts (`access/xlog_internal.h`, XLogFileName). */
export function segmentFile(timeline: number, segment: bigint, segmentBytes: number): string {
  const perId = 0x1_0000_0000n / BigInt(segmentBytes);
  const hex = (value: bigint) => value.toString(16).toUpperCase().padStart(8, '0');
  return hex(BigInt(timeline)) + hex(segment / perId) + hex(segment % perId);
}
