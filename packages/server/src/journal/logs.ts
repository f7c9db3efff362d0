import { randomBytes } from 'node:crypto';
import type { Database, Queryable } from '../platform/database/database.ts';
import { type CustomerId, type LogId, newId } from '../platform/ids/ids.ts';

export type LogKind = 'access' | 'orders' | 'operator' | 'page';

export interface Log {
  readonly customer: CustomerId;
  readonly id: LogId;
  readonly kind: LogKind;
  /** Schema-less URL, the first line of its checkpoints (C2SP tlog-checkpoint). */
  readonly origin: string;
  readonly generation: number;
}

interface LogRow {
  readonly customer_id: CustomerId;
  readonly log_id: LogId;
  readonly kind: LogKind;
  readonly origin: string;
  readonly generation: number;
}

const asLog = (row: LogRow): Log => ({
  customer: row.customer_id,
  id: row.log_id,
  kind: row.kind,
  origin: row.origin,
  generation: row.generation,
});

const columns = 'customer_id, log_id, kind, origin, generation';
/** SHA-256 of nothing: the root of an empty tree (RFC 6962, section 2.1). */
const emptyRoot = Buffer.from('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=', 'base64');

export interface Logs {
  /** Makes a log of a customer, inside the caller's transaction. Its name is random: a name must not tell who it is of. */
  create(connection: Queryable, customer: CustomerId, kind: LogKind): Promise<Log>;
  /** The newest generation of a customer's log. `undefined` when there is no such customer. At once where it is known. */
  of(customer: CustomerId, kind: LogKind): Log | undefined | Promise<Log | undefined>;
  /** All generations of it, oldest first: what was entered before a restore stays readable. */
  generations(customer: CustomerId, kind: LogKind): Promise<readonly Log[]>;
  all(): Promise<readonly Log[]>;
  /** Ends a generation and begins the next under a new origin, inside the caller's transaction. */
  nextGeneration(connection: Queryable, log: Log): Promise<Log>;
  forget(): void;
}

/** The smallest number of a log whose entry can still be read; what was before it is over its retention. */
export async function minimumOf(on: Queryable, log: Pick<Log, 'customer' | 'id'>): Promise<number> {
  const [row] = await on.query<{ minimum: number }>(
    'select minimum from journal.log where customer_id = $1 and log_id = $2',
    [log.customer, log.id],
    'journal-minimum',
  );
  return row?.minimum ?? 0;
}

export function createLogs(database: Database, host: string): Logs {
  // A log's row does not change but for a new generation, which only happens while nothing is served.
  const known = new Map<string, Log>();

  async function find(customer: CustomerId, kind: LogKind): Promise<Log | undefined> {
    const [row] = await database.query<LogRow>(
      `select ${columns} from journal.log where customer_id = $1 and kind = $2 order by generation desc limit 1`,
      [customer, kind],
      'journal-log',
    );
    return row && asLog(row);
  }

  async function insert(connection: Queryable, log: Log): Promise<Log> {
    await connection.query(
      'insert into journal.log (customer_id, log_id, kind, origin, generation) values ($1, $2, $3, $4, $5)',
      [log.customer, log.id, log.kind, log.origin, log.generation],
    );
    await connection.query('insert into journal.head (customer_id, log_id) values ($1, $2)', [log.customer, log.id]);
    await connection.query('insert into journal.tree (customer_id, log_id, root) values ($1, $2, $3)', [
      log.customer,
      log.id,
      emptyRoot,
    ]);
    return log;
  }

  return {
    create(connection, customer, kind) {
      const origin = `${host}/log/${randomBytes(16).toString('hex')}`;
      return insert(connection, { customer, id: newId(), kind, origin, generation: 1 });
    },
    of(customer, kind) {
      const key = `${customer}/${kind}`;
      return (
        known.get(key) ??
        find(customer, kind).then((log) => {
          if (log !== undefined) known.set(key, log);
          return log;
        })
      );
    },
    async generations(customer, kind) {
      const rows = await database.query<LogRow>(
        `select ${columns} from journal.log where customer_id = $1 and kind = $2 order by generation`,
        [customer, kind],
        'journal-generations',
      );
      return rows.map(asLog);
    },
    async all() {
      const rows = await database.query<LogRow>(`select ${columns} from journal.log order by customer_id, log_id`);
      return rows.map(asLog);
    },
    async nextGeneration(connection, log) {
      await connection.query('update journal.log set ended_at = now() where customer_id = $1 and log_id = $2', [
        log.customer,
        log.id,
      ]);
      const generation = log.generation + 1;
      const origin = `${log.origin.replace(/\/gen-\d+$/, '')}/gen-${generation}`;
      return insert(connection, { ...log, id: newId(), origin, generation });
    },
    forget: () => known.clear(),
  };
}
