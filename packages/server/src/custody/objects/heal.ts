/**
 * Brings objects to the sites that lack them. Only what matches the digest in the row is copied, and only while the row is
 * there: the copy gets its name under a lock on the row, so an erasure either waits for it and then removes it at every site,
 * or was first, and then there is nothing to copy any more.
 */
import { createHash } from 'node:crypto';
import type { Database } from '../../platform/database/database.ts';
import { digestAt } from '../../platform/sites/digest.ts';
import { patiently, within } from '../../platform/sites/patience.ts';
import type { ObjectWriter, Site } from '../../platform/sites/site.ts';
import type { ObjectRow, ObjectStore } from './object-store.ts';

export interface Healed {
  readonly healed: number;
  /** Their site is away, or takes nothing. */
  readonly waiting: number;
  /** No site has them right. */
  readonly lost: number;
}

export interface Healer {
  /** One turn over all that is missing somewhere. Who calls while it is going on gets its result. */
  run(): Promise<Healed>;
  /**
   * The digest that the row has, or that all sites agree on; noted then. `differs`: they do not agree, and nobody knows
   * which is right; `undefined`: not all could be asked.
   */
  digestOf(row: ObjectRow): Promise<Buffer | 'differs' | undefined>;
}

export interface HealerOptions {
  readonly database: Database;
  readonly store: ObjectStore;
  /** Guarded: they take nothing where they are not ours. */
  readonly sites: readonly Site[];
  readonly deadlineMs: number;
}

type Outcome = 'healed' | 'waiting' | 'lost' | 'gone';

export function createHealer({ database, store, sites, deadlineMs }: HealerOptions): Healer {
  const siteNamed = (name: string) => sites.find((site) => site.name === name);
  const isRight = async (site: Site, { object }: ObjectRow, digest: Buffer) =>
    (await digestAt(site, 'objects', object, deadlineMs)) === digest.toString('hex');

  async function digestOf(row: ObjectRow): Promise<Buffer | 'differs' | undefined> {
    if (row.digest !== undefined) return row.digest;
    const there = row.sites.flatMap((name) => siteNamed(name) ?? []);
    const digests = await Promise.all(
      there.map((site) => digestAt(site, 'objects', row.object, deadlineMs).catch(() => undefined)),
    );
    const [first, ...others] = digests;
    if (first === undefined || digests.includes(undefined)) return undefined;
    if (others.some((one) => one !== first)) return 'differs';
    const digest = Buffer.from(first, 'hex');
    const bytes = await there[0]?.size('objects', row.object);
    if (bytes !== undefined) await store.keepDigest(row, digest, bytes);
    return digest;
  }

  /** @returns the copy, unnamed yet, where the source has the right bytes. @throws where one of the two fails. */
  async function copy(row: ObjectRow, digest: Buffer, from: Site, to: Site): Promise<ObjectWriter | undefined> {
    const size = await within(deadlineMs, from.size('objects', row.object));
    if (size === undefined) return undefined;
    const writer = await within(deadlineMs, to.writer('objects', row.object));
    try {
      const hash = createHash('sha256');
      if (size > 0)
        for await (const part of patiently(from.stream('objects', row.object, 0, size - 1), deadlineMs)) {
          hash.update(part as Buffer);
          await within(deadlineMs, writer.write(part as Buffer));
        }
      if (hash.digest().equals(digest)) return writer;
    } catch (error) {
      await writer.abort();
      throw error;
    }
    await writer.abort();
    return undefined;
  }

  /** @returns false when the row is gone. Where it does not come to its name, nothing of the copy stays. */
  async function name(row: ObjectRow, site: Site, writer: ObjectWriter): Promise<boolean> {
    let naming: Promise<void> | undefined;
    try {
      return await database.transaction(async (connection) => {
        if (!(await store.lock(connection, row))) {
          await writer.abort();
          return false;
        }
        naming = writer.commit();
        await within(deadlineMs, naming);
        return true;
      });
    } catch (error) {
      // The lock is gone. If the name comes after all, and the row went meanwhile, it goes again.
      naming?.then(() => removeUnknown(row, site)).catch(() => undefined);
      writer.abort().catch(() => undefined);
      throw error;
    }
  }

  async function removeUnknown({ object }: ObjectRow, site: Site): Promise<void> {
    if (!(await store.known([object])).has(object)) await site.remove('objects', object);
  }

  async function healAt(row: ObjectRow, site: Site): Promise<Outcome> {
    const digest = await digestOf(row);
    if (digest === undefined) return 'waiting';
    if (digest === 'differs') return 'lost';
    if (await isRight(site, row, digest)) return (await store.has(row, site.name)) ? 'healed' : 'gone';
    for (const source of row.sites.flatMap((one) => siteNamed(one) ?? [])) {
      // One that fails while it is read is passed over, like one with other bytes.
      const writer = await copy(row, digest, source, site).catch(() => undefined);
      if (writer === undefined) continue;
      if (!(await name(row, site, writer))) return 'gone';
      // What it says that it has taken it is asked for again.
      if (!(await isRight(site, row, digest))) return 'waiting';
      return (await store.has(row, site.name)) ? 'healed' : 'gone';
    }
    return (await isSomewhere(row, digest)) ? 'waiting' : 'lost';
  }

  async function isSomewhere(row: ObjectRow, digest: Buffer): Promise<boolean> {
    // Nobody knows what a site has that is away.
    for (const site of sites)
      if (await isRight(site, row, digest).catch(() => row.sites.includes(site.name))) return true;
    return false;
  }

  async function turn(): Promise<Healed> {
    await store.forgetOthers(sites.map((site) => site.name));
    const counts = { healed: 0, waiting: 0, lost: 0, gone: 0 };
    const away = new Set<string>();
    for await (const rows of store.incomplete())
      for (const row of rows)
        for (const site of row.missing.flatMap((one) => siteNamed(one) ?? [])) {
          // Asked once in a turn: a site that is away would be waited for at each object.
          const outcome = away.has(site.name)
            ? 'waiting'
            : await healAt(row, site).catch((): Outcome => {
                away.add(site.name);
                return 'waiting';
              });
          counts[outcome] += 1;
        }
    return counts;
  }

  let running: Promise<Healed> | undefined;
  return {
    digestOf,
    run() {
      running ??= turn().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}
