/**
 * What closes a key. Each function runs inside the caller's transaction and first locks the customer's access head by
 * raising its fence: from the commit on no server reads or writes with what it still holds in memory.
 */
import { unwrapKey, wrapKey } from '../platform/crypto/aead.ts';
import { SecretKey } from '../platform/crypto/key.ts';
import { byteaArray, uuidArray } from '../platform/database/arrays.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { TableDeclaration } from '../platform/database/tables.ts';
import { type CustomerId, type EpochId, type KeyId, newId, type OrderId, type PersonId } from '../platform/ids/ids.ts';
import { customerKeyRows, keyNamed } from './customer-keys.ts';
import type { Epochs } from './epoch.ts';
import type { RaiseFence } from './generation.ts';
import { dataKeyPlace } from './objects.ts';
import { detailsPlace, type PersonRow, personPlace } from './person-keys.ts';

/**
 * One person of a customer, or the customer whole. A customer is said in words, never by leaving the person out: whoever is
 * not known here (a backup may be older than the person of an order) must not be taken for everybody.
 */
export type Whose = PersonId | 'everybody';

export interface Deaths {
  /** Refuses (or allows again) every access to a person, or to the whole customer. @returns whether there was one. */
  lock(connection: Queryable, customer: CustomerId, whose: Whose, locked: boolean): Promise<boolean>;
  /** The id of the key that an order will close: the person's, or the customer's. */
  keyOf(connection: Queryable, customer: CustomerId, whose: Whose): Promise<KeyId | undefined>;
  /**
   * Closes the key and books the order on the epoch that it ends with. `undefined`: this database does not have the keys;
   * nothing dies, and the order ends all the same.
   */
  kill(connection: Queryable, customer: CustomerId, whose: Whose | undefined, order: OrderId): Promise<void>;
  /**
   * A new key for a person: what is named in its tables now is rewrapped, what was removed before is left behind. No
   * ciphertext changes. The orders are booked with it.
   */
  rekeyPerson(
    connection: Queryable,
    customer: CustomerId,
    person: PersonId | undefined,
    orders: readonly OrderId[],
  ): Promise<{ readonly from: KeyId; readonly to: KeyId } | undefined>;
}

export interface DeathsOptions {
  readonly epochs: Epochs;
  readonly tables: readonly TableDeclaration[];
  readonly raiseFence: RaiseFence;
}

interface DataKeyRow {
  readonly id: KeyId;
  readonly wrapped: Buffer;
  readonly commitment: Buffer;
}

const rewrapBatch = 1_000;

