import { decodeUtf8, encodeUtf8 } from './bytes.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { formatDecimal, parseDecimal } from './decimal.ts';
import { decodeBase64, encodeBase64 } from './encoding.ts';
import { needs } from './errors.ts';
import { needsHash } from './merkle.ts';

/** The parts of a `.tlog-proof` file. */
export interface TlogProofParts {
  /** Opaque data beside the proof; in a receipt of Obhut the bytes of the entry itself. Never empty. */
  readonly extra?: Uint8Array | undefined;
  /** Position of the entry in the log, from 0. */
  readonly index: bigint;
  /** Sibling hashes, the leaf's own first. */
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint, as `formatNote` returns it. */
  readonly checkpoint: string;
}

/** A parsed `.tlog-proof` file. Nothing in it may be believed before `verifyTlogProof`. */
export interface TlogProof {
  readonly extra: Uint8Array | undefined;
  readonly index: bigint;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: Checkpoint;
}

const header = 'c2sp.org/tlog-proof@v1';
/** Enough for the largest entry and 100 signatures, and little enough to parse without a thought. */
const maxFileBytes = 1_000_000;
/** A tree of 2^64 entries is 64 levels high. */
const maxProofHashes = 64;
const newline = 0x0a;

/** The file of a proof (C2SP tlog-proof). Throws `proof_file_invalid` and what `parseCheckpoint` throws. */
export function formatTlogProof({ extra, index, proof, checkpoint }: TlogProofParts): string {
  parseCheckpoint(encodeUtf8(checkpoint));
  needs(extra === undefined || extra.length > 0, 'proof_file_invalid', 'empty extra data is left out');
  needs(proof.length <= maxProofHashes, 'proof_file_invalid', `more than ${maxProofHashes} hashes`);
  for (const hash of proof) needsHash(hash, 'proof');
  const lines = [
    header,
    ...(extra === undefined ? [] : [`extra ${encodeBase64(extra)}`]),
    `index ${formatDecimal(index, 'index')}`,
    ...proof.map(encodeBase64),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** The first empty line ends the proof, whose own lines are never empty; what follows is the checkpoint, byte for byte. */
function splitFile(file: Uint8Array): { head: string; checkpoint: Uint8Array } {
  const end = file.findIndex((byte, i) => byte === newline && file[i + 1] === newline);
  needs(end >= 0, 'proof_file_invalid', 'no blank line between proof and checkpoint');
  return { head: decodeUtf8(file.subarray(0, end)), checkpoint: file.subarray(end + 2) };
}

/**
 * Parses a `.tlog-proof` file (C2SP tlog-proof) without verifying it. There is one spelling for each proof: a file that
 * differs in one byte either does not parse, or says something else. Throws `proof_file_invalid`, `hash_invalid`, and
 * what `parseCheckpoint` and the encodings throw.
 */
export function parseTlogProof(file: Uint8Array): TlogProof {
  needs(file.length <= maxFileBytes, 'proof_file_invalid', `a proof file has at most ${maxFileBytes} bytes`);
  const { head, checkpoint } = splitFile(file);
  const [first, ...lines] = head.split('\n');
  needs(first === header, 'proof_file_invalid', `the first line is not ${header}`);

  let extra: Uint8Array | undefined;
  if (lines[0]?.startsWith('extra ')) {
    extra = decodeBase64(lines[0].slice('extra '.length), 'extra data');
    needs(extra.length > 0, 'proof_file_invalid', 'empty extra data is left out');
    lines.shift();
  }
  const [indexLine, ...hashes] = lines;
  needs(indexLine?.startsWith('index ') === true, 'proof_file_invalid', 'no index line');
  needs(hashes.length <= maxProofHashes, 'proof_file_invalid', `more than ${maxProofHashes} hashes`);
  const proof = hashes.map((line) => {
    const hash = decodeBase64(line, 'proof hash');
    needsHash(hash, 'proof hash');
    return hash;
  });
  return {
    extra,
    index: parseDecimal(indexLine.slice('index '.length), 'index'),
    proof,
    checkpoint: parseCheckpoint(checkpoint),
  };
}
