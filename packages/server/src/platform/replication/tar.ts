/**
 * The archive of a base backup: ustar (POSIX.1-1988) as PostgreSQL writes it (`common/tar.c`, `port/tar.c`): files, folders,
 * sizes in octal or, from 8 GiB on, in base 256. Read as a stream, in constant memory.
 */
import { ReplicationError } from './errors.ts';

export type TarPart =
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly size: number }
  /** Content of the file before. */
  | { readonly kind: 'content'; readonly bytes: Buffer };

const block = 512;
const broken = (what: string) => new ReplicationError('replication_protocol', what);

function textAt(header: Buffer, from: number, length: number): string {
  const end = header.indexOf(0, from);
  return header.toString('utf8', from, end < 0 || end > from + length ? from + length : end);
}

function numberAt(header: Buffer, from: number, length: number): number {
  const first = header[from] ?? 0;
  if (first !== 0x80) {
    const text = textAt(header, from, length).trim();
    if (!/^[0-7]+$/.test(text)) throw broken('an archive with a number that is none');
    return Number.parseInt(text, 8);
  }
  let value = 0n;
  for (const byte of header.subarray(from + 1, from + length)) value = (value << 8n) | BigInt(byte);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw broken('an archive with a file that is too large');
  return Number(value);
}

/** The sum of the header's bytes, its own field taken as blanks. */
function checkSum(header: Buffer): void {
  let sum = 0;
  for (let i = 0; i < block; i += 1) sum += i >= 148 && i < 156 ? 0x20 : (header[i] ?? 0);
  if (sum !== numberAt(header, 148, 8)) throw broken('an archive with a damaged header');
}

/** A path below the folder that it is unpacked to. @throws ReplicationError for any other. */
function safePath(header: Buffer): string {
  const prefix = textAt(header, 345, 155);
  const path = `${prefix === '' ? '' : `${prefix}/`}${textAt(header, 0, 100)}`
    // PostgreSQL writes some of its folders so.
    .replace(/^\.\//, '')
    .replace(/\/$/, '');
  const parts = path.split('/');
  if (path === '' || path.startsWith('/') || parts.some((part) => part === '' || part === '..' || part === '.'))
    throw broken('an archive with a path that leads elsewhere');
  return path;
}

/** @param chunks the archive, in pieces of any size. @throws ReplicationError where it is none, or ends too early. */
export async function* readTar(chunks: AsyncIterable<Buffer>): AsyncGenerator<TarPart> {
  let pending: Buffer = Buffer.alloc(0);
  /** Bytes of content, and of what fills its last block, that are still to come. */
  let content = 0;
  let filling = 0;
  let ended = false;
  for await (const chunk of chunks) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      if (content > 0) {
        const bytes = pending.subarray(0, content);
        if (bytes.length === 0) break;
        content -= bytes.length;
        pending = pending.subarray(bytes.length);
        yield { kind: 'content', bytes };
        continue;
      }
      if (filling > 0) {
        const skipped = Math.min(filling, pending.length);
        if (skipped === 0) break;
        filling -= skipped;
        pending = pending.subarray(skipped);
        continue;
      }
      if (ended || pending.length < block) break;
      const header = pending.subarray(0, block);
      pending = pending.subarray(block);
      if (header.every((byte) => byte === 0)) {
        ended = true;
        continue;
      }
      checkSum(header);
      const mode = numberAt(header, 100, 8) & 0o777;
      const path = safePath(header);
      const size = numberAt(header, 124, 12);
      const type = String.fromCharCode(header[156] ?? 0);
      if (type === '5') yield { kind: 'folder', path, mode };
      else if (type === '0' || type === '\0') {
        yield { kind: 'file', path, mode, size };
        content = size;
        filling = (block - (size % block)) % block;
      } else throw broken('an archive with something that is neither file nor folder');
    }
  }
  // PostgreSQL's walsender leaves the two empty blocks at the end to its client.
  if (content > 0 || filling > 0 || (!ended && pending.length > 0)) throw broken('an archive that ends too early');
}
