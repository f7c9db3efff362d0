import { Type } from 'typebox';
import { Problem } from '../../platform/http/problem.ts';
import { personParams, receipt, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { asId } from '../../platform/ids/ids.ts';
import type { Custody } from '../custody.ts';
import type { FilePlace } from '../file-place.ts';
import { callOf, exportedAtOf, streamOf, versionWanted } from './call-of.ts';
import { orderShape, sendOrder } from './records.ts';

const fileParams = Type.Object({ customer: uuid('the customer'), person: uuid('the person'), file: uuid('the file') });

const placeOf = (params: { readonly customer: string; readonly person: string; readonly file: string }): FilePlace => ({
  customer: asId(params.customer),
  person: asId(params.person),
  file: asId(params.file),
});

/** `bytes=first-last`, one range (RFC 9110, section 14.1.2). Others are answered with the whole file. */
function rangeOf(
  header: string | undefined,
  bytes: number,
): { readonly first: number; readonly last: number } | undefined {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined;
  const first = from === '' ? Math.max(bytes - Number(to), 0) : Number(from);
  const last = from === '' || to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
  if (first > last || (from === '' && to === '0')) throw new Problem('range_invalid', { members: { bytes } });
  return { first, last };
}

function fileName(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  try {
    const text = decodeURIComponent(String(header));
    if (text.length <= 255) return text;
  } catch {
    // falls through to the refusal
  }
  throw new Problem('input_invalid', {
    field: 'header obhut-file-name',
    reason: 'percent-encoded, at most 255 characters',
  });
}

/** Registered in a scope of its own, where every body is a stream. */
export function fileRoutes(server: HttpServer, { files, orders }: Custody, fileBytes: number): void {
  const url = '/v1/customers/:customer/people/:person/files/:file';

  server.put(
    url,
    {
      config: { guard: 'files:write' },
      bodyLimit: fileBytes,
      schema: {
        summary: 'Store a file, streamed',
        description:
          'Any content type. The name goes, percent-encoded, into Obhut-File-Name; name, type and exact length are sealed.',
        tags: ['files'],
        params: fileParams,
        response: {
          200: Type.Object({ file: uuid('the file'), version: Type.Integer(), bytes: Type.Integer() }),
          201: Type.Object({ file: uuid('the file'), version: Type.Integer(), bytes: Type.Integer() }),
        },
      },
    },
    async (request, reply) => {
      const place = placeOf(request.params);
      const ifVersion = versionWanted(request);
      const exportedAt = exportedAtOf(request);
      const upload = {
        content: streamOf(request.body),
        name: fileName(request.headers['obhut-file-name']),
        type: (request.headers['content-type'] ?? 'application/octet-stream').slice(0, 200),
        ...(ifVersion !== undefined && { ifVersion }),
        ...(exportedAt !== undefined && { exportedAt }),
      };
      const stored = await files.put(place, upload, callOf(request));
      reply.header('etag', `"${stored.version}"`).header('obhut-receipt', stored.receipt);
      return reply
        .code(stored.version === 1 ? 201 : 200)
        .send({ file: place.file, version: stored.version, bytes: stored.bytes });
    },
  );

  server.get(
    url,
    {
      config: { guard: 'files:read', releases: true },
      schema: { summary: 'Read a file, whole or by range', tags: ['files'], params: fileParams },
    },
    async (request, reply) => {
      const opened = await files.open(placeOf(request.params), callOf(request));
      const range = rangeOf(request.headers.range, opened.meta.bytes);
      const length = range === undefined ? opened.meta.bytes : range.last - range.first + 1;
      reply.headers({
        // Never a type that a browser would run: what is stored is somebody's upload.
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment',
        'obhut-file-type': encodeURIComponent(opened.meta.type),
        ...(opened.meta.name !== undefined && { 'obhut-file-name': encodeURIComponent(opened.meta.name) }),
        'accept-ranges': 'bytes',
        'content-length': String(length),
        etag: `"${opened.version}"`,
        'obhut-receipt': opened.receipt,
      });
      if (range !== undefined)
        reply.code(206).header('content-range', `bytes ${range.first}-${range.last}/${opened.meta.bytes}`);
      return reply.send(opened.read(range));
    },
  );

  server.delete(
    url,
    {
      config: { guard: 'files:delete' },
      schema: { summary: 'Order a file away', tags: ['files'], params: fileParams, response: { 202: orderShape } },
    },
    async (request, reply) => {
      const { customer, person, file } = placeOf(request.params);
      const placed = await orders.place(
        { scope: 'file', customer, person, object: file },
        callOf(request),
        versionWanted(request),
      );
      if (placed.removedObject !== undefined) await files.removeObject(placed.removedObject);
      return sendOrder(reply, placed);
    },
  );

  server.get(
    '/v1/customers/:customer/people/:person/files',
    {
      config: { guard: 'files:read', releases: true },
      schema: {
        summary: "List a person's files",
        tags: ['files'],
        params: personParams,
        response: {
          200: Type.Object({
            files: Type.Array(
              Type.Object({
                file: uuid('the file'),
                version: Type.Integer(),
                name: Type.Optional(Type.String()),
                type: Type.String(),
                bytes: Type.Integer(),
              }),
            ),
            receipt,
          }),
        },
      },
    },
    async (request, reply) => {
      const listed = await files.list(asId(request.params.customer), asId(request.params.person), callOf(request));
      return reply.header('obhut-receipt', listed.receipt).send({ files: [...listed.files], receipt: listed.receipt });
    },
  );
}
