import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Job, LoadResult } from './load.ts';

/** One figure, as `--json` prints it. A baseline of `null` says that there is none. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: number | null;
  readonly ratio: number | null;
}

export function figure(name: string, value: number, unit: string, baseline?: number): Figure {
  const rounded = (number: number) => Math.round(number * 1000) / 1000;
  return {
    name,
    value: rounded(value),
    unit,
    baseline: baseline === undefined ? null : rounded(baseline),
    ratio: baseline === undefined ? null : rounded(value / baseline),
  };
}

export interface Subject {
  readonly port: number;
  readonly token: string;
  ask<Answer>(command: string, argument?: object): Promise<Answer>;
  stop(): Promise<void>;
}

/** Resident memory of the server, in MB: asked before and after the load, so that a figure shows whether it stays flat. */
export const memoryOf = async (subject: Subject): Promise<number> =>
  (await subject.ask<{ rssMb: number }>('memory')).rssMb;

/** Starts the server under measurement. */
export async function startSubject(environment: Record<string, string> = {}): Promise<Subject> {
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=64', '--no-allocation-site-pretenuring', new URL('./subject.ts', import.meta.url).pathname],
    {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async <Answer>() => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the server under measurement ended');
    return JSON.parse(value) as Answer;
  };
  const { port, token } = await answer<{ port: number; token: string }>();
  return {
    port,
    token,
    async ask<Answer>(command: string, argument: object = {}) {
      child.stdin.write(`${JSON.stringify({ command, argument })}\n`);
      return answer<Answer>();
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.write(`${JSON.stringify({ command: 'stop' })}\n`);
      await ended;
    },
  };
}

/** Runs a job in a third process. @throws when an answer was not the one expected: such a figure is worth nothing. */
export async function load(job: Job): Promise<LoadResult> {
  const child = spawn(process.execPath, [new URL('./load.ts', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(job));
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  const result = JSON.parse(text) as LoadResult;
  if (result.failures > 0 || result.requests === 0)
    throw new Error(`${result.failures} of ${result.requests} answers were wrong:\n${result.wrong.join('\n')}`);
  return result;
}

/** Loads by turns for as long as some work goes on. @returns the runs of each; of each at least one. */
export async function loadDuring(jobs: readonly Job[], work: Promise<unknown>): Promise<readonly LoadResult[][]> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  // Whoever asked for the work hears of its failure.
  work.then(over, over);
  const results = jobs.map((): LoadResult[] => []);
  do for (const [i, job] of jobs.entries()) if (!isOver || results[i]?.length === 0) results[i]?.push(await load(job));
  while (!isOver);
  return results;
}

/** The middle of several runs, by throughput. */
export function median(results: readonly LoadResult[]): LoadResult {
  const sorted = [...results].sort((a, b) => a.perSecond - b.perSecond);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('no run');
  return middle;
}
