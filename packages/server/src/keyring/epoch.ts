import { StartError } from '../platform/config/start-error.ts';
import { commitment, SecretKey } from '../platform/crypto/key.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import { type EpochId, newId } from '../platform/ids/ids.ts';
import { type Safes, SafesUnreadable } from './safes.ts';

/** The epoch keys that this process holds in memory. */
export interface Epochs {
  /** Loads every epoch that wraps something, and makes the first one on an empty installation. */
  ready(): Promise<{ readonly made: boolean }>;
  key(epoch: EpochId): SecretKey;
  /**
   * The epoch that takes new wraps, locked so that a rollover waits until this transaction is done.
   */
  openForWrap(connection: Queryable): Promise<{ readonly id: EpochId; readonly key: SecretKey }>;
  drop(): void;
}

interface EpochRow {
  readonly epoch_id: EpochId;
  readonly commitment: Buffer;
  readonly state: 'open' | 'closing';
  readonly used: boolean;
}

/** Any number that nothing else locks. */
const startLock = 0x0b407;

export function createEpochs(database: Database, safes: Safes): Epochs {
  const keys = new Map<EpochId, SecretKey>();

  /** The row commits before the safes are written: a crash in between leaves a row that no safe knows, never a key without a row. */
  async function makeFirst(): Promise<void> {
    const key = SecretKey.generate();
    const id = newId<EpochId>();
    await database.query("insert into keyring.epoch (epoch_id, commitment, state) values ($1, $2, 'open')", [
      id,
      commitment(key),
    ]);
    await safes.store(id, key);
    keys.set(id, key);
  }

  const keyOf = (epoch: EpochId): SecretKey => {
    const key = keys.get(epoch);
    if (key === undefined) throw new SafesUnreadable(`epoch ${epoch} is not loaded`);
    return key;
  };

  async function loadOrMake(): Promise<{ readonly made: boolean }> {
    const rows = await database.query<EpochRow>(
      `select e.epoch_id, e.commitment, e.state,
              exists (select 1 from keyring.customer_key k where k.epoch_id = e.epoch_id) as used
       from keyring.epoch e where e.state <> 'closed'`,
    );
    for (const { epoch_id: id, commitment: expected, used } of rows) {
      try {
        keys.set(id, await safes.load(id, expected));
      } catch (error) {
        if (!(error instanceof SafesUnreadable)) throw error;
        if (used)
          throw new StartError(
            'safes_unreadable',
            `No safe can give epoch ${id}, under which customers' keys are wrapped.`,
            'Bring a safe of this installation back (docs/recovery.md). Without it this data stays unreadable; there is no back door.',
          );
        // Made by a start that was killed before a safe had it; nothing was ever wrapped under it.
        await database.query("update keyring.epoch set state = 'closed' where epoch_id = $1", [id]);
      }
    }
    if (keys.size > 0) return { made: false };
    await makeFirst();
    return { made: true };
  }

  return {
    // Two servers may start on one empty database: the second waits until a safe has the first one's epoch.
    ready: () =>
      database.transaction(async (connection) => {
        await connection.query('select pg_advisory_xact_lock($1)', [startLock]);
        return loadOrMake();
      }),
    key: keyOf,
    async openForWrap(connection) {
      const [row] = await connection.query<{ epoch_id: EpochId }>(
        "select epoch_id from keyring.epoch where state = 'open' for share",
      );
      if (row === undefined) throw new SafesUnreadable('there is no open epoch');
      return { id: row.epoch_id, key: keyOf(row.epoch_id) };
    },
    drop() {
      for (const key of keys.values()) key.destroy();
      keys.clear();
    },
  };
}
