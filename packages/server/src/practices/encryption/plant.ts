/** Plants values by the product's own ways: as a personal field with a lookup, as a reference of an access, and in the clear. */
import { Readable } from 'node:stream';
import { purposeOf } from '../../access/purposes.ts';
import type { Call } from '../../custody/call.ts';
import type { Custody } from '../../custody/custody.ts';
import { withCurrentKeys } from '../../keyring/current.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import { derivedUuid } from '../../platform/crypto/derived-id.ts';
import type { SecretKey } from '../../platform/crypto/key.ts';
import type { Database } from '../../platform/database/database.ts';
import { asId, type CustomerId, type FileId, type Name, type PersonId, type RecordId } from '../../platform/ids/ids.ts';

export interface PlanterOptions {
  readonly custody: Custody;
  readonly keyring: Keyring;
  readonly database: Database;
  readonly operator: () => Promise<CustomerId>;
  readonly idKey: SecretKey;
  /** Each server has a person and a record of its own. */
  readonly node: string;
}

const collection = 'obhut_canary' as Name;
const actor = { kind: 'system', id: 'obhut' } as const;
const definition = {
  schema: { type: 'object', properties: { mail: { type: 'string' }, note: { type: 'string' } } },
  fields: { mail: { class: 'personal', lookup: true }, note: { class: 'sensitive' } },
} as const;

export function createPlanter({ custody, keyring, database, operator, idKey, node }: PlanterOptions) {
  return async ({ secret, control }: { readonly secret: string; readonly control: string }): Promise<void> => {
    const customer = await operator();
    const call: Call = { actor, purpose: purposeOf('security_review'), reference: secret, onBehalfOf: secret };
    await withCurrentKeys(keyring, customer, (handle) =>
      custody.collections.put(handle, collection, definition, actor),
    );
    const id = asId<PersonId>(derivedUuid(idKey, 'canary', node));
    const { person } = await custody.people.create(customer, { ...call, purpose: undefined }, id);
    const record = asId<RecordId>(derivedUuid(idKey, 'canary-record', node));
    const data = { mail: `${secret}@example.org`, note: secret };
    await custody.records.put(customer, person, collection, { record, data }, call);
    await custody.records.read({ customer, person, collection, record }, call);
    const file = asId<FileId>(derivedUuid(idKey, 'canary-file', node));
    const content = Readable.from([Buffer.from(`${secret} `.repeat(400))]);
    await custody.files.put({ customer, person, file }, { content, name: `${secret}.txt`, type: 'text/plain' }, call);
    // A new row each time: an update leaves out of the WAL what the old row begins and ends with as well. Twice: a page's
    // header may stand in the middle of one.
    const values = [customer, node, `${control} ${control}`];
    await database.query('insert into claims.control (customer_id, node, control) values ($1, $2, $3)', values);
    await database.query('delete from claims.control where customer_id = $1 and node = $2 and control <> $3', values);
  };
}
