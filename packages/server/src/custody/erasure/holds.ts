/**
 * Legal holds: a collection, a person or a record that must not be erased before a day, and why. An order leaves out what is
 * held and takes it when the hold ends; who deletes a single held record is refused.
 *
 * A hold does not stop an order that was there before it: take that back first.
 */
import { changeRider } from '../../journal/change.ts';
import type { Actor, Entry } from '../../journal/entry.ts';
import type { Journal } from '../../journal/journal.ts';
import { personOf, withCurrentKeys } from '../../keyring/current.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { Problem } from '../../platform/http/problem.ts';
import {
  type CustomerId,
  type HoldId,
  type Name,
  newId,
  type PersonId,
  type RecordId,
} from '../../platform/ids/ids.ts';

/** A collection of all its people, a person with everything, a collection of a person, or one record. */
export interface HoldTarget {
  readonly customer: CustomerId;
  readonly person?: PersonId | undefined;
  readonly collection?: Name | undefined;
  readonly record?: RecordId | undefined;
}

export interface Hold extends HoldTarget {
  readonly hold: HoldId;
  readonly until: Date;
  readonly reason: string;
  readonly placedAt: Date;
  readonly liftedAt: Date | undefined;
}

/** A hold with how many records of a wish it keeps. */
export interface HeldPart extends Hold {
  readonly records: number;
}

export interface Holds {
  /** @throws Problem `not_found` when there is nothing to hold, or it is ordered away already. */
  place(target: HoldTarget, until: Date, reason: string, actor: Actor, client: Entry['client']): Promise<Hold>;
  /** @throws Problem `not_found` */
  lift(customer: CustomerId, hold: HoldId, actor: Actor, client: Entry['client']): Promise<Hold>;
  /** Newest first. */
  list(customer: CustomerId): Promise<readonly Hold[]>;
}

interface Row {
  readonly customer_id: CustomerId;
  readonly hold_id: HoldId;
  readonly person_id: PersonId | null;
  readonly collection: Name | null;
  readonly record_id: RecordId | null;
  readonly until: Date;
  readonly reason: string;
  readonly placed_at: Date;
  readonly lifted_at: Date | null;
}

const asHold = (row: Row): Hold => ({
  hold: row.hold_id,
  customer: row.customer_id,
  person: row.person_id ?? undefined,
  collection: row.collection ?? undefined,
  record: row.record_id ?? undefined,
  until: row.until,
  reason: row.reason,
  placedAt: row.placed_at,
  liftedAt: row.lifted_at ?? undefined,
});

const covers = (record: string) => `h.customer_id = ${record}.customer_id
  and (h.person_id is null or h.person_id = ${record}.person_id)
  and (h.collection is null or h.collection = ${record}.collection)
  and (h.record_id is null or h.record_id = ${record}.record_id)`;

/** SQL: whether a hold covers this record at that moment. */
export const recordIsHeld = (record: string, at: string) =>
  `exists (select 1 from custody.hold h where ${covers(record)} and h.lifted_at is null and h.until > ${at})`;

/** SQL: whether a hold covers all of the person that this row is about, files too. */
export const personIsHeld = (row: string, at: string) =>
  `exists (select 1 from custody.hold h where h.customer_id = ${row}.customer_id and h.person_id = ${row}.person_id
     and h.collection is null and h.lifted_at is null and h.until > ${at})`;

/** The holds in force that keep something of this. */
export async function holdsOver(on: Queryable, target: HoldTarget, at: Date): Promise<readonly HeldPart[]> {
  const rows = await on.query<Row & { records: number }>(
    `select h.*, (select count(*) from custody.record r where ${covers('r')} and r.order_id is null
       and ($2::uuid is null or r.person_id = $2) and ($3::text is null or r.collection = $3)) as records
     from custody.hold h where h.customer_id = $1 and h.lifted_at is null and h.until > $4
       and ($2::uuid is null or h.person_id is null or h.person_id = $2)
       and ($3::text is null or h.collection is null or h.collection = $3) order by h.until, h.hold_id`,
    [target.customer, target.person ?? null, target.collection ?? null, at],
  );
  const keepsPerson = (hold: Hold) => hold.person !== undefined && hold.collection === undefined;
  return rows
    .map((row) => ({ ...asHold(row), records: row.records }))
    .filter((hold) => hold.records > 0 || (keepsPerson(hold) && target.collection === undefined));
}

/** When the last of them ends; `undefined` where there is none. */
export const lastEnd = (holds: readonly Hold[]): Date | undefined =>
  holds.reduce<Date | undefined>((last, { until }) => (last === undefined || until > last ? until : last), undefined);

