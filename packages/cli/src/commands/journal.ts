import { writeFile } from 'node:fs/promises';
import { type Arguments, type Command, connectionOptions, positional } from '../command.ts';
import { customerOf } from '../connection.ts';
import { exitCodes, usage } from '../exit.ts';
import { printJson } from '../print.ts';
import { entryLine } from '../words.ts';

function logOf(given: Arguments): 'access' | 'orders' {
  const log = given.text('log') ?? 'access';
  if (log === 'access' || log === 'orders') return log;
  throw usage({ de: '--log ist access oder orders.', en: '--log is access or orders.' });
}

const journal: Command = {
  words: 'journal',
  summary: { de: 'das Protokoll eines Kunden lesen', en: 'read the journal of a customer' },
  help: {
    de: `obhut journal --customer ID [--log access|orders] [--after N] [--json]

  Liest das Protokoll: wer, wann, was, wozu, wie viel. Ältestes zuerst.

  --log      access (Zugriffe, sonst) oder orders (Löschungen und ihre Belege)
  --after N  nur Einträge nach diesem

Beispiel
  obhut journal --customer 4f1c… --after 1200
`,
    en: `obhut journal --customer ID [--log access|orders] [--after N] [--json]

  Reads the journal: who, when, what, why, how much. Oldest first.

  --log      access (the default) or orders (erasures and their receipts)
  --after N  only entries after this one

Example
  obhut journal --customer 4f1c… --after 1200
`,
  },
  options: { ...connectionOptions, customer: { type: 'string' }, log: { type: 'string' }, after: { type: 'string' } },
  positionals: 0,
  async run(terminal, given) {
    const { journal: log } = customerOf(terminal, given);
    for await (const { index, entry } of log.entries({ log: logOf(given), after: given.number('after') })) {
      if (given.flag('json')) await printJson(terminal, { index, entry });
      else await terminal.out(`${entryLine(index, entry, terminal.language)}\n`);
    }
    return exitCodes.ok;
  },
};

const proof: Command = {
  words: 'journal proof',
  summary: { de: 'den Nachweis eines Eintrags holen', en: 'fetch the proof of an entry' },
  help: {
    de: `obhut journal proof NUMMER --customer ID [--log access|orders] --out DATEI

  Holt den Nachweis eines Eintrags. Jeder kann ihn ohne Obhut prüfen: obhut verify DATEI

Beispiel
  obhut journal proof 1203 --customer 4f1c… --out zugriff.tlog-proof
`,
    en: `obhut journal proof INDEX --customer ID [--log access|orders] --out FILE

  Fetches the proof of an entry. Anybody can verify it without Obhut: obhut verify FILE

Example
  obhut journal proof 1203 --customer 4f1c… --out access.tlog-proof
`,
  },
  options: { ...connectionOptions, customer: { type: 'string' }, log: { type: 'string' }, out: { type: 'string' } },
  positionals: 1,
  async run(terminal, given) {
    const index = positional(given, 0, 'INDEX');
    if (!/^\d{1,15}$/.test(index)) throw usage({ de: 'NUMMER ist keine Zahl.', en: 'INDEX is no number.' });
    const out = given.required('out');
    const text = await customerOf(terminal, given).journal.proof(BigInt(index), { log: logOf(given) });
    await writeFile(out, text);
    if (given.flag('json')) await printJson(terminal, { index: Number(index), file: out });
    else
      terminal.say(
        terminal.t({
          de: `Nachweis in ${out}. Prüfen: obhut verify ${out}\n`,
          en: `Proof in ${out}. To verify: obhut verify ${out}\n`,
        }),
      );
    return exitCodes.ok;
  },
};

export const journalCommands = [journal, proof];
