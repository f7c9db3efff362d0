import type { Arguments, Command } from '../command.ts';
import { exitCodes, failed } from '../exit.ts';
import { askMachine } from '../machine.ts';
import { printJson } from '../print.ts';
import type { Terminal } from '../terminal.ts';

async function run(terminal: Terminal, given: Arguments) {
  const data = given.text('data') ?? terminal.env.OBHUT_DATA ?? './data';
  const { status, body } = await askMachine(data, '/recover-owner', {});
  if (status === 404)
    throw failed('no_owner', {
      de: 'Es gibt noch keinen Owner. Der Link für die erste Person steht im Terminal, in dem Obhut läuft.',
      en: 'There is no owner yet. The link for the first person stands in the terminal that Obhut runs in.',
    });
  if (status >= 300)
    throw failed('recovery_failed', { de: `Das ging nicht (${status}).`, en: `That did not work (${status}).` });
  if (given.flag('json')) await printJson(terminal, body);
  else if (typeof body.link === 'string') await terminal.out(`${body.link}\n`);
  else {
    const at = new Date(String(body.availableAt)).toLocaleString(terminal.t({ de: 'de-DE', en: 'en-GB' }));
    await terminal.out(
      terminal.t({
        de: `Die Wiederherstellung ist verlangt, und alle im Team wissen es. Ab ${at} gibt derselbe Befehl den Link aus.\nMeldet sich vorher ein Owner an, ist sie hinfällig.\n`,
        en: `The recovery is asked for, and everybody on the team is told. From ${at} on the same command prints the link.\nIf an owner signs in before, it is void.\n`,
      }),
    );
  }
  return exitCodes.ok;
}

export const recoverOwner: Command = {
  words: 'recover-owner',
  summary: { de: 'dem ausgesperrten Owner den Zugang zurückgeben', en: 'give a locked-out owner access again' },
  help: {
    de: `obhut recover-owner [--json] [--data ORDNER]

  Geht nur auf dem Rechner, auf dem Obhut läuft. Beim ersten Mal wird es verlangt, protokolliert und dem
  ganzen Team gesagt; 24 Stunden später gibt derselbe Befehl einen Link aus, der neue Faktoren einrichtet.

  --data ORDNER   Ordner von Obhut; sonst OBHUT_DATA oder ./data
  --json          {"availableAt"} oder {"link"}

Beispiel
  obhut recover-owner
`,
    en: `obhut recover-owner [--json] [--data FOLDER]

  Works only on the machine that Obhut runs on. The first time it is asked for, journalled, and told to the
  whole team; 24 hours later the same command prints a link that sets up new factors.

  --data FOLDER   Obhut's folder; else OBHUT_DATA or ./data
  --json          {"availableAt"} or {"link"}

Example
  obhut recover-owner
`,
  },
  options: { data: { type: 'string' } },
  positionals: 0,
  run,
};
