import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseVerifierKey, verifyTlogProof } from '@obhut/proof';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { systemClock } from '../platform/clock/clock.ts';
import { SecretKey } from '../platform/crypto/key.ts';
import { type CustomerId, newId } from '../platform/ids/ids.ts';
import { createSecretStore } from '../platform/secrets/secrets.ts';
import { createFolderSite, type Site } from '../platform/sites/site.ts';
import { createTestDatabase, type TestDatabase } from '../testing/cluster.ts';
import type { Entry } from './entry.ts';
import { createJournal, type Journal } from './journal.ts';
import { createSigner } from './sign.ts';

const entry = (): Entry => ({
  kind: 'record.read',
  at: new Date(),
  actor: { kind: 'system', id: 'obhut' },
  outcome: 'authorised',
});

let folder: string;
let database: TestDatabase;
let site: Site;
let journal: Journal;
const rootKey = SecretKey.generate();

async function openJournal(node = 'a'): Promise<Journal> {
  const secrets = await createSecretStore(rootKey, join(folder, 'secrets'));
  return createJournal({
    database: database.app,
    flushDatabase: database.app,
    sites: [site],
    signer: await createSigner(secrets, systemClock),
    clock: systemClock,
    host: 'obhut.example',
    node,
  });
}

async function newCustomer(): Promise<CustomerId> {
  const customer = newId<CustomerId>();
  await database.app.transaction(async (connection) => {
    await journal.logs.create(connection, customer, 'access');
    await journal.logs.create(connection, customer, 'orders');
  });
  return customer;
}

const append = (customer: CustomerId, fence?: number) =>
  journal.append({ customer, log: 'access', entry: entry(), ...(fence !== undefined && { fence }) });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obhut-journal-'));
  database = await createTestDatabase(inject('cluster'));
  site = await createFolderSite({ name: 'a', path: join(folder, 'a'), country: 'DE', purposes: ['heads'] }, ['DE']);
  journal = await openJournal();
});

afterEach(async () => {
  await journal.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

describe('append', () => {
  it('numbers a thousand concurrent entries of several customers without a gap', async () => {
    const customers = await Promise.all([newCustomer(), newCustomer(), newCustomer()]);
    const results = await Promise.all(Array.from({ length: 1_200 }, (_, i) => append(customers[i % 3] as CustomerId)));
    for (const customer of customers) {
      const { origin } = (await journal.logs.of(customer, 'access')) ?? {};
      const indexes = results
        .flatMap((result) =>
          result.state === 'appended' && result.position.origin === origin ? [result.position.index] : [],
        )
        .sort((a, b) => a - b);
      expect(indexes).toEqual(Array.from({ length: 400 }, (_, i) => i));
    }
    expect(journal.statistics().flushes).toBeLessThan(100);
  });

  it('stays gap-free and free of deadlocks with two servers on one database', async () => {
    const other = await openJournal('b');
    const customers = await Promise.all(Array.from({ length: 5 }, newCustomer));
    const jobs = Array.from({ length: 1_000 }, (_, i) => {
      const request = { customer: customers[i % 5] as CustomerId, log: 'access', entry: entry() } as const;
      return (i % 2 === 0 ? journal : other).append(request);
    });
    await Promise.all(jobs);
    await journal.integrator.round();
    expect(await journal.fsck()).toMatchObject({ entries: 1_000, findings: [] });
    await other.close();
  });

  it('can be checked while it grows and is signed: each log as it was at one moment', async () => {
    const customer = await newCustomer();
    let isDone = false;
    const writing = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (!isDone) await append(customer);
      }),
    );
    const signing = (async () => {
      while (!isDone) await journal.integrator.round();
    })();
    for (let look = 0; look < 25; look += 1) expect((await journal.fsck()).findings).toEqual([]);
    isDone = true;
    await Promise.all([writing, signing]);
  });

  it('leaves out an item with an old fence and takes its neighbours', async () => {
    const customer = await newCustomer();
    const stale = append(customer, 7);
    const current = append(customer, 0);
    expect(await stale).toEqual({ state: 'stale' });
    expect(await current).toMatchObject({ state: 'appended', position: { index: 0 } });
    await database.app.transaction((connection) => journal.raiseFence(connection, customer));
    expect(await append(customer, 0)).toEqual({ state: 'stale' });
    expect(await append(customer, 1)).toMatchObject({ state: 'appended', fence: 1 });
  });

  it('fails only the poisonous item among a thousand', async () => {
    const customer = await newCustomer();
    const rider = {
      name: 'poison',
      async apply(
        connection: { query(text: string, values: readonly string[][]): Promise<unknown> },
        payloads: readonly string[],
      ) {
        // A NUL in a text is SQLSTATE 22021 and aborts the whole statement.
        await connection.query('select length(t) from unnest($1::text[]) as t', [[...payloads]]);
        return payloads.map(() => true);
      },
    };
    const results = await Promise.allSettled(
      Array.from({ length: 1_000 }, (_, i) =>
        journal.append({
          customer,
          log: 'access',
          entry: entry(),
          rider: { rider, payload: i === 617 ? 'a\u0000b' : 'fine' },
        }),
      ),
    );
    const failed = results.flatMap((result, i) =>
      result.status === 'rejected' ? [[i, result.reason.code, result.reason.sqlState]] : [],
    );
    expect(failed).toEqual([[617, 'item_refused', '22021']]);
    await journal.integrator.round();
    expect(await journal.fsck()).toMatchObject({ entries: 999, findings: [] });
  });

  it('writes no entry for what a rider declines', async () => {
    const customer = await newCustomer();
    const rider = {
      name: 'odd',
      apply: async (_: unknown, payloads: readonly number[]) => payloads.map((n) => n % 2 === 1),
    };
    const results = await Promise.all(
      [1, 2, 3].map((payload) =>
        journal.append({ customer, log: 'access', entry: entry(), rider: { rider, payload } }),
      ),
    );
    expect(results.map(({ state }) => state)).toEqual(['appended', 'declined', 'appended']);
    expect(results.flatMap((result) => (result.state === 'appended' ? [result.position.index] : []))).toEqual([0, 1]);
  });

  it('knows no log of an unknown customer', async () => {
    expect(await append(newId())).toEqual({ state: 'no-log' });
  });
});

