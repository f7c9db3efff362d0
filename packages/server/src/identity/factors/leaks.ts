/**
 * Whether a password is known from a leak, without telling anybody the password: from a sorted file on this machine, or by
 * k-anonymity from a mirror in the house (only the first 5 of 40 hex digits of its SHA-1 leave; the format is that of
 * Have I Been Pwned's Pwned Passwords).
 */
import { hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

export type LeakSource = { readonly file: string } | { readonly mirror: string };

const maxAnswerBytes = 1_048_576;

/** @returns `undefined` when it could not be found out: the mirror or the file is away. */
export async function isLeaked(password: string, source: LeakSource, patienceMs = 3_000): Promise<boolean | undefined> {
  const digest = hash('sha1', password.normalize('NFC'), 'hex').toUpperCase();
  try {
    return 'file' in source ? await inFile(source.file, digest) : await atMirror(source.mirror, digest, patienceMs);
  } catch {
    return undefined;
  }
}

async function atMirror(mirror: string, digest: string, patienceMs: number): Promise<boolean> {
  const answer = await fetch(`${mirror.replace(/\/$/, '')}/range/${digest.slice(0, 5)}`, {
    // Padded, so that the size of the answer tells nothing.
    headers: { 'Add-Padding': 'true' },
    redirect: 'error',
    signal: AbortSignal.timeout(patienceMs),
  });
  if (!answer.ok) throw new Error('the mirror refused');
  const text = (await answer.text()).slice(0, maxAnswerBytes);
  const wanted = `${digest.slice(5)}:`;
  // A padding line counts 0.
  return text.split('\n').some((line) => line.toUpperCase().startsWith(wanted) && !/:0\s*$/.test(line));
}

/** The longest line: 40 digits, a colon, a count, a line break. */
const lineBytes = 64;

/** Looks for the line of a digest in a file sorted by digest, by halving the file. */
async function inFile(path: string, digest: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    let low = 0;
    let high = (await file.stat()).size;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const line = await lineFrom(file, middle);
      if (line === undefined || line.digest >= digest) {
        if (line?.digest === digest) return true;
        high = middle;
      } else low = line.end;
    }
    return (await lineFrom(file, low))?.digest === digest;
  } finally {
    await file.close();
  }
}

/** The first whole line that begins at `from` or after it. */
async function lineFrom(file: FileHandle, from: number): Promise<{ digest: string; end: number } | undefined> {
  const start = Math.max(0, from - 1);
  const buffer = Buffer.alloc(2 * lineBytes + 1);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
  const text = buffer.toString('latin1', 0, bytesRead);
  const begin = from === 0 ? 0 : text.indexOf('\n') + 1;
  if (from !== 0 && begin === 0) return undefined;
  const digest = text.slice(begin, begin + 40).toUpperCase();
  if (!/^[0-9A-F]{40}$/.test(digest)) return undefined;
  const end = text.indexOf('\n', begin);
  return { digest, end: start + (end < 0 ? bytesRead : end + 1) };
}
