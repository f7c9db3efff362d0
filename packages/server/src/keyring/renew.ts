/**
 * Step 2 of a rollover. A customer without a death in the closing epoch keeps its key under the new one. A customer with
 * one gets a new key, so that whatever its old key wraps anywhere (WAL, backups, page holes) dies with the old epoch.
 */
import { unwrapKey, wrapKey } from '../platform/crypto/aead.ts';
import { SecretKey } from '../platform/crypto/key.ts';
import { byteaArray, uuidArray } from '../platform/database/arrays.ts';
import type { Queryable } from '../platform/database/database.ts';
import { type CustomerId, type KeyId, newId, type PersonId } from '../platform/ids/ids.ts';
import { customerKeyRows, customerPlace, logPlace, lookupKeyPlace } from './customer-keys.ts';
import type { Epochs } from './epoch.ts';
import type { RaiseFence } from './generation.ts';
import { personPlace } from './person-keys.ts';
import type { Lease, RolloverStore } from './rollover-store.ts';

export interface RenewOptions {
  readonly store: RolloverStore;
  readonly epochs: Epochs;
  readonly raiseFence: RaiseFence;
  /** Builds a generation of the customer's lookups under its new key, and flips to it. */
  readonly renewLookups: (customer: CustomerId) => Promise<void>;
  /** Removes the generations before, once the searches that began in them are over. */
  readonly clearLookups: (customers: readonly CustomerId[]) => Promise<void>;
}

export interface Renewed {
  customers: number;
  renewed: number;
  persons: number;
}

interface KeyRow {
  readonly customer_id: CustomerId;
  readonly key_id: KeyId;
  readonly wrapped: Buffer;
  readonly commitment: Buffer;
}

const customersPerCommit = 200;
const personsPerCommit = 1_000;

/** Customers that stay as they are: their key under the new epoch. @returns how many; 0 when none is left. */
async function rewrapCustomers({ store, epochs }: RenewOptions, lease: Lease): Promise<number> {
  const before = await epochs.key(lease.state.epoch);
  return store.under(lease, async (connection) => {
    const rows = await connection.query<KeyRow>(
      `select k.customer_id, k.key_id, k.wrapped, k.commitment from keyring.customer_key k
       where k.epoch_id = $1 and k.state = 'current'
         and not exists (select 1 from keyring.booking b where b.customer_id = k.customer_id and b.epoch_id = $1)
       order by k.customer_id limit ${customersPerCommit} for update of k`,
      [lease.state.epoch],
    );
    if (rows.length === 0) return 0;
    // Anew, now that the rows are locked: an order may have been booked while we waited for one.
    const booked = await connection.query<{ customer_id: CustomerId }>(
      'select customer_id from keyring.booking where epoch_id = $1 and customer_id = any($2::uuid[])',
      [lease.state.epoch, uuidArray(rows.map(({ customer_id: customer }) => customer))],
    );
    const dying = new Set(booked.map(({ customer_id: customer }) => customer));
    const after = await epochs.openForWrap(connection);
    const stay = rows.filter(({ customer_id: customer }) => !dying.has(customer));
    const wraps = stay.map((row) => {
      const place = customerPlace(row.customer_id, row.key_id);
      const { key } = unwrapKey(before, place, row);
      const { wrapped } = wrapKey(after.key, place, key);
      key.destroy();
      return wrapped;
    });
    await connection.query(
      `update keyring.customer_key k set wrapped = w.wrapped, epoch_id = $4
       from unnest($1::uuid[], $2::uuid[], $3::bytea[]) as w (customer_id, key_id, wrapped)
       where k.customer_id = w.customer_id and k.key_id = w.key_id`,
      [
        uuidArray(stay.map((row) => row.customer_id)),
        uuidArray(stay.map((row) => row.key_id)),
        byteaArray(wraps),
        after.id,
      ],
    );
    return rows.length;
  });
}

/** The customers with a death in this epoch that still have a key under it. */
async function dying({ store }: RenewOptions, lease: Lease): Promise<readonly CustomerId[]> {
  return store.under(lease, async (connection) =>
    (
      await connection.query<{ customer_id: CustomerId }>(
        'select distinct customer_id from keyring.customer_key where epoch_id = $1 order by 1',
        [lease.state.epoch],
      )
    ).map(({ customer_id: customer }) => customer),
  );
}

/** A new key beside the old one; the base of its lookups and its log keys move at once, its persons in batches. */
async function giveNewKey({ store, epochs, raiseFence }: RenewOptions, lease: Lease, customer: CustomerId) {
  await store.under(lease, async (connection) => {
    await raiseFence(connection, customer);
    const held = await customerKeyRows(connection, epochs, customer, true);
    // Begun before a crash: the key is there already.
    if (held === undefined || held.epoch !== lease.state.epoch) return;
    const epoch = await epochs.openForWrap(connection);
    const id = newId<KeyId>();
    const key = SecretKey.generate();
    const own = wrapKey(epoch.key, customerPlace(customer, id), key);
    await connection.query(
      "update keyring.customer_key set state = 'old' where customer_id = $1 and state = 'current'",
      [customer],
    );
    await connection.query(
      `insert into keyring.customer_key (customer_id, key_id, epoch_id, wrapped, commitment, state, locked)
       values ($1, $2, $3, $4, $5, 'current', $6)`,
      [customer, id, epoch.id, own.wrapped, own.commitment, held.locked],
    );
    const bases = await connection.query<KeyRow>(
      "select customer_id, key_id, wrapped, commitment from keyring.lookup_key where customer_id = $1 and kind = 'base'",
      [customer],
    );
    for (const base of bases) {
      const place = lookupKeyPlace(customer, base.key_id);
      const { wrapped } = wrapKey(key, place, unwrapKey(held.key, place, base).key);
      await connection.query(
        'update keyring.lookup_key set wrapped = $3, customer_key_id = $4 where customer_id = $1 and key_id = $2',
        [customer, base.key_id, wrapped, id],
      );
    }
    const logs = await connection.query<KeyRow & { readonly month: string }>(
      "select to_char(month, 'YYYY-MM-DD') as month, wrapped, commitment from keyring.log_key where customer_id = $1",
      [customer],
    );
    for (const log of logs) {
      const place = logPlace(customer, log.month);
      const { wrapped } = wrapKey(key, place, unwrapKey(held.key, place, log).key);
      await connection.query(
        'update keyring.log_key set wrapped = $3, customer_key_id = $4 where customer_id = $1 and month = $2',
        [customer, log.month, wrapped, id],
      );
    }
    key.destroy();
  });
}

