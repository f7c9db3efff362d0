import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type ExitCode, usage } from './exit.ts';
import type { Text } from './language.ts';
import type { Terminal } from './terminal.ts';

/** What was typed after a command's words. */
export interface Arguments {
  readonly positionals: readonly string[];
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  flag(name: string): boolean;
  /** @throws Failure when it is missing. */
  required(name: string): string;
  /** A whole number. @throws Failure */
  number(name: string): number | undefined;
}

export interface Command {
  /** How it is called: `customer create`. */
  readonly words: string;
  /** One line, for the list of commands. */
  readonly summary: Text;
  /** All of `--help`, with an example. */
  readonly help: Text;
  readonly options: ParseArgsOptionsConfig;
  /** How many arguments without a name it takes. */
  readonly positionals: number;
  run(terminal: Terminal, given: Arguments): Promise<ExitCode>;
}

/** Options of each command that talks to a server. */
export const connectionOptions = {
  url: { type: 'string' },
  'token-file': { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

/** @throws Failure that says what cannot be understood. */
export function parseArguments(command: Command, typed: readonly string[]): Arguments {
  const common = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } } as const;
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...typed], options: { ...common, ...command.options }, allowPositionals: true });
  } catch (error) {
    throw misunderstood(error, command);
  }
  const { values, positionals } = parsed;
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined);
  const extra = positionals[command.positionals];
  if (extra !== undefined && values.help !== true) {
    throw usage({ de: `„${extra}“ ist zu viel.`, en: `"${extra}" is one argument too many.` });
  }
  return {
    positionals,
    text,
    texts: (name) => (Array.isArray(values[name]) ? values[name].map(String) : []),
    flag: (name) => values[name] === true,
    required(name) {
      const value = text(name);
      if (value === undefined || value === '') throw usage({ de: `--${name} fehlt.`, en: `--${name} is missing.` });
      return value;
    },
    number(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      if (!/^-?\d{1,15}$/.test(value)) {
        throw usage({ de: `--${name} ist keine ganze Zahl.`, en: `--${name} is not a whole number.` });
      }
      return Number(value);
    },
  };
}

function misunderstood(error: unknown, command: Command): Error {
  if (!(error instanceof Error) || !('code' in error)) throw error;
  const [name] = /--?[\w-]+/.exec(error.message) ?? ['?'];
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    if (name === '--token') {
      return usage({
        de: 'Ein Token steht nie in der Befehlszeile, weil andere sie sehen. Nimm OBHUT_TOKEN oder --token-file.',
        en: 'A token never stands on the command line, where others see it. Use OBHUT_TOKEN or --token-file.',
      });
    }
    return usage({
      de: `${name} kennt „obhut ${command.words}“ nicht.`,
      en: `"obhut ${command.words}" knows no ${name}.`,
    });
  }
  if (error.code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
    return usage({
      de: `${name} passt so nicht: Wert prüfen.`,
      en: `${name} does not fit like this: check its value.`,
    });
  }
  throw error;
}

/** The argument at that place. @throws Failure when it is missing. */
export function positional({ positionals }: Arguments, at: number, name: string): string {
  const value = positionals[at];
  if (value === undefined || value === '') throw usage({ de: `${name} fehlt.`, en: `${name} is missing.` });
  return value;
}
