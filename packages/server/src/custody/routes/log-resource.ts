import { ProofError, parseBundlePath, parseTilePath } from '@obhut/proof';
import type { Journal } from '../../journal/journal.ts';
import type { Log } from '../../journal/logs.ts';

/** The bytes at a path of a tiled log; `undefined` for a path that is none, or that the signed tree does not have yet. */
export async function logResource(journal: Journal, log: Log, path: string): Promise<Buffer | undefined> {
  try {
    if (!path.startsWith('tile/entries/')) return await journal.read.tile(log, parseTilePath(path));
    const { index, width } = parseBundlePath(path);
    return await journal.read.bundle(log, Number(index), width);
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}
