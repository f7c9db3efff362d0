/** Hides what an order for a part of a person takes: nobody finds it any more, and its keys are noted. */
import type { Queryable } from '../../platform/database/database.ts';
import type { CustomerId, KeyId, Name, OrderId, PersonId } from '../../platform/ids/ids.ts';
import { personIsHeld, recordIsHeld } from './holds.ts';

export interface PartOfPerson {
  readonly customer: CustomerId;
  readonly person: PersonId;
  /** Without one: all records, and the files. */
  readonly collection: Name | undefined;
  /** Only records that were not changed since then. */
  readonly unchangedSince?: Date;
}

/** What no hold covers at that moment. The customer's fence has to be raised before. @returns the keys that will die. */
export async function hide(
  connection: Queryable,
  { customer, person, collection, unchangedSince }: PartOfPerson,
  order: OrderId,
  at: Date,
): Promise<readonly KeyId[]> {
  const of = [customer, person, collection ?? null, order, at];
  const rows = await connection.query<{ data_key_id: KeyId }>(
    `update custody.record r set order_id = $4 where r.customer_id = $1 and r.person_id = $2
       and ($3::text is null or r.collection = $3) and ($6::timestamptz is null or r.updated_at < $6)
       and r.order_id is null and not ${recordIsHeld('r', '$5')} returning r.data_key_id`,
    [...of, unchangedSince ?? null],
  );
  const files = await connection.query<{ data_key_id: KeyId }>(
    `update custody.file f set order_id = $4 where f.customer_id = $1 and f.person_id = $2 and $3::text is null
       and f.order_id is null and not ${personIsHeld('f', '$5')} returning f.data_key_id`,
    of,
  );
  return [...rows, ...files].map(({ data_key_id: key }) => key);
}
