import type { Text } from './language.ts';

/** What the process ends with; `obhut --help` documents it. */
export const exitCodes = {
  ok: 0,
  /** It failed, or the answer is no: a proof does not hold, rows were rejected. */
  failed: 1,
  usage: 2,
  /** The server refused (4xx). */
  refused: 3,
  /** Not reachable, or not ready (503). */
  unreachable: 4,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Something to tell the person at the keyboard, and the code to end with. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: ExitCode;
  /** Stable, for `--json`. */
  readonly code: string;
  readonly text: Text;
  constructor(exitCode: ExitCode, code: string, text: Text) {
    super(text.en);
    this.exitCode = exitCode;
    this.code = code;
    this.text = text;
  }
}

export const usage = (text: Text): Failure => new Failure(exitCodes.usage, 'usage', text);
export const failed = (code: string, text: Text): Failure => new Failure(exitCodes.failed, code, text);
