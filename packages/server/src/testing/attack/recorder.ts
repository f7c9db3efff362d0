/**
 * What somebody has who copied every version of every file that the product ever wrote, save the past of the safes: each
 * write to a site as it was made, and the database's files with all of its write-ahead log.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Site } from '../../platform/sites/site.ts';

export interface Recording {
  /** The name of an object at a site, or the path of a file. */
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Recorder {
  /** Keeps whatever is written to the site from now on; its safe is left out. */
  watch(site: Site): Site;
  readonly kept: readonly Recording[];
}

export function createRecorder(): Recorder {
  const kept: Recording[] = [];
  return {
    kept,
    watch(site) {
      const keep = (purpose: string, name: string, bytes: Uint8Array) => {
        if (purpose !== 'safe') kept.push({ name, bytes: Buffer.from(bytes) });
      };
      return {
        ...site,
        create(purpose, name, content) {
          keep(purpose, name, content);
          return site.create(purpose, name, content);
        },
        replace(purpose, name, content) {
          keep(purpose, name, content);
          return site.replace(purpose, name, content);
        },
        append(purpose, name, content) {
          keep(purpose, name, content);
          return site.append(purpose, name, content);
        },
        async writer(purpose, name) {
          const writer = await site.writer(purpose, name);
          const parts: Buffer[] = [];
          return {
            ...writer,
            write(bytes) {
              parts.push(Buffer.from(bytes));
              return writer.write(bytes);
            },
            commit() {
              keep(purpose, name, Buffer.concat(parts));
              return writer.commit();
            },
          };
        },
      };
    },
  };
}

/** Every file below a folder, as it is now. */
export async function filesBelow(folder: string): Promise<Recording[]> {
  const found: Recording[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    // A file that PostgreSQL removes at this moment is not lost: what was in it stands in the log.
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined || bytes.length === 0) continue;
    found.push({ name: path, bytes: path.includes('/pg_wal/') ? withoutPageHeaders(bytes) : bytes });
  }
  return found;
}

const walPage = 8_192;

/**
 * A record of the write-ahead log goes on over the end of a page, behind the next one's header (24 bytes, 40 where the
 * page begins a segment or says so; `access/xlog_internal.h`). An attacker knows that.
 */
export function withoutPageHeaders(segment: Buffer): Buffer {
  const pages: Buffer[] = [];
  for (let at = 0; at < segment.length; at += walPage) {
    // Never written to: PostgreSQL makes a segment whole, of zeros.
    if (segment.readUInt16LE(at) === 0) continue;
    const isLong = (segment.readUInt16LE(at + 2) & 0x0002) !== 0;
    pages.push(segment.subarray(at + (isLong ? 40 : 24), at + walPage));
  }
  return Buffer.concat(pages);
}
