/**
 * A new lookup on a collection with data: older records get theirs, person by person, while everything goes on. Where it
 * has come to is kept, so that a restart goes on from there.
 */

import { purposeOf } from '../access/purposes.ts';
import { fieldsScope } from '../journal/entry.ts';
import type { Rider } from '../journal/flush.ts';
import { withCurrentKeys } from '../keyring/current.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Database } from '../platform/database/database.ts';
import { asId, type CustomerId, type Name, type PersonId } from '../platform/ids/ids.ts';
import type { AccessLog, Call } from './call.ts';
import type { Collections } from './collections.ts';
import type { LookupChange, LookupStore } from './lookup-store.ts';
import type { Lookups, PlannedWrite } from './lookups.ts';
import type { Cursor, RecordStore } from './record-store.ts';

export interface Backfill {
  /** Works until nothing is left to do or `stop` was called. One run at a time. */
  run(): Promise<void>;
  stop(): Promise<void>;
}

export interface BackfillOptions {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly log: AccessLog;
  readonly collections: Collections;
  readonly lookups: Lookups;
  readonly lookupStore: LookupStore;
  readonly store: RecordStore;
}

interface Filled {
  readonly change: LookupChange;
  readonly version: number;
}

const call: Call = {
  actor: { kind: 'system', id: 'obhut' },
  purpose: purposeOf('service'),
  reference: undefined,
  onBehalfOf: undefined,
};
const pageOfPeople = 100;
const pageOfRecords = 1_000;

export function createBackfill({
  database,
  keyring,
  log,
  collections,
  lookups,
  lookupStore,
  store,
}: BackfillOptions): Backfill {
  let running: Promise<void> | undefined;
  let wanted = false;
  let stopped = false;

  /** Only where the record still has the version that was read: whoever wrote since has filled the lookups too. */
  const rider: Rider<readonly Filled[]> = {
    name: 'backfill',
    async apply(connection, persons) {
      for (const filled of persons) {
        for (const { change, version } of filled) {
          const [same] = await connection.query(
            `select 1 from custody.record where customer_id = $1 and person_id = $2 and collection = $3 and record_id = $4
               and version = $5 for share`,
            [change.customer, change.person, change.collection, change.record, version],
          );
          if (same !== undefined) await lookupStore.apply(connection, [change]);
        }
      }
      return persons.map(() => true);
    },
  };

  /** @returns the last record of a full page: there may be more. */
  async function fillPage(
    customerId: CustomerId,
    name: Name,
    personId: PersonId,
    after: Cursor | undefined,
  ): Promise<Cursor | undefined> {
    const last = await withCurrentKeys<Cursor | 'done'>(keyring, customerId, async (customer) => {
      const [person, collection] = await Promise.all([
        keyring.person(customerId, personId),
        collections.find(customer, name),
      ]);
      if (person === undefined || collection === undefined) return 'done';
      const stored = await store.ofPerson(customerId, personId, name, after, pageOfRecords);
      if (stored.length === 0) return 'done';
      const scope = { collection: name, ...fieldsScope(collection.lookups), count: stored.length };
      const authorised = await log.authorise(person, call, {
        kind: 'record.read',
        scope,
        release: { collection: name, what: 'records' },
      });
      if (authorised === 'stale') return 'stale';
      const opened = keyring.openRecords(authorised.receipt, person, stored);
      const reservation = lookups.reserve();
      try {
        const filled: Filled[] = [];
        for (const [i, record] of stored.entries()) {
          const planned: PlannedWrite = { ...record, data: JSON.parse(opened[i]?.toString('utf8') ?? '{}') };
          const change = await lookups.plan(customer, person, collection, planned, reservation);
          if (change !== undefined) filled.push({ change, version: record.version });
        }
        const done = await log.change(person, call, { kind: 'collection.change', scope }, { rider, payload: filled });
        if (done === 'stale') return 'stale';
        if (done === 'declined') return 'conflict';
      } finally {
        reservation.release();
      }
      return (stored.length === pageOfRecords && stored.at(-1)) || 'done';
    });
    return last === 'done' ? undefined : last;
  }

  async function fillPerson(customer: CustomerId, name: Name, person: PersonId): Promise<void> {
    let after: Cursor | undefined;
    do after = await fillPage(customer, name, person, after);
    while (after !== undefined);
  }

  async function fillCollection(customer: CustomerId, name: Name): Promise<void> {
    const version = (await collections.list(customer)).find((collection) => collection.name === name)?.version;
    if (version === undefined) return;
    let after = await collections.backfillPosition(customer, name);
    while (!stopped) {
      const page = await database.query<{ person_id: string }>(
        `select person_id from keyring.person where customer_id = $1 and ($2::uuid is null or person_id > $2)
         order by person_id limit ${pageOfPeople}`,
        [customer, after ?? null],
      );
      for (const { person_id: person } of page) await fillPerson(customer, name, asId(person));
      after = page.at(-1)?.person_id;
      const last = page.length < pageOfPeople;
      await collections.backfilled(customer, name, version, last ? undefined : after);
      if (last) return;
    }
  }

  /** Whoever asks while it runs gets another round: its collection was not in the list that this one began with. */
  async function work(): Promise<void> {
    try {
      while (wanted && !stopped) {
        wanted = false;
        for (const { customer, name } of await collections.running())
          if (!stopped) await fillCollection(customer, name);
      }
    } finally {
      running = undefined;
    }
  }

  return {
    run() {
      wanted = true;
      running ??= work();
      return running;
    },
    async stop() {
      stopped = true;
      await running?.catch(() => undefined);
    },
  };
}
