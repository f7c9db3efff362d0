/**
 * What lies at the sites of a repository's backups: sealed bundles, each in one object, and a list for each night. A list
 * names all bundles that make the repository of that night, with their digests, and is written last: what no list names
 * does not count. Nothing is ever overwritten.
 *
 * The root key is all that opens them: a site and that key restore on a bare machine.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { keyedDigest, SecretKey } from '../../../platform/crypto/key.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createBox } from '../../../platform/secrets/box.ts';
import { createStreamBox } from '../../../platform/secrets/stream-box.ts';
import { digestAt } from '../../../platform/sites/digest.ts';
import type { Site } from '../../../platform/sites/site.ts';
import type { Fetched } from './working-copy.ts';

/** A sealed bundle. */
export interface Bundle {
  readonly object: string;
  readonly bytes: number;
  /** SHA-256 of the object, hexadecimal. */
  readonly digest: string;
}

/** One night. */
export interface NightList extends Fetched {
  readonly v: 1;
  readonly repository: string;
  readonly at: string;
  /** In the order in which they are taken. */
  readonly bundles: readonly Bundle[];
}

/** A list with the name of its object. */
export interface StoredList extends NightList {
  readonly object: string;
}

export interface Shelf {
  /** Seals a file to every site that takes it. @returns `undefined` when none did. */
  put(repository: string, path: string): Promise<Bundle | undefined>;
  /** Opens a bundle of a site into a new file. @throws Damaged when it is not what was written. */
  fetch(site: Site, bundle: Bundle, path: string): Promise<void>;
  /** Whether the site has these very bytes. */
  holds(site: Site, bundle: Bundle): Promise<boolean>;
  /** Copies a bundle from a site that has it. */
  heal(from: Site, to: Site, bundle: Bundle): Promise<void>;
  /** Writes the list of a night, last of all. @returns the name of its object. */
  list(site: Site, night: NightList, object: string): Promise<void>;
  nameOf(repository: string, at: Date): string;
  /** The newest list of a site that can be opened. @throws Error when the site cannot be read. */
  newest(site: Site, repository: string): Promise<StoredList | undefined>;
  /** All of them, the newest first. @throws Error when the site cannot be read. */
  lists(site: Site, repository: string): Promise<readonly StoredList[]>;
  /** Removes lists, and bundles of before that moment that no list names any more. @returns how many objects went. */
  prune(
    site: Site,
    repository: string,
    keep: (list: StoredList, position: number) => boolean,
    before: Date,
  ): Promise<number>;
}

export class Damaged extends Error {
  override readonly name = 'Damaged';
  readonly code = 'backup_damaged';
  constructor(object: string) {
    super(`the object ${object} of a backup is not what was written`);
  }
}

const purpose = 'backups';
const bundleEnd = '.bundle';
const listEnd = '.list';

const startOf = (repository: string) => `code.${repository}.`;

/** Derived, and not made: whoever has the root key needs nothing else. */
export const sourceCodeKey = (rootKey: SecretKey): SecretKey =>
  SecretKey.from(keyedDigest(rootKey, 'backups of source code v1'));

