/**
 * Removes the rows of the erased, table by table as the registry declares them, and their files at every site. Safe to
 * repeat; nothing here is needed for the data to be unreadable, that is what the dead key is for.
 */

import type { Whose } from '../../keyring/deaths.ts';
import type { Database } from '../../platform/database/database.ts';
import type { TableDeclaration } from '../../platform/database/tables.ts';
import type { CustomerId, Name, OrderId, PersonId, RecordId } from '../../platform/ids/ids.ts';
import type { Site } from '../../platform/sites/site.ts';
import type { LookupStore } from '../lookup-store.ts';

export interface Sweep {
  /** The sealed files of a person, or of the whole customer. */
  objects(customer: CustomerId, whose: Whose): Promise<readonly string[]>;
  rows(customer: CustomerId, whose: Whose): Promise<void>;
  /** The sealed files that an order has hidden. */
  hiddenObjects(customer: CustomerId, person: PersonId, order: OrderId): Promise<readonly string[]>;
  /** The records and files that an order for a part of a person has hidden. */
  hidden(customer: CustomerId, person: PersonId, order: OrderId): Promise<void>;
  /** Removed at every site that answers (or at these), and read back. @returns the sites that did not. */
  files(objects: readonly string[], at?: readonly string[]): Promise<readonly string[]>;
}

export interface SweepOptions {
  readonly database: Database;
  readonly tables: readonly TableDeclaration[];
  readonly lookups: LookupStore;
  /** For objects. */
  readonly sites: readonly Site[];
}

/** Rows in one commit: long enough to be quick, short enough that nobody waits. */
const batchRows = 2_000;
const found = (table: string, where: string) =>
  `found as materialized (select ctid from ${table} where ${where} limit ${batchRows})`;
const isFound = 'ctid = any(array(select ctid from found))';

export function createSweep({ database, tables, lookups, sites }: SweepOptions): Sweep {
  /**
   * Until nothing is found any more. What was found counts, and not what was changed: another server that carries out the same
   * order may have been first with some of a batch, or a row may have moved, and the end would be seen where there is none.
   */
  async function inBatches(table: string, change: string, where: string, values: readonly string[]): Promise<void> {
    for (;;) {
      const [row] = await database.query<{ n: number }>(
        `with ${found(table, where)}, gone as (${change} where ${isFound}) select count(*) as n from found`,
        values,
      );
      if ((row?.n ?? 0) === 0) return;
    }
  }

  return {
    async objects(customer, whose) {
      const rows = await database.query<{ object: string }>(
        'select object from custody.file where customer_id = $1 and ($2::uuid is null or person_id = $2)',
        [customer, whose === 'everybody' ? null : whose],
      );
      return rows.map(({ object }) => object);
    },
    async rows(customer, whose) {
      for (const { name, person: column, sweep, bury } of tables) {
        if (whose === 'everybody') {
          if (sweep === 'by-person' || sweep === 'by-customer')
            await inBatches(name, `delete from ${name}`, 'customer_id = $1', [customer]);
          continue;
        }
        if (sweep !== 'by-person' || column === undefined) continue;
        const nulls = bury?.map((one) => `${one} = null`).join(', ');
        const change = nulls === undefined ? `delete from ${name}` : `update ${name} set ${nulls}`;
        await inBatches(name, change, `customer_id = $1 and ${column} = $2`, [customer, whose]);
      }
    },
    async hiddenObjects(customer, person, order) {
      const rows = await database.query<{ object: string }>(
        'select object from custody.file where customer_id = $1 and person_id = $2 and order_id = $3',
        [customer, person, order],
      );
      return rows.map(({ object }) => object);
    },
    async hidden(customer, person, order) {
      const own = 'customer_id = $1 and person_id = $2 and order_id = $3';
      const values = [customer, person, order];
      await inBatches('custody.file', 'delete from custody.file', own, values);
      for (;;) {
        const left = await database.transaction(async (connection) => {
          const rows = await connection.query<{ n: number; collection: Name | null; record_id: RecordId | null }>(
            `with ${found('custody.record', own)},
               gone as (delete from custody.record where ${isFound} returning collection, record_id)
             select f.n, gone.collection, gone.record_id from (select count(*) as n from found) f left join gone on true`,
            values,
          );
          await lookups.apply(
            connection,
            rows.flatMap(({ collection, record_id: record }) =>
              collection === null || record === null
                ? []
                : [{ customer, person, collection, record, add: [], keep: [], mayBeCopied: true }],
            ),
          );
          return rows[0]?.n ?? 0;
        });
        if (left === 0) return;
      }
    },
    async files(objects, at) {
      // A name that is no site any more stays: nobody has looked there.
      const missed = (at ?? []).filter((name) => !sites.some((site) => site.name === name));
      for (const site of sites)
        try {
          if (at !== undefined && !at.includes(site.name)) continue;
          for (const object of objects) {
            await site.remove('objects', object);
            if ((await site.size('objects', object)) !== undefined) throw new Error('still there');
          }
        } catch {
          missed.push(site.name);
        }
      return missed;
    },
  };
}
