import { writeFile } from 'node:fs/promises';
import type { Erasure, ErasureWish } from '@obhut/client';
import { type Arguments, type Command, connectionOptions, positional } from '../command.ts';
import { customerOf } from '../connection.ts';
import { exitCodes, usage } from '../exit.ts';
import { printJson, printPairs, printTable } from '../print.ts';
import type { Terminal } from '../terminal.ts';

const states = {
  held: { de: 'wartet auf das Ende einer Löschsperre', en: 'waits for the end of a legal hold' },
  ordered: { de: 'beauftragt, kann zurückgenommen werden', en: 'ordered, can be taken back' },
  withdrawn: { de: 'zurückgenommen', en: 'taken back' },
  executed: { de: 'ausgeführt, Kopien sterben mit der Epoche', en: 'executed, copies die with the epoch' },
  final: { de: 'endgültig: keine Kopie ist lesbar', en: 'final: no copy can be read' },
} as const;

const scopes = {
  customer: { de: 'Kunde', en: 'customer' },
  person: { de: 'Person', en: 'person' },
  part: { de: 'Person, ohne was gesperrt ist', en: 'person, but what is held' },
  collection: { de: 'Sammlung', en: 'collection' },
  record: { de: 'Datensatz', en: 'record' },
  file: { de: 'Datei', en: 'file' },
  retention: { de: 'Frist abgelaufen', en: 'term over' },
} as const;

/** The scope is what was named: a collection of a person, a person, or all. */
function wishOf(given: Arguments): ErasureWish {
  const person = given.text('person');
  const collection = given.text('collection');
  if (person === undefined && (collection !== undefined || !given.flag('everything')))
    throw usage({
      de: 'Nenne --person ID [--collection NAME], oder --everything für den ganzen Kunden.',
      en: 'Name --person ID [--collection NAME], or --everything for the whole customer.',
    });
  if (person !== undefined && given.flag('everything'))
    throw usage({ de: '--person oder --everything, nicht beides.', en: '--person or --everything, not both.' });
  if (person === undefined) return { scope: 'customer' };
  return collection === undefined ? { scope: 'person', person } : { scope: 'collection', person, collection };
}

function pairsOf(terminal: Terminal, one: Erasure): readonly (readonly [string, string])[] {
  const t = terminal.t;
  const time = (label: { de: string; en: string }, value: string | null): readonly (readonly [string, string])[] =>
    value === null ? [] : [[t(label), value]];
  return [
    [t({ de: 'Auftrag', en: 'order' }), one.order],
    [t({ de: 'Umfang', en: 'scope' }), t(scopes[one.scope])],
    [t({ de: 'Stand', en: 'state' }), t(states[one.state])],
    ...time({ de: 'beauftragt', en: 'ordered' }, one.orderedAt),
    ...(one.state === 'ordered'
      ? time({ de: 'zurücknehmbar bis', en: 'can be taken back until' }, one.coolingUntil)
      : []),
    ...(one.state === 'held' ? time({ de: 'gesperrt bis', en: 'held until' }, one.heldUntil) : []),
    ...(one.rest === null ? [] : [[t({ de: 'Rest wartet als', en: 'rest waits as' }), one.rest] as const]),
    ...time({ de: 'zurückgenommen', en: 'taken back' }, one.withdrawnAt),
    ...time({ de: 'Schlüssel tot', en: 'keys dead' }, one.keysDeadAt),
    ...time({ de: 'Zeilen entfernt', en: 'rows removed' }, one.rowsRemovedAt),
    ...time({ de: 'endgültig', en: 'final' }, one.finalAt),
    ...(one.finalAt === null && one.withdrawnAt === null
      ? time({ de: 'spätestens endgültig', en: 'final at the latest' }, one.dueAt)
      : []),
  ];
}

async function print(terminal: Terminal, given: Arguments, one: Erasure): Promise<void> {
  if (given.flag('json')) await printJson(terminal, one);
  else await printPairs(terminal, pairsOf(terminal, one));
}

const options = { ...connectionOptions, customer: { type: 'string' } } as const;

const erase: Command = {
  words: 'erase',
  summary: { de: 'eine Löschung beauftragen', en: 'order an erasure' },
  help: {
    de: `obhut erase --customer ID --person ID [--collection NAME] [--cooling MINUTEN] [--yes] [--json]
obhut erase --customer ID --everything [--yes]

  Zeigt, was ginge. Mit --yes wird es beauftragt: Der Zugriff endet sofort, und spätestens nach
  24 Stunden ist keine Kopie mehr lesbar, auch keine Sicherung. Bis dahin: obhut erasure withdraw.

  --cooling MINUTEN   wie lange es sich zurücknehmen lässt (0 bis 480)

Beispiel
  obhut erase --customer 4f1c… --person 9a2b… --yes
`,
    en: `obhut erase --customer ID --person ID [--collection NAME] [--cooling MINUTES] [--yes] [--json]
obhut erase --customer ID --everything [--yes]

  Shows what would go. With --yes it is ordered: access ends at once, and after 24 hours at the
  latest no copy can be read any more, no backup either. Until then: obhut erasure withdraw.

  --cooling MINUTES   how long it can be taken back (0 to 480)

Example
  obhut erase --customer 4f1c… --person 9a2b… --yes
`,
  },
  options: {
    ...options,
    person: { type: 'string' },
    collection: { type: 'string' },
    everything: { type: 'boolean' },
    cooling: { type: 'string' },
    yes: { type: 'boolean' },
  },
  positionals: 0,
  async run(terminal, given) {
    const { erasures } = customerOf(terminal, given);
    const wish = wishOf(given);
    if (given.flag('yes')) {
      await print(terminal, given, await erasures.order(wish, { coolingMinutes: given.number('cooling') }));
      return exitCodes.ok;
    }
    const preview = await erasures.preview(wish);
    if (given.flag('json')) await printJson(terminal, preview);
    else {
      await printPairs(terminal, [
        [terminal.t({ de: 'Personen', en: 'people' }), String(preview.people)],
        ...preview.collections.map(({ collection, records }) => [collection, String(records)] as const),
        [terminal.t({ de: 'Dateien', en: 'files' }), String(preview.files)],
        [terminal.t({ de: 'Bytes, versiegelt', en: 'bytes, sealed' }), String(preview.bytes)],
        ...preview.holds.map(
          ({ until, reason, records }) =>
            [terminal.t({ de: `gesperrt bis ${until}`, en: `held until ${until}` }), `${records}: ${reason}`] as const,
        ),
      ]);
      terminal.say(
        terminal.t({ de: 'Nichts beauftragt. Mit --yes wird es das.\n', en: 'Nothing ordered. --yes orders it.\n' }),
      );
    }
    return exitCodes.ok;
  },
};

