/** A bucket as a site, against a strict server of our own: what a real one does besides is not shown here. */
import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BucketFault, type Operation, type S3Server, startS3 } from '../../testing/s3/server.ts';
import type { SiteSettings } from '../config/settings.ts';
import { createS3Site } from './s3-site.ts';
import type { Site } from './site.ts';

let server: S3Server;
let site: Site;
beforeEach(async () => {
  server = await startS3();
  site = await open();
});
afterEach(() => server.close());

const settings = (more: Partial<SiteSettings> = {}): SiteSettings => ({
  name: 'far',
  country: 'DE',
  purposes: ['objects', 'backups'],
  s3: {
    endpoint: server.endpoint,
    bucket: server.bucket,
    region: server.region,
    prefix: 'obhut',
    pathStyle: true,
    credentialsEnv: 'X',
  },
  ...more,
});

async function open(more: { readonly secretAccessKey?: string; readonly country?: string } = {}): Promise<Site> {
  const { secretAccessKey = server.keys.secretAccessKey, country = 'DE' } = more;
  const of = settings({ country });
  if (of.s3 === undefined) throw new Error('it is a bucket');
  return createS3Site({
    settings: { ...of, s3: of.s3 },
    credentials: { accessKeyId: server.keys.accessKeyId, secretAccessKey },
    allowedCountries: ['DE'],
    timeoutMs: 500,
  });
}

async function bytesOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** From now on this operation fails so. */
const fail = (operation: Operation, fault: BucketFault) => {
  server.fault = (one) => (one === operation ? fault : undefined);
};

describe('a bucket', () => {
  it('keeps what it is given, under its purpose, and gives back the whole or a part', async () => {
    await site.create('backups', 'p-1', Buffer.from('content'));
    expect([...server.objects.keys()]).toEqual(['obhut/backups/p-1']);
    expect(String(await site.read('backups', 'p-1'))).toBe('content');
    expect(String(await bytesOf(site.stream('backups', 'p-1', 1, 3)))).toBe('ont');
    expect(await site.size('backups', 'p-1')).toBe(7);
    expect(await site.modifiedAt('backups', 'p-1')).toBeInstanceOf(Date);
    for (const nothing of [site.read('objects', 'p-1'), site.size('objects', 'p-1'), site.modifiedAt('objects', 'p-1')])
      expect(await nothing).toBeUndefined();
    await site.remove('backups', 'p-1');
    await site.remove('backups', 'p-1');
    expect(server.objects.size).toBe(0);
  });

  it('creates a name once, however many try, and replaces only when it is told to', async () => {
    const tries = await Promise.allSettled(
      Array.from({ length: 5 }, (_, i) => site.create('backups', 'one', Buffer.from(`${i}`))),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(site.create('backups', 'one', Buffer.from('other'))).rejects.toMatchObject({ code: 'EEXIST' });
    await site.replace('backups', 'one', Buffer.from('other'));
    expect(String(await site.read('backups', 'one'))).toBe('other');
  });

  it('lists page by page, each purpose by itself, without its notes', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `p-${String(i).padStart(3, '0')}`);
    for (const name of names) await site.create('backups', name, Buffer.from(name));
    await site.create('objects', 'other', Buffer.from('x'));
    expect(await site.noteOnce('backups', 'mark', 'first')).toBe('first');
    expect(await site.noteOnce('backups', 'mark', 'second')).toBe('first');
    expect(await site.list('backups')).toEqual(names);
    expect([...(await site.sizes('objects'))]).toEqual([['other', 1]]);
    expect(server.seen.filter(({ operation }) => operation === 'list').length).toBeGreaterThan(5);
    await site.forgetNote('backups', 'mark');
    expect(await site.note('backups', 'mark')).toBeUndefined();
  });

  it.each([0, 5, 8 * 1_048_576 - 1, 8 * 1_048_576, 21 * 1_048_576 + 3])(
    'takes a stream of %i bytes, which has its name only when it is whole',
    async (length) => {
      const content = randomBytes(length);
      const writer = await site.writer('objects', 'large');
      for (let at = 0; at < length; at += 65_564) await writer.write(content.subarray(at, at + 65_564));
      expect(await site.list('objects')).toEqual([]);
      await writer.commit();
      const stored = server.objects.get('obhut/objects/large')?.bytes ?? Buffer.alloc(0);
      expect(createHash('sha256').update(stored).digest()).toEqual(createHash('sha256').update(content).digest());
      expect(server.open.size).toBe(0);
    },
  );

  it('keeps nothing of what was broken off, and sweeps what a killed writer left', async () => {
    const begin = async (name: string) => {
      const writer = await site.writer('objects', name);
      await writer.write(randomBytes(9 * 1_048_576));
      return writer;
    };
    await (await begin('aborted')).abort();
    expect(server.open.size).toBe(0);
    await begin('killed');
    // A large file is on its way for hours: when it was begun says little.
    const hoursMs = 3_600_000;
    expect(await site.removeUnfinished('objects', new Date(Date.now() + 20 * hoursMs))).toBe(0);
    expect(await site.removeUnfinished('objects', new Date(Date.now() + 25 * hoursMs))).toBe(1);
    expect([server.open.size, server.objects.size]).toEqual([0, 0]);
  });
});

