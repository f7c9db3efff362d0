/**
 * A new generation of a customer's lookups: when more than 30 % of the rows are tombstones, or when asked for. It is built
 * beside the old one: writes go to both, searches use the old one until one commit flips; then the old rows go.
 *
 * Every step is safe to repeat. What was begun is found again by the key in state `building`.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Journal } from '../journal/journal.ts';
import type { Keyring } from '../keyring/keyring.ts';
import { type LookupGenerationName, lookupBlock } from '../keyring/lookup.ts';
import type { DataKey } from '../keyring/objects.ts';
import { byteaArray } from '../platform/database/arrays.ts';
import type { Database } from '../platform/database/database.ts';
import type { CustomerId, KeyId, Name, PersonId, RecordId } from '../platform/ids/ids.ts';

export interface Generations {
  /** Renews every customer's lookups that need it. */
  run(): Promise<void>;
  /** Renews one customer's lookups now. @returns false when something changed under it: to be begun again. */
  renew(customer: CustomerId): Promise<boolean>;
  /** Part of a rollover, after the customer has a new key: a generation under it. What was begun under the old key dies with it. */
  replace(customer: CustomerId): Promise<void>;
  /** And nothing is left of the ones before. Waited for once for all of them: a rollover may have thousands. */
  clear(customers: readonly CustomerId[]): Promise<void>;
  /**
   * After a restore: lookups of the backup stand under a generation whose key is dead. Their seeds live with their records;
   * the digests are made anew under the present generation, before anything is served.
   */
  rebuild(): Promise<void>;
  stop(): Promise<void>;
}

export interface GenerationsOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly keyring: Keyring;
  /** How long a search may take that began before the flip. */
  readonly graceMs?: number;
}

/** A living row of the old generation that has no counterpart in the new one yet. */
interface Pending {
  readonly digest: Buffer;
  readonly person_id: PersonId;
  readonly collection: Name;
  readonly record_id: RecordId;
  readonly field: Name;
  readonly seed: Buffer;
  readonly data_key_id: KeyId;
  readonly data_key: Buffer;
  readonly data_key_commitment: Buffer;
}

/** One whose record has gone, or that has its counterpart. */
interface NotPending {
  readonly digest: Buffer;
  readonly is_pending: false;
}

/**
 * The row of the new generation ($3) that stands for one of the old (`row`), for a lateral join. PostgreSQL has no statistics
 * of a generation that was just begun, takes it for empty, and would read all of it for each batch or even each row: like
 * this it can only go by the index of records, row by row.
 */
const counterpart = (row: string) => `
  select n.digest from custody.lookup n
  where n.customer_id = $1 and (n.generation = $3) is true and n.person_id = ${row}.person_id
    and n.collection = ${row}.collection and n.record_id = ${row}.record_id and n.field = ${row}.field
  limit 1`;

const batchRows = 500;
const deletedRows = 2_000;
const tombstoneShare = 0.3;
/** Below this many rows a rebuild hides nothing and saves nothing. */
const leastRows = 50;

const defaultGraceMs = 5_000;
const maxTries = 20;

