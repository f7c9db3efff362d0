/**
 * The packs at the sites. Written once for all sites that are there, each site by itself: one that fails is left out and
 * caught up later. Read with every byte checked; a site with wrong bytes is passed over, and named.
 */
import { createHash } from 'node:crypto';
import type { Site } from '../sites/site.ts';
import { BackupError } from './errors.ts';
import type { PackEntry, StreamName } from './manifest.ts';
import { packName } from './names.ts';
import { packBytes } from './pack-work.ts';
import type { Packer } from './packer.ts';

export const purpose = 'backups';

/** Where a pack belongs: no other can be put in its place. */
export function packPlace(backup: string, stream: StreamName, index: number): string {
  return `${backup}/${stream}/${index}`;
}

export interface SiteWriter {
  /** Sites that have taken everything so far. */
  readonly sites: readonly Site[];
  /** Those that did not, since then. */
  readonly missed: ReadonlySet<string>;
  /** Durable at each of `sites` when it returns. @throws BackupError when none is left. */
  create(name: string, content: Uint8Array): Promise<void>;
}

/** Somebody else has written it meanwhile. */
export const exists = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST';

export function createSiteWriter(sites: readonly Site[]): SiteWriter {
  const missed = new Set<string>();
  const left = () => sites.filter(({ name }) => !missed.has(name));
  return {
    get sites() {
      return left();
    },
    missed,
    async create(name, content) {
      await Promise.all(
        left().map((site) =>
          site.create(purpose, name, content).catch((error: unknown) => {
            // Its name is its content: there it is already. What a site says of it is read back later.
            if (!exists(error)) missed.add(site.name);
          }),
        ),
      );
      if (left().length === 0) throw new BackupError('backup_no_site', 'no site takes the backup');
    },
  };
}

/** Cuts what comes into packs. The last may be smaller; an empty stream has none. */
export async function* inPacks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  // A buffer of its own for each: it is handed to a thread.
  let pack = Buffer.allocUnsafeSlow(packBytes);
  let filled = 0;
  for await (const chunk of chunks)
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + packBytes - filled);
      pack.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < packBytes) continue;
      yield pack;
      pack = Buffer.allocUnsafeSlow(packBytes);
      filled = 0;
    }
  if (filled > 0) yield pack.subarray(0, filled);
}

/** Seals a stream into packs and writes them, several at a time. The barrier: when it returns, all of them are durable. */
export async function writeStream(
  { packer, writer }: { readonly packer: Packer; readonly writer: SiteWriter },
  backup: string,
  stream: StreamName,
  chunks: AsyncIterable<Uint8Array>,
): Promise<PackEntry[]> {
  const entries: PackEntry[] = [];
  const underWay = new Set<Promise<void>>();
  let failure: unknown;
  let index = 0;
  const store = async (content: Buffer, at: number) => {
    const plainBytes = content.length;
    const { sealed, digest } = await packer.seal(packPlace(backup, stream, at), content);
    await writer.create(packName(digest), sealed);
    entries[at] = { digest, storedBytes: sealed.length, plainBytes };
  };
  for await (const content of inPacks(chunks)) {
    const work: Promise<void> = store(content, index)
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => underWay.delete(work));
    index += 1;
    underWay.add(work);
    // As many as there are threads, and a few on their way to the disk: memory does not grow with the database.
    if (underWay.size >= packer.threads + 2) await Promise.race(underWay);
    if (failure !== undefined) break;
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure;
  return entries;
}

/** An object at a site that is not what it should be. */
export interface Damage {
  readonly site: string;
  readonly name: string;
  readonly what: 'missing' | 'changed' | 'unreachable';
}

/** The pack at one site. */
export async function readFrom(site: Site, { digest, storedBytes }: PackEntry): Promise<Buffer | Damage['what']> {
  const bytes = await site.read(purpose, packName(digest)).catch(() => null);
  if (bytes === null) return 'unreachable';
  if (bytes === undefined) return 'missing';
  const right = bytes.length === storedBytes && createHash('sha256').update(bytes).digest('hex') === digest;
  return right ? bytes : 'changed';
}

/**
 * A stream, from whichever site has each pack right.
 * @param damaged told of every pack that a site does not have right.
 * @throws BackupError when no site has a pack.
 */
export async function* readStream(
  { packer, sites }: { readonly packer: Packer; readonly sites: readonly Site[] },
  backup: string,
  stream: { readonly name: StreamName; readonly packs: readonly PackEntry[] },
  damaged: (damage: Damage) => void,
): AsyncGenerator<Buffer> {
  async function fetch(entry: PackEntry, index: number): Promise<Buffer> {
    for (const site of sites) {
      const found = await readFrom(site, entry);
      if (typeof found === 'string') {
        damaged({ site: site.name, name: packName(entry.digest), what: found });
        continue;
      }
      return packer.open(packPlace(backup, stream.name, index), found, entry.plainBytes);
    }
    throw new BackupError('backup_damaged', `no site has the pack ${packName(entry.digest)} as it was written`);
  }
  const ahead: Promise<Buffer>[] = [];
  let next = 0;
  const fill = () => {
    for (; next < stream.packs.length && ahead.length < packer.threads + 1; next += 1) {
      const entry = stream.packs[next];
      if (entry === undefined) continue;
      const work = fetch(entry, next);
      // Awaited in its turn; until then its failure must not end the process.
      work.catch(() => undefined);
      ahead.push(work);
    }
  };
  for (fill(); ahead.length > 0; fill()) {
    const work = ahead.shift();
    if (work !== undefined) yield await work;
  }
}