export function createDeaths({ epochs, tables, raiseFence }: DeathsOptions): Deaths {
  /**
   * An order belongs to the newest epoch whose row had committed, read after the customer's row is locked. What stands in
   * the row proves nothing: a rewrap that was rolled back lies in the WAL, under a younger epoch than the row tells.
   */
  async function book(connection: Queryable, customer: CustomerId, orders: readonly OrderId[]): Promise<void> {
    await connection.query('select 1 from keyring.customer_key where customer_id = $1 order by key_id for update', [
      customer,
    ]);
    const [newest] = await connection.query<{ epoch_id: EpochId }>(
      "select epoch_id from keyring.epoch where state in ('preparing', 'open') order by state = 'preparing' desc limit 1",
    );
    if (newest === undefined) throw new Error('there is no epoch');
    for (const order of orders)
      await connection.query(
        `insert into keyring.booking (customer_id, order_id, epoch_id) values ($1, $2, $3)
         on conflict (customer_id, order_id) do nothing`,
        [customer, order, newest.epoch_id],
      );
  }

  async function rewrapData(
    connection: Queryable,
    { name, person: column, dataKey }: TableDeclaration,
    customer: CustomerId,
    person: PersonId,
    before: SecretKey,
    after: SecretKey,
  ): Promise<void> {
    if (dataKey === undefined || column === undefined) return;
    const rows = await connection.query<DataKeyRow>(
      `select ${dataKey.id} as id, ${dataKey.wrapped} as wrapped, ${dataKey.commitment} as commitment
       from ${name} where customer_id = $1 and ${column} = $2`,
      [customer, person],
    );
    for (let from = 0; from < rows.length; from += rewrapBatch) {
      const part = rows.slice(from, from + rewrapBatch).map((row) => {
        const place = dataKeyPlace({ customer, person }, row.id);
        return { id: row.id, ...wrapKey(after, place, unwrapKey(before, place, row).key) };
      });
      await connection.query(
        `update ${name} t set ${dataKey.wrapped} = w.wrapped
         from unnest($3::uuid[], $4::bytea[]) as w (id, wrapped)
         where t.customer_id = $1 and t.${column} = $2 and t.${dataKey.id} = w.id`,
        [customer, person, uuidArray(part.map(({ id }) => id)), byteaArray(part.map(({ wrapped }) => wrapped))],
      );
    }
  }

  return {
    async lock(connection, customer, whose, locked) {
      await raiseFence(connection, customer);
      const rows =
        whose === 'everybody'
          ? await connection.query(
              "update keyring.customer_key set locked = $2 where customer_id = $1 and state = 'current' returning 1",
              [customer, locked],
            )
          : await connection.query(
              'update keyring.person set locked = $3 where customer_id = $1 and person_id = $2 returning 1',
              [customer, whose, locked],
            );
      return rows.length > 0;
    },
    async keyOf(connection, customer, whose) {
      const [row] =
        whose === 'everybody'
          ? await connection.query<{ key_id: KeyId }>(
              "select key_id from keyring.customer_key where customer_id = $1 and state = 'current'",
              [customer],
            )
          : await connection.query<{ key_id: KeyId }>(
              'select key_id from keyring.person where customer_id = $1 and person_id = $2',
              [customer, whose],
            );
      return row?.key_id;
    },
    async kill(connection, customer, whose, order) {
      await raiseFence(connection, customer);
      await book(connection, customer, [order]);
      if (whose === undefined) return;
      // The others hang on a customer's key; their rows go with those of the other rooms.
      if (whose === 'everybody')
        await connection.query('delete from keyring.customer_key where customer_id = $1', [customer]);
      else
        await connection.query('delete from keyring.person where customer_id = $1 and person_id = $2', [
          customer,
          whose,
        ]);
    },
    async rekeyPerson(connection, customer, person, orders) {
      await raiseFence(connection, customer);
      await book(connection, customer, orders);
      if (person === undefined) return undefined;
      const keys = await customerKeyRows(connection, epochs, customer);
      const [row] = await connection.query<PersonRow>(
        'select * from keyring.person where customer_id = $1 and person_id = $2 for update',
        [customer, person],
      );
      // The whole person has gone meanwhile, and with it what the order named.
      if (keys === undefined || row === undefined) return undefined;
      const before = unwrapKey(keyNamed(keys, row.customer_key_id), personPlace(customer, person, row.key_id), row);
      const details = unwrapKey(before.key, detailsPlace(customer, person), {
        wrapped: row.details_wrapped,
        commitment: row.details_commitment,
      });
      const id = newId<KeyId>();
      const after = SecretKey.generate();
      const own = wrapKey(keys.key, personPlace(customer, person, id), after, before.attached);
      const ownDetails = wrapKey(after, detailsPlace(customer, person), details.key);
      for (const table of tables) await rewrapData(connection, table, customer, person, before.key, after);
      await connection.query(
        `update keyring.person set key_id = $3, customer_key_id = $4, wrapped = $5, commitment = $6,
           details_wrapped = $7, details_commitment = $8, rekeyed_at = now()
         where customer_id = $1 and person_id = $2`,
        [customer, person, id, keys.keyId, own.wrapped, own.commitment, ownDetails.wrapped, ownDetails.commitment],
      );
      for (const key of [before.key, details.key, after]) key.destroy();
      return { from: row.key_id, to: id };
    },
  };
}
