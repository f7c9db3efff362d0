/**
 * People of our own for the drills, in the living database: one who is there at the moment that is restored and lives on, and
 * those of the drills before, who are ordered away after it. In what is restored all of them are there; the ledger has to
 * say who must not be.
 */
import { randomBytes } from 'node:crypto';
import { purposeOf } from '../../../access/purposes.ts';
import type { Call } from '../../../custody/call.ts';
import type { Custody } from '../../../custody/custody.ts';
import type { Erasures } from '../../../custody/erasure/erasures.ts';
import { withCurrentKeys } from '../../../keyring/current.ts';
import type { Keyring } from '../../../keyring/keyring.ts';
import type { Queryable } from '../../../platform/database/database.ts';
import { Problem } from '../../../platform/http/problem.ts';
import { type CustomerId, type Name, newId, type PersonId, type RecordId } from '../../../platform/ids/ids.ts';

export const canaryCollection = 'obhut_drill_canary' as Name;
const actor = { kind: 'system', id: 'obhut' } as const;
const call: Call = { actor, purpose: purposeOf('security_review'), reference: undefined, onBehalfOf: undefined };
const definition = {
  schema: { type: 'object', properties: { note: { type: 'string' } } },
  fields: { note: { class: 'sensitive' } },
} as const;

export interface Canary {
  readonly person: PersonId;
  readonly record: RecordId;
}

export interface Canaries {
  /** Those of drills before; after the first one there is always one. */
  living(): Promise<readonly Canary[]>;
  make(): Promise<Canary>;
  /** Access is refused when it resolves, and the ledger says so. */
  order(canary: Canary): Promise<void>;
}

export interface CanariesOptions {
  readonly database: Queryable;
  readonly custody: Custody;
  readonly erasures: Pick<Erasures, 'place'>;
  readonly keyring: Keyring;
  readonly operator: () => Promise<CustomerId>;
}

export function createCanaries({ database, custody, erasures, keyring, operator }: CanariesOptions): Canaries {
  return {
    async living() {
      return database.query<Canary>(
        `select r.person_id as person, r.record_id as record
         from custody.record r join keyring.person p using (customer_id, person_id)
         where r.customer_id = $1 and r.collection = $2 and r.order_id is null and not p.locked`,
        [await operator(), canaryCollection],
      );
    },
    async make() {
      const customer = await operator();
      await withCurrentKeys(keyring, customer, (handle) =>
        custody.collections.put(handle, canaryCollection, definition, actor),
      );
      const { person } = await custody.people.create(customer, { ...call, purpose: undefined });
      const record = newId<RecordId>();
      const data = { note: randomBytes(16).toString('hex') };
      await custody.records.put(customer, person, canaryCollection, { record, data }, call);
      return { person, record };
    },
    async order({ person }) {
      const customer = await operator();
      await erasures.place({ customer, scope: 'person', person }, 0, actor, undefined).catch((error: unknown) => {
        // Ordered by a drill that broke off.
        if (!(error instanceof Problem && error.code === 'not_found')) throw error;
      });
    },
  };
}
