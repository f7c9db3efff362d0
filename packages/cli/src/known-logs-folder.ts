/** Remembers logs in a folder: a file each, which only its owner reads. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extendsKnown, type KnownLog, type KnownLogs } from '@obhut/client';
import { failed } from './exit.ts';

interface Kept extends KnownLog {
  readonly origin: string;
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null) return false;
  const { origin, key, checkpoint, size } = value as Record<string, unknown>;
  const texts = [origin, key, checkpoint, size].every((part) => typeof part === 'string');
  return texts && /^\d{1,20}$/.test(String(size));
}

export function openKnownLogs(folder: string): KnownLogs {
  // An origin is no file name: it has slashes, and comes from a file of somebody else.
  const fileOf = (origin: string) => join(folder, `${createHash('sha256').update(origin).digest('hex')}.json`);

  async function get(origin: string): Promise<KnownLog | undefined> {
    const file = fileOf(origin);
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    let kept: unknown;
    try {
      kept = JSON.parse(text);
    } catch {
      // said below
    }
    // To begin anew here would forget, without a word, what the log once showed.
    if (!isKept(kept) || kept.origin !== origin) {
      throw failed('memory_damaged', {
        de: `${file} ist beschädigt. Was darin vom Protokoll gemerkt war, ist nicht lesbar.`,
        en: `${file} is damaged. What it remembered of the log cannot be read.`,
      });
    }
    return { key: kept.key, checkpoint: kept.checkpoint, size: kept.size };
  }

  return {
    get,
    async set(origin, log) {
      if (!extendsKnown(await get(origin), log)) return;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = fileOf(origin);
      const next = `${file}.${randomUUID()}`;
      await writeFile(next, `${JSON.stringify({ origin, ...log }, null, 2)}\n`, {
        mode: 0o600,
        flag: 'wx',
        flush: true,
      });
      await rename(next, file);
    },
  };
}
