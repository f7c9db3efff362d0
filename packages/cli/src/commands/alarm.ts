import type { Arguments, Command } from '../command.ts';
import { exitCodes, failed } from '../exit.ts';
import { askMachine } from '../machine.ts';
import { printJson, printTable } from '../print.ts';
import type { Terminal } from '../terminal.ts';

interface Result {
  readonly route: string;
  readonly kind: string;
  readonly failure: string | null;
}

async function run(terminal: Terminal, given: Arguments) {
  const data = given.text('data') ?? terminal.env.OBHUT_DATA ?? './data';
  const route = given.text('route');
  const { status, body } = await askMachine(data, '/alarm-test', route === undefined ? {} : { route });
  if (status === 404)
    throw failed('no_route', {
      de: 'Diesen Alarmweg gibt es nicht, oder noch gar keinen. Wege stehen in obhut.yaml unter alerts.routes.',
      en: 'There is no such alarm route, or none yet. Routes stand in obhut.yaml under alerts.routes.',
    });
  if (status !== 200)
    throw failed('test_failed', { de: `Das ging nicht (${status}).`, en: `That did not work (${status}).` });
  const results = body.results as readonly Result[];
  if (given.flag('json')) await printJson(terminal, { results });
  else {
    const arrived = terminal.t({ de: 'angenommen', en: 'taken' });
    await printTable(
      terminal,
      results.map(({ route: name, kind, failure }) => [name, kind, failure ?? arrived]),
    );
  }
  return results.every(({ failure }) => failure === null) ? exitCodes.ok : exitCodes.failed;
}

export const alarmTest: Command = {
  words: 'alarm test',
  summary: { de: 'einen Probealarm auf jedem Weg schicken', en: 'send a test alarm by every route' },
  help: {
    de: `obhut alarm test [--route NAME] [--json] [--data ORDNER]

  Geht nur auf dem Rechner, auf dem Obhut läuft. Schickt einen Probealarm auf jedem Alarmweg, oder nur auf
  diesem, und sagt, wo er angenommen wurde. Endet mit 1, wenn einer nicht ging.

  --route NAME    nur dieser Weg
  --data ORDNER   Ordner von Obhut; sonst OBHUT_DATA oder ./data
  --json          {"results":[{"route","kind","failure"}]}

Beispiel
  obhut alarm test
`,
    en: `obhut alarm test [--route NAME] [--json] [--data FOLDER]

  Works only on the machine that Obhut runs on. Sends a test alarm by every alarm route, or by this one, and
  says where it was taken. Ends with 1 when one did not work.

  --route NAME    this route only
  --data FOLDER   Obhut's folder; else OBHUT_DATA or ./data
  --json          {"results":[{"route","kind","failure"}]}

Example
  obhut alarm test
`,
  },
  options: { data: { type: 'string' }, route: { type: 'string' } },
  positionals: 0,
  run,
};
