/**
 * At the start, before anything is served: what the ledger says and this database does not know. After a restore that is
 * everything erased since the backup; after a crash the line or two that were written last. Where ledger and saga differ,
 * the ledger leads.
 */
import type { Fences } from '../../journal/fence.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { FileId, KeyId, Name, OrderId, PersonId, RecordId } from '../../platform/ids/ids.ts';
import type { LookupStore } from '../lookup-store.ts';
import { bringBackHolds, knowsHolds } from './hold-ledger.ts';
import type { LedgerLine, OrderFact } from './ledger.ts';
import { dueAfterMs, isDestruction, wholeOf } from './order.ts';
import { insertOrder, type OrderStore } from './store.ts';

export interface ReplayOptions {
  readonly database: Database;
  readonly journal: Fences;
  readonly keyring: Pick<Keyring, 'deaths'>;
  readonly store: OrderStore;
  readonly lookups: LookupStore;
}

/** Ids that the ledger calls dead: customers by their own id, everything else by its key. */
export function deadIds(lines: readonly LedgerLine[]): ReadonlySet<string> {
  const dead = new Set<string>();
  for (const line of lines) {
    if (line.kind !== 'executed') continue;
    const { scope, customer, keys, rekeyed } = line;
    if (scope === 'customer') dead.add(customer);
    for (const key of keys) dead.add(key);
    // The person lives on under another key; this one only opens what is rewrapped.
    if (rekeyed !== undefined) dead.delete(rekeyed.from);
  }
  return dead;
}

const isOfOrder = (line: LedgerLine): line is LedgerLine & OrderFact =>
  line.kind !== 'held' && line.kind !== 'released';

/** The keys that a person may have had in a backup: before this one, back to the first, and after it. */
function otherKeys(lines: readonly LedgerLine[], key: KeyId): readonly KeyId[] {
  const changes = lines.flatMap((line) => (isOfOrder(line) ? (line.rekeyed ?? []) : []));
  const before = new Map(changes.map(({ from, to }) => [to, from]));
  const after = new Map(changes.map(({ from, to }) => [from, to]));
  const keys = [key];
  for (const chain of [before, after])
    for (let other = chain.get(key); other !== undefined; other = chain.get(other)) keys.push(other);
  return keys;
}

interface PlaceOfKeys {
  readonly collection: Name | undefined;
  readonly object: RecordId | FileId;
}

/** Orders that are about one collection. */
const hasCollection: ReadonlySet<OrderFact['scope']> = new Set(['collection', 'retention', 'record'] as const);

interface HeldAgain {
  readonly person: PersonId;
  readonly collection: Name | undefined;
}

