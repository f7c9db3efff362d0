/** The keys of lookup generations: one begins, one commit flips. */
import { OpenError, wrapKey } from '../platform/crypto/aead.ts';
import { SecretKey } from '../platform/crypto/key.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import { type CustomerId, type KeyId, newId } from '../platform/ids/ids.ts';
import { type CustomerKeyring, lookupKeyPlace } from './customer-keys.ts';

export type RaiseFence = (connection: Queryable, customer: CustomerId) => Promise<number>;

export interface BegunGeneration {
  readonly current: KeyId;
  readonly building: KeyId;
}

/**
 * Begins a generation, or finds the one that was begun. The fence rises in the same commit, so that from then on every
 * writer writes to both.
 */
export async function beginGeneration(
  database: Database,
  customers: CustomerKeyring,
  customer: CustomerId,
  raiseFence: RaiseFence,
): Promise<BegunGeneration | undefined> {
  const keys = await customers.load(customer);
  if (keys === undefined) return undefined;
  if (keys.building !== undefined) return { current: keys.generation.id, building: keys.building.id };
  const id = newId<KeyId>();
  const { wrapped, commitment } = wrapKey(keys.key, lookupKeyPlace(customer, id), SecretKey.generate());
  await database.transaction(async (connection) => {
    // First the fence: it locks the customer's head, so that nobody wraps under another key meanwhile.
    await raiseFence(connection, customer);
    const current = await connection.query(
      "select 1 from keyring.customer_key where customer_id = $1 and key_id = $2 and state = 'current' for share",
      [customer, keys.keyId],
    );
    // Renewed since it was loaded: nothing new is wrapped by it. Begun again at the next run.
    if (current.length === 0) throw new OpenError('wrap-customer-key');
    await connection.query(
      `insert into keyring.lookup_key (customer_id, key_id, kind, customer_key_id, wrapped, commitment, state)
       values ($1, $2, 'generation', $3, $4, $5, 'building')`,
      [customer, id, keys.keyId, wrapped, commitment],
    );
  });
  customers.forget(customer);
  return { current: keys.generation.id, building: id };
}

/** The new generation becomes the one that searches use; the old one waits for its rows to be removed. */
export async function flipGeneration(
  database: Database,
  customers: CustomerKeyring,
  customer: CustomerId,
  raiseFence: RaiseFence,
): Promise<void> {
  await database.transaction(async (connection) => {
    await raiseFence(connection, customer);
    const building = await connection.query(
      "select 1 from keyring.lookup_key where customer_id = $1 and kind = 'generation' and state = 'building' for update",
      [customer],
    );
    // Another server has flipped it.
    if (building.length === 0) return;
    for (const [before, after] of [
      ['current', 'old'],
      ['building', 'current'],
    ])
      await connection.query(
        `update keyring.lookup_key set state = $3 where customer_id = $1 and kind = 'generation' and state = $2`,
        [customer, before ?? '', after ?? ''],
      );
  });
  customers.forget(customer);
}