const list: Command = {
  words: 'erasure list',
  summary: { de: 'Löschaufträge auflisten', en: 'list orders of erasure' },
  help: {
    de: 'obhut erasure list --customer ID [--json]\n\n  Die neuesten 200 Löschaufträge, neueste zuerst.\n\nBeispiel\n  obhut erasure list --customer 4f1c…\n',
    en: 'obhut erasure list --customer ID [--json]\n\n  The newest 200 orders of erasure, newest first.\n\nExample\n  obhut erasure list --customer 4f1c…\n',
  },
  options,
  positionals: 0,
  async run(terminal, given) {
    const { erasures } = await customerOf(terminal, given).erasures.list({ limit: 200 });
    if (given.flag('json')) for (const one of erasures) await printJson(terminal, one);
    else
      await printTable(
        terminal,
        erasures.map((one) => [one.order, one.orderedAt, terminal.t(scopes[one.scope]), terminal.t(states[one.state])]),
      );
    return exitCodes.ok;
  },
};

const show: Command = {
  words: 'erasure show',
  summary: { de: 'einen Löschauftrag zeigen', en: 'show an order of erasure' },
  help: {
    de: 'obhut erasure show AUFTRAG --customer ID [--json]\n\n  Wie weit der Auftrag ist.\n\nBeispiel\n  obhut erasure show 7d3e… --customer 4f1c…\n',
    en: 'obhut erasure show ORDER --customer ID [--json]\n\n  How far the order has come.\n\nExample\n  obhut erasure show 7d3e… --customer 4f1c…\n',
  },
  options,
  positionals: 1,
  async run(terminal, given) {
    await print(terminal, given, await customerOf(terminal, given).erasures.get(positional(given, 0, 'ORDER')));
    return exitCodes.ok;
  },
};

const withdraw: Command = {
  words: 'erasure withdraw',
  summary: { de: 'einen Löschauftrag zurücknehmen', en: 'take an order of erasure back' },
  help: {
    de: 'obhut erasure withdraw AUFTRAG --customer ID [--json]\n\n  Solange die Bedenkzeit läuft.\n\nBeispiel\n  obhut erasure withdraw 7d3e… --customer 4f1c…\n',
    en: 'obhut erasure withdraw ORDER --customer ID [--json]\n\n  While its time to be taken back lasts.\n\nExample\n  obhut erasure withdraw 7d3e… --customer 4f1c…\n',
  },
  options,
  positionals: 1,
  async run(terminal, given) {
    await print(terminal, given, await customerOf(terminal, given).erasures.withdraw(positional(given, 0, 'ORDER')));
    return exitCodes.ok;
  },
};

const receipt: Command = {
  words: 'erasure receipt',
  summary: { de: 'den Löschbeleg holen', en: 'fetch the receipt of erasure' },
  help: {
    de: `obhut erasure receipt AUFTRAG --customer ID --out DATEI

  Holt den Löschbeleg eines endgültigen Auftrags. Er enthält keine personenbezogenen Daten, und
  jeder kann ihn ohne Obhut prüfen: obhut verify DATEI

Beispiel
  obhut erasure receipt 7d3e… --customer 4f1c… --out loeschbeleg.tlog-proof
`,
    en: `obhut erasure receipt ORDER --customer ID --out FILE

  Fetches the receipt of a final order. There is no personal data in it, and anybody can verify
  it without Obhut: obhut verify FILE

Example
  obhut erasure receipt 7d3e… --customer 4f1c… --out receipt.tlog-proof
`,
  },
  options: { ...options, out: { type: 'string' } },
  positionals: 1,
  async run(terminal, given) {
    const out = given.required('out');
    await writeFile(out, await customerOf(terminal, given).erasures.receipt(positional(given, 0, 'ORDER')));
    if (given.flag('json')) await printJson(terminal, { file: out });
    else
      terminal.say(
        terminal.t({
          de: `Löschbeleg in ${out}. Prüfen: obhut verify ${out}\n`,
          en: `Receipt in ${out}. To verify: obhut verify ${out}\n`,
        }),
      );
    return exitCodes.ok;
  },
};

export const erasureCommands = [erase, list, show, withdraw, receipt];
