/** What the bench of erasure asks of the process under measurement. */
import { randomUUID } from 'node:crypto';
import type { App } from '../../packages/server/src/app.ts';
import type { Database } from '../../packages/server/src/platform/database/database.ts';
import { asId, asName, type CustomerId, type PersonId } from '../../packages/server/src/platform/ids/ids.ts';

type Command = { bivarianceHack(argument: object): Promise<unknown> }['bivarianceHack'];

export interface ErasureCommandsOptions {
  readonly app: App;
  readonly owner: Database;
  /** A customer whose mail is a lookup, with that many persons, a record each. */
  readonly fill: (persons: number) => Promise<{ customer: CustomerId; places: readonly { person: string }[] }>;
  /** Writes that many records of one person. */
  readonly fillPerson: (records: number) => Promise<{ customer: CustomerId; person: PersonId }>;
}

const actor = { kind: 'system', id: 'machine' } as const;

export function createErasureCommands({
  app,
  owner,
  fill,
  fillPerson,
}: ErasureCommandsOptions): Record<string, Command> {
  let rolling: CustomerId | undefined;

  async function rowsLeft(customer: CustomerId): Promise<number> {
    const [row] = await owner.query<{ n: number }>(
      `select (select count(*) from custody.record where customer_id = $1) as n`,
      [customer],
    );
    return row?.n ?? -1;
  }

  const wal = async () =>
    (await owner.query<{ at: string }>('select pg_current_wal_lsn()::text as at'))[0]?.at ?? '0/0';

  return {
    /** Orders, one after the other; how long each took until the person was refused. */
    async refuse({ orders }: { readonly orders: number }) {
      const { customer, places } = await fill(orders);
      const refusedMs: number[] = [];
      for (const { person } of places) {
        const began = performance.now();
        await app.erasures.place({ customer, scope: 'person', person: asId(person) }, 0, actor, 'api');
        if ((await app.keyring.person(customer, asId(person))) !== undefined) throw new Error('still there');
        refusedMs.push(performance.now() - began);
      }
      await app.erasures.tick();
      return { refusedMs };
    },
    async remove({ scope, records }: { readonly scope: 'person' | 'customer'; readonly records: number }) {
      const one = scope === 'person' ? await fillPerson(records) : await fill(records);
      const { customer } = one;
      const wish =
        'person' in one
          ? ({ customer, scope: 'person', person: one.person } as const)
          : ({ customer, scope: 'customer' } as const);
      const began = performance.now();
      await app.erasures.place(wish, 0, actor, 'api');
      const refusedMs = performance.now() - began;
      await app.erasures.tick();
      if ((await rowsLeft(customer)) !== 0) throw new Error('rows are left');
      return { refusedMs, removedMs: performance.now() - began };
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
      const began = performance.now();
      const closed = await app.erasures.rollOver();
      const seconds = (performance.now() - began) / 1_000;
      const [grown] = await owner.query<{ bytes: number }>(
        'select pg_wal_lsn_diff(pg_current_wal_lsn(), $1::pg_lsn)::float8 as bytes',
        [before],
      );
      const [row] = await owner.query<{ n: number }>(
        'select count(*) as n from custody.lookup where customer_id = $1',
        [rolling ?? ''],
      );
      return { seconds, persons: closed?.persons ?? 0, lookups: row?.n ?? 0, walBytes: grown?.bytes ?? 0 };
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
