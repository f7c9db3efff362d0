import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { additionalData, open, type Place, seal, unwrapKey, wrapKey } from './aead.ts';
import { commitment, keyedDigest, SecretKey } from './key.ts';

const key = SecretKey.generate();
const place: Required<Place> = {
  use: 'record',
  customer: 'c',
  person: 'p',
  collection: 'l',
  object: 'o',
  version: 3,
};

/** The same place but for one part. */
const elsewhere: Place[] = [
  { ...place, use: 'file' },
  { ...place, customer: 'x' },
  { ...place, person: 'x' },
  { ...place, collection: 'x' },
  { ...place, object: 'x' },
  { ...place, version: 4 },
  { use: 'record' },
  { ...place, person: 'c', customer: 'p' },
];

describe('seal and open', () => {
  it('give back what they took', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4_000 }), (content) => {
        expect(open(key, place, seal(key, place, content)).equals(content)).toBe(true);
      }),
    );
  });

  it('refuse every flipped byte and every shorter text', () => {
    const sealed = seal(key, place, Buffer.from('Ada'));
    for (let i = 0; i < sealed.length; i += 1) {
      const changed = Buffer.from(sealed);
      changed[i] = (changed[i] ?? 0) ^ 0x80;
      expect(() => open(key, place, changed), `byte ${i}`).toThrow('was changed');
      expect(() => open(key, place, sealed.subarray(0, i)), `length ${i}`).toThrow('was changed');
    }
  });

  it.each(elsewhere)('refuse another place: %j', (other) => {
    expect(() => open(key, other, seal(key, place, Buffer.from('Ada')))).toThrow('was changed');
  });

  it('give each place its own additional data', () => {
    expect(new Set([place, ...elsewhere].map((one) => additionalData(one).toString())).size).toBe(elsewhere.length + 1);
  });

  it('refuse another key, and a key that was destroyed', () => {
    const own = SecretKey.generate();
    const sealed = seal(own, place, Buffer.from('Ada'));
    expect(() => open(key, place, sealed)).toThrow('was changed');
    own.destroy();
    expect(() => open(own, place, sealed)).toThrow('destroyed');
    expect(() => seal(own, place, Buffer.from('x'))).toThrow('destroyed');
  });

  it('never use a nonce twice', () => {
    const nonces = new Set<string>();
    for (let i = 0; i < 100_000; i += 1) nonces.add(seal(key, place, Buffer.alloc(0)).toString('latin1', 1, 13));
    expect(nonces.size).toBe(100_000);
  });
});

describe('a wrapped key', () => {
  const wrapPlace: Place = { ...place, use: 'wrap-data-key' };

  it('comes back, with what was attached to it', () => {
    const inner = SecretKey.generate();
    const attached = Buffer.from('subject');
    const unwrapped = unwrapKey(key, wrapPlace, wrapKey(key, wrapPlace, inner, attached));
    expect(SecretKey.bytesOf(unwrapped.key).equals(SecretKey.bytesOf(inner))).toBe(true);
    expect(unwrapped.attached.equals(attached)).toBe(true);
  });

  it('is refused with the commitment of another key, or half of its own', () => {
    const own = wrapKey(key, wrapPlace, SecretKey.generate());
    for (const wrong of [commitment(SecretKey.generate()), own.commitment.subarray(0, 8), Buffer.alloc(0)])
      expect(() => unwrapKey(key, wrapPlace, { ...own, commitment: wrong })).toThrow('was changed');
  });

  it('says nothing of the key in its commitment', () => {
    const inner = SecretKey.generate();
    expect(commitment(inner)).toHaveLength(16);
    expect(SecretKey.bytesOf(inner).includes(commitment(inner))).toBe(false);
    expect(commitment(inner)).toEqual(commitment(SecretKey.from(SecretKey.bytesOf(inner))));
  });
});

describe('a keyed digest', () => {
  it('tells ("ab", "c") from ("a", "bc")', () => {
    expect(keyedDigest(key, 'ab', 'c').equals(keyedDigest(key, 'a', 'bc'))).toBe(false);
    expect(keyedDigest(key, 'ab', '').equals(keyedDigest(key, 'ab'))).toBe(false);
  });
});
