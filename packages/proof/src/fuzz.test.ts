import fc from 'fast-check';
import { beforeAll, test } from 'vitest';
import { parseEntryBundle } from './bundle.ts';
import { concatBytes, decodeUtf8, encodeUtf8 } from './bytes.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { parseCosignature } from './cosignature.ts';
import { parseDecimal } from './decimal.ts';
import { decodeBase64, decodeHex } from './encoding.ts';
import { ProofError } from './errors.ts';
import { formatVerifierKey, parseVerifierKey } from './key.ts';
import { formatNote, parseNote } from './note.ts';
import { createReceipt, createSigner, type TestSigner } from './testing/receipt.ts';
import { bundlePath, parseBundlePath, parseTilePath, tilePath } from './tile.ts';
import { formatTlogProof, parseTlogProof } from './tlog-proof.ts';
import { verifyTlogProof } from './verify.ts';

const numRuns = 3000;
let signer: TestSigner;
let receipt: Uint8Array;

beforeAll(async () => {
  signer = await createSigner('log.example/fuzz');
  receipt = await createReceipt({ signer, index: 5, size: 11 });
});

interface Mutation {
  readonly at: number;
  readonly remove: number;
  readonly insert: Uint8Array;
  readonly copyFrom: number | null;
}

/** Cuts, copies, flips and inserts, as a damaged disk or an attacker would. */
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  remove: fc.nat(40),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.constantFrom('\n', '\n\n', '=', ' ', '\u2014 ', 'extra ', 'index ', '0', '\r').map(encodeUtf8),
  ),
  copyFrom: fc.option(fc.nat()),
});

function mutate(seed: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  return mutations.reduce((bytes, { at, remove, insert, copyFrom }) => {
    const position = bytes.length === 0 ? 0 : at % bytes.length;
    const copied = copyFrom === null ? insert : bytes.subarray(copyFrom % (bytes.length + 1)).subarray(0, 50);
    return concatBytes(bytes.subarray(0, position), copied, bytes.subarray(position + remove));
  }, seed);
}

/** Only a `ProofError` may come out; what parses must be what its formatter prints. */
function survives(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
  }
}

/** Fails when a parser took a spelling that its formatter would not have written. */
function sameBytes(printed: string, read: Uint8Array): void {
  if (!Buffer.from(printed).equals(read)) throw new Error(`two spellings: ${JSON.stringify(printed)}`);
}

const parsers: ReadonlyArray<readonly [name: string, seed: () => Uint8Array, parse: (bytes: Uint8Array) => void]> = [
  [
    'parseTlogProof',
    () => receipt,
    (bytes) => {
      const parsed = parseTlogProof(bytes);
      const { text, signatures } = parsed.checkpoint.note;
      sameBytes(formatTlogProof({ ...parsed, checkpoint: formatNote(text, signatures) }), bytes);
    },
  ],
  [
    'parseNote',
    () => encodeUtf8(decodeUtf8(receipt).split('\n\n').slice(1).join('\n\n')),
    (bytes) => {
      const { text, signatures } = parseNote(bytes);
      sameBytes(formatNote(text, signatures), bytes);
    },
  ],
  [
    'parseCheckpoint',
    () => encodeUtf8(decodeUtf8(receipt).split('\n\n').slice(1).join('\n\n')),
    (bytes) => void parseCheckpoint(bytes),
  ],
  [
    'parseVerifierKey',
    () => encodeUtf8(formatVerifierKey(signer.key)),
    (bytes) => sameBytes(formatVerifierKey(parseVerifierKey(decodeUtf8(bytes))), bytes),
  ],
  [
    'parseTilePath',
    () => encodeUtf8('tile/3/x123/x456/078.p/2'),
    (bytes) => sameBytes(tilePath(parseTilePath(decodeUtf8(bytes))), bytes),
  ],
  [
    'parseBundlePath',
    () => encodeUtf8('tile/entries/x123/x456/078.p/2'),
    (bytes) => sameBytes(bundlePath(parseBundlePath(decodeUtf8(bytes))), bytes),
  ],
  ['parseEntryBundle', () => Uint8Array.of(0, 2, 1, 1, 0, 0), (bytes) => void parseEntryBundle(bytes, 2)],
  ['parseCosignature', () => new Uint8Array(72), (bytes) => void parseCosignature(bytes)],
  ['decodeBase64', () => encodeUtf8('AAAAAA=='), (bytes) => void decodeBase64(decodeUtf8(bytes))],
  ['decodeHex', () => encodeUtf8('00ff'), (bytes) => void decodeHex(decodeUtf8(bytes))],
  ['parseDecimal', () => encodeUtf8('1234'), (bytes) => void parseDecimal(decodeUtf8(bytes))],
];

test.each(parsers)('%s takes random and damaged bytes without any error but its own', (_, seed, parse) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => survives(() => parse(bytes))),
    { numRuns },
  );
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) =>
      survives(() => parse(mutate(seed(), mutations))),
    ),
    { numRuns },
  );
});

test('text that is no text in bytes is refused in the same way', () => {
  const takesText = [parseVerifierKey, parseTilePath, parseBundlePath, decodeBase64, decodeHex, parseDecimal];
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...takesText), (text, parse) =>
      survives(() => void parse(text)),
    ),
    { numRuns },
  );
});

test('verifyTlogProof fails on damaged files with its own error, and takes none that says anything else', async () => {
  const said = decodeUtf8(receipt).split('\u2014')[0] ?? '';
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
      const file = mutate(receipt, mutations);
      if (Buffer.from(file).equals(Buffer.from(receipt))) return;
      try {
        await verifyTlogProof({ file, keys: [signer.key] });
      } catch (error) {
        if (error instanceof ProofError) return;
        throw error;
      }
      // What may change is only what the specification tells verifiers to ignore: further signature lines.
      if (!decodeUtf8(file).startsWith(said)) throw new Error(`a damaged file verified: ${decodeUtf8(file)}`);
    }),
    { numRuns: 1500 },
  );
});

test('parsing takes time in proportion to the bytes, also of files made to be slow', () => {
  const hostile = [
    '\n'.repeat(999_999),
    'a\n'.repeat(499_999),
    `${'a'.repeat(999_998)}\n`,
    `x ${' '.repeat(999_000)}\n\n`,
  ];
  for (const text of hostile) {
    for (const prefix of ['', 'c2sp.org/tlog-proof@v1\n', 'a\n\n']) {
      const bytes = encodeUtf8((prefix + text).slice(0, 1_000_000));
      survives(() => void parseNote(bytes));
      survives(() => void parseTlogProof(bytes));
      survives(() => void parseVerifierKey(prefix + text));
      survives(() => void parseTilePath(prefix + text));
      survives(() => void parseDecimal(prefix + text));
    }
  }
}, 5_000);
