/** A small, strict S3 in this process, with faults: for tests of sites in buckets. It is no proof about any real one. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { wrongSignature } from './signature.ts';

export type Operation =
  | 'put'
  | 'get'
  | 'head'
  | 'delete'
  | 'list'
  | 'uploads'
  | 'begin'
  | 'part'
  | 'complete'
  | 'abort';

/**
 * `down`: 503; `denied`: 403; `hang`: no answer; `broken`: the connection ends within the answer; `lying`: other bytes of the
 * same length; `empty`: a listing without anything.
 */
export type BucketFault = 'down' | 'denied' | 'hang' | 'broken' | 'lying' | 'empty';

export interface S3Server {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly objects: Map<string, { readonly bytes: Buffer; modifiedAt: Date }>;
  /** Uploads in parts that are not over. */
  readonly open: ReadonlyMap<string, unknown>;
  readonly seen: { readonly operation: Operation; readonly key: string }[];
  /** Which operations fail from now on, and how. */
  fault: (operation: Operation, key: string) => BucketFault | undefined;
  /** As a bucket that keeps versions answers a deletion. */
  keepsVersions: boolean;
  close(): Promise<void>;
}

interface Upload {
  readonly key: string;
  readonly startedAt: Date;
  readonly parts: Map<number, Buffer>;
}

