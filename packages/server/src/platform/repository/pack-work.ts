/** What is done to a pack, in a thread of its own: compressed and sealed, or opened and unpacked. */
import { createHash } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { SecretKey } from '../crypto/key.ts';
import { openPack, sealPack } from '../crypto/pack.ts';

/** What a pack holds at the most. Larger ones would wait longer for their thread, smaller ones for the disk. */
export const packBytes = 8 * 1024 * 1024;

export interface SealedPack {
  readonly sealed: Buffer;
  /** SHA-256 of what is stored. */
  readonly digest: string;
}

/** Level 1: twice as fast as 3 for a tenth more bytes (docs/decisions/0022). */
const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export function sealHere(key: SecretKey, place: string, content: Uint8Array): SealedPack {
  const sealed = sealPack(key, place, zstdCompressSync(content, level));
  return { sealed, digest: createHash('sha256').update(sealed).digest('hex') };
}

/**
 * @param plainBytes how large it has to be: a pack that would unpack to more is not unpacked.
 * @throws OpenError, RangeError when it is not what was written.
 */
export function openHere(key: SecretKey, place: string, sealed: Buffer, plainBytes: number): Buffer {
  const content = zstdDecompressSync(openPack(key, place, sealed), { maxOutputLength: Math.max(plainBytes, 1) });
  if (content.length !== plainBytes) throw new RangeError('a pack of another size');
  return content;
}
