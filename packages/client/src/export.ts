import { ownError } from './error.ts';
import { linesOrInterrupted } from './import.ts';
import { type Reading, readingHeaders } from './read.ts';
import { pathOf, type Transport } from './transport.ts';
import type { ExportLine, Id } from './types.ts';

export interface ExportOptions extends Reading {
  /** Only this collection; by default all, and the list of files. */
  readonly collection?: string | undefined;
}

/** The line of a file; its content is not in the export. */
export type ExportedFile = Extract<ExportLine, { readonly file: Id }>;

export const isExportedFile = (line: ExportLine): line is ExportedFile => 'file' in line;

/** Of the name, in bytes: most file systems take 255, and the id, the version and the end of a part come to it. */
const longestName = 160;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Where the content of an exported file goes, with slashes, relative to the folder of the export. The name that somebody gave
 * the file is its end, without anything that leads elsewhere or that a file system does not take; another version of the same
 * file goes elsewhere.
 * @throws TypeError for ids that are none: they would lead elsewhere as well
 */
export function exportedFilePath({ person, file, version, name = '' }: ExportedFile): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const plain = name.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\\/:*?"<>|]/g, '_');
  if (!uuid.test(person) || !uuid.test(file) || !Number.isSafeInteger(version))
    throw new TypeError('no line of a file');
  // Windows takes no dot or space at the end. What is too long goes from the beginning, in whole characters: the end says what it is.
  const characters = [...plain.replace(/[. ]+$/, '')];
  let bytes = 0;
  let from = characters.length;
  for (const character of characters.toReversed()) {
    bytes += new TextEncoder().encode(character).length;
    if (bytes > longestName) break;
    from -= 1;
  }
  const end = characters.slice(from).join('');
  return `files/${person}/${file}-${version}${end === '' ? '' : ` ${end}`}`;
}

/**
 * The lines of an export as they arrive. An export cannot go on where it broke off: its last line says that it is whole,
 * and without it this throws `interrupted`.
 */
export async function* runExport(
  transport: Transport,
  customer: Id,
  options: ExportOptions,
): AsyncGenerator<ExportLine, void, undefined> {
  const response = await transport.open({
    method: 'GET',
    path: pathOf(['customers', customer, 'export'], { collection: options.collection }),
    headers: readingHeaders(options),
    signal: options.signal,
  });
  if (response.body === null) throw ownError('answer_invalid', transport.language);
  for await (const text of linesOrInterrupted(response.body, transport.language)) {
    const line = parse(text);
    if (line === undefined) break;
    yield line;
    if ('done' in line) return;
  }
  options.signal?.throwIfAborted();
  throw ownError('interrupted', transport.language);
}

function parse(text: string): ExportLine | undefined {
  try {
    return JSON.parse(text) as ExportLine;
  } catch {
    return undefined; // half a line: the connection was cut in the middle of it
  }
}
