import { concatBytes, viewOf } from './bytes.ts';
import { formatDecimal } from './decimal.ts';
import { needs } from './errors.ts';
import { noteSignatureMessage } from './note.ts';

/** What a witness adds to a checkpoint: that it saw a consistent log, and when. */
export interface Cosignature {
  /** POSIX time in seconds. */
  readonly timestamp: bigint;
  /** 64 bytes of Ed25519 over `cosignatureMessage`. */
  readonly signature: Uint8Array;
}

const timestampLength = 8;
const signatureLength = 64;
const maxTimestamp = (1n << 63n) - 1n;

function needsTimestamp(timestamp: bigint): void {
  needs(timestamp >= 0n && timestamp <= maxTimestamp, 'cosignature_invalid', 'the time is above 2^63 - 1');
}

/**
 * The bytes that a witness signs: two lines and the text of the checkpoint (C2SP tlog-cosignature, "Ed25519 signed
 * message"). The first line keeps them apart from all that the key of a log signs. Throws `cosignature_invalid`.
 */
export function cosignatureMessage(checkpointText: string, timestamp: bigint): Uint8Array {
  needsTimestamp(timestamp);
  return noteSignatureMessage(`cosignature/v1\ntime ${formatDecimal(timestamp)}\n${checkpointText}`);
}

/** The 72 bytes for a note's signature line: the time as a big-endian u64, then the signature. */
export function encodeCosignature({ timestamp, signature }: Cosignature): Uint8Array {
  needsTimestamp(timestamp);
  needs(signature.length === signatureLength, 'cosignature_invalid', 'an Ed25519 signature has 64 bytes');
  const time = new Uint8Array(timestampLength);
  viewOf(time).setBigUint64(0, timestamp);
  return concatBytes(time, signature);
}

/** The time and signature in those 72 bytes; not verified. Throws `cosignature_invalid`. */
export function parseCosignature(bytes: Uint8Array): Cosignature {
  needs(bytes.length === timestampLength + signatureLength, 'cosignature_invalid', 'a cosignature has 72 bytes');
  const timestamp = viewOf(bytes).getBigUint64(0);
  needsTimestamp(timestamp);
  return { timestamp, signature: bytes.subarray(timestampLength) };
}
