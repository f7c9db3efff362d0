/** Searches files for values that must not be readable in them, in every form in which somebody could have written them. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export interface Hunt {
  readonly folders: readonly string[];
  readonly markers: readonly string[];
  /** Looked for as it is, and in no other form. */
  readonly control?: string;
  /** Only files written since: nobody can have put a value into a file before there was one. 0: every file. */
  readonly sinceMs: number;
  /** For each millisecond of searching, so many of rest: there are others who need the machine. */
  readonly rest: number;
}

export interface Hunted {
  /** `position of the marker/form in path`. */
  readonly found: readonly string[];
  readonly foundControl: boolean;
  readonly files: number;
  readonly bytes: number;
  /** Files that are there and could not be read. */
  readonly unread: number;
}

/** The marker as bytes in each form. */
function formsOf(marker: string): Map<string, Buffer> {
  const plain = Buffer.from(marker, 'utf8');
  const utf16 = Buffer.from(marker, 'utf16le');
  const all = new Map<string, Buffer>([
    ['plain', plain],
    ['hex', Buffer.from(plain.toString('hex'))],
    ['HEX', Buffer.from(plain.toString('hex').toUpperCase())],
    ['utf-16le', utf16],
    ['utf-16be', Buffer.from(utf16).swap16()],
  ]);
  // Base64 of something that the marker stands in: three alignments, without the characters that its neighbours touch.
  for (const shift of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(shift), plain]).toString('base64');
    all.set(`base64+${shift}`, Buffer.from(text.slice(shift === 0 ? 0 : 4, text.length - 4)));
  }
  return all;
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

async function* filesBelow(folder: string, onUnread: () => void): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') onUnread();
    return [];
  });
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path, onUnread);
    else if (entry.isFile()) yield path;
  }
}

const chunkBytes = 1024 * 1024;

/** @throws Error when a file cannot be read; `ENOENT` when it is gone. */
async function searchFile(
  path: string,
  needles: readonly { readonly what: string; readonly bytes: Buffer }[],
  rest: number,
  onFound: (what: string) => void,
): Promise<number> {
  const longest = Math.max(...needles.map(({ bytes }) => bytes.length));
  let bytes = 0;
  let tail = Buffer.alloc(0) as Buffer;
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
    const begun = performance.now();
    const window = Buffer.concat([tail, chunk as Buffer]);
    bytes += (chunk as Buffer).length;
    for (const { what, bytes: needle } of needles) if (window.includes(needle)) onFound(what);
    tail = window.subarray(Math.max(0, window.length - longest));
    if (rest > 0) await setTimeout((performance.now() - begun) * rest);
  }
  return bytes;
}

const isControl = 'control';

export async function hunt({ folders, markers, control, sinceMs, rest }: Hunt): Promise<Hunted> {
  const needles = markers.flatMap((marker, position) =>
    [...formsOf(marker)].map(([form, bytes]) => ({ what: `${position}/${form}`, bytes })),
  );
  if (control !== undefined) needles.push({ what: isControl, bytes: Buffer.from(control, 'utf8') });
  const found = new Set<string>();
  let foundControl = false;
  let files = 0;
  let bytes = 0;
  let unread = 0;
  for (const folder of folders)
    for await (const path of filesBelow(folder, () => {
      unread += 1;
    }))
      try {
        if ((await stat(path)).mtimeMs < sinceMs) continue;
        bytes += await searchFile(path, needles, rest, (what) => {
          if (what === isControl) foundControl = true;
          else found.add(`${what} in ${path.slice(folder.length)}`);
        });
        files += 1;
      } catch (error) {
        // The database removes files while it works.
        if (codeOf(error) !== 'ENOENT') unread += 1;
      }
  return { found: [...found], foundControl, files, bytes, unread };
}
