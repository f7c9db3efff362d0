/** SQL of a rollover: its state and its lease. No rules. */
import type { Database, Queryable } from '../platform/database/database.ts';
import type { EpochId } from '../platform/ids/ids.ts';

export interface RolloverState {
  /** The epoch that closes. */
  readonly epoch: EpochId;
  readonly next: EpochId;
  /** The last step that is done. */
  readonly step: number;
}

/** Another server has taken over: nothing more may be done in its name. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  readonly code = 'lease_lost';
}

interface StateRow {
  readonly epoch_id: EpochId;
  readonly next_epoch_id: EpochId;
  readonly step: number;
  readonly lease: number;
}

/** How long a server may be silent before another one takes over what it leads. */
export const leaseSeconds = 60;

export interface Lease {
  readonly state: RolloverState;
  readonly number: number;
}

export interface RolloverStore {
  unfinished(): Promise<RolloverState | undefined>;
  /** Begins with a new epoch's row. @returns `undefined` when another server was first. */
  begin(node: string, next: EpochId, commitment: Uint8Array): Promise<Lease | undefined>;
  /** @returns `undefined` while another server leads it. */
  claim(node: string, epoch: EpochId): Promise<Lease | undefined>;
  /** Work that only the leader may do, in one transaction. @throws LeaseLost */
  under<Result>(lease: Lease, work: (connection: Queryable) => Promise<Result>): Promise<Result>;
  reach(connection: Queryable, lease: Lease, step: number, more?: { readonly snapshot?: string }): Promise<void>;
  /** Gives up an epoch that no safe can give: what was booked on it moves to the one in its place. */
  replaceNext(connection: Queryable, lease: Lease, next: EpochId, commitment: Uint8Array): Promise<void>;
  /** From this commit on all inserts wrap under the new epoch. */
  open(connection: Queryable, state: RolloverState): Promise<void>;
  /** In which safes the key of an epoch is destroyed. */
  destroyed(connection: Queryable, epoch: EpochId, safes: readonly string[]): Promise<void>;
  close(connection: Queryable, lease: Lease, counts: Readonly<Record<string, number>>, at: Date): Promise<void>;
  /** How many wraps still name the epoch, or a customer key that is not there any more. */
  leftovers(connection: Queryable, epoch: EpochId): Promise<number>;
  closed(): Promise<readonly EpochId[]>;
  /** The open epoch with its age in seconds, by the database's clock. */
  openEpoch(): Promise<{ readonly epoch: EpochId; readonly ageSeconds: number } | undefined>;
}

