/**
 * Brings objects to the sites that lack them. Only what matches the digest in the row is copied, and only while the row is
 * there: the copy gets its name under a lock on the row, so an erasure either waits for it and then removes it at every site,
 * or was first, and then there is nothing to copy any more.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { digestAt } from '../../platform/sites/digest.ts';
import { patiently, TooSlow, within } from '../../platform/sites/patience.ts';
import type { ObjectWriter, Site } from '../../platform/sites/site.ts';
import type { ObjectRow, ObjectStore } from './object-store.ts';
import { createRetries } from './retries.ts';

export interface Healed {
  readonly healed: number;
  /** Their site is away, or takes nothing. */
  readonly waiting: number;
  /** No site has them right. */
  readonly lost: number;
}

export interface Healer {
  /**
   * One turn over all that is missing somewhere. Who calls while it is going on gets its result. What could not be mended
   * is counted in each, and tried less and less often, until a site is back.
   */
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
  readonly clock: Clock;
}

/**
 * Whether an object's bytes lie there. One that cannot be read at a site that can is not right.
 * @throws where the site cannot be read.
 */
export async function liesAt(site: Site, object: string, digest: Buffer, deadlineMs?: number): Promise<boolean> {
  try {
    return (await digestAt(site, 'objects', object, deadlineMs)) === digest.toString('hex');
  } catch (error) {
    if (await isAway(site)) throw error;
    return false;
  }
}

const reachMs = 60_000;
const isAway = (site: Site): Promise<boolean> =>
  within(reachMs, site.reach('objects')).then(
    () => false,
    () => true,
  );

type Outcome = 'healed' | 'waiting' | 'lost' | 'gone';

/** So many objects that a site does not take, and it is left alone for this turn. */
const refusalsInTurn = 3;

