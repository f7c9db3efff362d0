import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly node?: readonly string[];
  readonly cwd?: string;
}

/** Runs `obhut` as a process of its own, in English and with nothing of our environment. */
export function obhut(args: readonly string[], { env = {}, node = [], cwd }: Surroundings = {}): Promise<Ended> {
  const child = spawn(process.execPath, [...node, main, ...args], { env: { PATH: process.env.PATH, ...env }, cwd });
  const pieces: { out: string; err: string } = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    pieces.out += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    pieces.err += piece;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...pieces }));
  });
}

export interface Folder {
  path(name: string): string;
  remove(): void;
}

export function temporaryFolder(): Folder {
  const folder = mkdtempSync(join(tmpdir(), 'obhut-cli-'));
  return { path: (name) => join(folder, name), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
