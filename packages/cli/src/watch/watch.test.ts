/** `obhut watch` as a process of its own, beside a server that fails, falls silent and comes back. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMailbox } from '../../../server/src/testing/mailbox.ts';
import { type Folder, obhut, temporaryFolder } from '../testing/spawn.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
let folder: Folder;
let server: Server;
let url: string;
let ready: boolean;
let child: ChildProcess | undefined;
let said: string;

beforeEach(async () => {
  folder = temporaryFolder();
  ready = true;
  said = '';
  server = createServer((_request, response) => {
    response.writeHead(ready ? 200 : 503).end(JSON.stringify({ status: ready ? 'ready' : 'not ready' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(folder.path('wake'), `#!/bin/sh\ncat >> ${folder.path('woken')}\n`);
  chmodSync(folder.path('wake'), 0o700);
});
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child?.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
  server.close();
  server.closeAllConnections();
  folder.remove();
});

function watch(words: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const quick = ['--every', '1', '--looks', '2', '--silence', '2'];
  child = spawn(process.execPath, [main, 'watch', url, ...quick, ...words], {
    env: { PATH: process.env.PATH, ...env },
  });
  child.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
}
const woken = () =>
  existsSync(folder.path('woken'))
    ? readFileSync(folder.path('woken'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { event: string; code: string; url: string })
        .map(({ event, code }) => `${event} ${code}`)
    : [];
const seen = async (what: string) => expect.poll(woken, { timeout: 15_000 }).toContain(what);

describe('watching', { timeout: 60_000 }, () => {
  it('wakes when it is not ready, and says when it is again; ends when it is told to', async () => {
    watch(['--command', folder.path('wake')]);
    await expect.poll(() => said, { timeout: 15_000 }).toContain('watches');
    ready = false;
    await seen('opened not_ready');
    ready = true;
    await seen('resolved not_ready');
    expect(woken()).toEqual(['opened not_ready', 'resolved not_ready']);
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child?.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('wakes when nobody answers', async () => {
    watch(['--command', folder.path('wake')]);
    server.close();
    server.closeAllConnections();
    await seen('opened unreachable');
  });

  it('wakes when the heartbeat falls silent, though the server says that it is ready', async () => {
    watch(['--command', folder.path('wake'), '--listen', '127.0.0.1:0'], { OBHUT_WATCH_PATH: '/beat-4711' });
    await expect.poll(() => said, { timeout: 15_000 }).toMatch(/listens on port \d+/);
    const port = /port (\d+)/.exec(said)?.[1];
    const beat = (path: string) => fetch(`http://127.0.0.1:${port}${path}`).then(({ status }) => status);
    expect(await beat('/beat-4711')).toBe(204);
    await seen('opened heartbeat_silent');
    // What comes at another path is none.
    expect(await beat('/heartbeat')).toBe(404);
    const beating = setInterval(() => void beat('/beat-4711'), 300);
    await seen('resolved heartbeat_silent').finally(() => clearInterval(beating));
  });

  it('writes mails by a server of its own, and says where one did not arrive', async () => {
    const mailbox = await createMailbox();
    try {
      ready = false;
      watch(['--mail-to', 'night@example.org', '--command', folder.path('nothing-there')], {
        OBHUT_MAIL_HOST: '127.0.0.1',
        OBHUT_MAIL_PORT: String(mailbox.port),
        OBHUT_MAIL_SECURITY: 'none',
        OBHUT_MAIL_FROM: 'watch@example.org',
      });
      await expect
        .poll(() => mailbox.mails.map(({ text }) => text).join(), { timeout: 15_000 })
        .toContain('Subject: Obhut is not ready');
      expect(said).toContain('did not arrive');
    } finally {
      await mailbox.close();
    }
  });
});

describe('one look', () => {
  it('ends with 0 or 4', async () => {
    expect(await obhut(['watch', url, '--once'])).toMatchObject({ code: 0, out: 'Obhut is ready\n' });
    ready = false;
    expect(await obhut(['watch', url, '--once', '--json'])).toMatchObject({ code: 4, out: '{"status":"not_ready"}\n' });
  });

  it('without a way to wake anybody it does not begin', async () => {
    expect(await obhut(['watch', url])).toMatchObject({ code: 2 });
    expect(await obhut(['watch', url, '--command', 'wake'])).toMatchObject({ code: 2 });
    expect(await obhut(['watch', 'obhut.example', '--once'])).toMatchObject({ code: 2 });
    expect(await obhut(['watch', url, '--mail-to', 'a@example.org'])).toMatchObject({ code: 2 });
  });
});
