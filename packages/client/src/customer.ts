import type { VerifierKey } from '@obhut/proof';
import { createErasures, type Erasures } from './erasures.ts';
import { type ExportOptions, runExport } from './export.ts';
import { type ImportOptions, type ImportRun, runImport } from './import.ts';
import { createJournal, type Journal } from './journal.ts';
import type { KnownLogs } from './known-logs.ts';
import { createPerson, type Person } from './person.ts';
import { type Paging, pageQuery, type Reading, readingHeaders } from './read.ts';
import { type VerifiedReceipt, verifyReceipt } from './receipt.ts';
import { pathOf, type Transport } from './transport.ts';
import type {
  BulkRecords,
  Collection,
  CollectionDefinition,
  CreatedPerson,
  Customer,
  ExportLine,
  Id,
  ImportRow,
  Matches,
  PersonPage,
  ReceiptText,
  RecordAddress,
  RecordData,
} from './types.ts';
import { newUuid } from './uuid.ts';

export interface Lookup {
  readonly collection: string;
  readonly field: string;
  /** The exact value. It goes in the body, never in a URL. */
  readonly value: string | number;
}

export interface CustomerHandle {
  readonly id: Id;
  get(): Promise<Customer>;
  readonly collections: {
    put(name: string, definition: CollectionDefinition): Promise<Collection>;
    list(): Promise<readonly Collection[]>;
  };
  readonly people: {
    /** With `back`: under the id that the person had when it was exported. */
    create(back?: { readonly person: Id; readonly exportedAt: string }): Promise<CreatedPerson>;
    list(paging?: Paging): Promise<PersonPage>;
  };
  person(id: Id): Person;
  readonly records: {
    /** Up to 1,000 records of any people, in the order asked for. */
    get<Data = RecordData>(items: readonly RecordAddress[], reading: Reading): Promise<BulkRecords<Data>>;
    find(lookup: Lookup, reading: Reading): Promise<Matches>;
  };
  import(rows: AsyncIterable<ImportRow> | Iterable<ImportRow>, options: ImportOptions): ImportRun;
  export(options: ExportOptions): AsyncGenerator<ExportLine, void, undefined>;
  readonly journal: Journal;
  readonly erasures: Erasures;
  /** Checks a receipt against the log. @throws ReceiptError when it does not hold. */
  verifyReceipt(receipt: ReceiptText): Promise<VerifiedReceipt>;
}

export interface Trust {
  readonly pinned: readonly VerifierKey[];
  readonly knownLogs: KnownLogs;
}

export function createCustomer(transport: Transport, trust: Trust, id: Id): CustomerHandle {
  const base = ['customers', id];
  const journal = createJournal(transport, id);
  const get = (): Promise<Customer> => transport.json({ method: 'GET', path: pathOf(base) });

  /** Reading by POST keeps ids and values out of URLs; sent twice, it reads twice and harms nobody. */
  const ask = <Answer>(path: string, body: unknown, reading: Reading): Promise<Answer> =>
    transport.json({
      method: 'POST',
      path,
      headers: readingHeaders(reading),
      body: JSON.stringify(body),
      repeatable: true,
      signal: reading.signal,
    });

  return {
    id,
    get,
    collections: {
      put: (name, definition) =>
        transport.json({
          method: 'PUT',
          path: pathOf([...base, 'collections', name]),
          body: JSON.stringify(definition),
        }),
      async list() {
        const call = { method: 'GET', path: pathOf([...base, 'collections']) } as const;
        return (await transport.json<{ readonly collections: readonly Collection[] }>(call)).collections;
      },
    },
    people: {
      create: (back) =>
        transport.json({
          method: 'POST',
          path: pathOf([...base, 'people']),
          headers: { 'Idempotency-Key': newUuid(), 'Obhut-Exported-At': back?.exportedAt },
          body: JSON.stringify({ person: back?.person }),
          repeatable: true,
        }),
      list: (paging = {}) => transport.json({ method: 'GET', path: pathOf([...base, 'people'], pageQuery(paging)) }),
    },
    person: (person) => createPerson(transport, id, person),
    records: {
      get: (items, reading) => ask(pathOf([...base, 'records', 'get']), { items }, reading),
      find: (lookup, reading) => ask(pathOf([...base, 'records', 'find']), lookup, reading),
    },
    import: (rows, options) => runImport(transport, id, rows, options),
    export: (options) => runExport(transport, id, options),
    journal,
    erasures: createErasures(transport, id),
    verifyReceipt: (receipt) => verifyReceipt(receipt, { customer: get, journal, ...trust }),
  };
}
