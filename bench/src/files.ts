import { createCipheriv, randomBytes } from 'node:crypto';
import { additionalData } from '../../packages/server/src/platform/crypto/aead.ts';
import { SecretKey } from '../../packages/server/src/platform/crypto/key.ts';
import { segmentBytes } from '../../packages/server/src/platform/crypto/segments.ts';
import { createSegmentSealer, openSegment } from '../../packages/server/src/platform/crypto/stream.ts';
import { type Figure, figure } from './harness.ts';

const segments = 4_096;
const megabytes = (segments * segmentBytes) / 1_000_000;

function perSecond(work: () => void): number {
  work();
  const began = performance.now();
  work();
  return megabytes / ((performance.now() - began) / 1000);
}

/** 64 KiB segments sealed and opened on one core, beside bare AES-256-GCM over the same bytes. */
export async function benchFiles(): Promise<Figure[]> {
  const content = randomBytes(segmentBytes);
  const key = SecretKey.generate();
  const place = { use: 'file', customer: 'c', person: 'p', object: 'f', version: 1 } as const;
  const sealer = createSegmentSealer(key, place);
  const first = sealer.next(content, false);
  const sealed = perSecond(() => {
    const one = createSegmentSealer(key, place);
    for (let i = 0; i < segments; i += 1) one.next(content, i === segments - 1);
  });
  const opened = perSecond(() => {
    for (let i = 0; i < segments; i += 1) openSegment(key, place, sealer.header, 0, false, first);
  });
  const rawKey = randomBytes(32);
  const aad = additionalData(place);
  const raw = perSecond(() => {
    for (let i = 0; i < segments; i += 1) {
      const cipher = createCipheriv('aes-256-gcm', rawKey, randomBytes(12));
      cipher.setAAD(aad);
      cipher.update(content);
      cipher.final();
    }
  });
  return [figure('files-seal', sealed, 'MB/s', raw), figure('files-open', opened, 'MB/s', raw)];
}
