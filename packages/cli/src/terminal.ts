import type { Language, Text } from './language.ts';

/** What a command writes to, and knows of its surroundings. */
export interface Terminal {
  readonly language: Language;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A result: standard output. Resolves when it may go on writing. */
  out(text: string): Promise<void>;
  /** What is said about it: standard error. */
  say(text: string): void;
  /** Standard error is read by a person right now. */
  readonly live: boolean;
  readonly columns: number;
  t(text: Text): string;
}

export function createTerminal(process: NodeJS.Process, language: Language): Terminal {
  const { stdout, stderr } = process;
  return {
    language,
    env: process.env,
    async out(text) {
      if (!stdout.write(text)) await new Promise<void>((resolve) => stdout.once('drain', resolve));
    },
    say: (text) => void stderr.write(text),
    live: stderr.isTTY === true && process.env.TERM !== 'dumb',
    columns: stderr.columns ?? 80,
    t: (text) => text[language],
  };
}
