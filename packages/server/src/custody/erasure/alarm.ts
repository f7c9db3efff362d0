/** Tells the team of an order that comes close to its promise, at 16, 20 and 22 hours: once each, over all servers. */
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { AccountId } from '../../platform/ids/ids.ts';
import type { OrderStore } from './store.ts';

export interface LateMessage {
  readonly template: 'erasure_late';
  readonly accounts: readonly AccountId[];
  readonly refs: { readonly order: string; readonly hours: number };
}

export interface AlarmOptions {
  readonly database: Database;
  readonly store: OrderStore;
  readonly clock: Clock;
  /** Who is to know. */
  readonly team: () => Promise<readonly AccountId[]>;
  readonly tell: (connection: Queryable, messages: readonly LateMessage[]) => Promise<void>;
}

const alarmHours = [16, 20, 22] as const;
const hourMs = 3_600_000;

/** @returns how many orders were told of. */
export async function tellOfLate({ database, store, clock, team, tell }: AlarmOptions): Promise<number> {
  const now = clock.now().getTime();
  let told = 0;
  for (const order of await store.olderThan(new Date(now - alarmHours[0] * hourMs))) {
    const age = (now - order.orderedAt.getTime()) / hourMs;
    const hours = alarmHours.findLast((one) => one <= age);
    if (hours === undefined) continue;
    await database.transaction(async (connection) => {
      // Another server may have looked at the same moment: the one that writes it down tells it.
      if (!(await store.told(connection, order, hours))) return;
      told += 1;
      await tell(connection, [
        { template: 'erasure_late', accounts: await team(), refs: { order: order.order, hours } },
      ]);
    });
  }
  return told;
}
