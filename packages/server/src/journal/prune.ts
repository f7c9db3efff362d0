/**
 * The end of an entry: what is older than its log's retention goes in whole bundles, with its sealed details. Leaves and
 * tiles stay, so every root still follows and every proof that was handed out stays valid; the smallest number that can
 * still be read is kept with the log and published.
 */
import type { Database, Queryable } from '../platform/database/database.ts';
import type { Log } from './logs.ts';

/** Entries of a bundle (C2SP tlog-tiles). */
const bundleEntries = 256;
/** Bundles of one commit. */
const bundlesAtOnce = 64;

interface Place {
  readonly minimum: number;
  readonly size: number;
}

async function placeOf(connection: Queryable, log: Log): Promise<Place | undefined> {
  const [row] = await connection.query<Place>(
    `select l.minimum, coalesce(t.checkpoint_size, 0) as size from journal.log l
     join journal.tree t using (customer_id, log_id) where customer_id = $1 and log_id = $2 for update of l`,
    [log.customer, log.id],
  );
  return row;
}

/** When the last entry of a bundle was made. Entries stand in the order of their commits, a moment apart at the most. */
async function endOf(connection: Queryable, log: Log, bundle: number): Promise<Date | undefined> {
  const [row] = await connection.query<{ body: Buffer }>(
    'select body from journal.entry where customer_id = $1 and log_id = $2 and idx = $3',
    [log.customer, log.id, (bundle + 1) * bundleEntries - 1],
  );
  return row && new Date((JSON.parse(row.body.toString('utf8')) as { at: string }).at);
}

/** The first bundle that is not wholly over, between two of them. */
async function firstKept(connection: Queryable, log: Log, { minimum, size }: Place, before: Date): Promise<number> {
  let low = minimum / bundleEntries;
  // Only what a signed head covers goes.
  let high = Math.floor(size / bundleEntries);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const end = await endOf(connection, log, middle);
    if (end !== undefined && end < before) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Removes whole bundles whose entries were all made before a moment.
 * @param owner a connection that may delete: the app's may not.
 * @returns how many entries went.
 */
export async function pruneLog(owner: Database, log: Log, before: Date): Promise<number> {
  let removed = 0;
  for (;;) {
    const gone = await owner.transaction(async (connection) => {
      const place = await placeOf(connection, log);
      if (place === undefined) return 0;
      const kept = await firstKept(connection, log, place, before);
      const end = Math.min(kept, place.minimum / bundleEntries + bundlesAtOnce) * bundleEntries;
      if (end <= place.minimum) return 0;
      await connection.query('update journal.log set minimum = $3 where customer_id = $1 and log_id = $2', [
        log.customer,
        log.id,
        end,
      ]);
      for (const table of ['entry', 'sealed'] as const)
        await connection.query(`delete from journal.${table} where customer_id = $1 and log_id = $2 and idx < $3`, [
          log.customer,
          log.id,
          end,
        ]);
      return end - place.minimum;
    });
    if (gone === 0) return removed;
    removed += gone;
  }
}
