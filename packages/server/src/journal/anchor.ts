/**
 * Anchors: about once a minute the page log gets one salted root over the checkpoints of all other logs that have moved.
 * Outsiders can keep and witness the page log, and so anchor what they may not see: without its salt a leaf tells nothing
 * of the log behind it, and whoever is handed salt and path can check that a checkpoint is covered.
 */
import { hash } from 'node:crypto';
import { extendTree, proveInclusion, type Tile } from '@obhut/proof';
import type { Clock } from '../platform/clock/clock.ts';
import { randomFrom } from '../platform/crypto/random.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import type { CustomerId, LogId } from '../platform/ids/ids.ts';
import { encodeEntry } from './entry.ts';
import type { Log, Logs } from './logs.ts';
import type { AppendQueue } from './queue.ts';
import { sha256 } from './sha256.ts';
import { JournalDamaged } from './tiles.ts';

/** That a checkpoint is covered by an entry of the page log. */
export interface AnchorProof {
  readonly page: { readonly origin: string; readonly index: number };
  /** The text of the checkpoint (origin, size, root), without signatures. */
  readonly checkpoint: string;
  /** 16 bytes. The leaf is SHA-256(0x00 ‖ salt ‖ checkpoint). */
  readonly salt: Buffer;
  readonly position: number;
  readonly count: number;
  /** RFC 6962 inclusion path up to the root that stands in the entry. */
  readonly proof: readonly Uint8Array[];
}

export interface Anchors {
  /** Anchors what has moved since the last time, when the minute is over. @returns how many checkpoints. */
  anchor(): Promise<number>;
  /** The newest anchor of a log; `undefined` before the first. */
  proof(log: Log): Promise<AnchorProof | undefined>;
}

const saltBytes = 16;
const everyMs = 60_000;
const hashBytes = 32;

interface Moved {
  readonly customer_id: CustomerId;
  readonly log_id: LogId;
  readonly origin: string;
  readonly checkpoint_size: number;
  readonly checkpoint: string;
}

/** A signed note's text ends at its last blank line. */
const textOf = (note: string) => note.slice(0, note.lastIndexOf('\n\n') + 1);
const leafOf = (salt: Uint8Array, text: string) =>
  hash('sha256', Buffer.concat([Buffer.from([0]), salt, Buffer.from(text)]), 'buffer');

export interface AnchorsOptions {
  readonly database: Database;
  readonly queue: AppendQueue;
  readonly logs: Logs;
  readonly clock: Clock;
  readonly everyMs?: number;
}

