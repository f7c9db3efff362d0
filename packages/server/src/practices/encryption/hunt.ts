/** Searches files for values that must not be readable in them, in every form in which somebody could have written them. */
import { open, readdir, stat } from 'node:fs/promises';
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
  // Digits alone have no case.
  if (all.get('HEX')?.equals(all.get('hex') ?? plain)) all.delete('HEX');
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

interface Needle {
  readonly what: string;
  readonly bytes: Buffer;
}

/** A window of a file. @returns what is in it. */
type Search = (window: Buffer) => readonly string[];

/** Shorter beginnings are in too much, and a form of base64 leaves nothing of them. */
const shortestFilter = 10;

function commonBeginning([first = '', ...others]: readonly string[]): string {
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}

/** Where all markers begin alike, a window without any form of that beginning has none of them: one search stands for many. */
function searchFor(markers: readonly string[], others: readonly Needle[]): Search {
  const inside = (needles: readonly Needle[], window: Buffer) =>
    needles.flatMap(({ what, bytes }) => (window.includes(bytes) ? what : []));
  const needles = markers.flatMap((marker, position) =>
    [...formsOf(marker)].map(([form, bytes]) => ({ what: `${position}/${form}`, bytes })),
  );
  const beginning = commonBeginning(markers);
  const filter = beginning.length < shortestFilter ? undefined : [...formsOf(beginning).values()];
  return (window) => [
    ...inside(others, window),
    ...(filter === undefined || filter.some((form) => window.includes(form)) ? inside(needles, window) : []),
  ];
}

/** @throws Error when a file cannot be read; `ENOENT` when it is gone. */
async function searchFile(
  path: string,
  search: Search,
  longest: number,
  rest: number,
  onFound: (what: string) => void,
): Promise<number> {
  const handle = await open(path);
  try {
    // One buffer for the whole file: what a chunk ends with stands before the next one.
    const buffer = Buffer.allocUnsafeSlow(longest + chunkBytes);
    let bytes = 0;
    let kept = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, kept, chunkBytes, null);
      if (bytesRead === 0) return bytes;
      const begun = performance.now();
      const end = kept + bytesRead;
      bytes += bytesRead;
      for (const what of search(buffer.subarray(0, end))) onFound(what);
      kept = Math.min(longest, end);
      buffer.copyWithin(0, end - kept, end);
      if (rest > 0) await setTimeout((performance.now() - begun) * rest);
    }
  } finally {
    await handle.close();
  }
}

const isControl = 'control';

export async function hunt({ folders, markers, control, sinceMs, rest }: Hunt): Promise<Hunted> {
  const search = searchFor(
    markers,
    control === undefined ? [] : [{ what: isControl, bytes: Buffer.from(control, 'utf8') }],
  );
  // Hexadecimal takes two bytes for each, UTF-16 two for each of ASCII; twice that is on the safe side.
  const longest = 4 * Math.max(...[...markers, control ?? ''].map((one) => Buffer.byteLength(one)));
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
        bytes += await searchFile(path, search, longest, rest, (what) => {
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
