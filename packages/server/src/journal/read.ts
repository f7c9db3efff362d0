/** Reading a log: entries, tiles, checkpoints and proofs. Whatever is damaged is named and not served. */
import {
  encodeEntryBundle,
  formatNote,
  formatTlogProof,
  parseCheckpoint,
  proveConsistency,
  proveInclusion,
  type TileId,
  tileWidth,
  verifyInclusion,
} from '@obhut/proof';
import type { Database } from '../platform/database/database.ts';
import { leafHash } from './entry.ts';
import { type Log, minimumOf } from './logs.ts';
import { sha256 } from './sha256.ts';
import { JournalDamaged, tileReader } from './tiles.ts';

export interface StoredEntry {
  readonly index: number;
  readonly body: Buffer;
}

export interface SealedParts {
  readonly subjectPart: Buffer | undefined;
  readonly actorPart: Buffer | undefined;
}

export interface SignedTree {
  readonly size: number;
  readonly root: Buffer;
  /** The signed note. */
  readonly checkpoint: string;
  readonly signedAt: Date;
}

export interface JournalReader {
  /** Entries from `after` (exclusive; -1 from the start), oldest first. */
  entries(log: Log, after: number, limit: number): Promise<readonly StoredEntry[]>;
  /** Entries before `before` (exclusive; `undefined`: from the end), newest first. */
  newest(log: Log, before: number | undefined, limit: number): Promise<readonly StoredEntry[]>;
  sealedParts(log: Log, indexes: readonly number[]): Promise<ReadonlyMap<number, SealedParts>>;
  /** The newest signed checkpoint; `undefined` before the first. */
  signedTree(log: Log): Promise<SignedTree | undefined>;
  tile(log: Log, tile: TileId): Promise<Buffer | undefined>;
  /** The smallest number whose entry can still be read; older ones are over their retention. */
  minimum(log: Log): Promise<number>;
  bundle(log: Log, index: number, width: number): Promise<Buffer | undefined>;
  /** A `.tlog-proof` whose `extra` is the entry; `undefined` while it is not under a checkpoint yet, and after its end. */
  proof(log: Log, index: number): Promise<string | undefined>;
  /** That the tree of `oldSize` is the beginning of the signed one; `undefined` when the log is not that long. */
  consistency(
    log: Log,
    oldSize: number,
  ): Promise<{ readonly tree: SignedTree; readonly proof: readonly Uint8Array[] } | undefined>;
}

interface EntryRow {
  readonly idx: number;
  readonly leaf: Buffer;
  readonly body: Buffer;
}

function undamaged(log: Log, rows: readonly EntryRow[]): StoredEntry[] {
  return rows.map(({ idx, leaf, body }) => {
    if (!leafHash(body).equals(leaf)) throw new JournalDamaged(`log ${log.id}: entry ${idx} was changed`);
    return { index: idx, body };
  });
}

export function createJournalReader(database: Database): JournalReader {
  async function entries(log: Log, after: number, limit: number): Promise<StoredEntry[]> {
    const rows = await database.query<EntryRow>(
      'select idx, leaf, body from journal.entry where customer_id = $1 and log_id = $2 and idx > $3 order by idx limit $4',
      [log.customer, log.id, after, limit],
      'journal-entries',
    );
    return undamaged(log, rows);
  }

  async function signedTree(log: Log): Promise<SignedTree | undefined> {
    const [row] = await database.query<{ checkpoint: string | null; signed_at: Date }>(
      'select checkpoint, signed_at from journal.tree where customer_id = $1 and log_id = $2',
      [log.customer, log.id],
      'journal-checkpoint',
    );
    if (row === undefined || row.checkpoint === null) return undefined;
    const { size, root } = parseCheckpoint(Buffer.from(row.checkpoint));
    return { size: Number(size), root: Buffer.from(root), checkpoint: row.checkpoint, signedAt: row.signed_at };
  }

  async function tile(log: Log, id: TileId): Promise<Buffer | undefined> {
    const tree = await signedTree(log);
    if (tree === undefined || tileWidth(id.level, id.index, BigInt(tree.size)) < id.width) return undefined;
    return Buffer.from(await tileReader(database, log)(id));
  }

  async function newest(log: Log, before: number | undefined, limit: number): Promise<StoredEntry[]> {
    const rows = await database.query<EntryRow>(
      `select idx, leaf, body from journal.entry
       where customer_id = $1 and log_id = $2 and ($3::bigint is null or idx < $3) order by idx desc limit $4`,
      [log.customer, log.id, before ?? null, limit],
      'journal-newest',
    );
    return undamaged(log, rows);
  }

  return {
    entries,
    newest,
    minimum: (log) => minimumOf(database, log),
    signedTree,
    tile,
    async sealedParts(log, indexes) {
      const rows = await database.query<{ idx: number; subject_part: Buffer | null; actor_part: Buffer | null }>(
        'select idx, subject_part, actor_part from journal.sealed where customer_id = $1 and log_id = $2 and idx = any($3::bigint[])',
        [log.customer, log.id, indexes],
        'journal-sealed',
      );
      return new Map(
        rows.map((row) => [
          row.idx,
          { subjectPart: row.subject_part ?? undefined, actorPart: row.actor_part ?? undefined },
        ]),
      );
    },
    async bundle(log, index, width) {
      const tree = await signedTree(log);
      const from = index * 256;
      if (tree === undefined || from + width > tree.size) return undefined;
      if (from < (await minimumOf(database, log))) return undefined;
      const found = await entries(log, from - 1, width);
      if (found.length !== width) throw new JournalDamaged(`log ${log.id}: bundle ${index} is not whole`);
      return Buffer.from(encodeEntryBundle(found.map(({ body }) => body)));
    },
    async proof(log, index) {
      const tree = await signedTree(log);
      if (tree === undefined || index >= tree.size) return undefined;
      const [entry] = await entries(log, index - 1, 1);
      if (entry?.index !== index && index < (await minimumOf(database, log))) return undefined;
      if (entry?.index !== index) throw new JournalDamaged(`log ${log.id}: entry ${index} is missing`);
      const path = { index: BigInt(index), size: BigInt(tree.size) };
      const proof = await proveInclusion({ ...path, read: tileReader(database, log), hash: sha256 });
      try {
        verifyInclusion({ ...path, leafHash: leafHash(entry.body), root: tree.root, proof, hash: sha256 });
      } catch {
        throw new JournalDamaged(`log ${log.id}: a tile above entry ${index} was changed`);
      }
      return formatTlogProof({
        extra: entry.body,
        index: path.index,
        proof,
        checkpoint: withoutTime(tree.checkpoint),
      });
    },
    async consistency(log, oldSize) {
      const tree = await signedTree(log);
      if (tree === undefined || oldSize < 1 || oldSize > tree.size) return undefined;
      const proof = await proveConsistency({
        oldSize: BigInt(oldSize),
        size: BigInt(tree.size),
        read: tileReader(database, log),
        hash: sha256,
      });
      return { tree, proof };
    },
  };
}

/**
 * A proof file carries the log's own signature only: a line under a key that the verifier does not know would be ignored,
 * so a byte of it could be changed unnoticed.
 */
function withoutTime(checkpoint: string): string {
  const { note } = parseCheckpoint(Buffer.from(checkpoint));
  return formatNote(note.text, note.signatures.slice(0, 1));
}
