import type { Arguments, Command } from '../command.ts';
import { exitCodes, Failure, failed } from '../exit.ts';
import { askMachine } from '../machine.ts';
import { printJson } from '../print.ts';
import type { Terminal } from '../terminal.ts';

async function run(terminal: Terminal, given: Arguments) {
  const data = given.text('data') ?? terminal.env.OBHUT_DATA ?? './data';
  const again = given.flag('again');
  const answer = await askMachine(data, '/init', again ? { again } : {});
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
