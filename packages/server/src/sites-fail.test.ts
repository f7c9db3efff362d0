/** A site that is full or broken: uploads are refused and leave nothing, logs are not signed, and both go on afterwards. */
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { ObjectWriter, Site } from './platform/sites/site.ts';
import { createTestApp, type TestApp } from './testing/app.ts';
import { createHouse, type House } from './testing/household.ts';

let test: TestApp;
let house: House;
let person: string;
beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster') });
  house = await createHouse(test.http);
  person = await house.person();
});
afterAll(() => test.close());
afterEach(() => vi.restoreAllMocks());

const failure = (code: string) => Object.assign(new Error(`${code}: write`), { code });
const siteOf = (number: number): Site => {
  const site = test.sites[number];
  if (site === undefined) throw new Error(`no site ${number}`);
  return site;
};
const objects = async () => Promise.all(test.sites.map(async (site) => (await readdir(site.folder('objects'))).sort()));

/** Lets uploads to a site fail at this step. */
function breakUploads(site: Site, step: keyof ObjectWriter | 'open', code: string): void {
  const real = site.writer.bind(site);
  vi.spyOn(site, 'writer').mockImplementation(async (purpose, name) => {
    if (step === 'open') throw failure(code);
    const writer = await real(purpose, name);
    return {
      ...writer,
      [step]: async () => {
        throw failure(code);
      },
    };
  });
}

describe('an upload', () => {
  const cases = [0, 1].flatMap((site) =>
    (['open', 'write', 'commit'] as const).flatMap((step) =>
      (['ENOSPC', 'EIO'] as const).map((code) => [site, step, code] as const),
    ),
  );
  it.each(cases)(
    'to site %i that fails at %s with %s is refused, and the old content stays',
    async (at, step, code) => {
      const url = `${house.base}/people/${person}/files/${randomUUID()}`;
      expect((await test.http.put(url, 'old content')).status).toBe(201);
      const before = await objects();
      breakUploads(siteOf(at), step, code);
      const answer = await test.http.put(url, 'new content');
      expect(answer.status, answer.text).toBe(503);
      expect(answer.text).not.toMatch(/ENOSPC|EIO|write|\/tmp/);
      expect((await test.http.get(url)).text).toBe('old content');
      expect(await objects()).toEqual(before);
      vi.restoreAllMocks();
      expect((await test.http.put(url, 'new content')).status).toBe(200);
      expect((await test.http.get(url)).text).toBe('new content');
    },
  );
});

describe('an object that a site cannot remove', () => {
  it.each(['DELETE', 'PUT'] as const)(
    'does not make a %s that is done look undone; the hourly sweep takes the object',
    async (method) => {
      const url = `${house.base}/people/${person}/files/${randomUUID()}`;
      const before = await objects();
      expect((await test.http.put(url, 'old content')).status).toBe(201);
      const held = (await objects())[0]?.filter((name) => !before[0]?.includes(name)) ?? [];
      expect(held).toHaveLength(1);
      vi.spyOn(siteOf(0), 'remove').mockRejectedValue(failure('EIO'));
      const answer = method === 'PUT' ? await test.http.put(url, 'new content') : await test.http.delete(url);
      expect(answer.status, answer.text).toBe(method === 'PUT' ? 200 : 202);
      expect((await objects())[0]).toEqual(expect.arrayContaining(held));
      expect((await objects())[1]).not.toEqual(expect.arrayContaining(held));
      vi.restoreAllMocks();
      vi.spyOn(siteOf(0), 'modifiedAt').mockResolvedValue(new Date(Date.now() - 2 * 3_600_000));
      expect(await test.app.custody.files.sweep()).toBe(1);
      expect((await objects())[0]).not.toEqual(expect.arrayContaining(held));
    },
  );
});

describe('heads that cannot be written', () => {
  const log = async () => {
    const found = await test.app.journal.logs.of(await test.app.customers.operator(), 'operator');
    if (found === undefined) throw new Error('the operator has a log');
    return found;
  };
  const size = async () => (await test.app.journal.read.signedTree(await log()))?.size ?? 0;
  const readiness = async () => (await test.http.get('/readyz', { token: null })).status;
  const something = () => test.app.customers.create(`c-${randomUUID()}`, { kind: 'system', id: 'obhut' });
  /** The newest size of the log that the site knows of. */
  async function known(site: Site): Promise<number> {
    const lines = (await site.read('heads', 'node-0.ndjson'))?.toString().trimEnd().split('\n') ?? [];
    const { id } = await log();
    return Math.max(
      ...lines
        .map((line) => JSON.parse(line) as { log?: string; size?: number })
        .map((one) => (one.log === id ? (one.size ?? 0) : 0)),
    );
  }

  it.each(['ENOSPC', 'EIO'])(
    'anywhere, with %s: nothing is published, readiness says so, and later it goes on',
    async (code) => {
      await test.app.journal.integrator.round();
      const signed = await size();
      for (const number of [0, 1])
        for (const way of ['append', 'replace'] as const)
          vi.spyOn(siteOf(number), way).mockRejectedValue(failure(code));
      await something();
      await expect.poll(readiness, { timeout: 10_000 }).toBe(503);
      expect(await size()).toBe(signed);
      vi.restoreAllMocks();
      await expect.poll(readiness, { timeout: 10_000 }).toBe(200);
      await expect.poll(size, { timeout: 10_000 }).toBeGreaterThan(signed);
      expect((await test.app.journal.fsck()).findings).toEqual([]);
    },
  );

  it('at one site hold nothing up: the other has them, and what it missed it gets when it is back', async () => {
    await test.app.journal.integrator.round();
    const before = await size();
    const away = ['append', 'replace', 'list', 'read'] as const;
    for (const way of away) vi.spyOn(siteOf(1), way).mockRejectedValue(failure('EIO'));
    await something();
    await expect.poll(size, { timeout: 10_000 }).toBeGreaterThan(before);
    expect(await readiness()).toBe(200);
    expect((await test.app.journal.fsck()).findings).toEqual([]);
    vi.restoreAllMocks();
    expect(await known(siteOf(1))).toBe(before);
    await something();
    await expect.poll(() => known(siteOf(1)), { timeout: 10_000 }).toBeGreaterThan(before);
    await expect
      .poll(async () => (await known(siteOf(1))) === (await known(siteOf(0))), { timeout: 10_000 })
      .toBe(true);
  });

  it('are not needed of every site at a start, but of one', async () => {
    const away = ['append', 'replace', 'create', 'writer', 'list', 'read', 'size', 'removeUnfinished'] as const;
    for (const way of away) vi.spyOn(siteOf(1), way).mockRejectedValue(failure('EIO') as never);
    const second = await test.start('node-1');
    expect(second.trouble()).toBeUndefined();
    const other = test.httpOf(1);
    expect((await other.get(`${house.base}/people/${person}/files`)).status).toBe(200);
    for (const way of away) vi.spyOn(siteOf(0), way).mockRejectedValue(failure('EIO') as never);
    await expect(test.start('node-2')).rejects.toThrow();
  });
});
