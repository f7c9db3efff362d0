/** Puts faults between Obhut and its database: the n-th step fails, before it ran or after. */
import type { Database, Pipelined, Queryable } from '../platform/database/database.ts';

export type Fault = 'before' | 'after';

export interface Faults {
  wrap(database: Database): Database;
  /** From now on count steps, and let the one of this number (from 0) fail. */
  arm(step: number, fault: Fault): void;
  /** @returns whether there was a step of that number. */
  disarm(): boolean;
  /** Every statement waits from now on, until the returned function is called. */
  hold(): () => void;
  /** How many wait. */
  held(): number;
  /** Resolves when each step that was begun before is over: its fault, where it has one, has struck. */
  settled(): Promise<void>;
}

const never = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const perhaps = () => Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });

/** @param struck told at the fault, before its error; whoever ends the process there dies at that step. */
export function createFaults(struck: () => Promise<void> = async () => {}): Faults {
  let armed: { readonly step: number; readonly fault: Fault } | undefined;
  let count = 0;
  let gate: Promise<void> | undefined;
  let waiting = 0;
  const underWay = new Set<Promise<unknown>>();

  /** Fails here, where this step is the one. */
  async function failIf(fault: Fault, step: number, error: () => Error): Promise<void> {
    if (armed?.step !== step || armed.fault !== fault) return;
    await struck();
    throw error();
  }

  function tracked<Result>(work: Promise<Result>): Promise<Result> {
    underWay.add(work);
    const over = () => underWay.delete(work);
    work.then(over, over);
    return work;
  }

  const faulty = (on: Queryable): Queryable => ({
    query: (text, values, name) =>
      tracked(
        (async () => {
          const step = count++;
          waiting += 1;
          await gate;
          waiting -= 1;
          await failIf('before', step, never);
          const rows = await on.query(text, values, name);
          await failIf('after', step, perhaps);
          return rows as never;
        })(),
      ),
  });

  /** One transaction in steps: its begin, its statements, its commit. */
  async function inSteps<Result>(
    run: (inner: (connection: Queryable) => Promise<Result>) => Promise<Result>,
    work: (connection: Queryable) => Promise<Result>,
  ): Promise<Result> {
    const begin = count++;
    await failIf('before', begin, never);
    let commit = -1;
    const result = await run(async (connection) => {
      await failIf('after', begin, perhaps);
      const done = await work(faulty(connection));
      commit = count++;
      // The connection broke on the way to the commit: PostgreSQL rolls back.
      await failIf('before', commit, perhaps);
      return done;
    });
    await failIf('after', commit, perhaps);
    return result;
  }

  return {
    wrap: (database) => ({
      ...faulty(database),
      transaction: <Result>(work: (connection: Queryable) => Promise<Result>) =>
        tracked(inSteps<Result>((inner) => database.transaction<Result>(inner), work)),
      pipelined: <Result>(work: (connection: Queryable) => Promise<Pipelined<Result>>) =>
        tracked(
          inSteps<Result>(
            (inner) =>
              database.pipelined<Result>(async (connection) => ({ result: await inner(connection), last: undefined })),
            async (connection) => {
              const { result, last } = await work(connection);
              // Awaited here, so that a fault in it is one inside the transaction.
              await last;
              return result;
            },
          ),
        ),
      close: database.close,
    }),
    arm(step, fault) {
      armed = { step, fault };
      count = 0;
    },
    disarm() {
      const reached = armed !== undefined && count > armed.step;
      armed = undefined;
      return reached;
    },
    hold() {
      let open = () => {};
      gate = new Promise((resolve) => {
        open = resolve;
      });
      return () => {
        gate = undefined;
        open();
      };
    },
    held: () => waiting,
    async settled() {
      await Promise.allSettled(underWay);
    },
  };
}