describe('a bucket that', () => {
  const everything: readonly (readonly [Operation, (at: Site) => Promise<unknown>])[] = [
    ['put', (at) => at.create('objects', 'x', Buffer.from('x'))],
    ['get', (at) => at.read('objects', 'x')],
    ['get', (at) => bytesOf(at.stream('objects', 'x', 0, 3))],
    ['head', (at) => at.size('objects', 'x')],
    ['list', (at) => at.list('objects')],
    ['delete', (at) => at.remove('objects', 'x')],
  ];
  beforeEach(() => void server.objects.set('obhut/objects/x', { bytes: randomBytes(300_000), modifiedAt: new Date() }));

  it.each(everything.flatMap((one) => (['down', 'denied', 'hang'] as const).map((fault) => [fault, ...one] as const)))(
    'is %s at %s fails like a disk, and says nothing that was sent',
    { timeout: 20_000 },
    async (fault, operation, work) => {
      fail(operation, fault);
      const error = (await work(site).then(
        () => undefined,
        (one: unknown) => one,
      )) as (Error & { code: string }) | undefined;
      expect(error?.code).toBe(fault === 'denied' ? 'EACCES' : 'EIO');
      expect(error?.message).toMatch(/^site far, /);
      expect(JSON.stringify(error)).not.toContain(server.keys.secretAccessKey);
    },
  );

  it('breaks off within an answer fails, and is never taken for the end', async () => {
    fail('get', 'broken');
    await expect(bytesOf(site.stream('objects', 'x', 0, 299_999))).rejects.toMatchObject({ code: 'EIO' });
    await expect(site.read('objects', 'x')).rejects.toMatchObject({ code: 'EIO' });
  });

  it('keeps versions erases nothing: what it calls deleted is not called gone', async () => {
    server.keepsVersions = true;
    await expect(site.remove('objects', 'x')).rejects.toMatchObject({ code: 'EVERSIONS' });
    // Of backups it may keep what it wants.
    await site.create('backups', 'p-1', Buffer.from('x'));
    await site.remove('backups', 'p-1');
  });

  it('knows other keys takes nothing', async () => {
    const stranger = await open({ secretAccessKey: 'another secret' });
    await expect(stranger.create('objects', 'y', Buffer.from('x'))).rejects.toMatchObject({ code: 'EACCES' });
    expect([...server.objects.keys()]).toEqual(['obhut/objects/x']);
  });

  it('is in another country is refused before anything is sent', async () => {
    await expect(open({ country: 'US' })).rejects.toMatchObject({ code: 'country_refused' });
    expect(server.seen).toEqual([]);
  });

  it('is on this machine is no other place; elsewhere it is', async () => {
    expect(await site.ground()).toBe('here');
    server = Object.assign(server, { endpoint: 'https://s3.example.org' });
    expect(await (await open()).ground()).toBe('network:s3.example.org');
  });

  it('is not for safes, and nothing can be appended to it', async () => {
    expect(() => site.folder('objects')).toThrow(TypeError);
    await expect(site.append('objects', 'x', Buffer.from('x'))).rejects.toThrow(TypeError);
    await expect(async () => site.read('safe', 'x')).rejects.toThrow('not for safe');
  });
});
