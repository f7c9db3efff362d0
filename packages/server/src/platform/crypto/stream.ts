/**
 * STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015) over AES-256-GCM in segments of 64 KiB: each segment is
 * authenticated on its own, the nonce counts the segments and marks the last, so that segments cannot be dropped,
 * swapped or cut off, and a range can be read without what stands before it.
 *
 *   header   suite (1) ‖ random nonce prefix (7)
 *   segment  ciphertext (65,536; the last 0 to 65,536) ‖ tag (16); nonce = prefix ‖ counter (4, big endian) ‖ last (1)
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { additionalData, OpenError, type Place, suite } from './aead.ts';
import { SecretKey } from './key.ts';
import { needs } from './needs.ts';
import { headerBytes, segmentBytes, tagBytes } from './segments.ts';

const prefixBytes = headerBytes - 1;
/** 2^32 segments of 64 KiB: 256 TiB. */
const maxSegments = 2 ** 32;

function segmentNonce(prefix: Uint8Array, index: number, last: boolean): Buffer {
  needs(index < maxSegments, 'file too long for its counter');
  const nonce = Buffer.alloc(prefixBytes + 5);
  nonce.set(prefix);
  nonce.writeUInt32BE(index, prefixBytes);
  nonce[prefixBytes + 4] = last ? 1 : 0;
  return nonce;
}

export interface SegmentSealer {
  readonly header: Buffer;
  /** Seals the next segment. All but the last are exactly 64 KiB; after the last nothing more is sealed. */
  next(content: Uint8Array, last: boolean): Buffer;
}

export function createSegmentSealer(key: SecretKey, place: Place): SegmentSealer {
  const prefix = randomBytes(prefixBytes);
  const aad = additionalData(place);
  let index = 0;
  let finished = false;
  return {
    header: Buffer.concat([Buffer.from([suite]), prefix]),
    next(content, last) {
      needs(!finished, 'nothing follows the last segment');
      needs(last ? content.length <= segmentBytes : content.length === segmentBytes, 'segment of a wrong size');
      const cipher = createCipheriv('aes-256-gcm', SecretKey.bytesOf(key), segmentNonce(prefix, index, last));
      cipher.setAAD(aad);
      const sealed = Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
      index += 1;
      finished = last;
      return sealed;
    },
  };
}

/**
 * Opens one segment by its index.
 * @throws OpenError when it was changed, moved, or is not the last although it should be (or the other way round).
 */
export function openSegment(
  key: SecretKey,
  place: Place,
  header: Buffer,
  index: number,
  last: boolean,
  sealed: Buffer,
): Buffer {
  if (header.length !== headerBytes || header[0] !== suite || sealed.length < tagBytes) throw new OpenError(place.use);
  const nonce = segmentNonce(header.subarray(1), index, last);
  const decipher = createDecipheriv('aes-256-gcm', SecretKey.bytesOf(key), nonce, { authTagLength: tagBytes });
  decipher.setAAD(additionalData(place));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const content = decipher.update(sealed.subarray(0, sealed.length - tagBytes));
  try {
    decipher.final();
  } catch {
    content.fill(0);
    throw new OpenError(place.use);
  }
  return content;
}
