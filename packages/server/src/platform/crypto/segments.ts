/** Sizes of the segmented format (see stream.ts): what part of a sealed object holds which part of the content. */

export const segmentBytes = 65_536;
export const tagBytes = 16;
/** Suite byte and nonce prefix. */
export const headerBytes = 8;
export const sealedSegmentBytes = segmentBytes + tagBytes;

/** How many segments a content of this many bytes has: at least one, so that an empty file is authenticated too. */
export function segmentCount(contentBytes: number): number {
  return Math.max(1, Math.ceil(contentBytes / segmentBytes));
}

/** Size of the sealed object, header included. */
export function sealedBytes(contentBytes: number): number {
  return headerBytes + contentBytes + segmentCount(contentBytes) * tagBytes;
}
