import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSigner } from '../../proof/src/testing/receipt.ts';
import { createMemory } from './known-logs.ts';
import { createObhut } from './obhut.ts';
import { parseReceipt, ReceiptError } from './receipt.ts';
import { createStubLog, type StubLog } from './testing/stub-log.ts';
import { type StubServer, sendJson, sendProblem, startStub, stubToken } from './testing/stub-server.ts';

const id = '11111111-1111-4111-8111-111111111111';
const entry = (n: number) => ({ v: 1, kind: 'record.read', at: '2026-11-23T09:00:00.000Z', salt: `salt${n}` });
let stub: StubServer;
let log: StubLog;
/** Runs before each answer: a log that grows, or lies, at the worst moment. */
let before: (path: string) => void;

beforeEach(async () => {
  stub = await startStub();
  log = await createStubLog('log.example/log/ab');
  before = () => {};
  stub.answer(async ({ url }, response) => {
    const { pathname, searchParams } = new URL(url, stub.url);
    const path = pathname.slice(`/v1/customers/${id}`.length);
    before(path);
    const [, index] = /^\/journal\/(\d+)\/proof$/.exec(path) ?? [];
    if (path === '') {
      const { origin, key } = log;
      return sendJson(response, 200, {
        id,
        logs: {
          access: { origin, key, clockKey: '', generation: 1, earlier: [] },
          orders: { origin: 'o', key: 'k', clockKey: '', generation: 1, earlier: [] },
        },
      });
    }
    if (index !== undefined) return void response.end(await log.proof(Number(index)));
    if (path === '/journal/checkpoint') return void response.end(await log.checkpoint());
    if (path === '/journal/consistency')
      return sendJson(response, 200, await log.consistency(Number(searchParams.get('from'))));
    sendProblem(response, 404, 'not_found');
  });
});
afterEach(() => stub.close());

const connect = (keys: readonly string[] = [], knownLogs = createMemory()) =>
  createObhut({ url: stub.url, token: stubToken, keys, knownLogs, retries: 0 }).customer(id);

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'holds',
    (error: unknown) => (error instanceof ReceiptError ? error.code : `other: ${error}`),
  );
}

describe('a receipt', () => {
  it('holds against a pinned key, and gives the entry and the proof', async () => {
    const receipts = Array.from({ length: 9 }, (_, n) => log.append(entry(n)));
    const verified = await connect([log.key]).verifyReceipt(receipts[4] ?? '');
    expect(verified).toMatchObject({ index: 4n, size: 9n, firstContact: false, entry: entry(4), key: log.key });
    expect(verified.steps).toHaveLength(5);
    expect(verified.file).toMatch(/^c2sp\.org\/tlog-proof@v1\n/);
  });

  it('says so at first contact, and trusts the remembered key afterwards', async () => {
    const customer = connect();
    const receipt = log.append(entry(0));
    expect(await customer.verifyReceipt(receipt)).toMatchObject({ firstContact: true });
    expect(await customer.verifyReceipt(receipt)).toMatchObject({ firstContact: false });
    const impostor = await createStubLog(log.origin, await createSigner(log.origin));
    const forged = impostor.append(entry(0));
    log = impostor;
    expect(await codeOf(customer.verifyReceipt(forged))).toBe('signer_unknown');
  });

  it('holds while the log grows with every request', async () => {
    const customer = connect([log.key]);
    await customer.verifyReceipt(log.append(entry(0)));
    let n = 100;
    before = () => {
      if (n < 104) log.append(entry(n++));
    };
    for (let k = 1; k < 20; k += 1) log.append(entry(k));
    expect(await customer.verifyReceipt(log.append(entry(50)))).toMatchObject({ index: expect.any(BigInt) });
  });

  it('waits for an entry that is not under a checkpoint yet', async () => {
    const receipt = log.append(entry(0));
    const answer = stub.requests;
    let refused = 0;
    const proof = log.proof;
    log = { ...log, proof };
    stub.answer(async ({ url }, response) => {
      const { origin, key } = log;
      if (url.includes('/proof')) {
        refused += 1;
        if (refused === 1) return sendProblem(response, 409, 'not_yet');
        return void response.end(await proof(0));
      }
      if (url.includes('/checkpoint')) return void response.end(await log.checkpoint());
      sendJson(response, 200, {
        id,
        logs: {
          access: { origin, key, clockKey: '', generation: 1, earlier: [] },
          orders: { origin: 'o', key: 'k', clockKey: '', generation: 1, earlier: [] },
        },
      });
    });
    expect(await codeOf(connect().verifyReceipt(receipt))).toBe('holds');
    expect(answer.length).toBeGreaterThan(3);
  });

  it('fails when the log has another entry there', async () => {
    const receipt = log.append(entry(0));
    log.replace([entry(1)]);
    expect(await codeOf(connect([log.key]).verifyReceipt(receipt))).toBe('receipt_mismatch');
  });

  it('fails for a log that shrank, with the signed evidence', async () => {
    const customer = connect([log.key]);
    const receipt = log.append(entry(0));
    log.append(entry(1));
    await customer.verifyReceipt(receipt);
    log.replace([entry(0)]);
    const error = await customer.verifyReceipt(receipt).catch((reason: unknown) => reason);
    if (!(error instanceof ReceiptError)) throw new Error('not refused');
    expect(error.code).toBe('log_shrunk');
    expect(error.evidence).toHaveLength(3);
    expect(error.evidence[0]).toContain('\n2\n');
  });

  it('fails for a log that forked, at the same size and at a larger one', async () => {
    const customer = connect([log.key]);
    const receipt = log.append(entry(0));
    log.append(entry(1));
    await customer.verifyReceipt(receipt);
    log.replace([entry(0), entry(2)]);
    expect(await codeOf(customer.verifyReceipt(receipt))).toBe('log_forked');
    log.replace([entry(0), entry(2), entry(3), entry(4)]);
    expect(await codeOf(customer.verifyReceipt(receipt))).toBe('log_inconsistent');
  });

  it('fails when it is none, or of a log that is not known', async () => {
    const receipt = log.append(entry(0));
    expect(await codeOf(connect().verifyReceipt(`${receipt} `))).toBe('receipt_invalid');
    expect(await codeOf(connect().verifyReceipt(receipt.replace('/ab', '/cd')))).toBe('log_unknown');
    for (const text of ['', 'a b c', `a 01 ${'A'.repeat(43)}=`, `a 1 ${'A'.repeat(42)}B=`]) {
      expect(() => parseReceipt(text)).toThrow(ReceiptError);
    }
  });
});

describe('the journal', () => {
  it('is read page by page', async () => {
    stub.answer(({ url }, response) => {
      const after = Number(new URL(url, stub.url).searchParams.get('after'));
      const entries = [after + 1, after + 2].map((index) => ({ index, entry: entry(index) }));
      sendJson(response, 200, { entries, next: after < 3 ? after + 2 : null });
    });
    const indexes = await Array.fromAsync(connect().journal.entries({ log: 'orders', limit: 2 }), ({ index }) => index);
    expect(indexes).toEqual([0, 1, 2, 3, 4, 5]);
    expect(stub.requests.map(({ url }) => url.split('?')[1])).toEqual([
      'log=orders&after=-1&limit=2',
      'log=orders&after=1&limit=2',
      'log=orders&after=3&limit=2',
    ]);
  });
});
