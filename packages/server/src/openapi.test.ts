/** The API's own description, as somebody who writes a client in another language reads it. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { apiTypes, type Paths } from './testing/api-types.ts';
import { createTestApp, type TestApp } from './testing/app.ts';

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly required?: boolean }[];
  readonly security?: readonly object[];
}

let test: TestApp;
let paths: Record<string, Record<string, Operation>>;
beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster') });
  paths = JSON.parse((await test.app.server.inject('/api/openapi.json')).body).paths;
});
afterAll(() => test.close());

const headers = (path: string, method: string) =>
  (paths[path]?.[method]?.parameters ?? []).filter((one) => one.in === 'header');
const record = '/v1/customers/{customer}/people/{person}/records/{collection}/{record}';

it('names the purpose, and that it is required, wherever personal data can leave', () => {
  expect(headers(record, 'get')).toContainEqual(expect.objectContaining({ name: 'obhut-purpose', required: true }));
  expect(headers('/v1/customers/{customer}/export', 'get').map(({ name }) => name)).toContain('obhut-grant');
  expect(headers('/v1/customers', 'get')).toEqual([]);
});

it('names the headers with which a write is made safe to repeat', () => {
  expect(headers(record, 'put').map(({ name }) => name)).toEqual(['if-match', 'if-none-match']);
  expect(headers('/v1/customers/{customer}/people', 'post').map(({ name }) => name)).toEqual([
    'obhut-exported-at',
    'idempotency-key',
  ]);
});

it('asks for a token only where one is taken', () => {
  expect(paths['/page.json']?.get?.security).toEqual([]);
  expect(paths['/v1/session']?.get?.security).toEqual([]);
  expect(paths[record]?.get?.security).toBeUndefined();
});

const sdk = [
  'GET /v1/customers',
  'POST /v1/customers',
  'GET /v1/customers/{customer}',
  'GET /v1/customers/{customer}/collections',
  'PUT /v1/customers/{customer}/collections/{collection}',
  'GET /v1/customers/{customer}/people',
  'POST /v1/customers/{customer}/people',
  'PUT /v1/customers/{customer}/people/{person}/records/{collection}/{record}',
  'DELETE /v1/customers/{customer}/people/{person}/records/{collection}/{record}',
  'GET /v1/customers/{customer}/people/{person}/records/{collection}',
  'POST /v1/customers/{customer}/records/get',
  'POST /v1/customers/{customer}/records/find',
  'PUT /v1/customers/{customer}/people/{person}/files/{file}',
  'GET /v1/customers/{customer}/people/{person}/files',
  'GET /v1/customers/{customer}/people/{person}/export',
  'POST /v1/customers/{customer}/erasures',
  'POST /v1/customers/{customer}/erasures/preview',
  'GET /v1/customers/{customer}/erasures',
  'GET /v1/customers/{customer}/erasures/{order}',
  'GET /v1/customers/{customer}/journal',
  'GET /v1/customers/{customer}/journal/consistency',
  'GET /v1/tokens',
  'POST /v1/tokens',
  'GET /v1/purposes',
];

it('is what the types of the client are checked against', async () => {
  await expect(apiTypes(paths as Paths, sdk)).toMatchFileSnapshot('../../client/src/generated/api.ts');
});
