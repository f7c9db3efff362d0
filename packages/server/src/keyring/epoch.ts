import { StartError } from '../platform/config/start-error.ts';
import { commitment, SecretKey } from '../platform/crypto/key.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import { type EpochId, newId } from '../platform/ids/ids.ts';
import { type Safes, SafesUnreadable } from './safes.ts';

/** The epoch keys that this process holds in memory. */
export interface Epochs {
  /** Loads every epoch that wraps something, and makes the first one on an empty installation. */
  ready(): Promise<{ readonly made: boolean }>;
  /** From memory, or from the safes where another server made it. @throws SafesUnreadable when it is not there any more. */
  key(epoch: EpochId): Promise<SecretKey>;
  /**
   * The epoch that takes new wraps, locked so that a rollover waits until this transaction is done.
   */
  openForWrap(connection: Queryable): Promise<{ readonly id: EpochId; readonly key: SecretKey }>;
  /** Takes a key that a rollover has just made. */
  add(epoch: EpochId, key: SecretKey): void;
  /** Wipes one epoch's key from this process. */
  forget(epoch: EpochId): void;
  /** Forgets all of them at once, and wipes them when what is under way is over; the next use loads what still lives. */
  release(): void;
  /** Wipes all of them. */
  drop(): void;
}

interface EpochRow {
  readonly epoch_id: EpochId;
  readonly commitment: Buffer;
  readonly state: 'preparing' | 'open' | 'closing';
  readonly used: boolean;
}

/** Any number that nothing else locks. */
const startLock = 0x0b407;

/** As long as a receipt is good for: nobody opens anything with what they held before. */
const underWayMs = 5_000;

export function createEpochs(database: Database, safes: Safes): Epochs {
  const keys = new Map<EpochId, SecretKey>();
  /** Closed while this process ran: a read that was under way when it closed must not fetch it back. */
  const forgotten = new Set<EpochId>();

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

  async function keyOf(epoch: EpochId): Promise<SecretKey> {
    const known = keys.get(epoch);
    if (known !== undefined) return known;
    if (forgotten.has(epoch)) throw new SafesUnreadable(`epoch ${epoch} is closed`);
    const [row] = await database.query<{ commitment: Buffer }>(
      "select commitment from keyring.epoch where epoch_id = $1 and state <> 'closed'",
      [epoch],
    );
    if (row === undefined) throw new SafesUnreadable(`epoch ${epoch} is closed`);
    const key = await safes.load(epoch, row.commitment);
    keys.set(epoch, key);
    return key;
  }

  async function loadOrMake(): Promise<{ readonly made: boolean }> {
    const rows = await database.query<EpochRow>(
      `select e.epoch_id, e.commitment, e.state,
              exists (select 1 from keyring.customer_key k where k.epoch_id = e.epoch_id) as used
       from keyring.epoch e where e.state <> 'closed'`,
    );
    for (const { epoch_id: id, commitment: expected, state, used } of rows) {
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
        // A rollover that was cut off: it goes on there, and gives up or finishes this epoch.
        if (state !== 'open') continue;
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
      for (let attempt = 0; attempt < 3; attempt += 1) {
        // Whoever waited here for the commit that closed an epoch finds nothing, and looks once more for the next one.
        const [row] = await connection.query<{ epoch_id: EpochId }>(
          "select epoch_id from keyring.epoch where state = 'open' for share",
        );
        if (row !== undefined) return { id: row.epoch_id, key: await keyOf(row.epoch_id) };
      }
      throw new SafesUnreadable('there is no open epoch');
    },
    add(epoch, key) {
      keys.set(epoch, key);
    },
    forget(epoch) {
      forgotten.add(epoch);
      keys.get(epoch)?.destroy();
      keys.delete(epoch);
    },
    release() {
      const held = [...keys.values()];
      keys.clear();
      setTimeout(() => {
        for (const key of held) key.destroy();
      }, underWayMs).unref();
    },
    drop() {
      for (const key of keys.values()) key.destroy();
      keys.clear();
    },
  };
}
