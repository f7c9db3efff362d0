import { formatDecimal, parseDecimal } from './decimal.ts';
import { decodeBase64, encodeBase64 } from './encoding.ts';
import { needs } from './errors.ts';
import { needsHash } from './merkle.ts';
import { type Note, parseNote } from './note.ts';

/** What a log says of itself at one size. */
export interface TreeHead {
  /** The log's name, such as `example.com/log42`. */
  readonly origin: string;
  /** Number of entries. */
  readonly size: bigint;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** A parsed checkpoint. Nothing in it may be believed before `verifyNote(checkpoint.note, keys)`. */
export interface Checkpoint extends TreeHead {
  /** Further signed lines; rarely any, because nobody audits them. */
  readonly extensions: readonly string[];
  readonly note: Note;
}

/**
 * The text of a checkpoint, to be signed as a note: origin, size and root, a line each (C2SP tlog-checkpoint). Throws
 * `checkpoint_invalid`, `hash_invalid`, `number_out_of_range`.
 */
export function formatCheckpointText({ origin, size, root }: TreeHead): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the specification forbids exactly these
  needs(/^[^\u0000-\u001f]+$/.test(origin), 'checkpoint_invalid', 'an origin is one line, not empty');
  needsHash(root, 'root');
  return `${origin}\n${formatDecimal(size, 'tree size')}\n${encodeBase64(root)}\n`;
}

/**
 * Parses a checkpoint with its signatures, without verifying them. Throws `checkpoint_invalid`, `hash_invalid`, and what
 * `parseNote` and the encodings throw.
 */
export function parseCheckpoint(bytes: Uint8Array): Checkpoint {
  const note = parseNote(bytes);
  const [origin, size, root, ...extensions] = note.text.slice(0, -1).split('\n');
  needs(
    origin !== undefined && size !== undefined && root !== undefined,
    'checkpoint_invalid',
    'a checkpoint has three lines: origin, size, root',
  );
  needs(![origin, ...extensions].includes(''), 'checkpoint_invalid', 'a checkpoint has no empty line');
  const rootHash = decodeBase64(root, 'root hash');
  needsHash(rootHash, 'root hash');
  return { origin, size: parseDecimal(size, 'tree size'), root: rootHash, extensions, note };
}
