/** A rehearsal counts once it stands in the operator log: somebody opened the kit, and it holds the keys of this installation. */
import type { App } from '../app.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { commitment, type SecretKey, sameBytes } from '../platform/crypto/key.ts';
import type { Database } from '../platform/database/database.ts';
import { isUuid } from '../platform/ids/ids.ts';

export interface RehearsalOptions {
  readonly app: App;
  readonly database: Database;
  readonly clock: Clock;
  readonly rootKey: SecretKey;
  readonly backupKey: SecretKey;
}

const isOf = (key: SecretKey, hex: unknown) =>
  typeof hex === 'string' && sameBytes(commitment(key), Buffer.from(hex, 'hex'));

/** @returns takes what was found in a kit; false where it is not of this installation. */
export function createRehearsals({ app, database, clock, rootKey, backupKey }: RehearsalOptions) {
  return async (found: unknown): Promise<boolean> => {
    const { kit, rootKey: root, backupKey: backup } = found as Readonly<Record<string, unknown>>;
    if (typeof kit !== 'string' || !isUuid(kit) || !isOf(rootKey, root) || !isOf(backupKey, backup)) return false;
    const at = clock.now();
    await app.journal.append({
      customer: await app.customers.operator(),
      log: 'operator',
      entry: {
        kind: 'kit.rehearsed',
        at,
        actor: { kind: 'system', id: 'machine' },
        outcome: 'done',
        client: 'machine',
        refs: { kit },
      },
    });
    await database.query(
      `insert into recovery.rehearsal (kit_id, rehearsed_at) values ($1, $2)
       on conflict (kit_id) do update set rehearsed_at = excluded.rehearsed_at`,
      [kit, at],
    );
    return true;
  };
}
