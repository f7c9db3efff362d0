/** The server's own socket: whoever may open it is on its machine, and may do what only they may. */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { exitCodes, Failure } from './exit.ts';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A test of alarm routes waits for each of them. */
const waitMs = 330_000;

/** Asks the server over the socket in its own data folder: who may open that is on its machine, and may do this. */
function post(socketPath: string, path: string, body: unknown): Promise<Answer> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = { Host: 'obhut', 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
    const call = request({ socketPath, path, method: 'POST', headers, timeout: waitMs }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(pieces).toString()) });
        } catch (error) {
          reject(error);
        }
      });
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
    call.end(text);
  });
}

function socketOf(data: string): string {
  try {
    const { adminSocket } = JSON.parse(readFileSync(join(data, 'runtime.json'), 'utf8'));
    if (typeof adminSocket === 'string') return adminSocket;
  } catch {
    // said below
  }
  throw new Failure(exitCodes.unreachable, 'not_running', {
    de: `In ${data} läuft kein Obhut. Starte es mit „npm start“, oder nenne seinen Ordner mit --data.`,
    en: `No Obhut runs in ${data}. Start it with "npm start", or name its folder with --data.`,
  });
}

/** Asks the server that runs in this folder. @throws Failure when none does, or none answers. */
export function askMachine(
  data: string,
  path: '/init' | '/recover-owner' | '/alarm-test',
  body: object,
): Promise<Answer> {
  return post(socketOf(data), path, body).catch((cause: unknown) => {
    if (cause instanceof Failure) throw cause;
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
    throw new Failure(exitCodes.unreachable, 'not_running', {
      de: `Obhut antwortet auf seinem Socket nicht (${reason}). Läuft es, und darfst du den Ordner lesen?`,
      en: `Obhut does not answer on its socket (${reason}). Does it run, and may you read its folder?`,
    });
  });
}
