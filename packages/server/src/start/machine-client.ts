/** Asks the server that runs on this data folder, by its machine socket. */
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Settings } from '../platform/config/settings.ts';

export interface MachineAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** @returns nothing where none runs. */
export async function askServer(
  settings: Pick<Settings, 'data'>,
  path: string,
  body: object,
): Promise<MachineAnswer | undefined> {
  const text = await readFile(join(settings.data, 'runtime.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { adminSocket } = JSON.parse(text) as { readonly adminSocket: string };
  return new Promise((done) => {
    const asked = request({ socketPath: adminSocket, path, method: 'POST' }, (answer) => {
      json(answer).then(
        (parsed) => done({ status: answer.statusCode ?? 0, body: parsed }),
        () => done(undefined),
      );
    });
    asked.on('error', () => done(undefined));
    asked.end(JSON.stringify(body));
  });
}
