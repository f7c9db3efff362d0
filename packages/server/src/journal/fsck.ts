import { emptyRoot, extendTree, parseCheckpoint, rightEdge, type Tile } from '@obhut/proof';
import type { Database, Queryable } from '../platform/database/database.ts';
import type { LogId } from '../platform/ids/ids.ts';
import { leafHash } from './entry.ts';
import type { SignedHead } from './heads.ts';
import type { Log } from './logs.ts';
import { sha256 } from './sha256.ts';

export interface FsckFinding {
  readonly log: LogId;
  readonly origin: string;
  /** What is wrong and where, in a sentence without personal data. */
  readonly problem: string;
}

export interface FsckReport {
  readonly logs: number;
  readonly entries: number;
  readonly findings: readonly FsckFinding[];
}

const chunk = 4_096;
const tileHashes = 256;

/**
 * Rebuilds every tree from its entries and compares each leaf, each tile, each root, each checkpoint, and the heads kept
 * outside the database. Reads only.
 */
export async function fsck(
  database: Database,
  logs: readonly Log[],
  heads: ReadonlyMap<LogId, SignedHead>,
): Promise<FsckReport> {
  const findings: FsckFinding[] = [];
  let entries = 0;
  for (const log of logs) {
    const report = (problem: string) => findings.push({ log: log.id, origin: log.origin, problem });
    entries += await database.transaction(async (connection) => {
      // Entries are written meanwhile: each log is looked at as it was at one moment.
      await connection.query('set transaction isolation level repeatable read, read only');
      return checkLog(connection, log, heads.get(log.id), report);
    });
  }
  return { logs: logs.length, entries, findings };
}

interface TreeRow {
  readonly minimum: number;
  readonly next: number;
  readonly size: number;
  readonly root: Buffer;
  readonly checkpoint: string | null;
}

async function checkLog(
  database: Queryable,
  log: Log,
  head: SignedHead | undefined,
  report: (problem: string) => void,
): Promise<number> {
  const [tree] = await database.query<TreeRow>(
    `select l.minimum, h.next, t.size, t.root, t.checkpoint
     from journal.log l join journal.head h using (customer_id, log_id) join journal.tree t using (customer_id, log_id)
     where customer_id = $1 and log_id = $2`,
    [log.customer, log.id],
  );
  if (tree === undefined) {
    report('its head or its tree is missing');
    return 0;
  }
  const checkpoint = tree.checkpoint === null ? undefined : parseCheckpoint(Buffer.from(tree.checkpoint));
  /** Roots that must come out when the rebuilt tree has that size. */
  const expected: { readonly size: number; readonly root: string; readonly whose: string }[] = [
    { size: tree.size, root: tree.root.toString('base64'), whose: 'the stored root' },
  ];
  if (checkpoint !== undefined)
    expected.push({
      size: Number(checkpoint.size),
      root: Buffer.from(checkpoint.root).toString('base64'),
      whose: 'the checkpoint',
    });
  if (head !== undefined)
    expected.push({ size: head.size, root: head.root, whose: 'the head kept outside the database' });

  let size = 0;
  let edge: readonly Tile[] = [];
  let root: Uint8Array = emptyRoot(sha256);
  const stops = [...new Set(expected.map(({ size: stop }) => stop))].sort((a, b) => a - b);
  for (;;) {
    for (const { root: wanted, whose, size: at } of expected)
      if (at === size && Buffer.from(root).toString('base64') !== wanted)
        report(`${whose} at size ${size} does not follow from the entries`);
    const stop = stops.find((candidate) => candidate > size) ?? Number.POSITIVE_INFINITY;
    const leafHashes = await (size < tree.minimum ? leavesOfTile : leavesOfEntries)(
      database,
      log,
      size,
      Math.min(chunk, stop - size),
      report,
    );
    if (leafHashes === undefined) return size;
    if (leafHashes.length === 0) break;
    const extended = extendTree({ size: BigInt(size), edge, leafHashes, hash: sha256, root });
    size = Number(extended.size);
    root = extended.root;
    edge = nextEdge(edge, extended.tiles, extended.size);
    if (size <= tree.size) await compareTiles(database, log, extended.tiles, report);
  }
  if (size !== tree.next) report(`the head counts ${tree.next} entries, there are ${size}`);
  for (const { size: wanted, whose } of expected)
    if (wanted > size) report(`${whose} covers ${wanted} entries, there are ${size}`);
  return size;
}

/** @returns `undefined` where one is missing, after it was reported. */
type LeavesFrom = (
  database: Queryable,
  log: Log,
  from: number,
  limit: number,
  report: (problem: string) => void,
) => Promise<readonly Uint8Array[] | undefined>;

const leavesOfEntries: LeavesFrom = async (database, log, from, limit, report) => {
  const rows = await database.query<{ idx: number; leaf: Buffer; body: Buffer }>(
    'select idx, leaf, body from journal.entry where customer_id = $1 and log_id = $2 and idx >= $3 order by idx limit $4',
    [log.customer, log.id, from, limit],
  );
  for (const [position, { idx, leaf, body }] of rows.entries()) {
    if (idx !== from + position) {
      report(`entry ${from + position} is missing`);
      return undefined;
    }
    if (!leafHash(body).equals(leaf)) report(`entry ${idx} does not have its leaf hash`);
  }
  return rows.map(({ body }) => leafHash(body));
};

/** Of entries that are over their retention: their hashes are what is left, and all above must follow from them. */
const leavesOfTile: LeavesFrom = async (database, log, from, limit, report) => {
  const index = Math.floor(from / tileHashes);
  const [tile] = await database.query<{ hashes: Buffer }>(
    'select hashes from journal.tile where customer_id = $1 and log_id = $2 and level = 0 and n = $3 and width = $4',
    [log.customer, log.id, index, tileHashes],
  );
  if (tile === undefined) {
    report(`tile 0/${index} is missing, and its entries are over`);
    return undefined;
  }
  const first = from - index * tileHashes;
  return Array.from({ length: Math.min(tileHashes - first, limit) }, (_, position) =>
    tile.hashes.subarray((first + position) * 32, (first + position + 1) * 32),
  );
};

function nextEdge(before: readonly Tile[], changed: readonly Tile[], size: bigint): Tile[] {
  return rightEdge(size).flatMap(({ level, index }) => {
    const same = (tile: Tile) => tile.level === level && tile.index === index;
    const tile = changed.find(same) ?? before.find(same);
    return tile === undefined ? [] : [tile];
  });
}

async function compareTiles(
  database: Queryable,
  log: Log,
  tiles: readonly Tile[],
  report: (problem: string) => void,
): Promise<void> {
  const stored = await database.query<{ level: number; n: number; hashes: Buffer }>(
    `select t.level, t.n, t.hashes from journal.tile t
     join unnest($3::smallint[], $4::bigint[]) as want (level, n) on want.level = t.level and want.n = t.n
     where t.customer_id = $1 and t.log_id = $2`,
    [log.customer, log.id, tiles.map(({ level }) => level), tiles.map(({ index }) => Number(index))],
  );
  const byPlace = new Map(stored.map((row) => [`${row.level}/${row.n}`, row.hashes]));
  for (const { level, index, data } of tiles) {
    const hashes = byPlace.get(`${level}/${index}`);
    if (hashes === undefined) report(`tile ${level}/${index} is missing`);
    // The stored tile may be wider than what has been rebuilt so far.
    else if (!hashes.subarray(0, data.length).equals(data)) report(`tile ${level}/${index} was changed`);
  }
}
