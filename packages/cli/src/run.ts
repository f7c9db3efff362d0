import { ObhutError } from '@obhut/client';
import { parseArguments } from './command.ts';
import { commands, findCommand } from './commands.ts';
import { type ExitCode, exitCodes, Failure, usage } from './exit.ts';
import { overview } from './help.ts';
import { printJson } from './print.ts';
import type { Terminal } from './terminal.ts';

const asksForHelp = (typed: readonly string[]) => typed.some((word) => word === '--help' || word === '-h');

/** Runs what was typed. Never throws: what went wrong is told, and is the exit code. */
export async function run(terminal: Terminal, typed: readonly string[]): Promise<ExitCode> {
  try {
    return await dispatch(terminal, typed);
  } catch (error) {
    const { code, text, exitCode } = described(terminal, error);
    if (typed.includes('--json')) await printJson(terminal, { error: { code, text } });
    else terminal.say(`${text}\n`);
    if (exitCode === exitCodes.usage && !typed.includes('--json')) {
      const known = findCommand(typed);
      const words = known === undefined ? 'obhut --help' : `obhut ${known.command.words} --help`;
      terminal.say(terminal.t({ de: `Hilfe: ${words}\n`, en: `Help: ${words}\n` }));
    }
    return exitCode;
  }
}

async function dispatch(terminal: Terminal, typed: readonly string[]): Promise<ExitCode> {
  const found = findCommand(typed);
  if (found === undefined) {
    const [word] = typed;
    const group = commands.some(({ words }) => words.split(' ')[0] === word) ? word : undefined;
    if (word === undefined || asksForHelp(typed)) {
      await terminal.out(overview(terminal.language, group));
      return word === undefined ? exitCodes.usage : exitCodes.ok;
    }
    const name = group === undefined ? word : typed.slice(0, 2).join(' ');
    throw usage({ de: `Den Befehl „${name}“ gibt es nicht.`, en: `There is no command "${name}".` });
  }
  const { command, rest } = found;
  if (asksForHelp(rest)) {
    await terminal.out(terminal.t(command.help));
    return exitCodes.ok;
  }
  return command.run(terminal, parseArguments(command, rest));
}

interface Described {
  readonly code: string;
  readonly text: string;
  readonly exitCode: ExitCode;
}

function described(terminal: Terminal, error: unknown): Described {
  if (error instanceof Failure) return { code: error.code, text: terminal.t(error.text), exitCode: error.exitCode };
  if (error instanceof ObhutError) return { code: error.code, text: error.message, exitCode: exitOf(error) };
  if (error instanceof Error && 'code' in error && 'syscall' in error) {
    // Of the file system: its own words name the file and what is wrong with it.
    const wrongName = ['ENOENT', 'EACCES', 'EISDIR', 'EEXIST'].includes(String(error.code));
    return { code: String(error.code), text: error.message, exitCode: wrongName ? exitCodes.usage : exitCodes.failed };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'internal', text, exitCode: exitCodes.failed };
}

function exitOf({ status, code }: ObhutError): ExitCode {
  if (status >= 400 && status < 500) return exitCodes.refused;
  if (status === 503 || code === 'unreachable' || code === 'interrupted' || code === 'outcome_unknown')
    return exitCodes.unreachable;
  return exitCodes.failed;
}
