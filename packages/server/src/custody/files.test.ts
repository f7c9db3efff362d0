import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createHouse, type House } from '../testing/household.ts';

let test: TestApp;
let house: House;

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster') });
  house = await createHouse(test.http);
});
afterAll(() => test.close());

const fileUrl = (person: string, file: string = randomUUID()) => `${house.base}/people/${person}/files/${file}`;
const objectsAt = (site: number) => test.sites[site]?.list('objects') ?? [];

describe('a file', () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 131_072, 3_000_001])('of %i bytes comes back whole', async (bytes) => {
    const content = randomBytes(bytes);
    const url = fileUrl(await house.person());
    const stored = await test.http.put(url, content, {
      headers: { 'obhut-file-name': encodeURIComponent('Größe.bin') },
    });
    expect(stored.status).toBe(201);
    expect(stored.json()).toMatchObject({ version: 1, bytes });
    const read = await test.http.get(url);
    expect(read.status).toBe(200);
    expect(read.bytes.equals(content)).toBe(true);
    expect(read.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'obhut-file-name': encodeURIComponent('Größe.bin'),
      'obhut-file-type': encodeURIComponent('application/octet-stream'),
      'content-length': String(bytes),
    });
  });

  it('without a content type or a body is an empty file', async () => {
    const url = fileUrl(await house.person());
    const stored = await test.http.call('PUT', url, { headers: { 'content-length': '0' } });
    expect(stored.status).toBe(201);
    expect((await test.http.get(url)).bytes.length).toBe(0);
  });

  it('is read by range, over segment borders, from the end, and refused outside', async () => {
    const content = randomBytes(200_000);
    const url = fileUrl(await house.person());
    await test.http.put(url, content);
    for (const [range, first, last] of [
      ['bytes=0-0', 0, 0],
      ['bytes=65530-65545', 65_530, 65_545],
      ['bytes=65536-131071', 65_536, 131_071],
      ['bytes=199990-', 199_990, 199_999],
      ['bytes=199990-999999', 199_990, 199_999],
      ['bytes=-7', 199_993, 199_999],
      ['bytes=-999999', 0, 199_999],
    ] as const) {
      const part = await test.http.get(url, { headers: { range } });
      expect(part.status, range).toBe(206);
      expect(part.headers['content-range']).toBe(`bytes ${first}-${last}/200000`);
      expect(part.bytes.equals(content.subarray(first, last + 1)), range).toBe(true);
    }
    for (const range of ['bytes=200000-', 'bytes=9-3', 'bytes=-0'])
      expect((await test.http.get(url, { headers: { range } })).json(), range).toMatchObject({
        status: 416,
        code: 'range_invalid',
        bytes: 200_000,
      });
    for (const range of ['bytes=a-b', 'lines=1-2', 'bytes=0-1,4-5'])
      expect((await test.http.get(url, { headers: { range } })).status, range).toBe(200);
  });

  it('lies at every site while it is there, in its newest version only, and at none once it is ordered away', async () => {
    const before = [await objectsAt(0), await objectsAt(1)];
    const person = await house.person();
    const url = fileUrl(person);
    await test.http.put(url, 'first');
    expect((await test.http.put(url, 'second', { headers: { 'if-match': '"7"' } })).json()).toMatchObject({
      code: 'version_mismatch',
      version: 1,
    });
    const replaced = await test.http.put(url, 'second', { headers: { 'if-match': '"1"' } });
    expect(replaced.json()).toMatchObject({ version: 2, bytes: 6 });
    expect((await test.http.get(url)).text).toBe('second');
    for (const [site, names] of before.entries()) expect((await objectsAt(site)).length).toBe(names.length + 1);

    const listed = await test.http.get(`${house.base}/people/${person}/files`);
    expect(listed.json()).toMatchObject({ files: [{ version: 2, bytes: 6, type: 'application/octet-stream' }] });

    expect((await test.http.delete(url)).json()).toMatchObject({ scope: 'file', state: 'ordered' });
    for (const [site, names] of before.entries())
      expect([...(await objectsAt(site))].sort()).toEqual([...names].sort());
    expect((await test.http.get(url)).status).toBe(404);
  });

  it('leaves nothing behind when the upload is refused', async () => {
    const before = await objectsAt(0);
    const unknown = await test.http.put(fileUrl(randomUUID()), 'x');
    expect(unknown.status).toBe(404);
    expect(await objectsAt(0)).toEqual(before);
  });

  it('over the limit is refused and not kept, also when its length was not told', async () => {
    const small = await createTestApp({
      cluster: inject('cluster'),
      settings: {
        limits: { recordBytes: 1_048_576, fileBytes: 100_000, signInsPerNetwork: 30, requestsPerSecond: 20_000 },
      },
    });
    try {
      const home = await createHouse(small.http);
      const address = await small.app.server.listen({ port: 0 });
      const url = `${home.base}/people/${await home.person()}/files/${randomUUID()}`;
      expect((await small.http.put(url, randomBytes(100_001))).status).toBe(413);
      const chunks = new ReadableStream({
        pull(controller) {
          controller.enqueue(new Uint8Array(30_000));
        },
      });
      const told = await fetch(`${address}${url}`, {
        method: 'PUT',
        body: chunks,
        duplex: 'half',
        headers: { authorization: `Bearer ${small.token.text}`, 'content-type': 'application/octet-stream' },
      } as RequestInit).then(
        (answer) => answer.status,
        () => 'closed',
      );
      expect([413, 'closed']).toContain(told);
      expect(await small.sites[0]?.list('objects')).toEqual([]);
    } finally {
      await small.close();
    }
  });
});

describe('what is on the disk', () => {
  it('holds neither the content nor the name, and hides the exact length', async () => {
    const url = fileUrl(await house.person());
    const marker = `marker ${randomUUID()} `;
    const before = new Set(await objectsAt(0));
    await test.http.put(url, marker.repeat(3_000), { headers: { 'obhut-file-name': 'befund.pdf' } });
    const [added = ''] = (await objectsAt(0)).filter((name) => !before.has(name));
    const raw = await test.sites[0]?.read('objects', added);
    expect(raw?.includes(marker.trim())).toBe(false);
    const rows = await test.database.owner.query<{ row: string }>('select f::text as row from custody.file f');
    expect(rows.some(({ row }) => row.includes('befund'))).toBe(false);
    const [one, two] = [fileUrl(await house.person()), fileUrl(await house.person())];
    const sizes: (number | undefined)[] = [];
    for (const [target, bytes] of [
      [one, 100_400],
      [two, 102_300],
    ] as const) {
      const seen = new Set(await objectsAt(0));
      await test.http.put(target, randomBytes(bytes));
      const [name = ''] = (await objectsAt(0)).filter((candidate) => !seen.has(candidate));
      sizes.push(await test.sites[0]?.size('objects', name));
    }
    expect(sizes[0]).toBe(sizes[1]);
  });
});
