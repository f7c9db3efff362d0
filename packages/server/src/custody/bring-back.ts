/**
 * Bringing back what was exported earlier: under the ids that it had, but for what was ordered away since. Whoever asks says
 * as of when the export is; an order after that moment, carried out or waiting, outweighs it. Who was erased as a whole comes
 * back under no moment, and into no other customer: the id of a person is never given again, so the export is older than its
 * order, or of an older copy. Another installation knows nothing of the orders of this one.
 */
import { textArray, uuidArray } from '../platform/database/arrays.ts';
import { createBatcher } from '../platform/database/batcher.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { CustomerId, Name, PersonId } from '../platform/ids/ids.ts';

export interface Exported {
  readonly customer: CustomerId;
  readonly person: PersonId;
  /** When its export began. */
  readonly at: Date;
}

/** An order that took the person or a part. */
interface Taken {
  /** `part`: all of a person but what is held; `retention`: what was not changed for long in a collection. */
  readonly person_id: PersonId | null;
  readonly scope: 'customer' | 'person' | 'part' | 'collection' | 'retention' | 'record' | 'file';
  readonly collection: Name | null;
  readonly object_id: string | null;
}

/** A record with its collection, or a file without one. */
export interface Part {
  readonly collection?: Name;
  readonly object: string;
}

/** What of a person was ordered away since. */
export interface OrderedAway {
  readonly person: boolean;
  part(part: Part): boolean;
}

/**
 * Has to be asked with keys that are checked against the fence afterwards: an order that comes later makes those stale, and
 * whoever begins anew asks again.
 */
export type AskOrderedAway = (exported: Exported) => Promise<OrderedAway>;

export function createOrderedAway(database: Queryable): AskOrderedAway {
  const ask = createBatcher(async (asked: readonly Exported[]) => {
    const rows = await database.query<Taken & { readonly o: number }>(
      `with w as materialized (
         select * from unnest($1::uuid[], $2::uuid[], $3::text[]::timestamptz[]) with ordinality as w (customer_id, person_id, at, o)
       )
       select w.o, e.person_id, e.scope, e.collection, e.object_id from w
       join custody.erasure_order e on e.person_id = w.person_id
       where e.state <> 'withdrawn' and (e.scope = 'person' or e.ordered_at >= w.at)
       union all
       select w.o, e.person_id, e.scope, e.collection, e.object_id from w
       join custody.erasure_order e on e.customer_id = w.customer_id and e.person_id is null
       where e.state <> 'withdrawn' and (e.scope = 'customer' or e.ordered_at >= w.at)`,
      [
        uuidArray(asked.map(({ customer }) => customer)),
        uuidArray(asked.map(({ person }) => person)),
        textArray(asked.map(({ at }) => at.toISOString())),
      ],
      'ordered-away',
    );
    const byPosition = Map.groupBy(rows, ({ o }) => o);
    return asked.map((_, position) => orderedAway(byPosition.get(position + 1) ?? []));
  });
  return async (exported) => (await ask(exported)) ?? orderedAway([]);
}

/**
 * An order that came back with a backup may not know what it was about: the ledger names keys alone, and the backup may be
 * older than the row. Then it may be about anything here.
 */
function orderedAway(taken: readonly Taken[]): OrderedAway {
  const isOfAnything = ({ person_id: person }: Taken) => person === null;
  return {
    person: taken.some((one) => one.scope === 'person' || isOfAnything(one)),
    part: ({ collection, object }) =>
      taken.some((one) => {
        if (isOfAnything(one)) return true;
        if (one.scope === 'record' || one.scope === 'file') return one.object_id === null || one.object_id === object;
        if (one.scope === 'collection' || one.scope === 'retention')
          return one.collection === null || one.collection === collection;
        return true;
      }),
  };
}
