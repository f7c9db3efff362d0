import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pad, padme, unpad } from './padding.ts';

describe('Padmé', () => {
  it.each([
    // From the paper's own reference implementation.
    [9, 10],
    [100, 104],
    [1_000, 1_024],
    [10_000, 10_240],
    [100_000, 100_352],
    [1_000_000, 1_015_808],
  ])('pads %i bytes to %i', (length, padded) => {
    expect(padme(length)).toBe(padded);
  });

  it('adds at most 12 %, never shortens, is monotonous and stable', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (length) => {
        const padded = padme(length);
        expect(padded).toBeGreaterThanOrEqual(length);
        expect(padded).toBeLessThanOrEqual(length * 1.12);
        expect(padme(length + 1)).toBeGreaterThanOrEqual(padded);
        expect(padme(padded)).toBe(padded);
      }),
    );
  });

  it('leaves few sizes: a megabyte of lengths shows less than a thousand of them', () => {
    const sizes = new Set<number>();
    for (let length = 0; length < 1_000_000; length += 1) sizes.add(padme(length));
    expect(sizes.size).toBeLessThan(1_000);
  });
});

describe('pad', () => {
  it('gives back what it took', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (content) => {
        expect(Buffer.from(content).equals(unpad(pad(content)))).toBe(true);
      }),
    );
  });

  it('makes a yes as long as a no', () => {
    expect(pad(Buffer.from('yes')).length).toBe(pad(Buffer.from('no')).length);
    expect(pad(Buffer.alloc(0)).length).toBe(pad(Buffer.alloc(60)).length);
  });

  it('refuses a length that is longer than what there is', () => {
    const padded = pad(Buffer.from('x'));
    padded.writeUInt32BE(1_000, 0);
    expect(() => unpad(padded)).toThrow('shorter than it says');
    expect(() => unpad(Buffer.alloc(3))).toThrow('too short');
  });
});
