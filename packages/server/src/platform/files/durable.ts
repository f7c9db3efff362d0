import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Makes the folder's own entries durable: a file is only safe once its name is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A folder for this user alone, durable. */
export async function makePrivateFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first !== undefined) await syncFolder(dirname(first));
}

async function writeTemporary(folder: string, content: Uint8Array): Promise<string> {
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
  return temporary;
}

/** Replaces a file at once: a reader sees the old content or the new one, also after a crash. */
export async function replaceFile(path: string, content: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const temporary = await writeTemporary(folder, content);
  await rename(temporary, path);
  await syncFolder(folder);
}

/**
 * Writes a file that must not exist yet; whole and durable when this returns, absent when it fails.
 * @throws EEXIST when there is one already.
 */
export async function createFile(path: string, content: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const temporary = await writeTemporary(folder, content);
  try {
    // A link fails where the name is taken; a rename would replace it in silence.
    await link(temporary, path);
  } finally {
    await unlink(temporary);
  }
  await syncFolder(folder);
}