export function createHealer({ database, store, sites, deadlineMs, clock }: HealerOptions): Healer {
  const siteNamed = (name: string) => sites.find((site) => site.name === name);
  const isRight = (site: Site, { object }: ObjectRow, digest: Buffer) => liesAt(site, object, digest, deadlineMs);
  const retries = createRetries<Outcome>(clock);
  /** Those that could not be read in the last turn, and those that took nothing. */
  const wereAway = new Set<string>();
  const refusing = new Set<string>();

  async function digestOf(row: ObjectRow): Promise<Buffer | 'differs' | undefined> {
    if (row.digest !== undefined) return row.digest;
    const there = row.sites.flatMap((name) => siteNamed(name) ?? []);
    const digests = await Promise.all(
      there.map((site) => digestAt(site, 'objects', row.object, deadlineMs).catch(() => undefined)),
    );
    const [first, ...others] = digests;
    if (first === undefined || digests.includes(undefined)) return undefined;
    if (others.some((one) => one !== first)) {
      await store.differs(row);
      return 'differs';
    }
    const digest = Buffer.from(first, 'hex');
    const bytes = await there[0]?.size('objects', row.object);
    if (bytes !== undefined) await store.keepDigest(row, digest, bytes);
    return digest;
  }

  /** @returns the copy, unnamed yet, where the source has the right bytes. @throws what the target fails with. */
  async function copy(row: ObjectRow, digest: Buffer, from: Site, to: Site): Promise<ObjectWriter | undefined> {
    const size = await within(deadlineMs, from.size('objects', row.object)).catch(() => undefined);
    if (size === undefined) return undefined;
    const writer = await within(deadlineMs, to.writer('objects', row.object));
    const hash = createHash('sha256');
    let refusal: { readonly error: unknown } | undefined;
    try {
      if (size > 0)
        for await (const part of patiently(from.stream('objects', row.object, 0, size - 1), deadlineMs)) {
          hash.update(part as Buffer);
          await within(deadlineMs, writer.write(part as Buffer)).catch((error: unknown) => {
            refusal = { error };
            throw error;
          });
        }
      if (hash.digest().equals(digest)) return writer;
    } catch {
      // A source that fails while it is read is passed over, like one with other bytes.
    }
    await writer.abort();
    if (refusal !== undefined) throw refusal.error;
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

  /** @param away what is known of this turn; a source that turns out to be joins it. @throws what the site fails with. */
  async function healAt(row: ObjectRow, site: Site, away: Set<string>): Promise<Outcome> {
    const digest = await digestOf(row);
    if (digest === undefined) return 'waiting';
    if (digest === 'differs') return 'lost';
    if (await isRight(site, row, digest)) return (await store.has(row, site.name)) ? 'healed' : 'gone';
    const read = new Set([site.name]);
    for (const source of row.sites.flatMap((one) => siteNamed(one) ?? [])) {
      if (away.has(source.name)) continue;
      const writer = await copy(row, digest, source, site);
      if (writer === undefined) {
        if (await isAway(source)) away.add(source.name);
        read.add(source.name);
        continue;
      }
      if (!(await name(row, site, writer))) return 'gone';
      // What it says that it has taken it is asked for again.
      if (!(await isRight(site, row, digest))) return 'waiting';
      return (await store.has(row, site.name)) ? 'healed' : 'gone';
    }
    // Nobody knows what a site has that is away.
    if (row.sites.some((one) => away.has(one))) return 'waiting';
    for (const other of sites)
      if (!read.has(other.name) && !away.has(other.name))
        if (await isRight(other, row, digest).catch(() => false)) return 'waiting';
    return 'lost';
  }

  /** Whether what is needed is away: then nothing is read, and nothing is learned. */
  const lacksSource = (row: ObjectRow, away: ReadonlySet<string>): boolean =>
    row.digest === undefined
      ? row.sites.some((one) => away.has(one))
      : row.sites.length > 0 && row.sites.every((one) => away.has(one));

  /** Asked once in a turn: a site that is away would be waited for at each object. */
  async function sitesAway(): Promise<Set<string>> {
    const states = await Promise.all(sites.map(async (site) => ({ name: site.name, away: await isAway(site) })));
    const away = new Set(states.filter((one) => one.away).map(({ name }) => name));
    if ([...wereAway].some((name) => !away.has(name))) retries.forget();
    wereAway.clear();
    for (const name of away) wereAway.add(name);
    return away;
  }

  async function turn(): Promise<Healed> {
    await store.forgetOthers(sites.map((site) => site.name));
    const counts = { healed: 0, waiting: 0, lost: 0, gone: 0 };
    const seen = new Set<string>();
    const refusals = new Map<string, number>();
    let away: Set<string> | undefined;

    async function attempt(row: ObjectRow, site: Site, away: Set<string>): Promise<Outcome> {
      const key = `${site.name} ${row.object}`;
      seen.add(key);
      if (away.has(site.name) || (refusals.get(site.name) ?? 0) >= refusalsInTurn || lacksSource(row, away))
        return 'waiting';
      const last = retries.last(key);
      if (last !== undefined) return last;
      try {
        const outcome = await healAt(row, site, away);
        if (outcome === 'waiting' || outcome === 'lost') retries.failed(key, outcome);
        // It takes again: those that it refused need not wait.
        if (outcome === 'healed' && refusing.delete(site.name)) retries.forget();
        return outcome;
      } catch (error) {
        if (await isAway(site)) {
          away.add(site.name);
          wereAway.add(site.name);
          return 'waiting';
        }
        // Not for the sake of one object: what lies behind it may go. One that hangs is not waited for again.
        const isSlow = error instanceof TooSlow;
        refusals.set(site.name, isSlow ? refusalsInTurn : (refusals.get(site.name) ?? 0) + 1);
        refusing.add(site.name);
        retries.failed(key, 'waiting');
        return 'waiting';
      }
    }

    for await (const rows of store.incomplete())
      for (const row of rows)
        for (const site of row.missing.flatMap((one) => siteNamed(one) ?? [])) {
          away ??= await sitesAway();
          counts[await attempt(row, site, away)] += 1;
        }
    retries.keep(seen);
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
