import { ownError } from './error.ts';
import { createFiles, type FileHandle, type Files } from './files.ts';
import { type Paging, pageQuery, type Reading, readingHeaders, versionOf } from './read.ts';
import { jsonOf, pathOf, type Transport } from './transport.ts';
import type { ErasureOrder, Id, PersonExport, ReceiptText, RecordData, RecordPage, StoredVersion } from './types.ts';
import { newUuid } from './uuid.ts';

export interface ReadRecord<Data> {
  readonly data: Data;
  readonly version: number;
  readonly receipt: ReceiptText;
}

export interface WrittenRecord extends StoredVersion {
  readonly created: boolean;
  readonly receipt: ReceiptText;
}

/** On what condition a record is written. Without one, whatever is there is replaced. */
export interface WriteCondition {
  /** Only over this version. */
  readonly ifVersion?: number | undefined;
  /** Only where nothing is. */
  readonly ifAbsent?: boolean | undefined;
}

export interface RecordHandle<Data = RecordData> {
  get(reading: Reading): Promise<ReadRecord<Data>>;
  put(data: Data, condition?: WriteCondition): Promise<WrittenRecord>;
  /** Orders the erasure. It cannot be taken back. */
  delete(): Promise<ErasureOrder>;
}

export interface RecordsOfPerson<Data = RecordData> {
  list(reading: Reading & Paging): Promise<RecordPage<Data>>;
  /** Writes a new record under a new random id. */
  create(data: Data): Promise<WrittenRecord>;
}

export interface Person {
  readonly id: Id;
  record<Data = RecordData>(collection: string, record: Id): RecordHandle<Data>;
  records<Data = RecordData>(collection: string): RecordsOfPerson<Data>;
  readonly files: Files;
  file(file: Id): FileHandle;
  /** All that is kept about the person, as the person may ask for it. */
  export(reading: Reading): Promise<PersonExport>;
}

export function createPerson(transport: Transport, customer: Id, id: Id): Person {
  const base = ['customers', customer, 'people', id];

  function record<Data>(collection: string, name: Id): RecordHandle<Data> {
    const path = pathOf([...base, 'records', collection, name]);
    return {
      get: (reading) =>
        transport.send(
          { method: 'GET', path, headers: readingHeaders(reading), signal: reading.signal },
          async (response) => {
            const version = versionOf(response.headers.get('ETag'));
            const receipt = response.headers.get('Obhut-Receipt');
            if (version === undefined || receipt === null) throw ownError('answer_invalid', transport.language);
            return { data: await jsonOf<Data>(response, transport.language), version, receipt };
          },
        ),
      put: (data, { ifVersion, ifAbsent } = {}) => {
        const conditional = ifVersion !== undefined || ifAbsent === true;
        const headers = {
          'If-Match': ifVersion === undefined ? undefined : `"${ifVersion}"`,
          'If-None-Match': ifAbsent === true ? '*' : undefined,
        };
        const unclearAfterLoss = conditional ? [412] : [];
        const call = { method: 'PUT', path, headers, body: JSON.stringify(data), unclearAfterLoss } as const;
        return transport.send(call, async (response) => {
          const stored = await jsonOf<StoredVersion>(response, transport.language);
          const receipt = response.headers.get('Obhut-Receipt') ?? '';
          return { record: stored.record, version: stored.version, created: response.status === 201, receipt };
        });
      },
      delete: () => transport.json({ method: 'DELETE', path, unclearAfterLoss: [404, 409] }),
    };
  }

  return {
    id,
    record,
    records: <Data>(collection: string): RecordsOfPerson<Data> => ({
      list: (reading) =>
        transport.json({
          method: 'GET',
          path: pathOf([...base, 'records', collection], pageQuery(reading)),
          headers: readingHeaders(reading),
          signal: reading.signal,
        }),
      // Under an id of our own making, so that a repeated attempt writes the same record.
      create: (data) => record<Data>(collection, newUuid()).put(data),
    }),
    ...createFiles(transport, base),
    export: (reading) =>
      transport.json({
        method: 'GET',
        path: pathOf([...base, 'export']),
        headers: readingHeaders(reading),
        timeoutMs: undefined,
        signal: reading.signal,
      }),
  };
}
