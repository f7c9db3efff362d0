import { readFileSync } from 'node:fs';
import { type CustomerHandle, createObhut, type KnownLogs, type Obhut } from '@obhut/client';
import type { Arguments } from './command.ts';
import { usage } from './exit.ts';
import type { Terminal } from './terminal.ts';

const defaultUrl = 'http://localhost:8420';

/** The token's text, from the environment or a file. It is never an argument: those are seen by others. */
function tokenOf(terminal: Terminal, given: Arguments): string {
  const file = given.text('token-file');
  const token = (file === undefined ? terminal.env.OBHUT_TOKEN : readFileSync(file, 'utf8'))?.trim();
  if (token === undefined || token === '') {
    throw usage({
      de: 'Das Token fehlt. Setze OBHUT_TOKEN, oder nenne eine Datei mit --token-file.',
      en: 'The token is missing. Set OBHUT_TOKEN, or name a file with --token-file.',
    });
  }
  return token;
}

/** Whether there is a server to ask, for commands that can do without. */
export function canConnect(terminal: Terminal, given: Arguments): boolean {
  return given.text('token-file') !== undefined || (terminal.env.OBHUT_TOKEN ?? '') !== '';
}

/** @throws Failure for a token or URL that can be none. */
export function connect(terminal: Terminal, given: Arguments, knownLogs?: KnownLogs): Obhut {
  const url = given.text('url') ?? terminal.env.OBHUT_URL ?? defaultUrl;
  const token = tokenOf(terminal, given);
  try {
    return createObhut({ url, token, language: terminal.language, knownLogs });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw usage({
      de: 'Token oder Adresse haben nicht die richtige Form: obhut_…_…, http(s)://…',
      en: 'Token or URL do not have the right form: obhut_…_…, http(s)://…',
    });
  }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id as it was typed. @throws Failure */
export function idOf(text: string, name: string): string {
  if (uuid.test(text)) return text;
  throw usage({
    de: `${name} ist keine Kennung (UUID, klein geschrieben).`,
    en: `${name} is no id (UUID, lower case).`,
  });
}

export function customerOf(terminal: Terminal, given: Arguments): CustomerHandle {
  return connect(terminal, given).customer(idOf(given.required('customer'), '--customer'));
}
