/** What the bench asks of the process under measurement, beside HTTP. */
import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { purposeOf } from '../../packages/server/src/access/purposes.ts';
import type { App } from '../../packages/server/src/app.ts';
import type { Call } from '../../packages/server/src/custody/call.ts';
import type { Database } from '../../packages/server/src/platform/database/database.ts';
import { asId, asName, type CustomerId } from '../../packages/server/src/platform/ids/ids.ts';
import { createErasureCommands, erasureCollection } from './erasure-commands.ts';

export interface Place {
  readonly person: string;
  readonly record: string;
}

export interface Prepared {
  readonly customer: string;
  readonly places: readonly Place[];
}

/** Arguments come as JSON from our own harness, one form per command. */
type Command = { bivarianceHack(argument: object): Promise<unknown> }['bivarianceHack'];

const call: Call = {
  actor: { kind: 'system', id: 'machine' },
  purpose: purposeOf('migration'),
  reference: undefined,
  onBehalfOf: undefined,
};

const benchColumns = 6;

const sampleNotes = randomBytes(470).toString('hex');

/** About 1 KiB of JSON. */
export function sampleRecord(number: number): Record<string, string> {
  return { name: `Sample ${number}`, mail: `sample-${number}@example.org`, notes: sampleNotes };
}

const definition = {
  schema: {
    type: 'object' as const,
    properties: { name: { type: 'string' }, mail: { type: 'string' }, notes: { type: 'string' } },
    required: ['name'],
  },
  fields: {
    name: { class: 'personal' as const },
    mail: { class: 'personal' as const },
    notes: { class: 'sensitive' as const },
  },
};

interface Options {
  readonly app: App;
  readonly database: Database;
  readonly owner: Database;
  readonly admin: Database;
  readonly data: string;
  /** Another server of the same installation, started when it is asked for. */
  readonly secondApp: () => Promise<App>;
}

