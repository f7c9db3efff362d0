import type { Actor } from '../journal/entry.ts';
import type { Rider } from '../journal/flush.ts';
import type { Journal } from '../journal/journal.ts';
import type { LogKind } from '../journal/logs.ts';
import { WriteConflict } from '../journal/queue.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import { failureOf } from '../platform/database/errors.ts';
import { type CustomerId, newId } from '../platform/ids/ids.ts';

/** An organisation: its label is a short name that the operator chooses, free of personal data. */
export interface Customer {
  readonly id: CustomerId;
  readonly label: string;
  readonly kind: 'operator' | 'customer';
  readonly createdAt: Date;
}

/** The label is taken by another customer. */
export class LabelTaken extends Error {
  override readonly name = 'LabelTaken';
  readonly code = 'label_taken';
}

/** An idempotency key that was used for another request. */
export class OtherRequest extends Error {
  override readonly name = 'OtherRequest';
  readonly code = 'idempotency_mismatch';
}

export interface Customers {
  /** The operator's own customer, made with its logs at the first start. */
  operator(): Promise<CustomerId>;
  /** Makes a customer with its logs and keys. The id may be given, so that a retry is the same customer. */
  create(label: string, actor: Actor, id?: CustomerId): Promise<Customer>;
  find(id: CustomerId): Promise<Customer | undefined>;
  count(): Promise<number>;
  /** In the order of ids, from `after` (exclusive). */
  list(after: CustomerId | undefined, limit: number): Promise<readonly Customer[]>;
}

interface Row {
  readonly customer_id: CustomerId;
  readonly label: string;
  readonly kind: Customer['kind'];
  readonly created_at: Date;
}

const asCustomer = (row: Row): Customer => ({
  id: row.customer_id,
  label: row.label,
  kind: row.kind,
  createdAt: row.created_at,
});

export interface CustomersOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly clock: Clock;
}

export function createCustomers({ database, journal, keyring, clock }: CustomersOptions): Customers {
  let operator: CustomerId | undefined;

  async function insert(connection: Queryable, { id, label, kind, createdAt }: Customer): Promise<void> {
    await connection.query('insert into customers.label (label, customer_id) values ($1, $2)', [label, id]);
    await connection.query(
      'insert into customers.customer (customer_id, label, kind, created_at) values ($1, $2, $3, $4)',
      [id, label, kind, createdAt],
    );
    const kinds: readonly LogKind[] =
      kind === 'operator' ? ['access', 'orders', 'operator', 'page'] : ['access', 'orders'];
    for (const log of kinds) await journal.logs.create(connection, id, log);
    await keyring.createCustomer(connection, id);
  }

  /** A customer comes into being in the same commit as the entry that says so. */
  const arrival: Rider<Customer> = {
    name: 'customer',
    async apply(connection, newcomers) {
      for (const newcomer of newcomers) await insert(connection, newcomer);
      return newcomers.map(() => true);
    },
  };

  async function find(id: CustomerId): Promise<Customer | undefined> {
    const [row] = await database.query<Row>('select * from customers.customer where customer_id = $1', [id]);
    return row && asCustomer(row);
  }

  async function findOperator(): Promise<CustomerId | undefined> {
    const [row] = await database.query<Row>("select * from customers.customer where kind = 'operator'");
    return row?.customer_id;
  }

  async function makeOperator(): Promise<CustomerId> {
    const own: Customer = { id: newId(), label: 'operator', kind: 'operator', createdAt: clock.now() };
    try {
      await database.transaction((connection) => insert(connection, own));
      return own.id;
    } catch (error) {
      // Another server, started at the same time, was first.
      const found = failureOf(error) === 'conflict' ? await findOperator() : undefined;
      if (found === undefined) throw error;
      return found;
    }
  }

  return {
    find,
    async operator() {
      operator ??= await findOperator();
      operator ??= await makeOperator();
      return operator;
    },
    async create(label, actor, id = newId()) {
      const customer: Customer = { id, label, kind: 'customer', createdAt: clock.now() };
      const entry = {
        at: customer.createdAt,
        actor,
        kind: 'customer.create',
        outcome: 'done',
        refs: { customer: id },
      } as const;
      try {
        await journal.append({
          customer: await this.operator(),
          log: 'operator',
          entry,
          rider: { rider: arrival, payload: customer },
        });
        return customer;
      } catch (error) {
        if (!(error instanceof WriteConflict)) throw error;
        const existing = await find(id);
        // The same request once more: the customer is there already.
        if (existing?.label === label) return existing;
        // The same idempotency key for another customer.
        if (existing !== undefined) throw new OtherRequest('this idempotency key made another customer');
        throw new LabelTaken('this label is taken');
      }
    },
    async count() {
      const [row] = await database.query<{ count: number }>(
        "select count(*) as count from customers.customer where kind = 'customer'",
      );
      return row?.count ?? 0;
    },
    async list(after, limit) {
      const rows = await database.query<Row>(
        `select * from customers.customer where kind = 'customer' and ($1::uuid is null or customer_id > $1)
         order by customer_id limit $2`,
        [after ?? null, limit],
      );
      return rows.map(asCustomer);
    },
  };
}
