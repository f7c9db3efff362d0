/** Two servers carry out the same order: each goes on until nothing is left, also where the other was first with a batch. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, it, vi } from 'vitest';
import type { Queryable } from '../../platform/database/database.ts';
import { asId, type CustomerId, type OrderId, type PersonId } from '../../platform/ids/ids.ts';
import { rooms } from '../../rooms.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/cluster.ts';
import { createLookupStore } from '../lookup-store.ts';
import { createSweep } from './sweep.ts';

/** More than one batch. */
const rows = 4_500;
const customer = asId<CustomerId>(randomUUID());
const person = asId<PersonId>(randomUUID());
const order = asId<OrderId>(randomUUID());

let test: TestDatabase;

beforeEach(async () => {
  test = await createTestDatabase(inject('cluster'));
  await test.owner.query(
    `insert into custody.record (customer_id, person_id, collection, record_id, version, data_key_id, data_key, data_key_commitment, sealed, order_id)
     select $1, $2, 'contacts', gen_random_uuid(), 1, gen_random_uuid(), '', '', '', $3 from generate_series(1, $4::int)`,
    [customer, person, order, rows],
  );
});
afterEach(() => test.drop());

const left = async () =>
  (
    await test.owner.query<{ n: number }>(`select count(*) as n from custody.record where customer_id = $1`, [customer])
  )[0]?.n;

/** The other server: it has deleted some of what comes first, and says so a moment after we began to wait for it. */
async function besideAnother(sweep: () => Promise<void>): Promise<void> {
  let ours: Promise<void> = Promise.resolve();
  await test.owner.transaction(async (other: Queryable) => {
    await other.query(
      'delete from custody.record where ctid = any(array(select ctid from custody.record where customer_id = $1 limit 10))',
      [customer],
    );
    ours = sweep();
    await vi.waitFor(
      async () => {
        const [waiting] = await test.owner.query(
          `select 1 from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()`,
        );
        expect(waiting).toBeDefined();
      },
      { timeout: 20_000, interval: 20 },
    );
  });
  await ours;
}

const createOne = () =>
  createSweep({
    database: test.app,
    tables: rooms.flatMap(({ tables }) => tables),
    lookups: createLookupStore(test.app),
    sites: [],
  });

it.each(['everybody', 'a person'] as const)('all rows of %s', async (whose) => {
  await besideAnother(() => createOne().rows(customer, whose === 'everybody' ? whose : person));
  expect(await left()).toBe(0);
});

it('what an order has hidden', async () => {
  await besideAnother(() => createOne().hidden(customer, person, order));
  expect(await left()).toBe(0);
});