export function createRolloverStore(database: Database): RolloverStore {
  const lease = (row: StateRow): Lease => ({
    state: { epoch: row.epoch_id, next: row.next_epoch_id, step: row.step },
    number: row.lease,
  });

  async function under<Result>(held: Lease, work: (connection: Queryable) => Promise<Result>): Promise<Result> {
    return database.transaction(async (connection) => {
      const rows = await connection.query(
        'select 1 from keyring.rollover where epoch_id = $1 and lease = $2 and finished_at is null for update',
        [held.state.epoch, held.number],
      );
      if (rows.length === 0) throw new LeaseLost('another server leads this rollover');
      const result = await work(connection);
      await connection.query(
        `update keyring.rollover set lease_until = now() + interval '${leaseSeconds} seconds' where epoch_id = $1`,
        [held.state.epoch],
      );
      return result;
    });
  }

  return {
    under,
    async unfinished() {
      const [row] = await database.query<StateRow>(
        'select epoch_id, next_epoch_id, step, lease from keyring.rollover where finished_at is null',
      );
      return row && lease(row).state;
    },
    async begin(node, next, commitment) {
      return database.transaction(async (connection) => {
        const [open] = await connection.query<{ epoch_id: EpochId }>(
          "select epoch_id from keyring.epoch where state = 'open' for update",
        );
        const begun = await connection.query('select 1 from keyring.rollover where finished_at is null');
        if (open === undefined || begun.length > 0) return undefined;
        await connection.query("insert into keyring.epoch (epoch_id, commitment, state) values ($1, $2, 'preparing')", [
          next,
          commitment,
        ]);
        const [row] = await connection.query<StateRow>(
          `insert into keyring.rollover (epoch_id, next_epoch_id, step, lease, holder, lease_until, started_at)
           values ($1, $2, 0, 1, $3, now() + interval '${leaseSeconds} seconds', now())
           returning epoch_id, next_epoch_id, step, lease`,
          [open.epoch_id, next, node],
        );
        return row && lease(row);
      });
    },
    async claim(node, epoch) {
      const [row] = await database.query<StateRow>(
        `update keyring.rollover set lease = lease + 1, holder = $2, lease_until = now() + interval '${leaseSeconds} seconds'
         where epoch_id = $1 and finished_at is null and (holder = $2 or lease_until < now())
         returning epoch_id, next_epoch_id, step, lease`,
        [epoch, node],
      );
      return row && lease(row);
    },
    async reach(connection, held, step, more) {
      await connection.query(
        'update keyring.rollover set step = $2, snapshot = coalesce($3, snapshot) where epoch_id = $1',
        [held.state.epoch, step, more?.snapshot ?? null],
      );
    },
    async replaceNext(connection, { state }, next, commitment) {
      await connection.query("update keyring.epoch set state = 'closed', closed_at = now() where epoch_id = $1", [
        state.next,
      ]);
      await connection.query("insert into keyring.epoch (epoch_id, commitment, state) values ($1, $2, 'preparing')", [
        next,
        commitment,
      ]);
      await connection.query('update keyring.booking set epoch_id = $2 where epoch_id = $1', [state.next, next]);
      await connection.query('update keyring.rollover set next_epoch_id = $2 where epoch_id = $1', [state.epoch, next]);
    },
    async open(connection, { epoch, next }) {
      // Waits for whoever holds the row to wrap under it.
      await connection.query("update keyring.epoch set state = 'closing' where epoch_id = $1 and state = 'open'", [
        epoch,
      ]);
      await connection.query("update keyring.epoch set state = 'open' where epoch_id = $1 and state = 'preparing'", [
        next,
      ]);
    },
    async destroyed(connection, epoch, safes) {
      await connection.query('update keyring.epoch set destroyed_in = $2 where epoch_id = $1', [epoch, safes]);
    },
    async close(connection, { state }, counts, at) {
      await connection.query("update keyring.epoch set state = 'closed', closed_at = $2 where epoch_id = $1", [
        state.epoch,
        at,
      ]);
      await connection.query(
        'update keyring.rollover set step = 7, finished_at = now(), counts = $2 where epoch_id = $1',
        [state.epoch, { ...counts }],
      );
    },
    async leftovers(connection, epoch) {
      const [row] = await connection.query<{ left: number }>(
        `select (select count(*) from keyring.customer_key where epoch_id = $1 or state = 'old')
              + (select count(*) from keyring.person p where not exists (select 1 from keyring.customer_key k
                   where k.customer_id = p.customer_id and k.key_id = p.customer_key_id))
              + (select count(*) from keyring.lookup_key l where not exists (select 1 from keyring.customer_key k
                   where k.customer_id = l.customer_id and k.key_id = l.customer_key_id))
              + (select count(*) from keyring.log_key g where not exists (select 1 from keyring.customer_key k
                   where k.customer_id = g.customer_id and k.key_id = g.customer_key_id)) as left`,
        [epoch],
      );
      return row?.left ?? 0;
    },
    async closed() {
      const rows = await database.query<{ epoch_id: EpochId }>(
        "select epoch_id from keyring.epoch where state = 'closed'",
      );
      return rows.map(({ epoch_id: epoch }) => epoch);
    },
    async openEpoch() {
      const [row] = await database.query<{ epoch_id: EpochId; age: number }>(
        "select epoch_id, extract(epoch from now() - created_at)::float8 as age from keyring.epoch where state = 'open'",
      );
      return row && { epoch: row.epoch_id, ageSeconds: row.age };
    },
  };
}
