/**
 * Which planted values are hunted. The database keeps when each was planted and whether it was found; the value itself is
 * derived from a key that lies elsewhere, so that a restarted server goes on hunting and nobody reads a value in the tables.
 */

import type { Clock } from '../../platform/clock/clock.ts';
import { keyedDigest, type SecretKey } from '../../platform/crypto/key.ts';
import type { Database } from '../../platform/database/database.ts';
import type { CustomerId } from '../../platform/ids/ids.ts';

export interface Wanted {
  readonly at: Date;
  /** Stored as a personal value. */
  readonly secret: string;
}

export interface WantedValues {
  /** A new one, remembered before it is stored anywhere. */
  next(): Promise<Wanted>;
  /** The newest two, and those that were found and are not gone yet; the newest first. */
  all(): Promise<readonly Wanted[]>;
  /** What a search saw of these. */
  seen(searched: readonly Wanted[], readable: ReadonlySet<Wanted>): Promise<void>;
}

/** Found ones are looked for until they are gone; so many of them. */
const mostFound = 8;
/** What was planted last, and the time before: by then the database has written it wherever it writes. */
const newest = 2;
/** All values of a server begin alike, so that one search finds all of them. */
const beginningLength = 48;
const ownLength = 16;

export interface WantedOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly operator: () => Promise<CustomerId>;
  readonly node: string;
  readonly key: SecretKey;
}

export function createWanted({ database, clock, operator, node, key }: WantedOptions): WantedValues {
  const beginning = keyedDigest(key, 'planted-beginning', node).toString('hex').slice(0, beginningLength);
  const wantedAt = (at: Date): Wanted => ({
    at,
    secret: beginning + keyedDigest(key, 'planted', node, at.toISOString()).toString('hex').slice(0, ownLength),
  });

  return {
    async next() {
      const at = clock.now();
      await database.query('insert into claims.planted (customer_id, node, at, readable) values ($1, $2, $3, false)', [
        await operator(),
        node,
        at,
      ]);
      return wantedAt(at);
    },
    async all() {
      const rows = await database.query<{ at: Date }>(
        `(select at from claims.planted where customer_id = $1 and node = $2 order by at desc limit ${newest})
         union (select at from claims.planted where customer_id = $1 and node = $2 and readable order by at limit ${mostFound})
         order by at desc`,
        [await operator(), node],
      );
      return rows.map(({ at }) => wantedAt(at));
    },
    async seen(searched, readable) {
      const customer = await operator();
      for (const one of searched)
        await database.query(
          'update claims.planted set readable = $4 where customer_id = $1 and node = $2 and at = $3 and readable <> $4',
          [customer, node, one.at, readable.has(one)],
        );
      await database.query(
        `delete from claims.planted where customer_id = $1 and node = $2 and not readable and at not in
           (select at from claims.planted where customer_id = $1 and node = $2 order by at desc limit ${newest})`,
        [customer, node],
      );
    },
  };
}
