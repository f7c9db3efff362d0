import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Place } from './aead.ts';
import { derivedUuid } from './derived-id.ts';
import { SecretKey } from './key.ts';
import { sealedBytes, segmentBytes, segmentCount } from './segments.ts';
import { createSegmentSealer, openSegment } from './stream.ts';

const key = SecretKey.generate();
const place: Place = { use: 'file', customer: 'c', object: 'f', version: 1 };

function sealAll(content: Buffer): { header: Buffer; segments: Buffer[] } {
  const sealer = createSegmentSealer(key, place);
  const count = segmentCount(content.length);
  const segments = Array.from({ length: count }, (_, i) =>
    sealer.next(content.subarray(i * segmentBytes, (i + 1) * segmentBytes), i === count - 1),
  );
  return { header: sealer.header, segments };
}

const openAll = ({ header, segments }: { header: Buffer; segments: readonly Buffer[] }) =>
  Buffer.concat(segments.map((segment, i) => openSegment(key, place, header, i, i === segments.length - 1, segment)));

describe('a sealed stream', () => {
  it.each([0, 1, segmentBytes - 1, segmentBytes, segmentBytes + 1, 3 * segmentBytes])(
    'of %i bytes comes back',
    (bytes) => {
      const content = randomBytes(bytes);
      const sealed = sealAll(content);
      expect(openAll(sealed).equals(content)).toBe(true);
      const size = sealed.header.length + sealed.segments.reduce((sum, { length }) => sum + length, 0);
      expect(size).toBe(sealedBytes(bytes));
    },
  );

  const { header, segments } = sealAll(randomBytes(3 * segmentBytes + 10));
  const [a, b, c, d] = segments as [Buffer, Buffer, Buffer, Buffer];
  const other = sealAll(randomBytes(3 * segmentBytes + 10));

  it.each([
    ['two segments swapped', [b, a, c, d]],
    ['a segment dropped', [a, c, d]],
    ['a segment twice', [a, a, b, c, d]],
    ['the end cut off at a border', [a, b, c]],
    ['everything but the first cut off', [a]],
    ['a segment of another file under the same key', [a, other.segments[1] as Buffer, c, d]],
    ['something appended', [a, b, c, d, d]],
  ])('is refused with %s', (_what, changed) => {
    expect(() => openAll({ header, segments: changed })).toThrow('was changed');
  });

  it('is refused with a last flag that is not true', () => {
    expect(() => openSegment(key, place, header, 0, true, a)).toThrow('was changed');
    expect(() => openSegment(key, place, header, 3, false, d)).toThrow('was changed');
  });

  it('is refused with another header, place, key or suite', () => {
    expect(() => openSegment(key, place, other.header, 0, false, a)).toThrow('was changed');
    expect(() => openSegment(key, { ...place, version: 2 }, header, 0, false, a)).toThrow('was changed');
    expect(() => openSegment(SecretKey.generate(), place, header, 0, false, a)).toThrow('was changed');
    const suite = Buffer.from(header);
    suite[0] = 2;
    expect(() => openSegment(key, place, suite, 0, false, a)).toThrow('was changed');
    expect(() => openSegment(key, place, header, 0, false, a.subarray(0, 15))).toThrow('was changed');
  });

  it('seals nothing after its last segment and none of a wrong size', () => {
    const sealer = createSegmentSealer(key, place);
    expect(() => sealer.next(Buffer.alloc(10), false)).toThrow('wrong size');
    sealer.next(Buffer.alloc(10), true);
    expect(() => sealer.next(Buffer.alloc(10), true)).toThrow('nothing follows');
  });
});

describe('a derived id', () => {
  it('follows from its parts and the key, and has the form of a random one', () => {
    const id = derivedUuid(key, 'import', 'a', '1');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(derivedUuid(key, 'import', 'a', '1')).toBe(id);
    const others = [
      derivedUuid(key, 'import', 'a', '2'),
      derivedUuid(key, 'import', 'a1', ''),
      derivedUuid(SecretKey.generate(), 'import', 'a', '1'),
    ];
    expect(new Set([id, ...others]).size).toBe(4);
  });
});