export function createShelf(sites: readonly Site[], key: SecretKey): Shelf {
  const lid = createBox(key);
  const box = createStreamBox(key);
  const placeOf = (object: string) => ['source-code', object];

  async function readList(site: Site, object: string): Promise<StoredList | undefined> {
    const sealed = await site.read(purpose, object);
    if (sealed === undefined) return undefined;
    try {
      return { ...(JSON.parse(lid.open(placeOf(object), sealed).toString()) as NightList), object };
    } catch {
      // Changed, or not ours: it is no list. Another site may have it whole.
      return undefined;
    }
  }

  async function namesOf(site: Site, repository: string): Promise<readonly string[]> {
    const start = startOf(repository);
    return (await site.list(purpose)).filter((name) => name.startsWith(start));
  }

  /** The newest first; each is opened when it is asked for. */
  async function* listsOf(site: Site, repository: string): AsyncGenerator<StoredList> {
    for (const name of (await namesOf(site, repository)).filter((one) => one.endsWith(listEnd)).toReversed()) {
      const list = await readList(site, name);
      if (list !== undefined && list.repository === repository) yield list;
    }
  }
  const lists = (site: Site, repository: string) => Array.fromAsync(listsOf(site, repository));

  return {
    async put(repository, path) {
      const object = `${startOf(repository)}${newId()}${bundleEnd}`;
      const opened = await Promise.all(sites.map((site) => site.writer(purpose, object).catch(() => undefined)));
      const writers = new Set(opened.filter((one) => one !== undefined));
      const hash = createHash('sha256');
      let bytes = 0;
      const write = async (part: Buffer) => {
        hash.update(part);
        bytes += part.length;
        await Promise.all(
          [...writers].map((writer) =>
            writer.write(part).catch(async () => {
              writers.delete(writer);
              await writer.abort();
            }),
          ),
        );
      };
      try {
        for await (const part of box.seal(object, createReadStream(path))) await write(part);
      } catch (error) {
        for (const writer of writers) await writer.abort();
        throw error;
      }
      let taken = 0;
      for (const writer of writers)
        await writer.commit().then(
          () => {
            taken += 1;
          },
          () => undefined,
        );
      return taken === 0 ? undefined : { object, bytes, digest: hash.digest('hex') };
    },
    async fetch(site, { object, bytes, digest }, path) {
      if ((await site.size(purpose, object)) !== bytes) throw new Damaged(object);
      const hash = createHash('sha256');
      async function* hashed() {
        for await (const part of site.stream(purpose, object, 0, bytes - 1)) {
          hash.update(part as Buffer);
          yield part;
        }
      }
      const file = await open(path, 'wx', 0o600);
      try {
        for await (const part of box.open(object, hashed(), bytes)) await file.writeFile(part);
      } catch (error) {
        throw (error as { code?: string }).code === 'ciphertext_rejected' ? new Damaged(object) : error;
      } finally {
        await file.close();
      }
      if (hash.digest('hex') !== digest) throw new Damaged(object);
    },
    holds: async (site, { object, digest }) => (await digestAt(site, purpose, object)) === digest,
    async heal(from, to, { object, bytes }) {
      await to.remove(purpose, object);
      const writer = await to.writer(purpose, object);
      try {
        for await (const part of from.stream(purpose, object, 0, bytes - 1)) await writer.write(part as Buffer);
        await writer.commit();
      } catch (error) {
        await writer.abort();
        throw error;
      }
    },
    nameOf: (repository, at) =>
      `${startOf(repository)}${at.toISOString().toLowerCase().replaceAll(/[-:.]/g, '')}.${newId().slice(0, 8)}${listEnd}`,
    async list(site, night, object) {
      await site.create(purpose, object, lid.seal(placeOf(object), Buffer.from(JSON.stringify(night))));
    },
    async newest(site, repository) {
      for await (const list of listsOf(site, repository)) return list;
      return undefined;
    },
    lists,
    async prune(site, repository, keep, before) {
      const found = await lists(site, repository);
      const kept = found.filter(keep);
      const names = await namesOf(site, repository);
      const readable = new Set(found.map(({ object }) => object));
      // A list that cannot be opened may name any bundle, and a listing without lists is no listing: nothing goes.
      if (kept.length === 0 || names.some((name) => name.endsWith(listEnd) && !readable.has(name))) return 0;
      const needed = new Set(kept.flatMap(({ object, bundles }) => [object, ...bundles.map((one) => one.object)]));
      const going = names.filter((name) => !needed.has(name));
      let removed = 0;
      // Lists first: a bundle that is gone must be in none. One that is new may be in a list that is still to come.
      for (const end of [listEnd, bundleEnd])
        for (const name of going) {
          if (!name.endsWith(end)) continue;
          if (end === bundleEnd && ((await site.modifiedAt(purpose, name)) ?? before) >= before) continue;
          await site.remove(purpose, name);
          removed += 1;
        }
      return removed;
    },
  };
}
