/** How much an order would take, and what it would have to leave. */
import type { Database } from '../../platform/database/database.ts';
import type { Name } from '../../platform/ids/ids.ts';
import type { Site } from '../../platform/sites/site.ts';
import { type HeldPart, holdsOver, personIsHeld, recordIsHeld } from './holds.ts';
import type { Extent, Wish } from './order.ts';

/** What goes when it is ordered now; with `holds`, the rest goes when the last of them ends. */
export interface Preview extends Extent {
  readonly held: number;
  readonly collections: readonly { readonly collection: Name; readonly records: number }[];
  readonly holds: readonly HeldPart[];
}

export async function extentOf(
  database: Database,
  site: Site | undefined,
  { customer, person, collection }: Wish,
  at: Date,
): Promise<Preview> {
  const values = [customer, person ?? null, collection ?? null, at];
  const rows = await database.query<{ collection: Name; records: number; bytes: number; held: number }>(
    `select collection, count(*) filter (where not held) as records, count(*) filter (where held) as held,
            coalesce(sum(bytes) filter (where not held), 0)::bigint as bytes
     from (select r.collection, octet_length(r.sealed) as bytes, ${recordIsHeld('r', '$4')} as held from custody.record r
           where r.customer_id = $1 and ($2::uuid is null or r.person_id = $2)
             and ($3::text is null or r.collection = $3) and r.order_id is null) found
     group by collection order by collection`,
    values,
  );
  const files = await database.query<{ object: string }>(
    `select f.object from custody.file f
     where f.customer_id = $1 and ($2::uuid is null or f.person_id = $2) and $3::text is null and f.order_id is null
       and not ${personIsHeld('f', '$4')}`,
    values,
  );
  const [people] = await database.query<{ n: number }>(
    `select count(*) as n from keyring.person p
     where p.customer_id = $1 and ($2::uuid is null or p.person_id = $2) and $3::text is null
       and not ${personIsHeld('p', '$4')}
       and not exists (select 1 from custody.record r where r.customer_id = p.customer_id and r.person_id = p.person_id
                         and r.order_id is null and ${recordIsHeld('r', '$4')})`,
    values,
  );
  const collections = rows.filter(({ records }) => records > 0);
  let bytes = rows.reduce((sum, one) => sum + one.bytes, 0);
  for (const { object } of files) bytes += (await site?.size('objects', object)) ?? 0;
  return {
    people: people?.n ?? 0,
    records: rows.reduce((sum, { records }) => sum + records, 0),
    files: files.length,
    bytes,
    held: rows.reduce((sum, { held }) => sum + held, 0),
    collections: collections.map(({ collection: name, records }) => ({ collection: name, records })),
    holds: await holdsOver(database, { customer, person, collection }, at),
  };
}
