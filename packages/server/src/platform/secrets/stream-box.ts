import { OpenError, type Place } from '../crypto/aead.ts';
import { cut, segments } from '../crypto/cutting.ts';
import type { SecretKey } from '../crypto/key.ts';
import { headerBytes, sealedSegmentBytes } from '../crypto/segments.ts';
import { createSegmentSealer, openSegment } from '../crypto/stream.ts';

/** Seals what is too long for memory and is nobody's personal data, in the segmented format (see `platform/crypto/stream.ts`). */
export interface StreamBox {
  /** `name` binds it to the object it lies in. */
  seal(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer>;
  /**
   * @param bytes how long the sealed object is.
   * @throws OpenError before anything is yielded that was changed, moved, or is under another key; and at the end, where something is missing.
   */
  open(name: string, sealed: AsyncIterable<unknown>, bytes: number): AsyncGenerator<Buffer>;
}

export function createStreamBox(key: SecretKey): StreamBox {
  const placeOf = (name: string): Place => ({ use: 'source-code', object: name });
  return {
    async *seal(name, chunks) {
      const sealer = createSegmentSealer(key, placeOf(name));
      yield sealer.header;
      for await (const { bytes, last } of segments(chunks)) yield sealer.next(bytes, last);
    },
    async *open(name, sealed, bytes) {
      const place = placeOf(name);
      const count = Math.ceil((bytes - headerBytes) / sealedSegmentBytes);
      let header: Buffer | undefined;
      let index = 0;
      for await (const part of cut(sealed, sealedSegmentBytes, headerBytes)) {
        if (header === undefined) {
          header = Buffer.from(part);
          continue;
        }
        yield openSegment(key, place, header, index, index === count - 1, part);
        index += 1;
      }
      if (index !== count || count < 1) throw new OpenError(place.use);
    },
  };
}
