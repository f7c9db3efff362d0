import type { NewToken } from '@obhut/client';
import { type Arguments, type Command, connectionOptions, positional } from '../command.ts';
import { connect, idOf } from '../connection.ts';
import { exitCodes } from '../exit.ts';
import { formatTime } from '../language.ts';
import { printJson, printTable } from '../print.ts';

function newToken(given: Arguments): NewToken {
  const customer = given.text('customer');
  const expiresInDays = given.number('days');
  return {
    name: given.required('name'),
    actions: given
      .required('actions')
      .split(',')
      .map((action) => action.trim())
      .filter((action) => action !== ''),
    ...(customer !== undefined && { customer: idOf(customer, '--customer') }),
    ...(expiresInDays !== undefined && { expiresInDays }),
  };
}

const create: Command = {
  words: 'token create',
  summary: { de: 'ein Token für einen Dienst ausstellen', en: 'issue a token for a service' },
  help: {
    de: `obhut token create --name NAME --actions A,B [--customer ID] [--days TAGE] [--json]

  Das Token steht auf der Standardausgabe und wird nur dieses eine Mal gezeigt.
  Ohne --customer gilt es für alle Kunden. Aktionen: customers:create, customers:read,
  collections:read, collections:write, people:create, people:read, records:read,
  records:write, records:delete, records:find, files:read, files:write, files:delete,
  import, export, journal:read, erasures:read, erasures:order, erasures:confirm,
  tokens:manage

Beispiel
  obhut token create --name app --customer 4f1c… --actions records:read,records:write --days 90
`,
    en: `obhut token create --name NAME --actions A,B [--customer ID] [--days DAYS] [--json]

  The token goes to standard output and is shown this one time only.
  Without --customer it is for all customers. Actions: customers:create, customers:read,
  collections:read, collections:write, people:create, people:read, records:read,
  records:write, records:delete, records:find, files:read, files:write, files:delete,
  import, export, journal:read, erasures:read, erasures:order, erasures:confirm,
  tokens:manage

Example
  obhut token create --name app --customer 4f1c… --actions records:read,records:write --days 90
`,
  },
  options: {
    ...connectionOptions,
    name: { type: 'string' },
    actions: { type: 'string' },
    customer: { type: 'string' },
    days: { type: 'string' },
  },
  positionals: 0,
  async run(terminal, given) {
    const token = newToken(given);
    const created = await connect(terminal, given).tokens.create(token);
    if (given.flag('json')) await printJson(terminal, created);
    else {
      await terminal.out(`${created.token}\n`);
      const until = formatTime(created.expiresAt, terminal.language);
      terminal.say(
        terminal.t({
          de: `Token ${created.id}, gültig bis ${until}\n`,
          en: `Token ${created.id}, valid until ${until}\n`,
        }),
      );
    }
    return exitCodes.ok;
  },
};

const list: Command = {
  words: 'token list',
  summary: { de: 'alle Token auflisten', en: 'list all tokens' },
  help: {
    de: `obhut token list [--json]

  Listet die Token auf: Kennung, gültig bis, Name. Der Text eines Tokens steht nirgends.

Beispiel
  obhut token list
`,
    en: `obhut token list [--json]

  Lists the tokens: id, valid until, name. The text of a token is stored nowhere.

Example
  obhut token list
`,
  },
  options: connectionOptions,
  positionals: 0,
  async run(terminal, given) {
    const tokens = await connect(terminal, given).tokens.list();
    const waits = terminal.t({ de: 'wartet auf Bestätigung', en: 'waits to be confirmed' });
    const revoked = terminal.t({ de: 'widerrufen', en: 'revoked' });
    if (given.flag('json')) for (const token of tokens) await printJson(terminal, token);
    else {
      await printTable(
        terminal,
        tokens.map(({ id, name, customer, expiresAt, revokedAt, confirmedAt }) => [
          id,
          (revokedAt ?? null) !== null
            ? revoked
            : confirmedAt === null
              ? waits
              : formatTime(expiresAt, terminal.language),
          customer ?? '*',
          name,
        ]),
      );
    }
    return exitCodes.ok;
  },
};

const revoke: Command = {
  words: 'token revoke',
  summary: { de: 'ein Token sofort widerrufen', en: 'revoke a token at once' },
  help: {
    de: `obhut token revoke ID [--json]

  Das Token gilt sofort nicht mehr, auf anderen Servern nach einer Sekunde.

Beispiel
  obhut token revoke 9b2d…
`,
    en: `obhut token revoke ID [--json]

  The token is void at once, on other servers after a second.

Example
  obhut token revoke 9b2d…
`,
  },
  options: connectionOptions,
  positionals: 1,
  async run(terminal, given) {
    const revoked = await connect(terminal, given).tokens.revoke(idOf(positional(given, 0, 'ID'), 'ID'));
    if (given.flag('json')) await printJson(terminal, revoked);
    else
      await terminal.out(
        terminal.t({ de: `„${revoked.name}“ ist widerrufen.\n`, en: `"${revoked.name}" is revoked.\n` }),
      );
    return exitCodes.ok;
  },
};

export const tokenCommands = [create, list, revoke];