describe('proofs', () => {
  it('lets an entry be verified offline with the pinned key, and rejects every changed byte', async () => {
    const customer = await newCustomer();
    await Promise.all(Array.from({ length: 300 }, () => append(customer)));
    await journal.integrator.round();
    const log = await journal.logs.of(customer, 'access');
    if (log === undefined) throw new Error('no log');
    const file = Buffer.from((await journal.read.proof(log, 217)) ?? '');
    const keys = [parseVerifierKey(journal.verifierKey(log.origin))];
    const verified = await verifyTlogProof({ file, keys });
    expect(verified.index).toBe(217n);
    for (let position = 0; position < file.length; position += 7) {
      const changed = Buffer.from(file);
      changed[position] = (changed[position] ?? 0) ^ 1;
      await expect(verifyTlogProof({ file: changed, keys }), `byte ${position}`).rejects.toThrow();
    }
  });

  it('names a changed entry and a changed tile, and serves neither', async () => {
    const customer = await newCustomer();
    await Promise.all(Array.from({ length: 600 }, () => append(customer)));
    await journal.integrator.round();
    const log = await journal.logs.of(customer, 'access');
    if (log === undefined) throw new Error('no log');
    await database.owner.query("update journal.entry set body = body || ' ' where idx = 5 and log_id = $1", [log.id]);
    await expect(journal.read.proof(log, 5)).rejects.toMatchObject({ code: 'journal_damaged' });
    await database.owner.query(
      'update journal.tile set hashes = overlay(hashes placing $2 from 33) where log_id = $1 and level = 0 and n = 1',
      [log.id, Buffer.from([1])],
    );
    await expect(journal.read.proof(log, 300)).rejects.toMatchObject({ code: 'journal_damaged' });
    await expect(journal.read.tile(log, { level: 0, index: 1n, width: 256 })).rejects.toMatchObject({
      code: 'journal_damaged',
    });
    await database.owner.query(
      'update journal.tile set hashes = overlay(hashes placing $2 from 9) where log_id = $1 and level = 1',
      [log.id, Buffer.from([1])],
    );
    await expect(journal.read.tile(log, { level: 1, index: 0n, width: 2 })).rejects.toMatchObject({
      code: 'journal_damaged',
    });
    const { findings } = await journal.fsck();
    expect(findings.map(({ problem }) => problem)).toEqual(
      expect.arrayContaining(['entry 5 does not have its leaf hash', 'tile 0/1 was changed']),
    );
  });

  it('refuses the app to change or delete an entry', async () => {
    const customer = await newCustomer();
    await append(customer);
    await expect(database.app.query('update journal.entry set leaf = body')).rejects.toMatchObject({ code: '42501' });
    await expect(database.app.query('delete from journal.entry')).rejects.toMatchObject({ code: '42501' });
  });
});

describe('never fork', () => {
  it('starts again over its own database', async () => {
    const customer = await newCustomer();
    await append(customer);
    await journal.integrator.round();
    const again = await openJournal();
    await again.neverFork();
    await again.close();
  });

  it('refuses a database that lost entries, and goes on in a new generation', async () => {
    const customer = await newCustomer();
    await journal.neverFork();
    await Promise.all(Array.from({ length: 20 }, () => append(customer)));
    await journal.integrator.round();
    await database.owner.query('delete from journal.entry where idx >= 15');
    await database.owner.query('update journal.head set next = 15 where next > 15');
    await database.owner.query('delete from journal.tile');
    await database.owner.query("update journal.tree set size = 0, root = sha256(''::bytea)");
    const again = await openJournal();
    await expect(again.neverFork()).rejects.toMatchObject({ code: 'journal_forked' });
    expect(await again.openGenerations('restored')).toBe(2);
    const log = await again.logs.of(customer, 'access');
    expect(log?.origin).toMatch(/\/gen-2$/);
    await again.neverFork();
    await again.integrator.round();
    const [first] = log === undefined ? [] : await again.read.entries(log, -1, 1);
    expect(JSON.parse(first?.body.toString() ?? '')).toMatchObject({
      kind: 'journal.generation',
      refs: { reason: 'restored', size: 20 },
    });
    await again.close();
  });

  it('refuses a database whose signed entries were replaced', async () => {
    const customer = await newCustomer();
    await journal.neverFork();
    await Promise.all(Array.from({ length: 3 }, () => append(customer)));
    await journal.integrator.round();
    const leaf = Buffer.alloc(32, 1);
    await database.owner.query('update journal.entry set leaf = $1 where idx = 1', [leaf]);
    await database.owner.query('delete from journal.tile');
    await database.owner.query("update journal.tree set size = 0, root = sha256(''::bytea)");
    const again = await openJournal();
    await expect(again.neverFork()).rejects.toMatchObject({ code: 'journal_forked' });
    await again.close();
  });
});
