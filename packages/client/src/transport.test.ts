import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ObhutError } from './error.ts';
import { createObhut, type Obhut, type ObhutOptions } from './obhut.ts';
import { type StubServer, sendJson, sendProblem, startStub, stubToken } from './testing/stub-server.ts';

const customer = '11111111-1111-4111-8111-111111111111';
const person = '22222222-2222-4222-8222-222222222222';
const record = '33333333-3333-4333-8333-333333333333';

let stub: StubServer;
let obhut: Obhut;
const connect = (options: Partial<ObhutOptions> = {}) => createObhut({ url: stub.url, token: stubToken, ...options });

beforeEach(async () => {
  stub = await startStub();
  obhut = connect();
});
afterEach(() => stub.close());

async function failureOf(promise: Promise<unknown>): Promise<ObhutError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ObhutError)) throw new Error('not refused', { cause: error });
  return error;
}

const onePerson = () => obhut.customer(customer).person(person).record('files', record);

describe('what is asked', () => {
  it('reads a record for a purpose, and gives data, version and receipt', async () => {
    stub.answer((_request, response) => {
      sendJson(response, 200, { name: 'Åsa' }, { ETag: '"7"', 'Obhut-Receipt': 'log.example/a 3 x' });
    });
    const read = await onePerson().get({ purpose: 'service', reference: 'Fall 12/ü', onBehalfOf: 'nutzer@x' });
    expect(read).toEqual({ data: { name: 'Åsa' }, version: 7, receipt: 'log.example/a 3 x' });
    const [request] = stub.requests;
    expect(request?.url).toBe(`/v1/customers/${customer}/people/${person}/records/files/${record}`);
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${stubToken}`,
      'obhut-purpose': 'service',
      'obhut-reference': 'Fall%2012%2F%C3%BC',
      'obhut-on-behalf-of': 'nutzer%40x',
    });
  });

  it('writes on a condition', async () => {
    stub.answer((_request, response) => sendJson(response, 201, { record, version: 1 }, { 'Obhut-Receipt': 'r' }));
    const written = await onePerson().put({ name: 'x' }, { ifAbsent: true });
    expect(written).toEqual({ record, version: 1, created: true, receipt: 'r' });
    await onePerson().put({ name: 'y' }, { ifVersion: 1 });
    expect(stub.requests.map(({ headers }) => [headers['if-none-match'], headers['if-match']])).toEqual([
      ['*', undefined],
      [undefined, '"1"'],
    ]);
  });

  it('cannot be led to another path by an id', async () => {
    stub.answer((_request, response) => sendJson(response, 200, {}));
    await obhut.customer('../tokens?x=1#').get();
    expect(stub.requests[0]?.url).toBe('/v1/customers/..%2Ftokens%3Fx%3D1%23');
  });

  it('finds by a value that never stands in a URL', async () => {
    stub.answer((_request, response) => sendJson(response, 200, { matches: [], receipt: 'r' }));
    const lookup = { collection: 'files', field: 'email', value: 'geheim@example.org' };
    await obhut.customer(customer).records.find(lookup, { purpose: 'service' });
    expect(stub.requests[0]?.url).not.toContain('geheim');
    expect(JSON.parse(stub.requests[0]?.body ?? '')).toEqual(lookup);
  });

  it('opens a part of a file as a stream', async () => {
    stub.answer((_request, response) => {
      response.writeHead(206, { 'Obhut-File-Type': 'text%2Fplain', 'Obhut-Receipt': 'r', ETag: '"2"' }).end('part');
    });
    const file = await obhut
      .customer(customer)
      .person(person)
      .file(record)
      .get({ purpose: 'service', range: { start: 5 } });
    expect(stub.requests[0]?.headers.range).toBe('bytes=5-');
    expect(await new Response(file.body).text()).toBe('part');
    expect(file).toMatchObject({ type: 'text/plain', version: 2, receipt: 'r' });
  });

  it('takes no token that is none, and does not repeat it', () => {
    expect(() => connect({ token: 'password123' })).toThrow(TypeError);
    expect(() => connect({ token: 'password123' })).not.toThrow('password123');
    expect(() => connect({ url: 'file:///etc' })).toThrow(TypeError);
  });
});

describe('what is repeated', () => {
  it('waits as long as the server asks, then goes on', async () => {
    stub.answer((_request, response, count) => {
      if (count === 1) sendProblem(response, 503, 'journal_unavailable', {}, { 'Retry-After': '1' });
      else sendJson(response, 200, { purposes: [] });
    });
    const began = performance.now();
    expect(await obhut.purposes()).toEqual([]);
    expect(performance.now() - began).toBeGreaterThan(950);
  });

  it('does not wait for an hour', async () => {
    stub.answer((_request, response) => sendProblem(response, 503, 'unavailable', {}, { 'Retry-After': '3600' }));
    expect(await failureOf(obhut.purposes())).toMatchObject({ code: 'unavailable', status: 503 });
    expect(stub.requests).toHaveLength(1);
  });

  it('gives up after as many retries as it may', async () => {
    obhut = connect({ retries: 2 });
    stub.answer((_request, response) => sendProblem(response, 503, 'unavailable'));
    expect(await failureOf(obhut.purposes())).toMatchObject({ code: 'unavailable' });
    expect(stub.requests).toHaveLength(3);
  });

  it('comes again after a connection that broke in the middle of the answer', async () => {
    stub.answer((_request, response, count) => {
      if (count > 1) return sendJson(response, 200, { purposes: [{ code: 'service' }] });
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write('{"purposes":', () => response.destroy());
    });
    expect(await obhut.purposes()).toEqual([{ code: 'service' }]);
  });

  it('makes a person once, under one idempotency key', async () => {
    stub.answer((_request, response, count) => {
      if (count === 1) response.destroy();
      else sendJson(response, 201, { person, receipt: 'r' });
    });
    expect(await obhut.customer(customer).people.create()).toEqual({ person, receipt: 'r' });
    const keys = stub.requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(keys[1]).toBe(keys[0]);
  });

  it('does not make a token twice, but may ask again when it was not looked at', async () => {
    stub.answer((_request, response) => void response.destroy());
    expect(await failureOf(obhut.tokens.create({ name: 'x', actions: [] }))).toMatchObject({ code: 'unreachable' });
    expect(stub.requests).toHaveLength(1);
    stub.answer((_request, response, count) => {
      if (count === 2) sendProblem(response, 429, 'rate_limited', {}, { 'Retry-After': '0' });
      else sendJson(response, 201, { id: 'i', token: 't' });
    });
    expect(await obhut.tokens.create({ name: 'x', actions: [] })).toMatchObject({ token: 't' });
    expect(stub.requests).toHaveLength(3);
  });

  it('says that it does not know when a lost write meets its own version', async () => {
    stub.answer((_request, response, count) => {
      if (count === 1) response.destroy();
      else sendProblem(response, 412, 'version_mismatch');
    });
    expect(await failureOf(onePerson().put({}, { ifVersion: 3 }))).toMatchObject({
      code: 'outcome_unknown',
      status: 0,
    });
    stub.answer((_request, response) => sendProblem(response, 412, 'version_mismatch'));
    expect(await failureOf(onePerson().put({}, { ifVersion: 3 }))).toMatchObject({
      code: 'version_mismatch',
      status: 412,
    });
  });
});

describe('what fails', () => {
  it('names code, field and reason, never the token', async () => {
    const members = { field: '/birth_date', reason: 'must match format "date"' };
    stub.answer((_request, response) => sendProblem(response, 422, 'data_invalid', members));
    const error = await failureOf(onePerson().put({ birth_date: 'x' }));
    expect(error).toMatchObject({ code: 'data_invalid', status: 422, title: 'title of data_invalid', ...members });
    expect(error.message).toBe('title of data_invalid /birth_date: must match format "date" (data_invalid)');
    expect(JSON.stringify(error) + String(error.stack)).not.toContain(stubToken);
    expect(stub.requests).toHaveLength(1);
  });

  it('knows a proxy by its page', async () => {
    obhut = connect({ retries: 0, language: 'de' });
    stub.answer((_request, response) => void response.writeHead(502).end('<html>Bad Gateway'));
    expect(await failureOf(obhut.purposes())).toMatchObject({
      code: 'unreachable',
      status: 502,
      title: 'Obhut ist nicht erreichbar.',
    });
    stub.answer((_request, response) => void response.writeHead(200).end('<html>Welcome'));
    expect(await failureOf(obhut.purposes())).toMatchObject({ code: 'answer_invalid', status: 0 });
  });

  it('follows no redirect with token and data', async () => {
    const other = await startStub();
    obhut = connect({ retries: 0 });
    stub.answer((_request, response) => void response.writeHead(307, { Location: `${other.url}/v1/purposes` }).end());
    expect(await failureOf(obhut.purposes())).toMatchObject({ code: 'unreachable' });
    expect(other.requests).toHaveLength(0);
    await other.close();
  });

  it('ends with its time, or with the signal of the caller', async () => {
    stub.answer(() => {});
    obhut = connect({ retries: 0, timeoutMs: 100 });
    expect(await failureOf(obhut.purposes())).toMatchObject({ code: 'unreachable' });
    const stop = new AbortController();
    const reading = onePerson().get({ purpose: 'service', signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });
});
