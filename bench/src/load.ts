/**
 * The load, in a process of its own: raw sockets and prepared bytes, so that the client costs as little as it can of the
 * two cores that server and database share with it. Reads its job from the environment, prints one JSON line.
 */
import { connect, type Socket } from 'node:net';

export interface Job {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Requests as text; each connection takes them at random. */
  readonly requests: readonly string[];
  readonly status: number;
  /** A header that every answer must carry. */
  readonly header?: string;
  /** Each request at most once, in order (writes that must each make something new). */
  readonly once?: boolean;
  /** How long each connection waits between an answer and its next request: a pace instead of all that goes. */
  readonly pauseMs?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
  /** The first wrong answers, each as its status line and body: what to look for when a figure is refused. */
  readonly wrong: readonly string[];
}

async function readJob(): Promise<Job> {
  let text = '';
  for await (const chunk of process.stdin) text += String(chunk);
  return JSON.parse(text) as Job;
}

async function run(job: Job): Promise<LoadResult> {
  const requests = job.requests.map((request) => Buffer.from(request));
  const latencies: number[] = [];
  let failures = 0;
  const wrong: string[] = [];
  let taken = 0;
  const until = performance.now() + job.seconds * 1000;
  const expected = `HTTP/1.1 ${job.status} `;
  const header = job.header?.toLowerCase();

  const worker = () =>
    new Promise<void>((resolve, reject) => {
      const socket: Socket = connect({ port: job.port, host: '127.0.0.1', noDelay: true });
      let held = Buffer.alloc(0) as Buffer;
      let sentAt = 0;
      const next = () => {
        if (performance.now() >= until || (job.once === true && taken >= requests.length)) {
          socket.end();
          resolve();
          return;
        }
        sentAt = performance.now();
        socket.write(requests[job.once === true ? taken++ : Math.floor(Math.random() * requests.length)] ?? '');
      };
      socket.on('connect', next);
      socket.on('error', reject);
      socket.on('data', (chunk: Buffer) => {
        held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
        const end = held.indexOf('\r\n\r\n');
        if (end < 0) return;
        const head = held.toString('latin1', 0, end).toLowerCase();
        const length = Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
        if (held.length < end + 4 + length) return;
        latencies.push(performance.now() - sentAt);
        if (
          !held.toString('latin1', 0, expected.length).startsWith(expected) ||
          (header !== undefined && !head.includes(header))
        ) {
          failures += 1;
          if (wrong.length < 3) wrong.push(held.toString('utf8', 0, Math.min(end + 4 + length, 1_000)));
        }
        held = held.subarray(end + 4 + length);
        if (job.pauseMs === undefined) next();
        else setTimeout(next, job.pauseMs);
      });
    });
  const began = performance.now();
  await Promise.all(Array.from({ length: job.connections }, worker));
  const seconds = (performance.now() - began) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)] ?? Number.NaN;
  return {
    requests: latencies.length,
    perSecond: latencies.length / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    failures,
    wrong,
  };
}

process.stdout.write(`${JSON.stringify(await run(await readJob()))}\n`);