/** Until when a hold covers this record, or the person that a file belongs to. */
export async function heldUntil(on: Queryable, target: HoldTarget, at: Date): Promise<Date | undefined> {
  const [row] = await on.query<{ until: Date }>(
    `select max(until) as until from custody.hold h where customer_id = $1 and lifted_at is null and until > $5
       and (person_id is null or person_id = $2) and (collection is null or collection = $3)
       and (record_id is null or record_id = $4) having count(*) > 0`,
    [target.customer, target.person ?? null, target.collection ?? null, target.record ?? null, at],
  );
  return row?.until;
}

export interface HoldsOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Says it in the ledger at every site. It does not reject: where none answers, a later turn says it. */
  readonly record: () => Promise<void>;
}

export function createHolds({ database, journal, keyring, clock, record }: HoldsOptions): Holds {
  const entries = (kind: 'hold.placed' | 'hold.lifted', actor: Actor, client: Entry['client'], hold: Hold) => {
    const shared = {
      kind,
      at: clock.now(),
      actor,
      outcome: 'done',
      ...(client !== undefined && { client }),
      // The reason is somebody's words: it stays out of a log that nobody can correct.
      refs: { hold: hold.hold, until: hold.until.toISOString() },
    } as const;
    const scope = hold.collection === undefined ? {} : { collection: hold.collection };
    return { entry: { ...shared, scope }, also: { log: 'orders', entry: shared } } as const;
  };

  /** Whether there is something to hold that no order has taken yet. */
  async function isThere(connection: Queryable, { customer, person, collection, record }: HoldTarget) {
    const found =
      record !== undefined
        ? await connection.query(
            `select 1 from custody.record where customer_id = $1 and person_id = $2 and collection = $3 and record_id = $4
               and order_id is null`,
            [customer, person ?? null, collection ?? null, record],
          )
        : collection !== undefined
          ? await connection.query('select 1 from custody.collection where customer_id = $1 and name = $2', [
              customer,
              collection,
            ])
          : await connection.query('select 1 from keyring.person where customer_id = $1 and person_id = $2', [
              customer,
              person ?? null,
            ]);
    return found.length > 0;
  }

  return {
    async place(target, until, reason, actor, client) {
      const placed = await withCurrentKeys(keyring, target.customer, async (customer) => {
        const person =
          target.person === undefined ? undefined : await personOf(keyring, target.customer, target.person);
        const hold: Hold = {
          ...target,
          hold: newId<HoldId>(),
          until,
          reason,
          placedAt: clock.now(),
          liftedAt: undefined,
        };
        const { entry, also } = entries('hold.placed', actor, client, hold);
        const outcome = await journal.append({
          customer: target.customer,
          log: 'access',
          fence: person?.fence ?? customer.fence,
          entry: { ...entry, ...(person !== undefined && { subject: person.subject }) },
          also,
          rider: {
            rider: changeRider,
            payload: async (connection) => {
              if (!(await isThere(connection, target))) return false;
              await connection.query(
                `insert into custody.hold
                   (customer_id, hold_id, person_id, collection, record_id, until, reason, placed_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)`,
                [
                  hold.customer,
                  hold.hold,
                  hold.person ?? null,
                  hold.collection ?? null,
                  hold.record ?? null,
                  until,
                  reason,
                  hold.placedAt,
                ],
              );
              return true;
            },
          },
        });
        if (outcome.state === 'stale') return 'stale';
        if (outcome.state !== 'appended') throw new Problem('not_found');
        return hold;
      });
      await record();
      return placed;
    },
    async lift(customer, id, actor, client) {
      const [row] = await database.query<Row>('select * from custody.hold where customer_id = $1 and hold_id = $2', [
        customer,
        id,
      ]);
      if (row === undefined || row.lifted_at !== null) throw new Problem('not_found');
      const hold = { ...asHold(row), liftedAt: clock.now() };
      const outcome = await journal.append({
        customer,
        log: 'access',
        ...entries('hold.lifted', actor, client, hold),
        rider: {
          rider: changeRider,
          payload: async (connection) =>
            (
              await connection.query(
                `update custody.hold set lifted_at = $3 where customer_id = $1 and hold_id = $2 and lifted_at is null
                 returning 1`,
                [customer, id, hold.liftedAt],
              )
            ).length > 0,
        },
      });
      if (outcome.state !== 'appended') throw new Problem('not_found');
      await record();
      return hold;
    },
    async list(customer) {
      const rows = await database.query<Row>(
        'select * from custody.hold where customer_id = $1 order by placed_at desc limit 500',
        [customer],
      );
      return rows.map(asHold);
    },
  };
}
