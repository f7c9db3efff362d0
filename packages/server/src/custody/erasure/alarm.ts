/** Orders that come close to their promise: from 16 hours on a warning, from 22 on an alarm. */
import type { Finding } from '../../alerts/alarm.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { OrderStore } from './store.ts';

const warnHours = 16;
const criticalHours = 22;
const hourMs = 3_600_000;

/** One finding for all of them: what keeps one keeps the others. */
export async function lateOrders(store: Pick<OrderStore, 'olderThan'>, clock: Clock): Promise<readonly Finding[]> {
  const now = clock.now().getTime();
  const { orders, oldest } = await store.olderThan(new Date(now - warnHours * hourMs));
  if (oldest === undefined) return [];
  const hours = Math.floor((now - oldest.getTime()) / hourMs);
  return [{ code: 'erasure_late', severity: hours >= criticalHours ? 'critical' : 'warning', refs: { hours, orders } }];
}
