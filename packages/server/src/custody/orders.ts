/**
 * Deleting a record or a file is an order with cooling 0: it hides and removes the data at once and cannot be taken
 * back. What backups, WAL and replicas still hold dies with the epoch: the saga (`erasure/`) goes on from here.
 */
import type { Rider } from '../journal/flush.ts';
import type { Journal } from '../journal/journal.ts';
import { personOf, withCurrentKeys } from '../keyring/current.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Queryable } from '../platform/database/database.ts';
import { Problem } from '../platform/http/problem.ts';
import {
  type CustomerId,
  type FileId,
  type KeyId,
  type Name,
  newId,
  type OrderId,
  type PersonId,
  type RecordId,
} from '../platform/ids/ids.ts';
import type { AccessLog, Call } from './call.ts';
import { heldUntil } from './erasure/holds.ts';
import { dueAfterMs } from './erasure/order.ts';
import { insertOrder } from './erasure/store.ts';
import type { LookupStore } from './lookup-store.ts';

export interface Order {
  readonly order: OrderId;
  readonly scope: 'record' | 'file';
  readonly state: 'ordered';
  readonly orderedAt: Date;
  /** The promise: gone from every copy by then. */
  readonly dueAt: Date;
}

export type OrderTarget = { readonly customer: CustomerId; readonly person: PersonId } & (
  | { readonly scope: 'record'; readonly collection: Name; readonly object: RecordId }
  | { readonly scope: 'file'; readonly collection?: undefined; readonly object: FileId }
);

export interface Orders {
  /** @throws Problem `not_found` when there is nothing to delete. */
  place(
    target: OrderTarget,
    call: Call,
    ifVersion?: number,
  ): Promise<{ readonly order: Order; readonly receipt: string; readonly removedObject: string | undefined }>;
}

interface Placed {
  readonly target: OrderTarget;
  readonly order: Order;
  readonly ifVersion: number | undefined;
  removedObject: string | undefined;
  /** A hold stands against it. */
  heldUntil: Date | undefined;
}

export interface OrdersOptions {
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly log: AccessLog;
  readonly lookups: LookupStore;
  readonly clock: Clock;
  /** Says in the ledger at every site what was ordered. Where none answers, a later turn says it: it does not reject. */
  readonly recordOrders: () => Promise<void>;
}

export function createOrders({ journal, keyring, log, lookups, clock, recordOrders }: OrdersOptions): Orders {
  async function removeRow(
    connection: Queryable,
    { target, ifVersion }: Placed,
  ): Promise<{ readonly dataKey: KeyId; readonly object?: string } | undefined> {
    if (target.scope === 'file') {
      const [row] = await connection.query<{ data_key_id: KeyId; object: string }>(
        `delete from custody.file where customer_id = $1 and person_id = $2 and file_id = $3
           and ($4::bigint is null or version = $4) returning data_key_id, object`,
        [target.customer, target.person, target.object, ifVersion ?? null],
      );
      return row && { dataKey: row.data_key_id, object: row.object };
    }
    const [row] = await connection.query<{ data_key_id: KeyId }>(
      `delete from custody.record where customer_id = $1 and person_id = $2 and collection = $3 and record_id = $4
         and ($5::bigint is null or version = $5) returning data_key_id`,
      [target.customer, target.person, target.collection, target.object, ifVersion ?? null],
    );
    return row && { dataKey: row.data_key_id };
  }

  /** Removal, order row and fence in one commit: whoever still holds the object's data key cannot write it back. */
  const rider: Rider<Placed> = {
    name: 'order',
    async apply(connection, placed) {
      const applied: boolean[] = [];
      for (const one of placed) {
        const { target, order } = one;
        // Asked in the commit that removes: nobody can hold it in between.
        one.heldUntil = await heldUntil(
          connection,
          { ...target, record: target.scope === 'record' ? target.object : undefined },
          order.orderedAt,
        );
        const removed = one.heldUntil === undefined ? await removeRow(connection, one) : undefined;
        applied.push(removed !== undefined);
        if (removed === undefined) continue;
        one.removedObject = removed.object;
        if (target.scope === 'record')
          await lookups.apply(connection, [{ ...target, record: target.object, add: [], keep: [], mayBeCopied: true }]);
        await insertOrder(connection, {
          ...target,
          collection: target.collection,
          order: order.order,
          keys: [removed.dataKey],
          orderedAt: order.orderedAt,
          dueAt: order.dueAt,
          coolingUntil: order.orderedAt,
          extent: { people: 0, records: 0, files: 0, bytes: 0, [target.scope === 'file' ? 'files' : 'records']: 1 },
          ...(removed.object === undefined ? { removedAt: order.orderedAt } : { objects: [removed.object] }),
        });
        await journal.raiseFence(connection, target.customer);
      }
      return applied;
    },
  };

  return {
    async place(target, call, ifVersion) {
      const placed = await withCurrentKeys(keyring, target.customer, async () => {
        const person = await personOf(keyring, target.customer, target.person);
        const orderedAt = clock.now();
        const order: Order = {
          order: newId<OrderId>(),
          scope: target.scope,
          state: 'ordered',
          orderedAt,
          dueAt: new Date(orderedAt.getTime() + dueAfterMs),
        };
        const placed: Placed = { target, order, ifVersion, removedObject: undefined, heldUntil: undefined };
        const receipt = await log.change(
          person,
          call,
          {
            kind: target.scope === 'record' ? 'record.delete' : 'file.delete',
            scope: { count: 1, ...(target.collection !== undefined && { collection: target.collection }) },
            outcome: 'ordered',
          },
          { rider, payload: placed },
          {
            // The orders log tells of the order by its random id alone, in the same commit.
            also: {
              log: 'orders',
              entry: {
                kind: 'erasure.ordered',
                at: orderedAt,
                actor: call.actor,
                outcome: 'ordered',
                client: 'api',
                refs: { order: order.order, scope: target.scope },
              },
            },
          },
        );
        if (receipt === 'stale') return 'stale';
        if (receipt === 'declined' && placed.heldUntil !== undefined)
          throw new Problem('held', { members: { until: placed.heldUntil.toISOString() } });
        if (receipt === 'declined') throw new Problem(ifVersion === undefined ? 'not_found' : 'version_mismatch');
        return { order, receipt, removedObject: placed.removedObject };
      });
      // Before anybody is told that it goes: no backup of before brings it back.
      await recordOrders();
      return placed;
    },
  };
}
