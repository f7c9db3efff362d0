/**
 * Holds in the erasure ledger: that something is held, until when, and that it is not any more. Without its reason, and
 * without an id of a record: what is held is named by its key. So the restore of an older backup brings back a hold that is
 * younger than it.
 */
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { CustomerId, HoldId, KeyId, Name, PersonId, RecordId } from '../../platform/ids/ids.ts';
import type { HoldFact, Ledger, LedgerLine } from './ledger.ts';

interface Row {
  readonly customer_id: CustomerId;
  readonly hold_id: HoldId;
  readonly person_id: PersonId | null;
  readonly collection: Name | null;
  readonly record_id: RecordId | null;
  readonly until: Date;
  readonly placed_at: Date;
  readonly lifted_at: Date | null;
  readonly key_id: KeyId | null;
}

const batch = 100;
/** The ledger has no words of anybody; in both languages, since it is a value and no text of the console. */
const reason = 'wiederhergestellt aus dem Verzeichnis der Löschungen / restored from the erasure ledger';

const kinds = {
  held: { column: 'recorded_at', where: 'h.recorded_at is null' },
  released: {
    column: 'lift_recorded_at',
    where: 'h.recorded_at is not null and h.lifted_at is not null and h.lift_recorded_at is null',
  },
} as const;

const factOf = (kind: HoldFact['kind'], row: Row): HoldFact => ({
  kind,
  hold: row.hold_id,
  customer: row.customer_id,
  of: row.record_id !== null ? 'record' : row.person_id !== null ? 'person' : 'collection',
  keys: row.key_id === null ? [] : [row.key_id],
  at: (kind === 'held' ? row.placed_at : (row.lifted_at ?? row.placed_at)).toISOString(),
  until: row.until.toISOString(),
  ...(row.collection !== null && { collection: row.collection }),
});

/** Says in the ledger what is not said yet: after the hold's own commit, before anybody is told of it. */
export function createHoldLedger(database: Database, ledger: Ledger, clock: Clock) {
  async function recordKind(kind: HoldFact['kind']): Promise<void> {
    const { column, where } = kinds[kind];
    for (;;) {
      const rows = await database.query<Row>(
        `select h.*, case when h.record_id is not null then r.data_key_id else p.key_id end as key_id
         from custody.hold h
         left join custody.record r using (customer_id, person_id, collection, record_id)
         left join keyring.person p on p.customer_id = h.customer_id and p.person_id = h.person_id
         where ${where} order by h.placed_at limit ${batch}`,
      );
      await ledger.append(rows.map((row) => factOf(kind, row)));
      for (const row of rows)
        await database.query(`update custody.hold set ${column} = $3 where customer_id = $1 and hold_id = $2`, [
          row.customer_id,
          row.hold_id,
          clock.now(),
        ]);
      if (rows.length < batch) return;
    }
  }

  return async function record(): Promise<void> {
    await recordKind('held');
    await recordKind('released');
  };
}

/** Whether the ledger says of this customer's holds; one of before it did says only until when an order waits. */
export const knowsHolds = (lines: readonly LedgerLine[], customer: CustomerId): boolean =>
  lines.some((line) => line.kind === 'held' && line.customer === customer);

/**
 * What is held and this database does not know: it holds again. What this database does not have, a record that is younger
 * than the backup, needs no hold.
 * @param keysOf the keys under which a person may be here, by one of them.
 */
export async function bringBackHolds(
  database: Database,
  news: readonly LedgerLine[],
  keysOf: (key: KeyId) => readonly KeyId[],
): Promise<void> {
  for (const fact of news) {
    if (fact.kind === 'released')
      await database.query(
        `update custody.hold set lifted_at = coalesce(lifted_at, $3), lift_recorded_at = $3
         where customer_id = $1 and hold_id = $2`,
        [fact.customer, fact.hold, new Date(fact.at)],
      );
    if (fact.kind !== 'held') continue;
    const { customer, hold, collection = null, keys } = fact;
    const source = {
      collection:
        'select null::uuid as person_id, $3::text as collection, null::uuid as record_id where $4::uuid[] is not null',
      person: `select person_id, $3::text, null::uuid from keyring.person where customer_id = $1 and key_id = any($4)`,
      record: `select person_id, collection, record_id from custody.record
               where customer_id = $1 and data_key_id = any($4) and ($3::text is null or collection = $3)`,
    }[fact.of];
    await database.query(
      `insert into custody.hold
         (customer_id, hold_id, person_id, collection, record_id, until, reason, placed_at, recorded_at)
       select $1::uuid, $2::uuid, found.*, $5::timestamptz, $6::text, $7::timestamptz, $7::timestamptz
       from (${source}) as found on conflict do nothing`,
      [
        customer,
        hold,
        collection,
        fact.of === 'person' ? keys.flatMap(keysOf) : [...keys],
        new Date(fact.until),
        reason,
        new Date(fact.at),
      ],
    );
  }
}
