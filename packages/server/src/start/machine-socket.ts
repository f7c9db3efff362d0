/**
 * A unix socket for whoever owns this machine: the first token is made here. It is in a folder that only this user (and
 * root) can enter, so being able to connect is the proof.
 */

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { App } from '../app.ts';
import { actions } from '../identity/tokens.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { toProblem } from '../platform/http/errors.ts';
import { problemBody } from '../platform/http/problem.ts';
import type { Drills } from '../practices/recovery/drill/drills.ts';

export interface MachineSocket {
  readonly path: string;
  close(): Promise<void>;
}

const maxBodyBytes = 4_096;
const firstTokenDays = 365;

export async function openMachineSocket(
  app: App,
  url: string,
  clock: Clock,
  requestsPerSecond: number,
  rehearsed: (found: unknown) => Promise<boolean>,
  drills: Pick<Drills, 'ask'> | undefined,
): Promise<MachineSocket> {
  const folder = await mkdtemp(join(tmpdir(), 'obhut-'));
  const path = join(folder, 'machine.sock');
  let issuing: Promise<unknown> = Promise.resolve();

  async function init(again: boolean): Promise<{ status: number; body: unknown }> {
    const living = (await app.tokens.list()).filter(({ revokedAt }) => revokedAt === undefined);
    if (living.length > 0 && !again)
      return {
        status: 409,
        body: {
          code: 'already_initialised',
          title: 'There is a token already. Use it, or ask with --again.',
          status: 409,
        },
      };
    const { id, text } = await app.office.issue(
      {
        name: 'operator',
        customer: undefined,
        actions: [...actions],
        requestsPerSecond,
        expiresAt: new Date(clock.now().getTime() + firstTokenDays * 86_400_000),
        madeBy: undefined,
      },
      { kind: 'system', id: 'machine' },
    );
    return { status: 201, body: { token: text, id, url } };
  }

  async function recoverOwner(): Promise<{ status: number; body: unknown }> {
    const step = await app.identity.recovery.ask();
    switch (step.state) {
      case 'no-owner':
        return { status: 404, body: { code: 'no_owner', title: 'There is no owner yet.', status: 404 } };
      case 'waiting':
        return { status: 202, body: { availableAt: step.availableAt.toISOString() } };
      case 'ready':
        return { status: 201, body: { link: `${url}/einladung#${step.secret}` } };
    }
  }

  async function alarmTest(route: unknown): Promise<{ status: number; body: unknown }> {
    const results = await app.alerts.test(typeof route === 'string' ? route : undefined);
    if (results.length === 0)
      return { status: 404, body: { code: 'no_route', title: 'There is no such route for alarms.', status: 404 } };
    return {
      status: 200,
      body: { results: results.map(({ failure, ...result }) => ({ ...result, failure: failure ?? null })) },
    };
  }

  /** It takes as long as a restore; whoever asked waits. */
  async function drill(site: unknown): Promise<{ status: number; body: unknown }> {
    if (drills === undefined)
      return {
        status: 409,
        body: { code: 'drill_impossible', title: 'Only the embedded database can be drilled.', status: 409 },
      };
    const end = await drills.ask(typeof site === 'string' ? site : undefined);
    if (end === undefined)
      return { status: 409, body: { code: 'drill_running', title: 'A drill is under way.', status: 409 } };
    return { status: 200, body: end };
  }

  async function answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    if (
      request.method !== 'POST' ||
      !['/init', '/recover-owner', '/alarm-test', '/kit-rehearsed', '/drill'].includes(request.url ?? '')
    )
      return { status: 404, body: { code: 'not_found', status: 404 } };
    const body = JSON.parse((await read(request)) || '{}') as { again?: unknown; route?: unknown; site?: unknown };
    if (request.url === '/drill') return drill(body.site);
    if (request.url === '/alarm-test') return alarmTest(body.route);
    if (request.url === '/recover-owner') return recoverOwner();
    if (request.url === '/kit-rehearsed')
      return (await rehearsed(body))
        ? { status: 201, body: {} }
        : { status: 409, body: { code: 'kit_wrong', title: 'The kit is not of this installation.', status: 409 } };
    // One after the other: two that ask together must not both be the first.
    const mine = issuing.then(() => init(body.again === true));
    issuing = mine.catch(() => undefined);
    return mine;
  }

  const server: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
    answer(request)
      .catch((error: unknown) => {
        const problem = toProblem(error);
        return { status: problem.status, body: problemBody(problem, 'en') };
      })
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
        response.end(JSON.stringify(body));
      });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  await chmod(path, 0o600);
  return {
    path,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(dirname(path), { recursive: true, force: true });
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > maxBodyBytes) throw new RangeError('too long');
  }
  return text;
}
