import type { Clock } from '../platform/clock/clock.ts';
import { OpenError, unwrapKey, wrapKey } from '../platform/crypto/aead.ts';
import { SecretKey } from '../platform/crypto/key.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import { type CustomerId, type EpochId, type KeyId, newId } from '../platform/ids/ids.ts';
import { createFencedCache, maxKeyAgeMs } from './cache.ts';
import type { Epochs } from './epoch.ts';

/** A customer's key as this process holds it, and the fence it was loaded at. */
export interface CustomerKeys {
  readonly customer: CustomerId;
  readonly fence: number;
  readonly keyId: KeyId;
  readonly key: SecretKey;
  /** While a rollover renews the key: the one before, under which some rows still are. Nothing new is wrapped by it. */
  readonly before: ReadonlyMap<KeyId, SecretKey>;
  /** An order for the whole customer is open: nobody gets these keys but the upkeep. */
  readonly locked: boolean;
  /** The base key of its lookups. */
  readonly lookupBase: SecretKey;
  /** The generation that searches use, and the one being built, if any: writes go to both. */
  readonly generation: LookupGeneration;
  readonly building: LookupGeneration | undefined;
}

export interface LookupGeneration {
  readonly id: KeyId;
  readonly key: SecretKey;
}

export interface CustomerKeyring {
  /** Makes a customer's keys, inside the caller's transaction. */
  create(connection: Queryable, customer: CustomerId): Promise<void>;
  /** `undefined` when there is no such customer. At once where it is loaded. */
  load(customer: CustomerId): CustomerKeys | undefined | Promise<CustomerKeys | undefined>;
  /** Forgets what was loaded, because the fence has risen. */
  forget(customer: CustomerId): void;
  /** Removes their log keys from memory: a rollover has closed what wrapped them. */
  forgetLogKeys(customers: ReadonlySet<CustomerId>): void;
  /** The key for sealed details of services and unknown accounts: one per month, so that it dies with its retention. */
  logKey(keys: CustomerKeys, at: Date): Promise<SecretKey>;
  clear(): void;
}

interface KeyRow {
  readonly key_id: KeyId;
  readonly epoch_id: EpochId;
  readonly wrapped: Buffer;
  readonly commitment: Buffer;
  readonly state: 'current' | 'old';
  readonly locked: boolean;
}

interface LookupRow {
  readonly key_id: KeyId;
  readonly customer_key_id: KeyId;
  readonly kind: 'base' | 'generation';
  readonly state: 'building' | 'current';
  readonly wrapped: Buffer;
  readonly commitment: Buffer;
}

export interface CustomerKeyringOptions {
  readonly database: Database;
  readonly epochs: Epochs;
  readonly clock: Clock;
  /** The fence of a customer now; asked before the keys are read, so that keys are never older than their fence. */
  readonly fence: (customer: CustomerId) => Promise<number | undefined>;
}

/** The customer's key that a row names: the current one, or the one before it. @throws OpenError when it is neither. */
export function keyNamed(keys: Pick<CustomerKeys, 'key' | 'keyId' | 'before'>, id: KeyId): SecretKey {
  const key = id === keys.keyId ? keys.key : keys.before.get(id);
  // Renewed since these keys were loaded.
  if (key === undefined) throw new OpenError('wrap-customer-key');
  return key;
}

export const customerPlace = (customer: CustomerId, key: KeyId) =>
  ({ use: 'wrap-customer-key', customer, object: key }) as const;
export const lookupKeyPlace = (customer: CustomerId, key: KeyId) =>
  ({ use: 'wrap-lookup-key', customer, object: key }) as const;
export const logPlace = (customer: CustomerId, month: string) =>
  ({ use: 'wrap-log-key', customer, object: month }) as const;

/** A customer's key rows, opened: the current one, and the one before it while a rollover renews it. */
export async function customerKeyRows(
  connection: Queryable,
  epochs: Epochs,
  customer: CustomerId,
  lock = false,
): Promise<(Pick<CustomerKeys, 'key' | 'keyId' | 'before'> & { epoch: EpochId; locked: boolean }) | undefined> {
  const rows = await connection.query<KeyRow>(
    `select key_id, epoch_id, wrapped, commitment, state, locked from keyring.customer_key
     where customer_id = $1 order by key_id${lock ? ' for update' : ''}`,
    [customer],
    lock ? 'keyring-customer-lock' : 'keyring-customer',
  );
  const before = new Map<KeyId, SecretKey>();
  let current: { keyId: KeyId; key: SecretKey; epoch: EpochId; locked: boolean } | undefined;
  for (const row of rows) {
    const { key } = unwrapKey(await epochs.key(row.epoch_id), customerPlace(customer, row.key_id), row);
    if (row.state === 'old') before.set(row.key_id, key);
    else current = { keyId: row.key_id, key, epoch: row.epoch_id, locked: row.locked };
  }
  return current && { ...current, before };
}

