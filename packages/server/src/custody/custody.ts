/** The custody room: puts its parts together. */
import type { Uses } from '../access/uses.ts';
import type { Journal } from '../journal/journal.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { SecretKey } from '../platform/crypto/key.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import type { Site } from '../platform/sites/site.ts';
import { type Backfill, createBackfill } from './backfill.ts';
import { createOrderedAway } from './bring-back.ts';
import { type Bulk, createBulk } from './bulk.ts';
import { type AccessLog, createAccessLog } from './call.ts';
import { type Collections, createCollections } from './collections.ts';
import { createExporter, type Exporter } from './export.ts';
import { createFileStore } from './file-store.ts';
import { createFiles, type Files } from './files.ts';
import { createGenerations, type Generations } from './generation.ts';
import { createImporter, type Importer } from './import.ts';
import { createLookupStore } from './lookup-store.ts';
import { createLookups } from './lookups.ts';
import { createObjects, type Objects } from './objects/objects.ts';
import { createOrders, type Orders } from './orders.ts';
import { createPeople, type People } from './people.ts';
import { createRecordStore } from './record-store.ts';
import { createRecords, type Records } from './records.ts';

export interface Custody {
  readonly log: AccessLog;
  readonly collections: Collections;
  readonly people: People;
  readonly records: Records;
  readonly bulk: Bulk;
  readonly files: Files;
  /** Sealed objects at their sites: whether they are all there. */
  readonly objects: Objects;
  readonly orders: Orders;
  readonly importer: Importer;
  readonly exporter: Exporter;
  readonly backfill: Backfill;
  readonly generations: Generations;
}

export interface CustodyOptions {
  readonly database: Database;
  /** For look-ups of single records. */
  readonly readDatabase: Queryable;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly sites: readonly Site[];
  readonly clock: Clock;
  /** Derives the ids of repeatable imports. */
  readonly idKey: SecretKey;
  readonly warn: (sentence: string) => void;
  readonly recordUse: Uses['record'];
  /** At how many sites an object has to be before it is acknowledged; at all when absent. */
  readonly quorum?: number | undefined;
  readonly limits: { readonly recordBytes: number; readonly fileBytes: number };
  /** Says in the erasure ledger what was ordered. */
  readonly recordOrders: () => Promise<void>;
  /** How long searches of an old generation of lookups may still go on. */
  readonly graceMs?: number;
}

export function createCustody(options: CustodyOptions): Custody {
  const {
    database,
    readDatabase,
    journal,
    keyring,
    sites,
    clock,
    idKey,
    limits,
    warn,
    recordUse,
    recordOrders,
    graceMs,
  } = options;
  const log = createAccessLog({ journal, keyring, clock, recordUse });
  const collections = createCollections(database, journal, clock);
  const lookupStore = createLookupStore(database);
  const lookups = createLookups(keyring, lookupStore);
  const store = createRecordStore(database, readDatabase, keyring, lookupStore);
  const records = createRecords({ keyring, log, collections, lookups, store });
  const askOrderedAway = createOrderedAway(database);
  const people = createPeople(database, keyring, log, askOrderedAway);
  const objects = createObjects({ database, sites, clock, warn });
  const files = createFiles({
    journal,
    keyring,
    log,
    store: createFileStore(database),
    askOrderedAway,
    sites: objects.sites,
    quorum: options.quorum,
    deadlineMs: objects.deadlineMs,
    known: objects.known,
    areStrangersHeld: objects.areStrangersHeld,
    wrong: objects.wrong,
    clock,
    maxBytes: limits.fileBytes,
    warn,
  });
  return {
    log,
    collections,
    people,
    records,
    files,
    objects,
    bulk: createBulk({ keyring, log, collections, lookups, store, records }),
    orders: createOrders({ journal, keyring, log, lookups: lookupStore, clock, recordOrders }),
    importer: createImporter({
      keyring,
      log,
      records,
      lookups,
      store,
      askOrderedAway,
      idKey,
      maxLineBytes: limits.recordBytes,
    }),
    exporter: createExporter({ keyring, log, collections, people, records, files, store, clock }),
    generations: createGenerations({ database, journal, keyring, ...(graceMs !== undefined && { graceMs }) }),
    backfill: createBackfill({ database, keyring, log, collections, lookups, lookupStore, store }),
  };
}