export function createCommands({ app, database, owner, admin, data, secondApp }: Options): Record<string, Command> {
  async function newCustomer(): Promise<CustomerId> {
    const { id } = await app.customers.create(`bench-${randomUUID()}`, call.actor);
    const customer = await app.keyring.customer(id);
    if (customer === undefined) throw new Error('no customer');
    await app.custody.collections.put(customer, asName('people'), definition, call.actor);
    app.keyring.stale(id);
    return id;
  }

  async function importLines(customer: CustomerId, lines: AsyncIterable<Uint8Array>): Promise<Place[]> {
    const places: Place[] = [];
    const options = { customer, collection: asName('people'), match: undefined, idempotencyKey: undefined };
    for await (const batch of await app.custody.importer.run(options, lines, call))
      for (const result of batch) {
        if (result.status === 'error') throw new Error(`line ${result.line}: ${result.code}`);
        places.push({ person: result.person, record: result.record });
      }
    return places;
  }

  async function probeAll() {
    const began = performance.now();
    const claims = app.page.practices
      .flatMap(({ sentences }) => sentences.flatMap((one) => one.claims))
      .filter(({ grade }) => grade === 'measured');
    const failing: string[] = [];
    for (const { id } of claims) {
      const proof = await app.page.runner.run(id);
      const begun = proof?.verdict === 'unknown' && proof.reason !== 'timeout' && proof.reason !== 'probe-failed';
      // The bench's own tables are declared nowhere, and the probe says so.
      const own = id === 'encryption.every-column' && proof?.counts.undeclared === benchColumns;
      if (proof?.verdict !== 'holds' && !begun && !own) failing.push(`${id} ${proof?.verdict} ${proof?.reason ?? ''}`);
    }
    return { ms: performance.now() - began, claims: claims.length, failing };
  }

  /** A customer of its own, whose members' mail is a lookup. */
  async function newMembers(): Promise<CustomerId> {
    const customer = await newCustomer();
    const handle = await app.keyring.customer(customer);
    if (handle === undefined) throw new Error('no customer');
    await app.custody.collections.put(handle, erasureCollection.name, erasureCollection.definition, call.actor);
    app.keyring.stale(customer);
    return customer;
  }

  async function importMembers(customer: CustomerId, records: number, person?: string): Promise<Place[]> {
    const places: Place[] = [];
    const options = { customer, collection: erasureCollection.name, match: undefined, idempotencyKey: undefined };
    // In pieces, each tried again: on a machine that others keep busy too, lines wait too long for a connection.
    for (let from = 0, tries = 0; from < records; )
      try {
        const to = Math.min(records, from + 1_024);
        const lines = (async function* () {
          for (let i = from; i < to; i += 1)
            yield Buffer.from(
              `${JSON.stringify({ ...(person !== undefined && { person }), data: sampleRecord(i) })}\n`,
            );
        })();
        const made: Place[] = [];
        for await (const batch of await app.custody.importer.run(options, lines, call))
          for (const result of batch) {
            if (result.status === 'error') throw new Error(`line ${result.line}: ${result.code}`);
            made.push({ person: result.person, record: result.record });
          }
        places.push(...made);
        from = to;
      } catch (error) {
        tries += 1;
        if (tries > 100) throw error;
      }
    return places;
  }

  return {
    ...createErasureCommands({
      app,
      secondApp,
      owner,
      call,
      async fill(persons) {
        const customer = await newMembers();
        return { customer, places: await importMembers(customer, persons) };
      },
      async fillPerson(records) {
        const customer = await newMembers();
        const { person } = await app.custody.people.create(customer, { ...call, purpose: undefined });
        await importMembers(customer, records, person);
        return { customer, person };
      },
    }),
    /** A customer with this many persons, a record of 1 KiB each, and the same rows in the plain table. */
    async prepare({ persons }: { readonly persons: number }): Promise<Prepared> {
      const customer = await newCustomer();
      const places = await importLines(
        customer,
        (async function* () {
          for (let i = 0; i < persons; i += 1) yield Buffer.from(`${JSON.stringify({ data: sampleRecord(i) })}\n`);
        })(),
      );
      for (let from = 0; from < places.length; from += 1_000) {
        const part = places.slice(from, from + 1_000);
        await database.query('insert into bench.plain select $1, * from unnest($2::uuid[], $3::bytea[])', [
          customer,
          part.map(({ record }) => record),
          part.map((_, i) => Buffer.from(JSON.stringify(sampleRecord(from + i)))),
        ]);
      }
      await owner.query('vacuum analyze');
      return { customer, places };
    },
    /** That many records more, of other customers, each of a person of its own. */
    async fill({ records }: { readonly records: number }) {
      for (let left = records; left > 0; left -= 100_000) {
        const customer = await newCustomer();
        const options = { customer, collection: asName('people'), match: undefined, idempotencyKey: undefined };
        const lines = (async function* () {
          for (let i = 0; i < Math.min(left, 100_000); i += 1)
            yield Buffer.from(`${JSON.stringify({ data: sampleRecord(i) })}\n`);
        })();
        for await (const batch of await app.custody.importer.run(options, lines, call))
          for (const { status } of batch) if (status === 'error') throw new Error('a line was refused');
      }
      await owner.query('vacuum analyze');
      return {};
    },
    /** Lets the database write what it still holds, so that it does not do so under the next figure. */
    async settle() {
      await admin.query('checkpoint');
      return {};
    },
    /** Every measured claim once. */
    async probes() {
      return probeAll();
    },
    async customer() {
      return { customer: await newCustomer() };
    },
    /** Fills the key cache. */
    async warm({ customer, places }: Prepared) {
      for (let from = 0; from < places.length; from += 1_000)
        await app.custody.bulk.get(
          asId(customer),
          places.slice(from, from + 1_000).map(({ person, record }) => ({
            person: asId(person),
            collection: asName('people'),
            record: asId(record),
          })),
          call,
        );
    },
    /** Counts what is durable, so that a figure cannot be had without the work. */
    async count({ customer }: { readonly customer: string }) {
      const [row] = await database.query<{ entries: number; records: number; gaps: number }>(
        `select (select count(*) from journal.entry where customer_id = $1)::bigint as entries,
                (select count(*) from custody.record where customer_id = $1)::bigint as records,
                (select coalesce(sum(h.next), 0) - (select count(*) from journal.entry where customer_id = $1)
                 from journal.head h where customer_id = $1)::bigint as gaps`,
        [customer],
      );
      return row;
    },
    async append({ seconds, waiting }: { readonly seconds: number; readonly waiting: number }) {
      const customer = await newCustomer();
      const until = performance.now() + seconds * 1000;
      const latencies: number[] = [];
      const began = performance.now();
      const worker = async () => {
        while (performance.now() < until) {
          const at = performance.now();
          const outcome = await app.journal.append({
            customer,
            log: 'access',
            entry: {
              kind: 'record.read',
              at: new Date(),
              actor: call.actor,
              outcome: 'authorised',
              scope: { collection: asName('people'), count: 1 },
            },
          });
          if (outcome.state !== 'appended') throw new Error(outcome.state);
          latencies.push(performance.now() - at);
        }
      };
      await Promise.all(Array.from({ length: waiting }, worker));
      const elapsed = (performance.now() - began) / 1000;
      latencies.sort((a, b) => a - b);
      return {
        customer,
        entries: latencies.length,
        perSecond: latencies.length / elapsed,
        p50Ms: latencies[Math.floor(latencies.length * 0.5)],
        p99Ms: latencies[Math.floor(latencies.length * 0.99)],
      };
    },
    /** The same rows by COPY from a file, without keys, seals or entries: what the database allows. */
    async copy({ rows }: { readonly rows: number }) {
      const body = Buffer.from(JSON.stringify(sampleRecord(0))).toString('hex');
      const customer = randomUUID();
      const folder = await mkdtemp(join(tmpdir(), 'obhut-copy-'));
      const file = join(folder, 'rows');
      try {
        await writeFile(
          file,
          Array.from({ length: rows }, () => `${customer}\t${randomUUID()}\t\\\\x${body}\n`).join(''),
        );
        // PostgreSQL reads it, as a user of its own.
        await chmod(folder, 0o755);
        const began = performance.now();
        await admin.query(`copy bench.copied from '${file}'`);
        return { perSecond: rows / ((performance.now() - began) / 1000) };
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    /** How often PostgreSQL has waited for the disk with its log so far. Its statistics lag by a second. */
    async walSyncs() {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const [row] = await owner.query<{ syncs: number }>(
        "select coalesce(sum(fsyncs), 0)::bigint as syncs from pg_stat_io where object = 'wal'",
      );
      return row;
    },
    /** Bare fsyncs of 8 KiB: what the disk allows. */
    async fsyncs({ seconds }: { readonly seconds: number }) {
      const handle = await open(join(data, 'fsync-probe'), 'w');
      const block = randomBytes(8_192);
      const until = performance.now() + seconds * 1000;
      let count = 0;
      for (; performance.now() < until; count += 1) {
        await handle.write(block, 0, block.length, 0);
        await handle.datasync();
      }
      await handle.close();
      return { perSecond: count / seconds };
    },
    async memory() {
      const { rss } = process.memoryUsage();
      return { rssMb: Math.round(rss / 1_048_576) };
    },
  };
}
