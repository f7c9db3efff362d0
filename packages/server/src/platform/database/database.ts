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
   * The same in fewer round trips, on a database that was opened with `pipeline`: the first statement travels with the
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
  /** Statements are sent without waiting for the answer to the one before. */
  readonly pipeline?: boolean;
  /** How long to wait for an answer before the connection is given up and the outcome is unknown. */
  readonly answerTimeoutMs?: number;
}

/** A pool of connections that all commit durably, whatever the server's default says. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    ...options.connection,
    options: '-c synchronous_commit=on',
    max: options.connections,
    application_name: options.application,
    connectionTimeoutMillis: 2_000,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    ...(options.answerTimeoutMs !== undefined && { query_timeout: options.answerTimeoutMs }),
    ...(options.pipeline === true && { pipeline: true }),
    idleTimeoutMillis: 60_000,
    types,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  const on = (client: pg.Pool | pg.PoolClient): Queryable => ({
    async query<Row extends object>(text: string, values: readonly Value[] = [], name?: string) {
      const result = await client.query<Row>({ text, values: [...values], ...(name !== undefined && { name }) });
      return result.rows;
    },
  });
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

  return {
    ...on(pool),
    transaction: (work) =>
      onOneClient(async (client) => {
        await client.query('begin');
        const result = await work(on(client));
        await client.query('commit');
        return result;
      }),
    pipelined: (work) =>
      onOneClient(async (client) => {
        const begun = client.query('begin');
        begun.catch(() => undefined);
        if (options.pipeline !== true) await begun;
        const { result, last } = await work(on(client));
        last?.catch(() => undefined);
        if (options.pipeline !== true) await last;
        const committed = client.query('commit');
        committed.catch(() => undefined);
        await begun;
        await last;
        // A transaction in which a statement failed is rolled back by `commit`, which says so and does not fail.
        if ((await committed).command !== 'COMMIT') throw new Error('the transaction was rolled back');
        return result;
      }),
    close: () => pool.end(),
  };
}
