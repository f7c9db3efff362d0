import { type Actor, fieldsScope } from '../journal/entry.ts';
import type { Rider } from '../journal/flush.ts';
import type { Journal } from '../journal/journal.ts';
import type { CustomerHandle } from '../keyring/keyring.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Database } from '../platform/database/database.ts';
import type { CustomerId, Name } from '../platform/ids/ids.ts';
import { type Compiled, changeRefused, compileDefinition, type Definition } from './definition.ts';

export interface Collection extends Compiled {
  readonly customer: CustomerId;
  readonly name: Name;
  readonly version: number;
  /** `running` while older records still get their lookups. */
  readonly backfill: 'none' | 'running';
}

export class ChangeRefused extends Error {
  override readonly name = 'ChangeRefused';
  readonly code = 'collection_change_refused';
  readonly field: string;
  constructor(field: string, reason: string) {
    super(reason);
    this.field = field;
  }
}

export interface Collections {
  /** As it is at the handle's fence: a change raises the fence, so nobody writes by an old definition. */
  find(customer: CustomerHandle, name: Name): Collection | undefined | Promise<Collection | undefined>;
  list(customer: CustomerId): Promise<readonly Collection[]>;
  /**
   * Makes or changes a collection, with its entry, in one commit.
   * @throws DefinitionInvalid, ChangeRefused
   * @returns `undefined` when there is no such customer or the keys are stale.
   */
  put(
    customer: CustomerHandle,
    name: Name,
    definition: Definition,
    actor: Actor,
  ): Promise<Collection | 'stale' | 'conflict'>;
  /** Marks a backfill as far as it has come, or done. */
  backfilled(customer: CustomerId, name: Name, version: number, after: string | undefined): Promise<void>;
  backfillPosition(customer: CustomerId, name: Name): Promise<string | undefined>;
  running(): Promise<readonly { readonly customer: CustomerId; readonly name: Name }[]>;
}

interface Row {
  readonly customer_id: CustomerId;
  readonly name: Name;
  readonly definition: Definition;
  readonly version: number;
  readonly backfill: 'none' | 'running';
}

const columns = 'customer_id, name, definition, version, backfill';

const asCollection = (row: Row): Collection => ({
  ...compileDefinition(row.definition),
  customer: row.customer_id,
  name: row.name,
  version: row.version,
  backfill: row.backfill,
});

interface Change {
  readonly row: Row;
  readonly at: Date;
}

export function createCollections(database: Database, journal: Journal, clock: Clock): Collections {
  /** By handle: a handle is of one fence, and a change raises it, so what is kept with it is never old. */
  const cache = new WeakMap<CustomerHandle, Map<Name, Collection>>();
  const fetching = new WeakMap<CustomerHandle, Map<Name, Promise<Collection | undefined>>>();

  async function read(customer: CustomerId, name: Name): Promise<Row | undefined> {
    const [row] = await database.query<Row>(
      `select ${columns} from custody.collection where customer_id = $1 and name = $2`,
      [customer, name],
      'collection',
    );
    return row;
  }

  async function fetchOnce(customer: CustomerHandle, name: Name): Promise<Collection | undefined> {
    const row = await read(customer.customer, name);
    if (row === undefined) return undefined;
    const collection = asCollection(row);
    const known = cache.get(customer) ?? new Map<Name, Collection>();
    cache.set(customer, known.set(name, collection));
    return collection;
  }

  /** Asked for once however many wait: each order raises the fence, and then all lines of an import ask at the same moment. */
  function fetch(customer: CustomerHandle, name: Name): Promise<Collection | undefined> {
    const under = fetching.get(customer) ?? new Map<Name, Promise<Collection | undefined>>();
    fetching.set(customer, under);
    const going = under.get(name) ?? fetchOnce(customer, name).finally(() => under.delete(name));
    under.set(name, going);
    return going;
  }

  const change: Rider<Change> = {
    name: 'collection',
    async apply(connection, changes) {
      const applied: boolean[] = [];
      for (const { row, at } of changes) {
        const done = await connection.query(
          `insert into custody.collection (customer_id, name, definition, version, backfill, created_at, updated_at)
           values ($1, $2, $3, $4, $5, $6, $6)
           on conflict (customer_id, name) do update
             set definition = excluded.definition, version = excluded.version, backfill = excluded.backfill,
                 backfill_after = null, updated_at = excluded.updated_at
             where custody.collection.version = excluded.version - 1
           returning name`,
          [row.customer_id, row.name, row.definition, row.version, row.backfill, at],
        );
        if (done.length > 0) await journal.raiseFence(connection, row.customer_id);
        applied.push(done.length > 0);
      }
      return applied;
    },
  };

  return {
    find: (customer, name) => cache.get(customer)?.get(name) ?? fetch(customer, name),
    async list(customer) {
      const rows = await database.query<Row>(
        `select ${columns} from custody.collection where customer_id = $1 order by name`,
        [customer],
      );
      return rows.map(asCollection);
    },
    async put(customer, name, definition, actor) {
      const compiled = compileDefinition(definition);
      const before = await read(customer.customer, name);
      if (before !== undefined) {
        if (sameDefinition(before.definition, definition)) return asCollection(before);
        await refuseBadChange(database, before, definition);
      }
      const newLookups = compiled.lookups.filter((field) => before?.definition.fields[field]?.lookup !== true);
      const row: Row = {
        customer_id: customer.customer,
        name,
        definition,
        version: (before?.version ?? 0) + 1,
        backfill: before !== undefined && (newLookups.length > 0 || before.backfill === 'running') ? 'running' : 'none',
      };
      const at = clock.now();
      const outcome = await journal.append({
        customer: customer.customer,
        log: 'access',
        entry: {
          kind: 'collection.change',
          at,
          actor,
          outcome: 'done',
          scope: { collection: name, ...fieldsScope(compiled.fields) },
        },
        fence: customer.fence,
        rider: { rider: change, payload: { row, at } },
        exclusive: `collection/${customer.customer}`,
      });
      if (outcome.state === 'appended') return asCollection(row);
      return outcome.state === 'declined' ? 'conflict' : 'stale';
    },
    async backfilled(customer, name, version, after) {
      await database.query(
        `update custody.collection set backfill = $4, backfill_after = $5
         where customer_id = $1 and name = $2 and version = $3`,
        [customer, name, version, after === undefined ? 'none' : 'running', after ?? null],
      );
    },
    async backfillPosition(customer, name) {
      const [row] = await database.query<{ backfill_after: string | null }>(
        'select backfill_after from custody.collection where customer_id = $1 and name = $2',
        [customer, name],
      );
      return row?.backfill_after ?? undefined;
    },
    async running() {
      const rows = await database.query<Row>(`select ${columns} from custody.collection where backfill = 'running'`);
      return rows.map((row) => ({ customer: row.customer_id, name: row.name }));
    },
  };
}

const sameDefinition = (a: Definition, b: Definition) => canonical(a) === canonical(b);

/** JSON with sorted keys: jsonb keeps them in an order of its own. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

async function refuseBadChange(database: Database, before: Row, after: Definition): Promise<void> {
  const refused = changeRefused(before.definition, after);
  if (refused === undefined) return;
  const [used] = await database.query(
    'select 1 from custody.record where customer_id = $1 and collection = $2 limit 1',
    [before.customer_id, before.name],
  );
  if (used !== undefined) throw new ChangeRefused(refused.field, refused.reason);
}
