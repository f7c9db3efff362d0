/** Files at a folder and at a bucket that is down, slow, lying, empty, or keeps versions. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, it, vi } from 'vitest';
import { asId, type CustomerId, type PersonId } from '../../platform/ids/ids.ts';
import { createS3Site } from '../../platform/sites/s3-site.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createHouse, type House } from '../../testing/household.ts';
import { type S3Server, startS3 } from '../../testing/s3/server.ts';

let folder: string;
let server: S3Server;
let test: TestApp;
let house: House;
let person: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obhut-bucket-'));
  server = await startS3();
  const bucket = await createS3Site({
    settings: {
      name: 'far',
      country: 'DE',
      purposes: ['objects'],
      s3: { ...server, pathStyle: true, credentialsEnv: 'X' },
    },
    credentials: server.keys,
    allowedCountries: ['DE'],
    timeoutMs: 300,
  });
  test = await createTestApp({
    cluster: inject('cluster'),
    wrapSite: (site) => (site.name === 'far' ? bucket : site),
    settings: {
      objects: { quorum: 1 },
      sites: [
        { name: 'near', path: join(folder, 'near'), country: 'DE', purposes: ['objects', 'safe', 'ledger', 'heads'] },
        // Its place is taken by the bucket.
        { name: 'far', path: join(folder, 'far'), country: 'DE', purposes: ['objects'] },
      ],
    },
  });
  house = await createHouse(test.http);
  person = await house.person();
});
afterEach(async () => {
  vi.restoreAllMocks();
  server.fault = () => undefined;
  await test.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const stored = () => [...server.objects.keys()].filter((key) => !key.includes('/.obhut-'));
async function upload(content: string): Promise<string> {
  const url = `${house.base}/people/${person}/files/${randomUUID()}`;
  const answer = await test.http.put(url, content);
  expect(answer.status, answer.text).toBe(201);
  return url;
}
const found = async () =>
  (await test.app.custody.objects.compare()).map(({ code, subject, refs }) => ({ code, subject, ...refs }));

it.each(['down', 'denied', 'hang'] as const)(
  'a bucket that is %s holds no upload up where one site is enough, and gets it when it is back',
  { timeout: 60_000 },
  async (fault) => {
    await upload('before');
    expect(stored()).toHaveLength(1);
    server.fault = (operation) => (operation === 'put' ? fault : undefined);
    const url = await upload('meanwhile');
    expect(stored()).toHaveLength(1);
    expect(await test.app.custody.objects.heal()).toMatchObject({ healed: 0, waiting: 1 });
    server.fault = () => undefined;
    expect(await test.app.custody.objects.heal()).toMatchObject({ healed: 1, waiting: 0 });
    expect(stored()).toHaveLength(2);
    // And is read from there when the other one is gone.
    await rm(join(folder, 'near', 'objects'), { recursive: true });
    expect((await test.http.get(url)).text).toBe('meanwhile');
  },
);

it('a bucket that sends other bytes is passed over, and found', async () => {
  const url = await upload('as it was written');
  vi.spyOn(test.sites[0] as object as { size: () => Promise<undefined> }, 'size').mockResolvedValueOnce(undefined);
  server.fault = (operation, key) => (operation === 'get' && !key.includes('/.obhut-') ? 'lying' : undefined);
  // Only the bucket seems to have it, and its bytes do not open.
  expect((await test.http.get(url)).text).not.toContain('as it was written');
  expect((await test.http.get(url)).text).toBe('as it was written');
  let days = 0;
  for (let findings = await found(); findings.length === 0; findings = await found()) {
    days += 1;
    expect(days).toBeLessThan(30);
    await test.database.owner.query("update custody.object_reading set read_at = read_at - interval '1 day'");
  }
  server.fault = () => undefined;
  await test.app.custody.objects.heal();
  expect(await found()).toEqual([]);
});

it('a bucket that lists nothing is not believed', async () => {
  await upload('content');
  for (const object of server.objects.values()) object.modifiedAt = new Date(Date.now() - 2 * 3_600_000);
  server.fault = (operation) => (operation === 'list' ? 'empty' : undefined);
  expect(await found()).toEqual([{ code: 'site_lying', subject: 'far', different: 1 }]);
  expect(stored()).toHaveLength(1);
});

it('an empty bucket in the place of another is told of and left alone, until somebody accepts it', async () => {
  await upload('content');
  server.objects.clear();
  expect(await found()).toEqual([{ code: 'site_unmarked', subject: 'far', expected: 1 }]);
  expect(stored()).toEqual([]);
  server.objects.set('objects/.obhut-accept', { bytes: Buffer.alloc(0), modifiedAt: new Date() });
  expect(await found()).toEqual([{ code: 'site_differs', subject: 'far', missing: 1, healed: 1, waiting: 0, lost: 0 }]);
  expect(stored()).toHaveLength(1);
});

it('a bucket that keeps versions is named in the receipt: there nothing is gone', async () => {
  await upload('content');
  server.keepsVersions = true;
  const customer = asId<CustomerId>(house.customer);
  const wish = { customer, scope: 'person', person: asId<PersonId>(person) } as const;
  const { order } = await test.app.erasures.place(wish, 0, { kind: 'system', id: 'obhut' }, 'api');
  await test.app.erasures.rollOver();
  expect(await test.app.erasures.get(customer, order)).toMatchObject({ state: 'final', missed: ['far'] });
  server.keepsVersions = false;
  await test.app.erasures.tick();
  expect(await test.app.erasures.get(customer, order)).toMatchObject({ state: 'final', missed: [] });
  expect(stored()).toEqual([]);
});
