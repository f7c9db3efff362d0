import type { Customer } from '@obhut/client';
import { type Command, connectionOptions, positional } from '../command.ts';
import { connect, idOf } from '../connection.ts';
import { exitCodes } from '../exit.ts';
import { formatTime } from '../language.ts';
import { printJson, printPairs, printTable } from '../print.ts';
import type { Terminal } from '../terminal.ts';

async function printCustomer(terminal: Terminal, customer: Customer, json: boolean): Promise<void> {
  if (json) return printJson(terminal, customer);
  const { t, language } = terminal;
  await printPairs(terminal, [
    [t({ de: 'Kunde', en: 'Customer' }), customer.label],
    ['Id', customer.id],
    [t({ de: 'Angelegt', en: 'Created' }), formatTime(customer.createdAt, language)],
    [t({ de: 'Zugriffe', en: 'Access log' }), customer.logs.access.key],
    [t({ de: 'Löschungen', en: 'Orders log' }), customer.logs.orders.key],
  ]);
}

const create: Command = {
  words: 'customer create',
  summary: { de: 'einen Kunden anlegen', en: 'create a customer' },
  help: {
    de: `obhut customer create KURZNAME [--json]

  Legt einen Kunden an und zeigt die Schlüssel seiner Protokolle. KURZNAME: a-z, 0-9, Bindestrich.

Beispiel
  obhut customer create stadtwerke-nord
`,
    en: `obhut customer create LABEL [--json]

  Creates a customer and shows the keys of its logs. LABEL: a-z, 0-9, hyphen.

Example
  obhut customer create stadtwerke-nord
`,
  },
  options: connectionOptions,
  positionals: 1,
  async run(terminal, given) {
    const label = positional(given, 0, 'LABEL');
    await printCustomer(terminal, await connect(terminal, given).customers.create({ label }), given.flag('json'));
    return exitCodes.ok;
  },
};

const show: Command = {
  words: 'customer show',
  summary: {
    de: 'einen Kunden mit den Schlüsseln seiner Protokolle zeigen',
    en: 'show a customer and the keys of its logs',
  },
  help: {
    de: `obhut customer show ID [--json]

  Zeigt einen Kunden. Die Schlüssel sind es, die „obhut verify --key“ braucht.

Beispiel
  obhut customer show 4f1c2a90-7d1e-4b52-9a40-3c8e2f6d1b07
`,
    en: `obhut customer show ID [--json]

  Shows a customer. The keys are what "obhut verify --key" needs.

Example
  obhut customer show 4f1c2a90-7d1e-4b52-9a40-3c8e2f6d1b07
`,
  },
  options: connectionOptions,
  positionals: 1,
  async run(terminal, given) {
    const id = idOf(positional(given, 0, 'ID'), 'ID');
    await printCustomer(terminal, await connect(terminal, given).customers.get(id), given.flag('json'));
    return exitCodes.ok;
  },
};

const list: Command = {
  words: 'customer list',
  summary: { de: 'alle Kunden auflisten', en: 'list all customers' },
  help: {
    de: `obhut customer list [--json]

  Listet alle Kunden auf; mit --json einen je Zeile.

Beispiel
  obhut customer list --json | jq -r .label
`,
    en: `obhut customer list [--json]

  Lists all customers; with --json one a line.

Example
  obhut customer list --json | jq -r .label
`,
  },
  options: connectionOptions,
  positionals: 0,
  async run(terminal, given) {
    const { customers } = connect(terminal, given);
    for (let after: string | null | undefined; after !== null; ) {
      const page = await customers.list({ after });
      if (given.flag('json')) for (const customer of page.customers) await printJson(terminal, customer);
      else
        await printTable(
          terminal,
          page.customers.map(({ id, label, createdAt }) => [id, formatTime(createdAt, terminal.language), label]),
        );
      after = page.next;
    }
    return exitCodes.ok;
  },
};

export const customerCommands = [create, list, show];
