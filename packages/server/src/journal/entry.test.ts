import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Entry, encodeEntry, leafHash, maxEntryBytes, newSalt } from './entry.ts';

const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.constant('ä"\\\u2028'),
);
const optional = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
/** Names in `refs` stand in our own code; an engine would move those that look like a number. */
const refName = fc.stringMatching(/^[A-Za-z_$][A-Za-z0-9_$]{0,9}$/).filter((name) => name !== '__proto__');
/** Wilder than any caller may be: what is canonical must not hang on the form of the values. */
const entries = fc.record({
  kind: text,
  at: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }),
  actor: fc.record({ kind: text, id: text, role: optional(text), country: optional(text) }),
  subject: optional(text),
  purpose: optional(text),
  legalBasis: optional(text),
  grant: optional(text),
  scope: optional(
    fc.record({
      collection: optional(text),
      fields: optional(fc.array(text, { maxLength: 5 })),
      count: optional(fc.nat()),
    }),
  ),
  outcome: text,
  client: optional(text),
  sealed: optional(fc.array(text, { maxLength: 2 })),
  refs: optional(fc.dictionary(refName, fc.oneof(text, fc.integer()), { maxKeys: 6, noNullPrototype: true })),
}) as unknown as fc.Arbitrary<Entry>;

describe('an encoded entry', () => {
  it('is what an independent canonicaliser makes of it (RFC 8785)', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const { body } = encodeEntry(entry);
        expect(body.toString('utf8')).toBe(canonicalize(JSON.parse(body.toString('utf8'))));
      }),
      { numRuns: 500 },
    );
  });

  it('has the leaf hash of RFC 6962', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const { body, leaf } = encodeEntry(entry);
        expect(
          leaf.equals(
            createHash('sha256')
              .update(Buffer.from([0]))
              .update(body)
              .digest(),
          ),
        ).toBe(true);
        expect(leafHash(body).equals(leaf)).toBe(true);
      }),
    );
  });

  const plain: Entry = {
    kind: 'record.read',
    at: new Date('2026-11-23T09:00:00Z'),
    actor: { kind: 'system', id: 'obhut' },
    outcome: 'done',
  };

  it('cannot be guessed: no two are alike', () => {
    const salts = Array.from({ length: 10_000 }, newSalt);
    expect(new Set(salts).size).toBe(10_000);
    expect(salts.every((salt) => /^[A-Za-z0-9_-]{22}$/.test(salt))).toBe(true);
    expect(encodeEntry(plain).leaf.equals(encodeEntry(plain).leaf)).toBe(false);
    const salt = newSalt();
    expect(encodeEntry(plain, salt).leaf.equals(encodeEntry(plain, salt).leaf)).toBe(true);
  });

  it('is refused over its limit', () => {
    expect(() => encodeEntry({ ...plain, refs: { long: 'x'.repeat(maxEntryBytes) } })).toThrow('at most');
  });
});