export function createAnchors({ database, queue, logs, clock, everyMs: interval = everyMs }: AnchorsOptions): Anchors {
  let last = Number.NEGATIVE_INFINITY;

  async function pageLog(): Promise<Log | undefined> {
    const [row] = await database.query<{ customer_id: CustomerId }>(
      "select customer_id from journal.log where kind = 'page' and ended_at is null",
    );
    return row && logs.of(row.customer_id, 'page');
  }

  async function moved(): Promise<readonly Moved[]> {
    return database.query<Moved>(
      `select t.customer_id, t.log_id, l.origin, t.checkpoint_size, t.checkpoint
       from journal.tree t join journal.log l using (customer_id, log_id) left join journal.anchor a using (customer_id, log_id)
       where l.kind <> 'page' and l.ended_at is null and t.checkpoint_size > coalesce(a.size, 0)
       order by t.customer_id, t.log_id`,
    );
  }

  async function store(
    connection: Queryable,
    page: Log,
    index: number,
    round: readonly Moved[],
    salts: readonly Buffer[],
    leaves: Buffer,
  ): Promise<void> {
    await connection.query(
      'insert into journal.anchor_round (customer_id, log_id, idx, leaves) values ($1, $2, $3, $4)',
      [page.customer, page.id, index, leaves],
    );
    await connection.query(
      `insert into journal.anchor (customer_id, log_id, size, page_log_id, page_idx, position, salt, checkpoint)
       select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::bigint[], $6::integer[], $7::bytea[], $8::text[])
       on conflict (customer_id, log_id) do update set size = excluded.size, page_log_id = excluded.page_log_id,
         page_idx = excluded.page_idx, position = excluded.position, salt = excluded.salt, checkpoint = excluded.checkpoint`,
      [
        round.map((log) => log.customer_id),
        round.map((log) => log.log_id),
        round.map((log) => log.checkpoint_size),
        round.map(() => page.id),
        round.map(() => index),
        round.map((_log, position) => position),
        salts,
        round.map((log) => textOf(log.checkpoint)),
      ],
    );
    // Leaves that no log refers to any more prove nothing.
    await connection.query(
      `delete from journal.anchor_round r where customer_id = $1
         and not exists (select 1 from journal.anchor a where a.page_log_id = r.log_id and a.page_idx = r.idx)`,
      [page.customer],
    );
  }

  return {
    async anchor() {
      if (clock.monotonicMs() - last < interval) return 0;
      last = clock.monotonicMs();
      const page = await pageLog();
      const round = page === undefined ? [] : await moved();
      if (page === undefined || round.length === 0) return 0;
      const salts = round.map(() => randomFrom(saltBytes));
      const leafHashes = round.map(({ checkpoint }, i) => leafOf(salts[i] ?? Buffer.alloc(0), textOf(checkpoint)));
      const { root } = extendTree({ size: 0n, edge: [], leafHashes, hash: sha256 });
      const entry = encodeEntry({
        kind: 'anchor',
        at: clock.now(),
        actor: { kind: 'system', id: 'obhut' },
        outcome: 'done',
        refs: { count: round.length, root: Buffer.from(root).toString('base64') },
      });
      const outcome = await queue.append({ customer: page.customer, log: page.id, fence: undefined, ...entry });
      if (outcome.state !== 'appended') return 0;
      // After the entry: a crash in between leaves an anchor that nobody can point into, and the next minute makes another.
      await database.transaction((connection) =>
        store(connection, page, outcome.index, round, salts, Buffer.concat(leafHashes)),
      );
      return round.length;
    },
    async proof(log) {
      const [row] = await database.query<{
        page_log_id: LogId;
        page_idx: number;
        position: number;
        salt: Buffer;
        checkpoint: string;
        leaves: Buffer;
        origin: string;
      }>(
        `select a.page_log_id, a.page_idx, a.position, a.salt, a.checkpoint, r.leaves, l.origin
         from journal.anchor a
         join journal.anchor_round r on r.log_id = a.page_log_id and r.idx = a.page_idx
         join journal.log l on l.log_id = a.page_log_id
         where a.customer_id = $1 and a.log_id = $2`,
        [log.customer, log.id],
      );
      if (row === undefined) return undefined;
      const count = row.leaves.length / hashBytes;
      const leafHashes = Array.from({ length: count }, (_, i) =>
        row.leaves.subarray(i * hashBytes, (i + 1) * hashBytes),
      );
      if (!leafHashes[row.position]?.equals(leafOf(row.salt, row.checkpoint)))
        throw new JournalDamaged(`log ${log.id}: its anchor was changed`);
      const { tiles } = extendTree({ size: 0n, edge: [], leafHashes, hash: sha256 });
      return {
        page: { origin: row.origin, index: row.page_idx },
        checkpoint: row.checkpoint,
        salt: row.salt,
        position: row.position,
        count,
        proof: await proveInclusion({
          index: BigInt(row.position),
          size: BigInt(count),
          read: async ({ level, index, width }) => tileData(tiles, level, index).subarray(0, width * hashBytes),
          hash: sha256,
        }),
      };
    },
  };
}

function tileData(tiles: readonly Tile[], level: number, index: bigint): Uint8Array {
  const tile = tiles.find((one) => one.level === level && one.index === index);
  if (tile === undefined) throw new JournalDamaged(`an anchor has no tile ${level}/${index}`);
  return tile.data;
}