const smallestPart = 5 * 1_048_576;
const pageKeys = 7;
const etagOf = (bytes: Buffer) => `"${createHash('md5').update(bytes).digest('hex')}"`;
const escaped = (text: string) => text.replace(/[&<>]/g, (one) => `&#${one.charCodeAt(0)};`);
const xml = (name: string, content: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`;

class Refused extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

function operationOf(method: string, key: string, query: URLSearchParams): Operation {
  if (key === '') {
    if (method === 'GET' && query.get('list-type') === '2') return 'list';
    if (method === 'GET' && query.has('uploads')) return 'uploads';
  } else if (query.has('uploadId')) {
    if (method === 'PUT' && query.has('partNumber')) return 'part';
    if (method === 'POST') return 'complete';
    if (method === 'DELETE') return 'abort';
  } else {
    if (method === 'POST' && query.has('uploads')) return 'begin';
    const simple = ({ PUT: 'put', GET: 'get', HEAD: 'head', DELETE: 'delete' } as const)[method];
    if (simple !== undefined) return simple;
  }
  throw new Refused(501, 'NotImplemented');
}

export async function startS3(): Promise<S3Server> {
  const objects: S3Server['objects'] = new Map();
  const uploads = new Map<string, Upload>();
  const bucket = 'obhut-test';
  const region = 'eu-central-1';
  const keys = { accessKeyId: 'AKTEST', secretAccessKey: 'a-secret-of-the-tests' };

  function uploadOf(query: URLSearchParams, key: string): Upload {
    const upload = uploads.get(query.get('uploadId') ?? '');
    if (upload?.key !== key) throw new Refused(404, 'NoSuchUpload');
    return upload;
  }

  function rangeOf(request: IncomingMessage, length: number): readonly [number, number] | undefined {
    if (request.headers.range === undefined) return undefined;
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range) ?? [];
    if (first === undefined || last === undefined) throw new Refused(501, 'NotImplemented');
    if (Number(first) > Number(last) || Number(first) >= length) throw new Refused(416, 'InvalidRange');
    return [Number(first), Math.min(Number(last), length - 1)];
  }

  function complete(upload: Upload, body: Buffer): Buffer {
    const named = [...body.toString().matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
      etag: /<ETag>(.*?)</.exec(part)?.[1]?.replaceAll('&quot;', '"'),
    }));
    if (named.length === 0) throw new Refused(400, 'MalformedXML');
    return Buffer.concat(
      named.map(({ number, etag }, i) => {
        const part = upload.parts.get(number);
        if (part === undefined || etagOf(part) !== etag) throw new Refused(400, 'InvalidPart');
        if (i > 0 && number <= (named[i - 1]?.number ?? 0)) throw new Refused(400, 'InvalidPartOrder');
        if (i < named.length - 1 && part.length < smallestPart) throw new Refused(400, 'EntityTooSmall');
        return part;
      }),
    );
  }

  function listing(query: URLSearchParams, isEmpty: boolean): string {
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? '';
    const all = isEmpty ? [] : [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const page = all.slice(0, Math.min(pageKeys, Number(query.get('max-keys') ?? pageKeys)));
    const content = page.map((key) => {
      const { bytes, modifiedAt } = objects.get(key) ?? { bytes: Buffer.alloc(0), modifiedAt: new Date() };
      return `<Contents><Key>${escaped(key)}</Key><LastModified>${modifiedAt.toISOString()}</LastModified><ETag>${etagOf(bytes)}</ETag><Size>${bytes.length}</Size></Contents>`;
    });
    const isTruncated = all.length > page.length;
    return xml(
      'ListBucketResult',
      `<Name>${bucket}</Name><KeyCount>${page.length}</KeyCount><IsTruncated>${isTruncated}</IsTruncated>${
        isTruncated ? `<NextContinuationToken>${escaped(page.at(-1) ?? '')}</NextContinuationToken>` : ''
      }${content.join('')}`,
    );
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [path = '', search = ''] = (request.url ?? '').split('?');
    const query = new URLSearchParams(search);
    const [, named, ...rest] = path.split('/');
    const key = decodeURIComponent(rest.join('/'));
    const wrong = wrongSignature(request, body, keys, region);
    if (wrong !== undefined) throw new Refused(403, wrong);
    if (named !== bucket) throw new Refused(404, 'NoSuchBucket');
    const operation = operationOf(request.method ?? '', key, query);
    server.seen.push({ operation, key });
    const fault = server.fault(operation, key);
    if (fault === 'hang') return;
    if (fault === 'down') throw new Refused(503, 'SlowDown');
    if (fault === 'denied') throw new Refused(403, 'AccessDenied');
    const text = (content: string) => response.setHeader('content-type', 'application/xml').end(content);

    switch (operation) {
      case 'put': {
        const { 'if-none-match': condition } = request.headers;
        if (condition !== undefined && condition !== '*') throw new Refused(501, 'NotImplemented');
        if (condition === '*' && objects.has(key)) throw new Refused(412, 'PreconditionFailed');
        objects.set(key, { bytes: body, modifiedAt: new Date() });
        response.setHeader('etag', etagOf(body)).end();
        return;
      }
      case 'get':
      case 'head': {
        const found = objects.get(key);
        if (found === undefined) throw new Refused(404, 'NoSuchKey');
        const range = operation === 'get' ? rangeOf(request, found.bytes.length) : undefined;
        const part = range === undefined ? found.bytes : found.bytes.subarray(range[0], range[1] + 1);
        if (range !== undefined) {
          response.statusCode = 206;
          response.setHeader('content-range', `bytes ${range[0]}-${range[1]}/${found.bytes.length}`);
        }
        response.setHeader('etag', etagOf(found.bytes));
        response.setHeader('last-modified', found.modifiedAt.toUTCString());
        response.setHeader('content-length', part.length);
        if (operation === 'head') response.end();
        else if (fault === 'broken') {
          response.write(part.subarray(0, part.length / 2));
          setImmediate(() => response.destroy());
        } else response.end(fault === 'lying' ? Buffer.from(part.map((byte) => byte ^ 1)) : part);
        return;
      }
      case 'delete':
        objects.delete(key);
        response.statusCode = 204;
        if (server.keepsVersions) response.setHeader('x-amz-delete-marker', 'true');
        response.end();
        return;
      case 'list':
        text(listing(query, fault === 'empty'));
        return;
      case 'uploads':
        text(
          xml(
            'ListMultipartUploadsResult',
            [...uploads]
              .filter(([, upload]) => upload.key.startsWith(query.get('prefix') ?? ''))
              .map(
                ([id, upload]) =>
                  `<Upload><Key>${escaped(upload.key)}</Key><UploadId>${id}</UploadId><Initiated>${upload.startedAt.toISOString()}</Initiated></Upload>`,
              )
              .join(''),
          ),
        );
        return;
      case 'begin': {
        const id = randomUUID();
        uploads.set(id, { key, startedAt: new Date(), parts: new Map() });
        text(xml('InitiateMultipartUploadResult', `<Key>${escaped(key)}</Key><UploadId>${id}</UploadId>`));
        return;
      }
      case 'part':
        uploadOf(query, key).parts.set(Number(query.get('partNumber')), body);
        response.setHeader('etag', etagOf(body)).end();
        return;
      case 'complete': {
        const bytes = complete(uploadOf(query, key), body);
        uploads.delete(query.get('uploadId') ?? '');
        objects.set(key, { bytes, modifiedAt: new Date() });
        text(xml('CompleteMultipartUploadResult', `<Key>${escaped(key)}</Key><ETag>${etagOf(bytes)}</ETag>`));
        return;
      }
      case 'abort':
        uploadOf(query, key);
        uploads.delete(query.get('uploadId') ?? '');
        response.statusCode = 204;
        response.end();
    }
  }

  const http = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const { status, code } = error instanceof Refused ? error : new Refused(500, 'InternalError');
      response.statusCode = status;
      response.setHeader('content-type', 'application/xml');
      response.end(request.method === 'HEAD' ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const server: S3Server = {
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    bucket,
    region,
    keys,
    objects,
    open: uploads,
    seen: [],
    fault: () => undefined,
    keepsVersions: false,
    close: () =>
      new Promise((resolve) => {
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };
  return server;
}
