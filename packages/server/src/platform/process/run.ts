/** Runs another program, bounded in time and output, without a shell; whatever it started goes with it. */
import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** On its standard input. One that does not read it is no error. */
  readonly input: string;
  readonly longestMs: number;
  /** Of its standard output, which is not read without it. More ends the program. */
  readonly maxOutputBytes?: number;
}

/** `code` is undefined where a signal ended it. */
export type RunResult =
  | { readonly state: 'ended'; readonly code: number | undefined; readonly output: Buffer }
  | { readonly state: 'not_startable' | 'too_long' | 'too_much' };

/** It does not reject: each end is a result. */
export function run(options: RunOptions): Promise<RunResult> {
  const { program, args, env, cwd, input, longestMs, maxOutputBytes } = options;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...(cwd !== undefined && { cwd }),
      env,
      stdio: ['pipe', maxOutputBytes === undefined ? 'ignore' : 'pipe', 'ignore'],
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
    const over = (result: RunResult) => {
      clearTimeout(timer);
      end();
      resolve(result);
    };
    const timer = setTimeout(() => over({ state: 'too_long' }), longestMs);
    const parts: Buffer[] = [];
    let bytes = 0;
    child.stdout?.on('data', (part: Buffer) => {
      parts.push(part);
      bytes += part.length;
      if (bytes > (maxOutputBytes ?? 0)) over({ state: 'too_much' });
    });
    child.once('error', () => over({ state: 'not_startable' }));
    child.once('close', (code) => over({ state: 'ended', code: code ?? undefined, output: Buffer.concat(parts) }));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