export function createCustomerKeyring({ database, epochs, clock, fence }: CustomerKeyringOptions): CustomerKeyring {
  const loaded = new Map<CustomerId, { readonly keys: CustomerKeys; readonly since: number }>();
  const loading = new Map<CustomerId, Promise<CustomerKeys | undefined>>();
  const logKeys = createFencedCache<{ readonly customer: CustomerId; readonly key: SecretKey }>(1_000, clock);

  async function read(customer: CustomerId): Promise<CustomerKeys | undefined> {
    const at = await fence(customer);
    if (at === undefined) return undefined;
    const held = await customerKeyRows(database, epochs, customer);
    if (held === undefined) return undefined;
    const { keyId, key, before, locked } = held;
    const lookups = await database.query<LookupRow>(
      `select key_id, customer_key_id, kind, state, wrapped, commitment from keyring.lookup_key
       where customer_id = $1 and state <> 'old'`,
      [customer],
      'keyring-lookups',
    );
    const lookup = (kind: LookupRow['kind'], state: LookupRow['state']): LookupGeneration | undefined => {
      const found = lookups.find((candidate) => candidate.kind === kind && candidate.state === state);
      if (found === undefined) return undefined;
      const under = keyNamed(held, found.customer_key_id);
      return { id: found.key_id, key: unwrapKey(under, lookupKeyPlace(customer, found.key_id), found).key };
    };
    const base = lookup('base', 'current');
    const generation = lookup('generation', 'current');
    if (base === undefined || generation === undefined) throw new Error('a customer without lookup keys');
    return {
      customer,
      fence: at,
      keyId,
      key,
      before,
      locked,
      lookupBase: base.key,
      generation,
      building: lookup('generation', 'building'),
    };
  }

  async function insertLookupKey(
    connection: Queryable,
    customer: CustomerId,
    under: { readonly id: KeyId; readonly key: SecretKey },
    kind: 'base' | 'generation',
  ): Promise<void> {
    const id = newId<KeyId>();
    const { wrapped, commitment } = wrapKey(under.key, lookupKeyPlace(customer, id), SecretKey.generate());
    await connection.query(
      `insert into keyring.lookup_key (customer_id, key_id, kind, customer_key_id, wrapped, commitment, state)
       values ($1, $2, $3, $4, $5, $6, 'current')`,
      [customer, id, kind, under.id, wrapped, commitment],
    );
  }

  return {
    async create(connection, customer) {
      const epoch = await epochs.openForWrap(connection);
      const id = newId<KeyId>();
      const key = SecretKey.generate();
      const { wrapped, commitment } = wrapKey(epoch.key, customerPlace(customer, id), key);
      await connection.query(
        `insert into keyring.customer_key (customer_id, key_id, epoch_id, wrapped, commitment, state)
         values ($1, $2, $3, $4, $5, 'current')`,
        [customer, id, epoch.id, wrapped, commitment],
      );
      await insertLookupKey(connection, customer, { id, key }, 'base');
      await insertLookupKey(connection, customer, { id, key }, 'generation');
      key.destroy();
    },
    load(customer) {
      const known = loaded.get(customer);
      if (known !== undefined && clock.monotonicMs() - known.since <= maxKeyAgeMs) return known.keys;
      const begun = loading.get(customer);
      if (begun !== undefined) return begun;
      const reading = read(customer)
        .then((keys) => {
          // Only if nobody has said meanwhile that what we began to read is stale.
          if (keys !== undefined && loading.get(customer) === reading)
            loaded.set(customer, { keys, since: clock.monotonicMs() });
          return keys;
        })
        .finally(() => {
          if (loading.get(customer) === reading) loading.delete(customer);
        });
      loading.set(customer, reading);
      return reading;
    },
    forget(customer) {
      loaded.delete(customer);
      loading.delete(customer);
    },
    forgetLogKeys: (customers) => logKeys.removeWhere(({ customer }) => customers.has(customer)),
    async logKey(keys, at) {
      const month = `${at.toISOString().slice(0, 7)}-01`;
      const cacheId = `${keys.customer}/${month}`;
      const cached = logKeys.get(cacheId, keys.fence);
      if (cached !== undefined) return cached.key;
      const fresh = wrapKey(keys.key, logPlace(keys.customer, month), SecretKey.generate());
      // Whoever is first makes it; everybody then reads the same one.
      await database.query(
        // Never under a key that was renewed meanwhile: what is wrapped by it has to die with its epoch.
        `insert into keyring.log_key (customer_id, month, customer_key_id, wrapped, commitment)
         select $1::uuid, $2::date, key_id, $4::bytea, $5::bytea from keyring.customer_key
         where customer_id = $1 and key_id = $3 and state = 'current' for share
         on conflict (customer_id, month) do nothing`,
        [keys.customer, month, keys.keyId, fresh.wrapped, fresh.commitment],
      );
      const [row] = await database.query<{ customer_key_id: KeyId; wrapped: Buffer; commitment: Buffer }>(
        'select customer_key_id, wrapped, commitment from keyring.log_key where customer_id = $1 and month = $2',
        [keys.customer, month],
      );
      if (row === undefined) throw new OpenError('wrap-log-key');
      const { key } = unwrapKey(keyNamed(keys, row.customer_key_id), logPlace(keys.customer, month), row);
      logKeys.set(cacheId, keys.fence, { customer: keys.customer, key });
      return key;
    },
    clear() {
      loaded.clear();
      loading.clear();
      logKeys.clear();
    },
  };
}