/** @returns how many orders were brought in line. */
export async function replay(options: ReplayOptions, lines: readonly LedgerLine[], known: number): Promise<number> {
  const { database, journal, keyring, store, lookups } = options;
  const news = lines.slice(known);
  const byOrder = Map.groupBy(news.filter(isOfOrder), ({ order }) => order);

  async function personOf({ customer, scope, keys, rekeyed }: OrderFact): Promise<PersonId | undefined> {
    if (scope === 'customer') return undefined;
    const wanted = (scope === 'person' ? keys : rekeyed === undefined ? [] : [rekeyed.to]).flatMap((key) =>
      otherKeys(lines, key),
    );
    const [row] = await database.query<{ person_id: PersonId }>(
      `select person_id from keyring.person where customer_id = $1 and key_id = any($2::uuid[])
       union select person_id from custody.record where customer_id = $1 and data_key_id = any($3::uuid[])
       union select person_id from custody.file where customer_id = $1 and data_key_id = any($3::uuid[])`,
      [customer, wanted, keys],
    );
    return row?.person_id;
  }

  /** The ledger names keys; what they are of stands in the rows, as long as the backup has them. */
  async function placeOf(connection: Queryable, { customer, keys }: OrderFact): Promise<PlaceOfKeys | undefined> {
    const [row] = await connection.query<{ collection: Name | null; object: RecordId | FileId }>(
      `select collection, record_id as object from custody.record where customer_id = $1 and data_key_id = any($2::uuid[])
       union all select null, file_id from custody.file where customer_id = $1 and data_key_id = any($2::uuid[]) limit 1`,
      [customer, keys],
    );
    return row && { collection: row.collection ?? undefined, object: row.object };
  }

  /** The order as it was placed, hidden again. */
  async function reopen(connection: Queryable, fact: OrderFact, person: PersonId | undefined): Promise<void> {
    const { heldUntil, ...placed } = fact;
    const at = new Date(fact.at);
    const of = await placeOf(connection, fact);
    const placedIn = fact.scope === 'collection' ? of?.collection : undefined;
    await insertOrder(connection, {
      ...placed,
      person,
      collection: hasCollection.has(fact.scope) ? of?.collection : undefined,
      object: fact.scope === 'record' || fact.scope === 'file' ? of?.object : undefined,
      orderedAt: at,
      dueAt: new Date(at.getTime() + dueAfterMs),
      // An old ledger knows no holds: a customer that waits is not looked at before its people's may be over.
      coolingUntil:
        fact.scope === 'customer' && heldUntil !== undefined && !knowsHolds(lines, fact.customer)
          ? new Date(heldUntil)
          : at,
      extent: undefined,
      ...(heldUntil !== undefined && { heldUntil: new Date(heldUntil) }),
    });
    // What waits for the end of a hold goes on when it is looked at; nothing of it is hidden before.
    if (heldUntil !== undefined) {
      if (person !== undefined && !knowsHolds(lines, fact.customer))
        await holdAgain(connection, fact, { person, collection: placedIn });
      return;
    }
    const whose = wholeOf({ scope: fact.scope, person });
    if (!isDestruction(fact.scope))
      for (const table of ['custody.record', 'custody.file'])
        await connection.query(
          `update ${table} set order_id = $3 where customer_id = $1 and data_key_id = any($2::uuid[])`,
          [fact.customer, fact.keys, fact.order],
        );
    else if (whose !== undefined) await keyring.deaths.lock(connection, fact.customer, whose, true);
  }

  /** Rows that the backup brought back, by the keys that are dead. */
  async function removeParts(connection: Queryable, { customer, keys }: OrderFact): Promise<readonly string[]> {
    const rows = await connection.query<{ person_id: PersonId; collection: Name; record_id: string }>(
      `delete from custody.record where customer_id = $1 and data_key_id = any($2::uuid[])
       returning person_id, collection, record_id`,
      [customer, keys],
    );
    await lookups.apply(
      connection,
      rows.map((row) => ({
        customer,
        person: row.person_id,
        collection: row.collection,
        record: row.record_id as never,
        add: [],
        keep: [],
        mayBeCopied: true,
      })),
    );
    const files = await connection.query<{ object: string }>(
      'delete from custody.file where customer_id = $1 and data_key_id = any($2::uuid[]) returning object',
      [customer, keys],
    );
    return files.map(({ object }) => object);
  }

  const takeBack = ({ customer, order, at }: OrderFact) =>
    database.query(
      `update custody.erasure_order set state = 'withdrawn', withdrawn_at = $3
       where customer_id = $1 and order_id = $2 and state in ('ordered', 'held')`,
      [customer, order, new Date(at)],
    );

  /** In an old ledger nothing but the order says that there was a hold: it holds again, for all that the order is about. */
  const holdAgain = (connection: Queryable, { customer, order, heldUntil = '', at }: OrderFact, of: HeldAgain) =>
    connection.query(
      `insert into custody.hold (customer_id, hold_id, person_id, collection, until, reason, placed_at)
       values ($1, $2, $3, $4, $5, 'restored with an order that waits for it', $6) on conflict do nothing`,
      // The order's own id: however often it is replayed, it is one hold.
      [customer, order, of.person, of.collection ?? null, new Date(heldUntil), new Date(at)],
    );

  async function bringInLine(order: OrderId, facts: readonly OrderFact[]): Promise<void> {
    const fact = (kind: OrderFact['kind']) => facts.find((one) => one.kind === kind);
    const first = facts[0];
    if (first === undefined) return;
    const { customer } = first;
    // The backup is older than the customer: there is nothing of it here.
    if ((await journal.fence(customer)) === undefined) return;
    const stored = await store.find(customer, order);
    const executed = fact('executed');
    const withdrawn = fact('withdrawn');
    const isOpen = stored?.state === 'ordered' || stored?.state === 'held';
    if (withdrawn !== undefined && executed === undefined) {
      // The backup is of the time before it was taken back: it must not be carried out. Access returns with the next turn.
      if (isOpen) await takeBack(withdrawn);
      return;
    }
    if (stored !== undefined && (executed === undefined || !isOpen)) return;
    const person = stored?.person ?? (await personOf(executed ?? first));
    await database.transaction(async (connection) => {
      await journal.raiseFence(connection, customer);
      const placed = fact('ordered');
      // What had waited for a hold was closed by what was executed: its clock began no earlier.
      const reopened = placed === undefined || placed.heldUntil !== undefined ? (executed ?? placed) : placed;
      if (stored === undefined && reopened !== undefined) await reopen(connection, reopened, person);
      if (executed === undefined) return;
      const at = { customer, order };
      await store.execute(connection, at);
      if (!isDestruction(executed.scope)) {
        // What it leaves is rewrapped with the next rollover, as with every other order of its kind.
        const objects = await removeParts(connection, executed);
        await store.bindPerson(connection, at, person, objects);
        return;
      }
      await keyring.deaths.kill(connection, customer, wholeOf({ scope: executed.scope, person }), order);
      await store.reach(connection, at, 'dead_at', new Date(executed.at));
    });
  }

  // First, so that what waits for one does not go on.
  await bringBackHolds(database, news, (key) => otherKeys(lines, key));
  for (const [order, facts] of byOrder) await bringInLine(order, facts);
  return byOrder.size;
}
