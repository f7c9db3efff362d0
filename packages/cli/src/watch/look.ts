/** One look at the server, and the receiver of its heartbeat. */
import { createServer } from 'node:http';
import { isIP } from 'node:net';
import { usage } from '../exit.ts';
import type { Trouble } from './watcher.ts';

const timeoutMs = 10_000;

/** Asks `/readyz`. Its certificate is checked; a redirect is not followed. */
export async function lookAt(url: string): Promise<Trouble> {
  try {
    const answer = await fetch(new URL('/readyz', url), {
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'user-agent': 'obhut-watch' },
    });
    const body = (await answer.json()) as { status?: unknown };
    return answer.status === 200 && body.status === 'ready' ? undefined : 'not_ready';
  } catch {
    // Also what answers with something else: then it is not Obhut.
    return 'unreachable';
  }
}

export interface Receiver {
  readonly port: number;
  /** When the heart beat last; at first when the receiver began to listen. */
  lastBeat(): Date;
  close(): void;
}

/** Takes heartbeats at this path; others learn nothing. @param where `HOST:PORT`. @throws Failure */
export function receiveHeartbeats(where: string, path: string, now: () => Date): Promise<Receiver> {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(where) ?? [];
  const host = bracketed ?? plain ?? '';
  if ((isIP(host) === 0 && host !== 'localhost') || Number(digits) > 65_535)
    throw usage({
      de: '--listen ist eine Adresse mit Port, etwa 192.0.2.7:8421.',
      en: '--listen is an address with a port, such as 192.0.2.7:8421.',
    });
  let last = now();
  const server = createServer({ requestTimeout: timeoutMs }, (request, response) => {
    request.resume();
    const isBeat = (request.method === 'GET' || request.method === 'POST') && request.url === path;
    if (isBeat) last = now();
    response.writeHead(isBeat ? 204 : 404).end();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(digits), host, () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : 0,
        lastBeat: () => last,
        close() {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}
