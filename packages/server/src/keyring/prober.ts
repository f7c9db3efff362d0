/**
 * Copies of wrapped keys, kept as a backup would keep them, and the question whether anything alive still opens them. It
 * answers yes or no; what would be read does not leave this room.
 */
import { OpenError, open, unwrapKey, type WrappedKey } from '../platform/crypto/aead.ts';
import type { SecretKey } from '../platform/crypto/key.ts';
import type { Database } from '../platform/database/database.ts';
import type { CustomerId, EpochId, KeyId, Name, PersonId, RecordId } from '../platform/ids/ids.ts';
import { customerPlace } from './customer-keys.ts';
import type { Epochs } from './epoch.ts';
import { dataKeyPlace, recordPlace } from './objects.ts';
import { personPlace } from './person-keys.ts';

interface KeyRow extends WrappedKey {
  readonly key_id: KeyId;
}

/** One record with every wrap that leads to it, as they stood at one moment. */
export interface KeptCopy {
  readonly customer: CustomerId;
  readonly person: PersonId;
  readonly collection: Name;
  readonly record: RecordId;
  readonly version: number;
  readonly customerKey: KeyRow;
  readonly personKey: KeyRow;
  readonly dataKey: KeyRow;
  readonly sealed: Buffer;
  /** The epoch under which the customer's key was. */
  readonly epoch: EpochId;
}

export interface Prober {
  /** `undefined` when there is no such record. */
  keep(customer: CustomerId, person: PersonId, collection: Name, record: RecordId): Promise<KeptCopy | undefined>;
  /** Whether any epoch that lives, or any key that a customer has now, still leads to it. */
  opens(copy: KeptCopy): Promise<boolean>;
}

/** `undefined` instead of an error: to fail is what is hoped for. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof OpenError) return undefined;
    throw error;
  }
}

export function createProber(database: Database, epochs: Epochs): Prober {
  /** The customer's keys that can be had: the copy's own wrap under each living epoch, and the wraps of today. */
  async function customerKeys({ customer, customerKey }: KeptCopy): Promise<SecretKey[]> {
    const living = await database.query<{ epoch_id: EpochId }>(
      "select epoch_id from keyring.epoch where state <> 'closed'",
    );
    const today = await database.query<KeyRow>(
      'select key_id, wrapped, commitment from keyring.customer_key where customer_id = $1',
      [customer],
    );
    const found: SecretKey[] = [];
    for (const { epoch_id: id } of living) {
      const epoch = await epochs.key(id).catch(() => undefined);
      if (epoch === undefined) continue;
      for (const row of [customerKey, ...today]) {
        const opened = attempt(() => unwrapKey(epoch, customerPlace(customer, row.key_id), row));
        if (opened !== undefined) found.push(opened.key);
      }
    }
    return found;
  }

  return {
    async keep(customer, person, collection, record) {
      const [row] = await database.query<{
        customer_key: KeyId;
        epoch: EpochId;
        cw: Buffer;
        cc: Buffer;
        person_key: KeyId;
        pw: Buffer;
        pc: Buffer;
        data_key: KeyId;
        dw: Buffer;
        dc: Buffer;
        version: number;
        sealed: Buffer;
      }>(
        `select k.key_id as customer_key, k.epoch_id as epoch, k.wrapped as cw, k.commitment as cc,
                p.key_id as person_key, p.wrapped as pw, p.commitment as pc,
                r.data_key_id as data_key, r.data_key as dw, r.data_key_commitment as dc, r.version, r.sealed
         from custody.record r join keyring.person p using (customer_id, person_id)
         join keyring.customer_key k on k.customer_id = r.customer_id and k.key_id = p.customer_key_id
         where r.customer_id = $1 and r.person_id = $2 and r.collection = $3 and r.record_id = $4`,
        [customer, person, collection, record],
      );
      return (
        row && {
          customer,
          person,
          collection,
          record,
          version: row.version,
          epoch: row.epoch,
          customerKey: { key_id: row.customer_key, wrapped: row.cw, commitment: row.cc },
          personKey: { key_id: row.person_key, wrapped: row.pw, commitment: row.pc },
          dataKey: { key_id: row.data_key, wrapped: row.dw, commitment: row.dc },
          sealed: row.sealed,
        }
      );
    },
    async opens(copy) {
      const { customer, person, personKey, dataKey } = copy;
      for (const key of await customerKeys(copy)) {
        const own = attempt(() => unwrapKey(key, personPlace(customer, person, personKey.key_id), personKey));
        const data = own && attempt(() => unwrapKey(own.key, dataKeyPlace(copy, dataKey.key_id), dataKey));
        const content = data && attempt(() => open(data.key, recordPlace(copy, copy), copy.sealed));
        if (content === undefined) continue;
        content.fill(0);
        return true;
      }
      return false;
    },
  };
}
