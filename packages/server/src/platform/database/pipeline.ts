/**
 * One connection on which statements follow each other without waiting for the answers before (PostgreSQL's pipeline mode).
 * PostgreSQL carries them out in the order in which they were sent, each in a transaction of its own; the next one starts
 * when the one before it is committed, without the way to us and back between them.
 */
import pg from 'pg';
import {
  createPool,
  type Database,
  type DatabaseOptions,
  type Pipelined,
  type Queryable,
  queryableOn,
  type Value,
} from './database.ts';

/** Like `openDatabase`, on a single connection that is made when it is first needed and again after it broke. */
export function openPipeline(options: Omit<DatabaseOptions, 'connections'>): Database {
  const pool = createPool({ ...options, connections: 1 }, { pipeline: true });
  let connecting: Promise<pg.PoolClient> | undefined;
  let current: pg.PoolClient | undefined;
  /** While a transaction is under way nothing else may be sent. */
  let transaction: Promise<void> | undefined;

  async function connect(): Promise<pg.PoolClient> {
    const client = await pool.connect();
    current = client;
    const giveUpThis = () => giveUp(client);
    client.once('error', giveUpThis);
    client.once('end', giveUpThis);
    return client;
  }

  /** What was sent on it and not answered yet fails, with an outcome that is not known. */
  function giveUp(client: pg.PoolClient): void {
    if (current !== client) return;
    current = undefined;
    connecting = undefined;
    client.release(true);
  }

  /**
   * Hands the connection to `send` when no transaction is under way. Nothing is awaited between looking and sending: two who
   * wait for the same transaction must not both believe that they are next.
   */
  async function whenFree<Result>(send: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    for (;;) {
      connecting ??= connect().catch((error: unknown) => {
        connecting = undefined;
        throw error;
      });
      const client = await connecting;
      if (transaction === undefined) return send(client);
      await transaction;
    }
  }

  async function exclusively<Result>(
    client: pg.PoolClient,
    work: (client: pg.PoolClient) => Promise<Result>,
  ): Promise<Result> {
    const { promise, resolve } = Promise.withResolvers<void>();
    transaction = promise;
    try {
      return await work(client);
    } catch (error) {
      await client.query('rollback').catch(() => giveUp(client));
      throw error;
    } finally {
      transaction = undefined;
      resolve();
    }
  }

  /** The first statement travels with the `begin`, the last one with the `commit`. */
  function pipelined<Result>(work: (connection: Queryable) => Promise<Pipelined<Result>>): Promise<Result> {
    return whenFree((free) =>
      exclusively(free, async (client) => {
        const begun = client.query('begin');
        begun.catch(() => undefined);
        const { result, last } = await work(queryableOn(client));
        last?.catch(() => undefined);
        const committed = client.query('commit');
        committed.catch(() => undefined);
        await begun;
        await last;
        // A transaction in which a statement failed is rolled back by `commit`, which says so and does not fail.
        if ((await committed).command !== 'COMMIT') throw new Error('the transaction was rolled back');
        return result;
      }),
    );
  }

  return {
    query: <Row extends object>(text: string, values?: readonly Value[], name?: string) =>
      whenFree(async (client) => {
        try {
          return await queryableOn(client).query<Row>(text, values, name);
        } catch (error) {
          // What PostgreSQL refused leaves the connection good; after any other error its state is not known.
          if (!(error instanceof pg.DatabaseError)) giveUp(client);
          throw error;
        }
      }),
    transaction: (work) => pipelined(async (connection) => ({ result: await work(connection), last: undefined })),
    pipelined,
    async close() {
      while (transaction !== undefined) await transaction;
      await connecting?.then(giveUp, () => undefined);
      await pool.end();
    },
  };
}
