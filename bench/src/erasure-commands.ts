/** What the bench of erasure asks of the process under measurement. */
import { randomUUID } from 'node:crypto';
import type { App } from '../../packages/server/src/app.ts';
import type { Call } from '../../packages/server/src/custody/call.ts';
import type { Wish } from '../../packages/server/src/custody/erasure/order.ts';
import type { Database } from '../../packages/server/src/platform/database/database.ts';
import { Problem } from '../../packages/server/src/platform/http/problem.ts';
import { asId, asName, type CustomerId, type PersonId } from '../../packages/server/src/platform/ids/ids.ts';

type Command = { bivarianceHack(argument: object): Promise<unknown> }['bivarianceHack'];

export interface ErasureCommandsOptions {
  readonly app: App;
  readonly secondApp: () => Promise<App>;
  readonly owner: Database;
  readonly call: Call;
  /** A customer whose mail is a lookup, with that many persons, a record each. */
  readonly fill: (persons: number) => Promise<{ customer: CustomerId; places: readonly Place[] }>;
  /** Writes that many records of one person. */
  readonly fillPerson: (records: number) => Promise<{ customer: CustomerId; person: PersonId }>;
}

interface Place {
  readonly person: string;
  readonly record: string;
}

const actor = { kind: 'system', id: 'machine' } as const;

/** Seconds of the processor since a moment, of this process alone: what others on the machine do is not in it. */
function createStopwatch() {
  const began = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { ms: performance.now() - began, cpuSeconds: (user + system) / 1_000_000 };
  };
}

export function createErasureCommands(options: ErasureCommandsOptions): Record<string, Command> {
  const { app, secondApp, owner, call, fill, fillPerson } = options;
  let rolling: CustomerId | undefined;
  let going: Wish | undefined;

  async function rowsLeft(customer: CustomerId): Promise<Readonly<Record<string, number>>> {
    const [row] = await owner.query<Record<string, number>>(
      `select (select count(*) from custody.record where customer_id = $1) as records,
              (select count(*) from custody.lookup where customer_id = $1 and person_id is not null) as lookups,
              (select count(*) from keyring.person where customer_id = $1) as people`,
      [customer],
    );
    return row ?? {};
  }

  const wal = async () =>
    (await owner.query<{ at: string }>('select pg_current_wal_lsn()::text as at'))[0]?.at ?? '0/0';
  const walSince = async (before: string) =>
    (
      await owner.query<{ bytes: number }>(
        'select pg_wal_lsn_diff(pg_current_wal_lsn(), $1::pg_lsn)::float8 as bytes',
        [before],
      )
    )[0]?.bytes ?? 0;

  /** Whether a server gives the record out: asked as its API asks, with an entry. */
  const reads = (server: App, customer: CustomerId, { person, record }: Place) =>
    server.custody.records
      .read({ customer, person: asId(person), collection: erasureCollection.name, record: asId(record) }, call)
      .then(
        () => true,
        (error: unknown) => {
          if (error instanceof Problem && error.code === 'not_found') return false;
          throw error;
        },
      );

  return {
    /** Orders, one after the other; how long each took until no server gave anything out, though both had it in memory. */
    async refuse({ orders }: { readonly orders: number }) {
      const servers = [app, await secondApp()];
      const { customer, places } = await fill(orders);
      const refusedMs: number[] = [];
      for (const place of places) {
        for (const server of servers) if (!(await reads(server, customer, place))) throw new Error('not readable');
        const began = performance.now();
        await app.erasures.place({ customer, scope: 'person', person: asId(place.person) }, 0, actor, 'api');
        // The first answer of each server after the order is durable: asked again until it is a refusal.
        for (const server of servers) while (await reads(server, customer, place));
        refusedMs.push(performance.now() - began);
      }
      await app.erasures.tick();
      return { refusedMs };
    },
    /** A record at a time: until the answer, with the line of the ledger at every site. */
    async refuseRecords({ orders }: { readonly orders: number }) {
      const { customer, places } = await fill(orders);
      const answeredMs: number[] = [];
      for (const { person, record } of places) {
        const began = performance.now();
        const { name: collection } = erasureCollection;
        await app.custody.orders.place(
          { scope: 'record', customer, person: asId(person), collection, object: asId(record) },
          call,
        );
        answeredMs.push(performance.now() - began);
      }
      return { answeredMs };
    },
    async preparePerson({ records }: { readonly records: number }) {
      going = { scope: 'person', ...(await fillPerson(records)) };
      await owner.query('vacuum analyze');
      return {};
    },
    /** The customer that rolled over. */
    async prepareCustomer() {
      if (rolling === undefined) throw new Error('nothing has rolled over');
      going = { customer: rolling, scope: 'customer' };
      await owner.query('vacuum analyze');
      return {};
    },
    async remove() {
      if (going === undefined) throw new Error('nothing is prepared');
      const before = await wal();
      const stop = createStopwatch();
      await app.erasures.place(going, 0, actor, 'api');
      const refusedMs = stop().ms;
      await app.erasures.tick();
      const { ms: removedMs, cpuSeconds } = stop();
      const left = await rowsLeft(going.customer);
      if (Object.values(left).some((rows) => rows > 0)) throw new Error(`rows are left: ${JSON.stringify(left)}`);
      return { refusedMs, removedMs, cpuSeconds, walBytes: await walSince(before) };
    },
    async prepareRollover({ persons }: { readonly persons: number }) {
      const { customer, places } = await fill(persons);
      await app.erasures.place(
        { customer, scope: 'person', person: asId(places[0]?.person ?? randomUUID()) },
        0,
        actor,
        'api',
      );
      rolling = customer;
      await owner.query('vacuum analyze');
      return {};
    },
    async rollover() {
      const before = await wal();
      const stop = createStopwatch();
      const closed = await app.erasures.rollOver();
      const { ms, cpuSeconds } = stop();
      const [row] = await owner.query<{ n: number }>(
        'select count(*) as n from custody.lookup where customer_id = $1',
        [rolling ?? ''],
      );
      const walBytes = await walSince(before);
      return { seconds: ms / 1_000, cpuSeconds, persons: closed?.persons ?? 0, lookups: row?.n ?? 0, walBytes };
    },
  };
}

/** The collection of these figures: the mail is a lookup. */
export const erasureCollection = {
  name: asName('members'),
  definition: {
    schema: {
      type: 'object' as const,
      properties: { name: { type: 'string' }, mail: { type: 'string' }, notes: { type: 'string' } },
    },
    fields: {
      name: { class: 'personal' as const },
      mail: { class: 'personal' as const, lookup: true },
      notes: { class: 'sensitive' as const },
    },
  },
};
