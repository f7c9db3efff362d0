import { readFileSync } from 'node:fs';
import { rename, unlink, writeFile } from 'node:fs/promises';
import { StartError } from '../config/start-error.ts';

interface Holder {
  readonly pid: number;
  /** When the process began, in clock ticks since boot: a pid alone may have been given to somebody else. */
  readonly began: string;
}

/** Field 22 of /proc/PID/stat; elsewhere the pid has to do. */
function beganAt(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function isAlive({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = beganAt(pid);
  return now === undefined || began === '' || now === began;
}

export interface Lock {
  release(): Promise<void>;
}

/**
 * One server per data folder. A lock whose holder is gone (`kill -9`, power loss) is taken over.
 * @throws StartError `already_running`
 */
export async function lockFolder(path: string, folder: string): Promise<Lock> {
  const mine: Holder = { pid: process.pid, began: beganAt(process.pid) ?? '' };
  const text = `${JSON.stringify(mine)}\n`;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      await writeFile(path, text, { flag: 'wx', mode: 0o600 });
      return { release: () => unlink(path) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(path);
    if (holder !== undefined && isAlive(holder))
      throw new StartError(
        'already_running',
        `Obhut already runs on ${folder} (process ${holder.pid}).`,
        'Use that one, stop it, or set OBHUT_DATA to another folder.',
      );
    // Moved aside under a name of our own: of two that find it stale, one succeeds and both try again.
    await rename(path, `${path}.${process.pid}.stale`).catch(() => undefined);
    await unlink(`${path}.${process.pid}.stale`).catch(() => undefined);
  }
  throw new StartError('already_running', `Another Obhut is starting on ${folder}.`, 'Try again in a moment.');
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}
