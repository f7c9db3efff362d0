/**
 * Runs a program of the operator's with a message on its standard input, as JSON. No shell: what stands in the message cannot
 * become a word of a command line. Bounded in time; whatever it started goes with it. What it prints is not read.
 */
import { spawn } from 'node:child_process';
import { RouteError } from './route.ts';

export interface CommandOptions {
  /** The program by its absolute path, and its arguments. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

/** @returns when it ended with 0. @throws RouteError `not_startable`, `exit_code`, `timeout` */
export function runCommand({ command, timeoutMs }: CommandOptions, message: unknown): Promise<void> {
  const [program = '', ...words] = command;
  return new Promise((resolve, reject) => {
    // Of our environment only what a program needs to find others: no setting, no secret.
    const { PATH, LANG } = process.env;
    const child = spawn(program, words, {
      cwd: '/',
      env: { ...(PATH !== undefined && { PATH }), ...(LANG !== undefined && { LANG }) },
      stdio: ['pipe', 'ignore', 'ignore'],
      // A group of its own, so that the end reaches what it started.
      detached: true,
    });
    const end = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It is gone already.
      }
    };
    const timer = setTimeout(() => {
      end();
      reject(new RouteError('timeout'));
    }, timeoutMs);
    child.on('error', () => {
      clearTimeout(timer);
      reject(new RouteError('not_startable'));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      end();
      if (code === 0) resolve();
      else reject(new RouteError('exit_code'));
    });
    // One that does not read its input is no error, as long as it ends with 0.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify(message)}\n`);
  });
}
