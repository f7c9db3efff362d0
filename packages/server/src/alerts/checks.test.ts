/** The checks themselves: break the thing, see it found, mend it, see it gone. */

import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderSite, type Site } from '../platform/sites/site.ts';
import { createTestClock } from '../testing/clock.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createJobs } from './jobs.ts';
import { siteChecks } from './site-checks.ts';

const hourMs = 3_600_000;
const clock = createTestClock();

describe('sites', () => {
  let folder: string;
  let sites: readonly Site[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'obhut-sites-'));
    sites = await Promise.all(
      ['a', 'b'].map((name) =>
        createFolderSite({ name, path: join(folder, name), country: 'DE', purposes: ['objects', 'heads'] }, ['DE']),
      ),
    );
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const found = async (name: string) => {
    const check = siteChecks(sites, async () => []).find((one) => one.name === name);
    return (await check?.run())?.map(({ code, subject, refs }) => ({ code, subject, ...refs }));
  };

  it('that are gone are found, and those that are back are not', async () => {
    expect(await found('sites')).toEqual([]);
    renameSync(join(folder, 'b'), join(folder, 'away'));
    expect(await found('sites')).toEqual([{ code: 'site_unreachable', subject: 'b' }]);
    renameSync(join(folder, 'away'), join(folder, 'b'));
    expect(await found('sites')).toEqual([]);
  });

  it('are compared by whoever knows what should lie there', async () => {
    const finding = { code: 'site_differs', subject: 'a', refs: { missing: 1 } } as const;
    const check = siteChecks(sites, async () => [finding]).find(({ name }) => name === 'objects');
    expect(await check?.run()).toEqual([finding]);
  });
});

describe('regular work', () => {
  it('is late when it has not succeeded for three times its interval', () => {
    const jobs = createJobs(clock);
    jobs.expect('upkeep', hourMs);
    clock.advance(3 * hourMs);
    expect(jobs.findings()).toEqual([]);
    clock.advance(60_000);
    expect(jobs.findings()).toEqual([{ code: 'job_late', subject: 'upkeep', refs: { minutes: 181 } }]);
    jobs.done('upkeep');
    expect(jobs.findings()).toEqual([]);
  });
});

describe('the heartbeat', () => {
  let server: Server;
  let status: number;
  let beats: { method: string | undefined; body: string }[];
  let url: string;
  beforeEach(async () => {
    status = 200;
    beats = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        beats.push({ method: request.method, body });
        response.writeHead(status, { location: '/elsewhere' }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/beat`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('beats in its time, and not while something is wrong', async () => {
    const heart = createHeartbeat({ url, method: 'GET', everySeconds: 60 }, clock, '1.0');
    await heart.run(true);
    await heart.run(true);
    expect(beats).toEqual([{ method: 'GET', body: '' }]);
    clock.advance(60_000);
    await heart.run(false);
    expect(beats).toHaveLength(1);
    await heart.run(true);
    expect(beats).toHaveLength(2);
  });

  it('says by POST when and which version, and nothing else', async () => {
    await createHeartbeat({ url, method: 'POST', everySeconds: 60 }, clock, '1.0').run(true);
    expect(JSON.parse(beats[0]?.body ?? '')).toEqual({ status: 'well', at: clock.now().toISOString(), version: '1.0' });
  });

  it.each([[500], [302]])('that is answered with %i three times is a finding, until it arrives', async (answer) => {
    const heart = createHeartbeat({ url, method: 'GET', everySeconds: 60 }, clock, '1.0');
    status = answer;
    for (let beat = 0; beat < 3; beat += 1) {
      expect(heart.findings()).toEqual([]);
      await heart.run(true);
      clock.advance(60_000);
    }
    expect(heart.findings()).toEqual([{ code: 'heartbeat_failed', refs: { reason: 'refused' } }]);
    expect(beats).toHaveLength(3);
    status = 204;
    await heart.run(true);
    expect(heart.findings()).toEqual([]);
  });
});
