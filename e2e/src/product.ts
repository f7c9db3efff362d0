/** The started product, from outside: the process that `npm start` runs, its files, its CLI. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;
const main = join(root, 'packages/server/src/main.ts');
const cli = join(root, 'packages/cli/src/main.ts');

export interface Product {
  readonly data: string;
  readonly url: string;
  readonly pid: number;
  /** What it printed. */
  output(): string;
  /** Ctrl-C, and wait. @returns the exit code. */
  stop(): Promise<number | null>;
  /** `kill -9`: no farewell. */
  kill(): Promise<void>;
}

export interface ProductOptions {
  readonly data?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly words?: readonly string[];
}

/** A folder for one test, which PostgreSQL's user can enter. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'obhut-e2e-'));
  await chmod(folder, 0o711);
  return folder;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

function cleanEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }), LANG: 'en_GB.UTF-8', ...extra };
}

function launch({ data, environment = {}, words = [] }: ProductOptions & { readonly data: string }): {
  child: ChildProcess;
  text: () => string;
} {
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=64', '--no-allocation-site-pretenuring', main, ...words],
    {
      cwd: data,
      env: cleanEnvironment({ OBHUT_DATA: data, OBHUT_PORT: '0', OBHUT_METRICS_PORT: '0', ...environment }),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    text += String(chunk);
  });
  return { child, text: () => text };
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });

/** Starts it and waits until it says where it listens. @throws with what it printed when it ends instead. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const data = options.data ?? (await newFolder());
  mkdirSync(data, { recursive: true });
  const runtime = join(data, 'runtime.json');
  await rm(runtime, { force: true });
  const { child, text } = launch({ ...options, data });
  for (let waited = 0; waited < 600; waited += 1) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${text()}`);
    if (existsSync(runtime) && text().includes('API')) {
      const { url } = JSON.parse(readFileSync(runtime, 'utf8')) as { url: string };
      return {
        data,
        url,
        pid: child.pid ?? 0,
        output: text,
        async stop() {
          child.kill('SIGINT');
          return ended(child);
        },
        async kill() {
          child.kill('SIGKILL');
          await ended(child);
        },
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill('SIGKILL');
  throw new Error(`it did not come up: ${text()}`);
}

const refusalMs = 20_000;

/** Starts it where it should refuse. */
export async function startRefused(
  options: ProductOptions & { readonly data: string },
): Promise<{ readonly code: number | null; readonly text: string }> {
  const { child, text } = launch(options);
  // One that comes up instead is ended, and the test sees what it printed.
  const patience = setTimeout(() => child.kill('SIGTERM'), refusalMs);
  const code = await ended(child);
  clearTimeout(patience);
  return { code, text: text() };
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `obhut` as a user would. */
export function obhut(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd = tmpdir(),
): CliResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
    cwd,
    env: cleanEnvironment(environment),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { code: status, stdout, stderr };
}

/** The first token, as `obhut init --json` gives it. */
export function firstToken(product: Product): string {
  const { code, stdout, stderr } = obhut(['init', '--json', '--again', '--data', product.data]);
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { token: string }).token;
}
