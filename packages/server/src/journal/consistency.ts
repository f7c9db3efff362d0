/** While it runs: is every log still what was signed? Reads only, and a sample of the entries; `fsck` reads them all. */
import { randomInt } from 'node:crypto';
import { emptyRoot, proveInclusion, rootFromTiles, verifyInclusion } from '@obhut/proof';
import type { Queryable } from '../platform/database/database.ts';
import type { LogId } from '../platform/ids/ids.ts';
import { leafHash } from './entry.ts';
import type { SignedHead } from './heads.ts';
import { type Log, minimumOf } from './logs.ts';
import { sha256 } from './sha256.ts';
import { tileReader } from './tiles.ts';

export interface Consistency {
  readonly logs: number;
  /** Entries that were looked at, each on its whole path up to the signed root. */
  readonly entries: number;
  /** Logs that are gone, shorter than what was signed, or different. */
  readonly broken: number;
  /** It was told to stop before it had seen all. */
  readonly complete: boolean;
}

/** Over all logs together. */
const sampledEntries = 512;

/** Whether the first `head.size` entries have the root that was signed, by the tiles of the tree. */
export async function hasSignedRoot(database: Queryable, log: Log, head: SignedHead): Promise<boolean> {
  const root =
    head.size === 0
      ? emptyRoot(sha256)
      : await rootFromTiles({ size: BigInt(head.size), read: tileReader(database, log), hash: sha256 }).catch(
          () => undefined,
        );
  return root !== undefined && Buffer.from(root).toString('base64') === head.root;
}

/** The newest entry, and some from anywhere that can still be read. */
function sample(minimum: number, size: number, wanted: number): number[] {
  const chosen = new Set([size - 1]);
  while (chosen.size < Math.min(size - minimum, wanted)) chosen.add(randomInt(minimum, size));
  return [...chosen];
}

async function entriesAreUnder(
  database: Queryable,
  log: Log,
  head: SignedHead,
  indexes: readonly number[],
): Promise<boolean> {
  const rows = await database.query<{ idx: number; body: Buffer }>(
    'select idx, body from journal.entry where customer_id = $1 and log_id = $2 and idx = any($3::bigint[])',
    [log.customer, log.id, indexes],
  );
  if (rows.length !== indexes.length) return false;
  const read = tileReader(database, log);
  const root = Buffer.from(head.root, 'base64');
  try {
    for (const { idx, body } of rows) {
      const path = { index: BigInt(idx), size: BigInt(head.size), hash: sha256 };
      const proof = await proveInclusion({ ...path, read });
      verifyInclusion({ ...path, leafHash: leafHash(body), root, proof });
    }
    return true;
  } catch {
    return false;
  }
}

/** @param heads as kept outside of the database. */
export async function checkConsistency(
  database: Queryable,
  logs: readonly Log[],
  heads: ReadonlyMap<LogId, SignedHead>,
  signal: AbortSignal,
): Promise<Consistency> {
  const byId = new Map(logs.map((log) => [log.id, log]));
  const perLog = Math.max(1, Math.floor(sampledEntries / Math.max(1, heads.size)));
  let entries = 0;
  let broken = 0;
  let seen = 0;
  for (const head of heads.values()) {
    if (signal.aborted) break;
    seen += 1;
    const log = byId.get(head.log);
    if (log === undefined || !(await hasSignedRoot(database, log, head))) {
      broken += 1;
      continue;
    }
    const minimum = await minimumOf(database, log);
    if (head.size === minimum) continue;
    const indexes = sample(minimum, head.size, perLog);
    entries += indexes.length;
    if (!(await entriesAreUnder(database, log, head, indexes))) broken += 1;
  }
  return { logs: heads.size, entries, broken, complete: seen === heads.size };
}
