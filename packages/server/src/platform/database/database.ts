import pg from 'pg';

/** PostgreSQL's bigint comes as a number where it is a count or an index below 2^53; ours never get near. */
const int8 = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === int8 && format !== 'binary') return Number;
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

export type Value =
  | string
  | number
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: unknown };

/** Runs statements: the pool, or one connection inside a transaction. */
export interface Queryable {
  /**
   * One statement. With a `name` it is prepared once per connection.
   * Errors are those of `pg`; `failureOf` says what they mean.
   */
  query<Row extends object>(text: string, values?: readonly Value[], name?: string): Promise<Row[]>;
}

export interface Pipelined<Result> {
  readonly result: Result;
  /** The statement that was sent last, still under way. */
  readonly last: Promise<unknown> | undefined;
}

export interface Database extends Queryable {
  /** All or nothing. Rolls back when `work` throws. */
  transaction<Result>(work: (connection: Queryable) => Promise<Result>): Promise<Result>;
  /**
   * The same in fewer round trips where the database is a pipeline (`openPipeline`): the first statement travels with the
   * `begin`, and the last one (handed over, not awaited) with the `commit`.
   */
  pipelined<Result>(work: (connection: Queryable) => Promise<Pipelined<Result>>): Promise<Result>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** A URL, or host (socket folder), user, password and database. */
  readonly connection: pg.PoolConfig;
  readonly connections: number;
  /** Shown by PostgreSQL, so that an operator sees whose connection it is. */
  readonly application: string;
  /** How long a statement may take; 0 for the journal, whose flush must not be cut in the middle. */
  readonly statementTimeoutMs?: number;
  /** Whatever the role may do: these connections change nothing. */
  readonly readOnly?: true;
  /** How long to wait for an answer before the connection is given up and the outcome is unknown. */
  readonly answerTimeoutMs?: number;
}

/** One process each: a question that may take its time must not take both cores from those who read. */
const readOnlyOptions = ' -c default_transaction_read_only=on -c max_parallel_workers_per_gather=0';

/** Connections that all commit durably, whatever the server's default says. */
export function createPool(options: DatabaseOptions, more: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({
    ...options.connection,
    options: `-c synchronous_commit=on${options.readOnly === true ? readOnlyOptions : ''}`,
    max: options.connections,
    application_name: options.application,
    connectionTimeoutMillis: 2_000,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    ...(options.answerTimeoutMs !== undefined && { query_timeout: options.answerTimeoutMs }),
    idleTimeoutMillis: 60_000,
    types,
    ...more,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  return pool;
}

export function queryableOn(client: pg.Pool | pg.PoolClient): Queryable {
  return {
    async query<Row extends object>(text: string, values: readonly Value[] = [], name?: string) {
      const result = await client.query<Row>({ text, values: [...values], ...(name !== undefined && { name }) });
      return result.rows;
    },
  };
}

/** A pool of connections. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = createPool(options);
  /** Rolls back when the work throws; a connection that cannot even do that is given up. */
  async function onOneClient<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await pool.connect();
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      await client.query('rollback').catch(() => {
        broken = true;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  const transaction = <Result>(work: (connection: Queryable) => Promise<Result>): Promise<Result> =>
    onOneClient(async (client) => {
      await client.query('begin');
      const result = await work(queryableOn(client));
      await client.query('commit');
      return result;
    });

  return {
    ...queryableOn(pool),
    transaction,
    pipelined: (work) =>
      transaction(async (connection) => {
        const { result, last } = await work(connection);
        await last;
        return result;
      }),
    close: () => pool.end(),
  };
}
