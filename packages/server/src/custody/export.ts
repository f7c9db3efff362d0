/** Exports: a customer's data as lines, a person's data as one document (Articles 15 and 20 GDPR). */

import { personOf, withCurrentKeys } from '../keyring/current.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { PersonHandle } from '../keyring/person-keys.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { Problem } from '../platform/http/problem.ts';
import type { CustomerId, Name, PersonId, RecordId } from '../platform/ids/ids.ts';
import type { AccessLog, Authorised, Call } from './call.ts';
import type { Collections } from './collections.ts';
import type { Definition } from './definition.ts';
import type { Files } from './files.ts';
import type { People } from './people.ts';
import type { StoredRecord } from './record-place.ts';
import type { RecordStore } from './record-store.ts';
import type { Records } from './records.ts';

export interface ExportedRecord {
  readonly collection: Name;
  readonly record: RecordId;
  readonly version: number;
  /** The record's JSON text. */
  readonly data: Buffer;
}

export interface PersonExport {
  readonly person: PersonId;
  readonly at: Date;
  readonly definitions: Readonly<Record<string, Definition>>;
  readonly records: readonly ExportedRecord[];
  readonly files: Awaited<ReturnType<Files['list']>>['files'];
  readonly receipt: string;
}

type Exported = Omit<PersonExport, 'definitions' | 'at'>;

export interface Exporter {
  person(customer: CustomerId, person: PersonId, call: Call): Promise<PersonExport>;
  /** Person by person, each with an entry of its own before its data is opened. */
  customer(customer: CustomerId, collection: Name | undefined, call: Call): AsyncIterable<Exported>;
  definitions(customer: CustomerId): Promise<Readonly<Record<string, Definition>>>;
}

export interface ExporterOptions {
  readonly keyring: Keyring;
  readonly log: AccessLog;
  readonly collections: Collections;
  readonly people: People;
  readonly records: Records;
  readonly files: Files;
  readonly store: RecordStore;
  readonly clock: Clock;
}

const pageOfPeople = 256;
/** How many are opened before the reader has come to them: their entries share commits, and memory holds no more. */
const peopleAhead = 64;
const pageOfRecords = 500;

export function createExporter(options: ExporterOptions): Exporter {
  const { keyring, log, collections, people, records, files, store, clock } = options;

  async function definitions(customer: CustomerId): Promise<Record<string, Definition>> {
    // The same 404 for a customer that does not exist, before anything is sent.
    const all = await withCurrentKeys(keyring, customer, () => collections.list(customer));
    return Object.fromEntries(all.map(({ name, definition }) => [name, definition]));
  }

  async function allOf(customer: CustomerId, person: PersonId, collection: Name | undefined): Promise<StoredRecord[]> {
    const all: StoredRecord[] = [];
    for (;;) {
      const page = await store.ofPerson(customer, person, collection, all.at(-1), pageOfRecords);
      all.push(...page);
      if (page.length < pageOfRecords) return all;
    }
  }

  async function exportPerson(
    customer: CustomerId,
    personId: PersonId,
    collection: Name | undefined,
    call: Call,
  ): Promise<Exported> {
    return withCurrentKeys(keyring, customer, async () => {
      const person: PersonHandle = await personOf(keyring, customer, personId);
      const stored = await allOf(customer, personId, collection);
      const authorised: Authorised | 'stale' = await log.authorise(person, call, {
        kind: 'person.export',
        scope: { count: stored.length, ...(collection !== undefined && { collection }) },
        release: { collection, what: 'records' },
      });
      if (authorised === 'stale') return 'stale';
      const data = records.open(authorised.receipt, person, stored);
      // A person without files gets no second entry about none.
      const withFiles = collection === undefined && (await files.any(customer, personId));
      const listed = withFiles ? (await files.list(customer, personId, call)).files : [];
      return {
        person: personId,
        records: stored.map((one, i) => ({
          collection: one.collection,
          record: one.record,
          version: one.version,
          data: data[i] ?? Buffer.alloc(0),
        })),
        files: listed,
        receipt: authorised.text,
      };
    });
  }

  /** `undefined` when an order closed the person since the list was read: that ends nobody else's export. */
  async function exportLiving(...[customer, person, collection, call]: Parameters<typeof exportPerson>) {
    try {
      return await exportPerson(customer, person, collection, call);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'not_found') throw error;
      if ((await keyring.customer(customer)) === undefined) throw error;
      return undefined;
    }
  }

  async function* allPeople(customer: CustomerId): AsyncGenerator<PersonId> {
    let after: PersonId | undefined;
    for (;;) {
      const page = await people.list(customer, after, pageOfPeople);
      yield* page;
      after = page.at(-1);
      if (page.length < pageOfPeople) return;
    }
  }

  return {
    definitions,
    async person(customer, person, call) {
      const exported = await exportPerson(customer, person, undefined, call);
      return { ...exported, at: clock.now(), definitions: await definitions(customer) };
    },
    async *customer(customer, collection, call) {
      const ahead: Promise<Exported | undefined>[] = [];
      for await (const person of allPeople(customer)) {
        const exporting = exportLiving(customer, person, collection, call);
        // Whoever stops reading does not come back for the rest; its failure is nobody's then.
        exporting.catch(() => undefined);
        ahead.push(exporting);
        if (ahead.length < peopleAhead) continue;
        const next = await ahead.shift();
        if (next !== undefined) yield next;
      }
      for (const exporting of ahead) {
        const next = await exporting;
        if (next !== undefined) yield next;
      }
    },
  };
}
