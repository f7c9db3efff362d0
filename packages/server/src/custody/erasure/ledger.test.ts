/** The ledger costs the same however long it is, and believes no line that it did not sign. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { SecretKey } from '../../platform/crypto/key.ts';
import { type CustomerId, type KeyId, newId, type OrderId } from '../../platform/ids/ids.ts';
import { createSecretStore } from '../../platform/secrets/secrets.ts';
import type { Site } from '../../platform/sites/site.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/cluster.ts';
import { testSites } from '../../testing/server.ts';
import { testSettings } from '../../testing/settings.ts';
import { createLedger, type Ledger, type OrderFact } from './ledger.ts';

const file = 'erasures.ndjson';
let folder: string;
let database: TestDatabase;
let sites: readonly Site[];
let ledger: Ledger;
/** Of the ledger, at all sites. */
let bytesRead: number;

const newLedger = async () =>
  createLedger(database.app, sites, await createSecretStore(SecretKey.from(Buffer.alloc(32, 7)), join(folder, 's')));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obhut-ledger-'));
  database = await createTestDatabase(inject('cluster'));
  sites = (await testSites(testSettings(), folder)).map((site) => ({
    ...site,
    stream(purpose, name, from, toInclusive) {
      bytesRead += toInclusive - from + 1;
      return site.stream(purpose, name, from, toInclusive);
    },
  }));
  ledger = await newLedger();
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

const fact = (): OrderFact => ({
  kind: 'ordered',
  order: newId<OrderId>(),
  customer: newId<CustomerId>(),
  scope: 'person',
  at: '2026-11-25T12:00:00.000Z',
  keys: [newId<KeyId>()],
});
const contentOf = async (site: Site | undefined) => (await site?.read('ledger', file))?.toString() ?? '';

it('reads only what is new, however long it is', async () => {
  await ledger.append(Array.from({ length: 2_000 }, fact));
  bytesRead = 0;
  for (let i = 0; i < 20; i += 1) await ledger.append([fact()]);
  expect(bytesRead).toBeLessThan(20 * 2 * 1_000);
  const lines = await (await newLedger()).lines();
  expect(lines.map(({ n }) => n)).toEqual(Array.from({ length: 2_020 }, (_, n) => n));
});

it('goes on behind what another server has written', async () => {
  const other = await newLedger();
  for (let i = 0; i < 5; i += 1) {
    await ledger.append([fact()]);
    await other.append([fact(), fact()]);
  }
  expect(await ledger.lines()).toHaveLength(15);
  expect(await ledger.check()).toEqual({ lines: 15, sites: 2, behind: 0 });
});

describe('a site', () => {
  it('that was cut off in the middle of a line, or is new, is caught up', async () => {
    await ledger.append([fact(), fact()]);
    const [first, second] = sites;
    await first?.append('ledger', file, Buffer.from('{"v":1,"n":2,"ki'));
    await second?.remove('ledger', file);
    await ledger.append([fact()]);
    expect(await contentOf(first)).toBe(await contentOf(second));
    expect(await ledger.lines()).toHaveLength(3);
  });

  it('that is behind is not the one that is believed; where all are, nothing is written', async () => {
    await ledger.append([fact()]);
    const old = await contentOf(sites[0]);
    await ledger.append([fact()]);
    await sites[0]?.replace('ledger', file, Buffer.from(old));
    expect(await (await newLedger()).lines()).toHaveLength(2);
    await sites[1]?.replace('ledger', file, Buffer.from(old));
    await expect(ledger.append([fact()])).rejects.toMatchObject({ code: 'ledger_unavailable' });
    await expect((await newLedger()).lines()).rejects.toMatchObject({ code: 'ledger_too_old' });
  });
});

describe('lines of somebody else', () => {
  it.each([
    ['without a signature', (last: string) => `${last}\n`],
    ['with the signature of another line', (last: string, of: string) => `${last}\t${of}\n`],
  ])('%s do not count, and are written over', async (_, forged) => {
    await ledger.append([fact()]);
    const [row = ''] = (await contentOf(sites[0])).split('\n');
    const [body = '', signature = ''] = row.split('\t');
    const before = createHash('sha256').update(row).digest('hex');
    const line = JSON.stringify({ ...(JSON.parse(body) as object), n: 1, before });
    for (const site of sites) await site.append('ledger', file, Buffer.from(forged(line, signature)));
    expect(await (await newLedger()).lines()).toHaveLength(1);
    await ledger.append([fact()]);
    const lines = await (await newLedger()).lines();
    expect(lines).toHaveLength(2);
    expect(await contentOf(sites[0])).not.toContain(line);
  });

  it('in the middle end what is believed there', async () => {
    await ledger.append([fact(), fact(), fact()]);
    const [one = '', two = '', three = ''] = (await contentOf(sites[0])).split('\n');
    const changed = [one, two.replace('"scope":"person"', '"scope":"record"'), three, ''].join('\n');
    await sites[0]?.replace('ledger', file, Buffer.from(changed));
    expect(await ledger.check()).toEqual({ lines: 3, sites: 2, behind: 1 });
    expect(await (await newLedger()).lines()).toMatchObject([{}, {}, {}].map(() => ({ scope: 'person' })));
  });
});