export function createGenerations(options: GenerationsOptions): Generations {
  const { database, journal, keyring, graceMs = defaultGraceMs } = options;
  let running: Promise<void> | undefined;
  let stopped = false;

  async function customersOf(text: string, values: readonly number[] = []): Promise<readonly CustomerId[]> {
    return (await database.query<{ customer_id: CustomerId }>(text, values)).map(
      ({ customer_id: customer }) => customer,
    );
  }

  /** Whose old rows can go: nobody searches there any more. */
  const outlived = () =>
    customersOf("select distinct customer_id from keyring.lookup_key where kind = 'generation' and state = 'old'");

  /** Who needs a new one, or has one that was begun. */
  const due = () =>
    customersOf(
      `select customer_id from custody.lookup group by customer_id
       having count(*) >= $1 and count(*) filter (where person_id is null) > count(*) * $2::float8
       union select customer_id from keyring.lookup_key where kind = 'generation' and state = 'building'`,
      [leastRows, tombstoneShare],
    );

  /**
   * Of the next rows in the order of digests, those that are pending. Whoever looks from the beginning each time never ends
   * with a million; nor does whoever lets PostgreSQL plan the joins before it knows how few rows they are for.
   */
  async function pending(customer: CustomerId, current: string, building: string, after: Buffer | undefined) {
    const rows = await database.query<(Pending & { readonly is_pending: true }) | NotPending>(
      `with batch as materialized (
         select digest, person_id, collection, record_id, field, seed from custody.lookup
         where customer_id = $1 and generation = $2 and person_id is not null and ($4::bytea is null or digest > $4)
         order by digest limit ${batchRows}
       )
       select l.*, r.data_key_id, r.data_key, r.data_key_commitment,
              r.data_key is not null and p.person_id is not null and n.digest is null as is_pending
       from batch l
       left join custody.record r on r.customer_id = $1 and r.person_id = l.person_id and r.collection = l.collection
         and r.record_id = l.record_id
       left join keyring.person p on p.customer_id = $1 and p.person_id = l.person_id
       left join lateral (${counterpart('l')}) n on true
       order by l.digest`,
      [customer, current, building, after ?? null],
    );
    return {
      rows: rows.filter((row) => row.is_pending),
      after: rows.length < batchRows ? undefined : rows.at(-1)?.digest,
    };
  }

  function digestsOf(customer: CustomerId, row: Pending, which: LookupGenerationName, positions: readonly number[]) {
    const dataKey: DataKey = { id: row.data_key_id, wrapped: row.data_key, commitment: row.data_key_commitment };
    const place = { collection: row.collection, record: row.record_id, dataKey };
    return Promise.resolve(keyring.personForUpkeep(customer, row.person_id)).then(
      (person) => person && keyring.digestsOfSeed(person, place, row.field, row.seed, which, positions),
    );
  }

  async function takenOf(customer: CustomerId, generation: string, digests: readonly Buffer[]): Promise<Set<string>> {
    const taken = await database.query<{ digest: Buffer }>(
      'select digest from custody.lookup where customer_id = $1 and generation = $2 and digest = any($3::bytea[])',
      [customer, generation, byteaArray(digests)],
    );
    return new Set(taken.map(({ digest }) => digest.toString('hex')));
  }

  /** The smallest free position of each row's value in the new generation; `undefined` when keys changed under us. */
  async function freeDigests(
    customer: CustomerId,
    generation: string,
    rows: readonly Pending[],
    which: LookupGenerationName,
  ): Promise<readonly Buffer[] | undefined> {
    const free = new Map<Pending, Buffer>();
    const chosen = new Set<string>();
    let open = rows;
    // Most values are nobody else's: their first position is free.
    for (let [from, to] = [0, 1]; open.length > 0; [from, to] = [to, to + lookupBlock]) {
      const positions = Array.from({ length: to - from }, (_, i) => from + i);
      const candidates = await Promise.all(open.map((row) => digestsOf(customer, row, which, positions)));
      const all = candidates.flatMap((digests) => digests ?? []);
      if (all.length < open.length * positions.length) return undefined;
      const taken = await takenOf(customer, generation, all);
      const left: Pending[] = [];
      for (const [index, row] of open.entries()) {
        const digest = candidates[index]?.find((one) => {
          const id = one.toString('hex');
          return !taken.has(id) && !chosen.has(id);
        });
        if (digest === undefined) left.push(row);
        else {
          chosen.add(digest.toString('hex'));
          free.set(row, digest);
        }
      }
      open = left;
    }
    return rows.flatMap((row) => free.get(row) ?? []);
  }

  /**
   * Copies rows, each only while it still lives and has not been written: a writer that changed the value meanwhile has
   * written both generations. Should both add it at the same moment, it stands there twice; a search counts it once, and
   * the next write of the record buries the second.
   */
  async function copy(
    customer: CustomerId,
    current: string,
    building: string,
    rows: readonly Pending[],
    digests: readonly Buffer[],
  ): Promise<void> {
    await database.query(
      `with living as materialized (
         select * from custody.lookup where customer_id = $1 and generation = $2 and digest = any($4::bytea[])
           and person_id is not null order by digest for update
       )
       insert into custody.lookup (customer_id, generation, digest, person_id, collection, record_id, field, seed)
       select l.customer_id, $3, w.fresh, l.person_id, l.collection, l.record_id, l.field, l.seed
       from living l join unnest($4::bytea[], $5::bytea[]) as w (digest, fresh) on w.digest = l.digest
       left join lateral (${counterpart('l')}) n on true
       where n.digest is null
       on conflict do nothing`,
      [customer, current, building, byteaArray(rows.map(({ digest }) => digest)), byteaArray(digests)],
    );
  }

  /** Copies all that is pending. @returns false when keys changed under it. */
  async function copyAll(
    customer: CustomerId,
    current: string,
    building: string,
    which: LookupGenerationName,
  ): Promise<boolean> {
    for (let copied = -1; copied !== 0; ) {
      copied = 0;
      let after: Buffer | undefined;
      do {
        if (stopped) return false;
        const found = await pending(customer, current, building, after);
        after = found.after;
        if (found.rows.length === 0) continue;
        const digests = await freeDigests(customer, building, found.rows, which);
        if (digests === undefined) return false;
        await copy(customer, current, building, found.rows, digests);
        copied += found.rows.length;
      } while (after !== undefined);
    }
    return true;
  }

  async function renew(customer: CustomerId): Promise<boolean> {
    const begun = await keyring.beginGeneration(customer, journal.raiseFence);
    if (begun === undefined) return true;
    const { current, building } = begun;
    // The customer or its keys changed under us, or we were stopped: begun again at the next run.
    if (!(await copyAll(customer, current, building, 'building'))) return false;
    // The old rows go at the next run: a search that began before the flip still looks there.
    await keyring.flipGeneration(customer, journal.raiseFence);
    return true;
  }

  /** A generation that was begun under a key that is not the customer's any more. */
  async function abandonStale(customer: CustomerId): Promise<void> {
    await database.transaction(async (connection) => {
      await journal.raiseFence(connection, customer);
      // From here on nobody writes to it.
      await connection.query(
        `update keyring.lookup_key l set state = 'old' where l.customer_id = $1 and l.kind = 'generation' and l.state = 'building'
           and not exists (select 1 from keyring.customer_key k where k.customer_id = $1
             and k.key_id = l.customer_key_id and k.state = 'current')`,
        [customer],
      );
    });
    keyring.stale(customer);
  }

  /** Whether the generation that searches use is under the customer's present key. */
  async function isUnderPresentKey(customer: CustomerId): Promise<boolean> {
    const rows = await database.query(
      `select 1 from keyring.lookup_key l join keyring.customer_key k
         on k.customer_id = l.customer_id and k.key_id = l.customer_key_id and k.state = 'current'
       where l.customer_id = $1 and l.kind = 'generation' and l.state = 'current'`,
      [customer],
    );
    return rows.length > 0;
  }

  async function replace(customer: CustomerId): Promise<void> {
    for (let tries = 0; !(await isUnderPresentKey(customer)); tries += 1) {
      if (stopped || tries === maxTries) throw new Error('the lookups of a customer did not come to rest');
      await abandonStale(customer);
      if (!(await renew(customer))) keyring.stale(customer);
    }
  }

  async function clear(customers: readonly CustomerId[]): Promise<void> {
    const old = new Set(await outlived());
    if (customers.some((customer) => old.has(customer))) {
      // A search that began before the flip still looks at the old rows.
      await wait(graceMs);
      for (const customer of customers) if (old.has(customer)) await clearOld(customer);
    }
  }

  /**
   * In batches, since of a million rows one statement takes longer than a statement may; in the order of digests, since
   * whoever looks from the beginning each time walks over all that is gone already.
   */
  async function deleteRows(customer: CustomerId, generation: KeyId): Promise<void> {
    let after: Buffer | undefined;
    do {
      const [last] = await database.query<{ digest: Buffer }>(
        `with batch as (
           select digest from custody.lookup where customer_id = $1 and generation = $2 and ($3::bytea is null or digest > $3)
           order by digest limit ${deletedRows}
         ), gone as (
           delete from custody.lookup where customer_id = $1 and generation = $2 and digest = any(array(select digest from batch))
         )
         select digest from batch order by digest desc limit 1`,
        [customer, generation, after ?? null],
      );
      after = last?.digest;
    } while (after !== undefined);
  }

  /** The rows first, the key last: what a crash leaves is found again by it. */
  async function clearOld(customer: CustomerId): Promise<void> {
    const keys = await database.query<{ key_id: KeyId }>(
      "select key_id from keyring.lookup_key where customer_id = $1 and kind = 'generation' and state = 'old'",
      [customer],
    );
    for (const { key_id: generation } of keys) {
      await deleteRows(customer, generation);
      await database.query('delete from keyring.lookup_key where customer_id = $1 and key_id = $2', [
        customer,
        generation,
      ]);
    }
  }

  async function rebuild(): Promise<void> {
    const strays = await database.query<{ customer_id: CustomerId; before: string; after: string }>(
      `select distinct l.customer_id, l.generation as before, k.key_id as after from custody.lookup l
       join keyring.lookup_key k on k.customer_id = l.customer_id and k.kind = 'generation' and k.state = 'current'
       where not exists (select 1 from keyring.lookup_key o where o.customer_id = l.customer_id and o.key_id = l.generation)`,
    );
    for (const { customer_id: customer, before, after } of strays) {
      if (!(await copyAll(customer, before, after, 'current')))
        throw new Error('the seeds of the lookups cannot be opened');
      await database.query('delete from custody.lookup where customer_id = $1 and generation = $2', [customer, before]);
    }
  }

  return {
    rebuild,
    renew,
    replace,
    clear,
    run() {
      running ??= (async () => {
        for (const customer of await outlived()) await clearOld(customer);
        for (const customer of await due()) if (!stopped) await renew(customer);
      })().finally(() => {
        running = undefined;
      });
      return running;
    },
    async stop() {
      stopped = true;
      await running?.catch(() => undefined);
    },
  };
}