/** How far a walk over a customer's persons has come. */
interface Walk {
  readonly moved: number;
  /** Behind whom it goes on; `undefined` at its end. */
  readonly after: PersonId | undefined;
}

/**
 * One batch of persons from the old key to the new one, in the order of their ids from `after` on. Reads and writes go on:
 * whoever loads takes the key that a row names. Asking each time for any that are left would walk over all that were moved.
 */
function movePersons(
  { store, epochs }: RenewOptions,
  lease: Lease,
  customer: CustomerId,
  after: PersonId | undefined,
): Promise<Walk> {
  return store.under(lease, async (connection) => {
    const held = await customerKeyRows(connection, epochs, customer);
    if (held === undefined || held.before.size === 0) return { moved: 0, after: undefined };
    const rows = await connection.query<KeyRow & { readonly person_id: PersonId; readonly customer_key_id: KeyId }>(
      `select person_id, key_id, customer_key_id, wrapped, commitment from keyring.person
       where customer_id = $1 and ($2::uuid is null or person_id > $2) order by person_id limit ${personsPerCommit} for update`,
      [customer, after ?? null],
    );
    const moving = rows.flatMap((row) => {
      const old = held.before.get(row.customer_key_id);
      if (old === undefined) return [];
      const place = personPlace(customer, row.person_id, row.key_id);
      const { key, attached } = unwrapKey(old, place, row);
      const { wrapped } = wrapKey(held.key, place, key, attached);
      key.destroy();
      return [{ person: row.person_id, wrapped }];
    });
    await connection.query(
      `update keyring.person p set wrapped = w.wrapped, customer_key_id = $4
       from unnest($2::uuid[], $3::bytea[]) as w (person_id, wrapped)
       where p.customer_id = $1 and p.person_id = w.person_id`,
      [
        customer,
        uuidArray(moving.map(({ person }) => person)),
        byteaArray(moving.map(({ wrapped }) => wrapped)),
        held.keyId,
      ],
    );
    return { moved: moving.length, after: rows.length < personsPerCommit ? undefined : rows.at(-1)?.person_id };
  });
}

async function isAnybodyLeft({ store, epochs }: RenewOptions, lease: Lease, customer: CustomerId): Promise<boolean> {
  return store.under(lease, async (connection) => {
    const held = await customerKeyRows(connection, epochs, customer);
    const rows = await connection.query(
      'select 1 from keyring.person where customer_id = $1 and customer_key_id = any($2::uuid[]) limit 1',
      [customer, uuidArray([...(held?.before.keys() ?? [])])],
    );
    return rows.length > 0;
  });
}

/** Walks until nobody is under an old key. @returns how many were moved. */
async function moveAll(options: RenewOptions, lease: Lease, customer: CustomerId): Promise<number> {
  let all = 0;
  do {
    let after: PersonId | undefined;
    do {
      const walk: Walk = await movePersons(options, lease, customer, after);
      all += walk.moved;
      after = walk.after;
    } while (after !== undefined);
  } while (await isAnybodyLeft(options, lease, customer));
  return all;
}

/** The old key's row goes, and with the fence every cache of it. */
async function dropOldKey({ store, raiseFence }: RenewOptions, lease: Lease, customer: CustomerId): Promise<void> {
  await store.under(lease, async (connection: Queryable) => {
    await raiseFence(connection, customer);
    await connection.query("delete from keyring.customer_key where customer_id = $1 and state = 'old'", [customer]);
  });
}

const keepLeaseEveryMs = 15_000;

/** Work that has no step of the lease in it, and may take longer than one: it is said meanwhile that this server lives. */
async function keepingLease({ store }: RenewOptions, lease: Lease, work: () => Promise<void>): Promise<void> {
  const nothing = async () => undefined;
  // Where it is lost, the next step finds out.
  const timer = setInterval(() => void store.under(lease, nothing).catch(nothing), keepLeaseEveryMs);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}

/** All customers, resumable at each commit: who has a death in this epoch is known by the key that goes last. */
export async function renewCustomers(options: RenewOptions, lease: Lease): Promise<Renewed> {
  const done: Renewed = { customers: 0, renewed: 0, persons: 0 };
  for (;;) {
    const rewrapped = await rewrapCustomers(options, lease);
    if (rewrapped === 0) break;
    done.customers += rewrapped;
  }
  const customers = await dying(options, lease);
  for (const customer of customers) {
    await giveNewKey(options, lease, customer);
    done.persons += await moveAll(options, lease, customer);
    await keepingLease(options, lease, () => options.renewLookups(customer));
  }
  // Together, since each waits for the searches that are under way.
  await keepingLease(options, lease, () => options.clearLookups(customers));
  for (const customer of customers) {
    await dropOldKey(options, lease, customer);
    done.renewed += 1;
  }
  return done;
}
