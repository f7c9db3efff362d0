import { ownError } from './error.ts';
import { type Reading, readingHeaders, versionOf } from './read.ts';
import { type Body, pathOf, type Transport } from './transport.ts';
import type { ErasureOrder, FileList, Id, StoredFile } from './types.ts';
import { newUuid } from './uuid.ts';

export interface FileContent {
  /** A media type, such as `application/pdf`. */
  readonly type: string;
  readonly name?: string | undefined;
  /** The `at` of the export that it comes from; refused with `ordered_away` where it was erased since. */
  readonly exportedAt?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FileReading extends Reading {
  /** Bytes from `start` to `end`, both included. */
  readonly range?: { readonly start: number; readonly end?: number } | undefined;
}

export interface OpenFile {
  readonly body: ReadableStream<Uint8Array>;
  readonly type: string;
  /** Bytes of this answer, where the server says so. */
  readonly bytes: number | undefined;
  readonly version: number | undefined;
  readonly receipt: string;
}

export interface FileHandle {
  readonly id: Id;
  /** The content as a stream: it is read while it is opened, piece by piece. */
  get(reading: FileReading): Promise<OpenFile>;
  /** A stream is sent once; text, bytes and a Blob are repeated after a failure. */
  put(body: Body, content: FileContent): Promise<StoredFile>;
  delete(): Promise<ErasureOrder>;
}

export interface Files {
  list(reading: Reading): Promise<FileList>;
  /** Stores a new file under a new random id. */
  create(body: Body, content: FileContent): Promise<StoredFile>;
}

export interface FilesOfPerson {
  readonly files: Files;
  file(file: Id): FileHandle;
}

export function createFiles(transport: Transport, person: readonly string[]): FilesOfPerson {
  function file(id: Id): FileHandle {
    const path = pathOf([...person, 'files', id]);
    return {
      id,
      async get(reading) {
        const { range, signal } = reading;
        const headers = {
          ...readingHeaders(reading),
          Range: range === undefined ? undefined : `bytes=${range.start}-${range.end ?? ''}`,
        };
        const response = await transport.open({ method: 'GET', path, headers, signal });
        const receipt = response.headers.get('Obhut-Receipt');
        if (response.body === null || receipt === null) throw ownError('answer_invalid', transport.language);
        const length = response.headers.get('Content-Length');
        return {
          body: response.body,
          // The type of the stored file; Content-Type is always one that no browser would run.
          type: decodeURIComponent(response.headers.get('Obhut-File-Type') ?? 'application/octet-stream'),
          bytes: length === null ? undefined : Number(length),
          version: versionOf(response.headers.get('ETag')),
          receipt,
        };
      },
      put(body, { type, name, exportedAt, signal }) {
        const headers = {
          'Content-Type': type,
          'Obhut-File-Name': name === undefined ? undefined : encodeURIComponent(name),
          'Obhut-Exported-At': exportedAt,
        };
        return transport.json({ method: 'PUT', path, headers, body, timeoutMs: undefined, signal });
      },
      delete: () => transport.json({ method: 'DELETE', path, unclearAfterLoss: [404, 409] }),
    };
  }
  return {
    file,
    files: {
      list: (reading) =>
        transport.json({
          method: 'GET',
          path: pathOf([...person, 'files']),
          headers: readingHeaders(reading),
          signal: reading.signal,
        }),
      create: (body, content) => file(newUuid()).put(body, content),
    },
  };
}
