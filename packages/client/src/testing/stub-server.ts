/** A server that answers as a test says, over real sockets, so that connections can really break. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StubRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface StubServer {
  readonly url: string;
  /** All requests so far, in order. */
  readonly requests: StubRequest[];
  /** What answers from now on. */
  answer(answer: Answer): void;
  close(): Promise<void>;
}

type Answer = (request: StubRequest, response: ServerResponse, count: number) => void | Promise<void>;

export const stubToken = `obhut_${'0a'.repeat(16)}_${'Ab-_'.repeat(10)}xyz`;

export async function startStub(): Promise<StubServer> {
  const requests: StubRequest[] = [];
  let current: Answer = (_request, response) => void response.writeHead(404).end();
  const server = createServer(async (incoming, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of incoming) pieces.push(piece);
    const { method = '', url = '', headers } = incoming;
    const request = { method, url, headers, body: Buffer.concat(pieces).toString() };
    requests.push(request);
    await current(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (answer) => {
      current = answer;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function sendProblem(
  response: ServerResponse,
  status: number,
  code: string,
  members: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = { type: `urn:obhut:problem:${code}`, status, code, title: `title of ${code}`, ...members };
  response.writeHead(status, { 'Content-Type': 'application/problem+json', ...headers }).end(JSON.stringify(body));
}
