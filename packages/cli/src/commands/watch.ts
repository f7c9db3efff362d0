import { setTimeout as rest } from 'node:timers/promises';
import { type Arguments, type Command, positional } from '../command.ts';
import { exitCodes, usage } from '../exit.ts';
import { printJson } from '../print.ts';
import type { Terminal } from '../terminal.ts';
import { lookAt, type Receiver, receiveHeartbeats } from '../watch/look.ts';
import { commandRoute, mailRoute, type WatchRoute } from '../watch/routes.ts';
import { createWatcher, type Trouble, troubleTexts } from '../watch/watcher.ts';

const now = () => new Date();

function atLeast(given: Arguments, name: string, least: number, fallback: number): number {
  const value = given.number(name) ?? fallback;
  if (value < least || value > 86_400)
    throw usage({ de: `--${name} ist ${least} bis 86400.`, en: `--${name} is ${least} to 86400.` });
  return value;
}

function routesOf(given: Arguments, terminal: Terminal): readonly WatchRoute[] {
  const to = given.texts('mail-to');
  const routes = [...given.texts('command').map(commandRoute), ...(to.length > 0 ? [mailRoute(to, terminal.env)] : [])];
  if (routes.length === 0)
    throw usage({
      de: 'Wen soll es wecken? --command PROGRAMM oder --mail-to ADRESSE.',
      en: 'Whom should it wake? --command PROGRAM or --mail-to ADDRESS.',
    });
  return routes;
}

async function once(terminal: Terminal, given: Arguments, url: string) {
  const trouble = await lookAt(url);
  if (given.flag('json')) await printJson(terminal, { status: trouble ?? 'ready' });
  else
    await terminal.out(
      `${terminal.t(trouble === undefined ? { de: 'Obhut ist bereit', en: 'Obhut is ready' } : troubleTexts[trouble])}\n`,
    );
  return trouble === undefined ? exitCodes.ok : exitCodes.unreachable;
}

async function run(terminal: Terminal, given: Arguments) {
  const url = positional(given, 0, 'URL');
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw usage({ de: 'Das ist keine Adresse: https://…', en: 'That is no address: https://…' });
  if (given.flag('once')) return once(terminal, given, url);
  const everyMs = atLeast(given, 'every', 1, 30) * 1_000;
  const silenceMs = atLeast(given, 'silence', 1, 300) * 1_000;
  const watcher = createWatcher({
    url,
    routes: routesOf(given, terminal),
    looksToTell: atLeast(given, 'looks', 1, 3),
    repeatMs: atLeast(given, 'repeat', 1, 900) * 1_000,
    t: terminal.t,
    say: (line) => terminal.say(`${line}\n`),
  });
  const listen = given.text('listen');
  const receiver: Receiver | undefined =
    listen === undefined
      ? undefined
      : await receiveHeartbeats(listen, terminal.env.OBHUT_WATCH_PATH ?? '/heartbeat', now);
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  const at =
    receiver === undefined ? '' : ` (${terminal.t({ de: 'hört auf Port', en: 'listens on port' })} ${receiver.port})`;
  terminal.say(`${now().toISOString()} ${terminal.t({ de: 'sieht nach', en: 'watches' })} ${url}${at}\n`);
  while (!stopped.signal.aborted) {
    let trouble: Trouble = await lookAt(url);
    if (trouble === undefined && receiver !== undefined && now().getTime() - receiver.lastBeat().getTime() > silenceMs)
      trouble = 'heartbeat_silent';
    await watcher.saw(trouble, now());
    await rest(everyMs, undefined, { signal: stopped.signal }).catch(() => undefined);
  }
  receiver?.close();
  return exitCodes.ok;
}

export const watch: Command = {
  words: 'watch',
  summary: {
    de: 'von einem zweiten Rechner nachsehen und wecken',
    en: 'look from a second machine, and wake somebody',
  },
  help: {
    de: `obhut watch URL (--command PROGRAMM | --mail-to ADRESSE)… [--listen ADRESSE:PORT] [--once]

  Fragt /readyz und weckt über eigene Wege, wenn Obhut ausfällt: für einen zweiten Rechner, woanders.

  --command PROGRAMM     bekommt die Meldung als JSON auf der Standardeingabe; absoluter Pfad, keine Shell
  --mail-to ADRESSE      Mail; Server aus OBHUT_MAIL_HOST, _PORT, _SECURITY, _USER, _PASSWORD_FILE, _FROM
  --listen ADRESSE:PORT  nimmt den Herzschlag an (alerts.heartbeat.url); Pfad: OBHUT_WATCH_PATH, /heartbeat
  --every, --looks       alle 30 Sekunden; nach 3 schlechten Blicken wird geweckt
  --silence, --repeat    Herzschlag höchstens 300 Sekunden alt; nach 900 Sekunden wieder wecken
  --once, --json         ein Blick: endet mit 0 oder 4

Beispiel
  obhut watch https://obhut.example --command /usr/local/bin/wecken --listen 192.0.2.7:8421
`,
    en: `obhut watch URL (--command PROGRAM | --mail-to ADDRESS)… [--listen ADDRESS:PORT] [--once]

  Asks /readyz and wakes somebody by routes of its own when Obhut fails: for a second machine, elsewhere.

  --command PROGRAM      gets the message as JSON on its standard input; absolute path, no shell
  --mail-to ADDRESS      mail; server from OBHUT_MAIL_HOST, _PORT, _SECURITY, _USER, _PASSWORD_FILE, _FROM
  --listen ADDRESS:PORT  takes the heartbeat too (alerts.heartbeat.url); path: OBHUT_WATCH_PATH, /heartbeat
  --every, --looks       every 30 seconds; after 3 bad looks somebody is woken
  --silence, --repeat    heartbeat 300 seconds old at most; woken again after 900 seconds
  --once, --json         one look: ends with 0 or 4

Example
  obhut watch https://obhut.example --command /usr/local/bin/wake --listen 192.0.2.7:8421
`,
  },
  options: {
    command: { type: 'string', multiple: true },
    'mail-to': { type: 'string', multiple: true },
    listen: { type: 'string' },
    every: { type: 'string' },
    looks: { type: 'string' },
    silence: { type: 'string' },
    repeat: { type: 'string' },
    once: { type: 'boolean' },
  },
  positionals: 1,
  run,
};
