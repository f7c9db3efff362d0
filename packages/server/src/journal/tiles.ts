import { emptyRoot, rightEdge, type Tile, type TileReader } from '@obhut/proof';
import type { Queryable } from '../platform/database/database.ts';
import type { CustomerId, LogId } from '../platform/ids/ids.ts';
import { sha256 } from './sha256.ts';
import { type Extend, extendHere } from './tree-builder.ts';

export interface LogRef {
  readonly customer: CustomerId;
  readonly id: LogId;
}

/** A tile or an entry is not there, or is not what it was. Named, never served. */
export class JournalDamaged extends Error {
  override readonly name = 'JournalDamaged';
  readonly code = 'journal_damaged';
}

interface TileRow {
  readonly level: number;
  readonly n: number;
  readonly width: number;
  readonly hashes: Buffer;
  readonly digest: Buffer;
}

/**
 * Reads tiles of one log. There is one row per tile, in its newest width: hashes in a tile never change, they are only
 * added, so an older partial tile is the beginning of the newer one.
 */
export function tileReader(database: Queryable, log: LogRef): TileReader {
  return async ({ level, index, width }) => {
    const [row] = await database.query<TileRow>(
      'select level, n, width, hashes, digest from journal.tile where customer_id = $1 and log_id = $2 and level = $3 and n = $4',
      [log.customer, log.id, level, Number(index)],
      'journal-tile',
    );
    if (row === undefined || row.width < width || row.hashes.length !== row.width * 32)
      throw new JournalDamaged(`log ${log.id}: tile ${level}/${index} is not there in width ${width}`);
    if (!sha256(row.hashes).equals(row.digest))
      throw new JournalDamaged(`log ${log.id}: tile ${level}/${index} was changed`);
    return row.hashes.subarray(0, width * 32);
  };
}

async function readEdge(connection: Queryable, log: LogRef, size: number): Promise<Tile[]> {
  const read = tileReader(connection, log);
  const edge: Tile[] = [];
  // One after the other: a transaction has one connection.
  for (const tile of rightEdge(BigInt(size))) edge.push({ ...tile, data: await read(tile) });
  return edge;
}

/** How many leaves one transaction adds at the most: enough for the edge to be a small part of it. */
const chunk = 4_096;
const hashBytes = 32;

export interface TreeState {
  readonly size: number;
  readonly root: Buffer;
}

/**
 * Adds what has been appended to a log since its tree was last extended; one transaction per 4,096 leaves.
 * @returns the tree's new state, or `undefined` when another server is at it.
 * @throws JournalDamaged on a gap, or when the stored edge does not have the stored root.
 */
export async function integrateLog(
  connection: Queryable,
  log: LogRef,
  extend: Extend = extendHere,
): Promise<(TreeState & { readonly more: boolean }) | undefined> {
  const [tree] = await connection.query<{ size: number; root: Buffer }>(
    'select size, root from journal.tree where customer_id = $1 and log_id = $2 for update skip locked',
    [log.customer, log.id],
    'journal-tree-lock',
  );
  if (tree === undefined) return undefined;
  const leaves = await readLeaves(connection, log, tree.size);
  if (leaves.length === 0) return { size: tree.size, root: tree.root, more: false };
  const extended = await extend({
    size: BigInt(tree.size),
    edge: await readEdge(connection, log, tree.size),
    leaves,
    root: tree.size === 0 ? emptyRoot(sha256) : tree.root,
  });
  await writeTiles(connection, log, extended.tiles);
  const size = Number(extended.size);
  const root = Buffer.from(extended.root);
  await connection.query(
    'update journal.tree set size = $3, root = $4 where customer_id = $1 and log_id = $2',
    [log.customer, log.id, size, root],
    'journal-tree-update',
  );
  return { size, root, more: leaves.length === chunk * hashBytes };
}

/** The next leaf hashes in order, as one value: a row for each would cost more than hashing it. */
async function readLeaves(connection: Queryable, log: LogRef, from: number): Promise<Buffer> {
  const [row] = await connection.query<{ leaves: Buffer | null; count: number; first: number; last: number }>(
    `select string_agg(leaf, ''::bytea order by idx) as leaves, count(*) as count, min(idx) as first, max(idx) as last
     from (select idx, leaf from journal.entry where customer_id = $1 and log_id = $2 and idx >= $3 order by idx limit ${chunk}) as part`,
    [log.customer, log.id, from],
    'journal-new-leaves',
  );
  if (row === undefined || row.leaves === null) return Buffer.alloc(0);
  // First, last and count fit only where nothing is missing: idx is unique by key.
  if (row.first !== from || row.last !== from + row.count - 1 || row.leaves.length !== row.count * hashBytes)
    throw new JournalDamaged(`log ${log.id}: an entry after ${from} is missing`);
  return row.leaves;
}

async function writeTiles(connection: Queryable, log: LogRef, tiles: readonly Tile[]): Promise<void> {
  await connection.query(
    `insert into journal.tile (customer_id, log_id, level, n, width, hashes, digest)
     select $1, $2, t.*, sha256(t.hashes) from unnest($3::smallint[], $4::bigint[], $5::smallint[], $6::bytea[])
       as t (level, n, width, hashes)
     on conflict (customer_id, log_id, level, n)
     do update set width = excluded.width, hashes = excluded.hashes, digest = excluded.digest`,
    [
      log.customer,
      log.id,
      tiles.map(({ level }) => level),
      tiles.map(({ index }) => Number(index)),
      tiles.map(({ width }) => width),
      tiles.map(({ data }) => data),
    ],
    'journal-tiles-write',
  );
}
