import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Arguments, Command } from '../command.ts';
import { exitCodes, Failure, failed } from '../exit.ts';
import { printJson } from '../print.ts';
import type { Terminal } from '../terminal.ts';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const waitMs = 10_000;

/** Asks the server over the socket in its own data folder: who may open that is on its machine, and may do this. */
function post(socketPath: string, body: unknown): Promise<Answer> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = { Host: 'obhut', 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
    const call = request({ socketPath, path: '/init', method: 'POST', headers, timeout: waitMs }, (response) => {
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

async function run(terminal: Terminal, given: Arguments) {
  const data = given.text('data') ?? terminal.env.OBHUT_DATA ?? './data';
  const again = given.flag('again');
  const answer = await post(socketOf(data), again ? { again } : {}).catch((cause: unknown) => {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
    throw new Failure(exitCodes.unreachable, 'not_running', {
      de: `Obhut antwortet auf seinem Socket nicht (${reason}). Läuft es, und darfst du den Ordner lesen?`,
      en: `Obhut does not answer on its socket (${reason}). Does it run, and may you read its folder?`,
    });
  });
  if (answer.status === 409) {
    throw new Failure(exitCodes.refused, 'token_exists', {
      de: 'Es gibt schon ein erstes Token. Mit --again wird ein weiteres ausgestellt.',
      en: 'There is a first token already. With --again another one is issued.',
    });
  }
  const { token, id, url } = answer.body;
  if (answer.status >= 300 || typeof token !== 'string') {
    throw failed('init_failed', {
      de: `Obhut hat kein Token ausgestellt (${answer.status}).`,
      en: `Obhut issued no token (${answer.status}).`,
    });
  }
  if (given.flag('json')) await printJson(terminal, { token, id, url });
  else {
    await terminal.out(`export OBHUT_URL=${String(url)}\nexport OBHUT_TOKEN=${token}\n`);
    terminal.say(
      terminal.t({
        de: '\nDas Token wird nur jetzt gezeigt und darf alles. Bewahre es auf wie einen Schlüssel.\nNächster Schritt: obhut customer create beispiel\n',
        en: '\nThe token is shown only now, and may do everything. Keep it like a key.\nNext step: obhut customer create example\n',
      }),
    );
  }
  return exitCodes.ok;
}

export const init: Command = {
  words: 'init',
  summary: { de: 'das erste Token für die API ausstellen', en: 'issue the first token for the API' },
  help: {
    de: `obhut init [--json] [--again] [--data ORDNER]

  Stellt das erste Token aus. Geht nur auf dem Rechner, auf dem Obhut läuft.

  --again         noch eines ausstellen, obwohl es schon eines gibt
  --data ORDNER   Ordner von Obhut; sonst OBHUT_DATA oder ./data
  --json          {"token", "id", "url"}

Beispiel
  eval "$(obhut init)"
`,
    en: `obhut init [--json] [--again] [--data FOLDER]

  Issues the first token. Works only on the machine that Obhut runs on.

  --again         issue another one although there is one
  --data FOLDER   Obhut's folder; else OBHUT_DATA or ./data
  --json          {"token", "id", "url"}

Example
  eval "$(obhut init)"
`,
  },
  options: { again: { type: 'boolean' }, data: { type: 'string' } },
  positionals: 0,
  run,
};
