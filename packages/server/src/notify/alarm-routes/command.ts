/**
 * Runs a program of the operator's with a message on its standard input, as JSON. No shell: what stands in the message cannot
 * become a word of a command line. Bounded in time; whatever it started goes with it. What it prints is not read.
 */
import { run } from '../../platform/process/run.ts';
import { RouteError } from './route.ts';

export interface CommandOptions {
  /** The program by its absolute path, and its arguments. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

/** @returns when it ended with 0. @throws RouteError `not_startable`, `exit_code`, `timeout` */
export async function runCommand({ command, timeoutMs }: CommandOptions, message: unknown): Promise<void> {
  const [program = '', ...args] = command;
  // Of our environment only what a program needs to find others: no setting, no secret.
  const { PATH, LANG } = process.env;
  const result = await run({
    program,
    args,
    cwd: '/',
    env: { ...(PATH !== undefined && { PATH }), ...(LANG !== undefined && { LANG }) },
    input: `${JSON.stringify(message)}\n`,
    longestMs: timeoutMs,
  });
  if (result.state === 'not_startable') throw new RouteError('not_startable');
  if (result.state !== 'ended') throw new RouteError('timeout');
  if (result.code !== 0) throw new RouteError('exit_code');
}
