/**
 * One night of one repository. Each step may be repeated; what was cut off counts for nothing, because the list of the night
 * is written last:
 *
 * 1 fetched under a name of its own - 2 the bundles of before compared at each site, and healed - 3 what is new in a bundle
 * at each site - 4 restored from a site and checked - 5 the list at each site - 6 what is over removed.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Site } from '../../../platform/sites/site.ts';
import { type Access, type Git, GitError } from './git.ts';
import { rebuild } from './rebuild.ts';
import type { Bundle, NightList, Shelf } from './shelf.ts';
import { type Fetched, isSound, openWorkingCopy, type WorkingCopy } from './working-copy.ts';

export interface Repository extends Access {
  readonly name: string;
  readonly url: string;
}

export interface Night {
  readonly refs: number;
  /** Bundles that make the repository, and their bytes at one site. */
  readonly bundles: number;
  readonly bytes: number;
  /** Names of the sites that have all of it, and of those that do not. */
  readonly sites: readonly string[];
  readonly missed: readonly string[];
}

/** No site has all of it. */
export class NowhereStored extends Error {
  override readonly name = 'NowhereStored';
  readonly code = 'no_site';
}

export interface BackUpOptions {
  readonly git: Git;
  readonly shelf: Shelf;
  /** Those for backups. */
  readonly sites: readonly Site[];
  /** For working copies and what is made on the way. */
  readonly folder: string;
  readonly clock: Clock;
  /** How many nights are kept. */
  readonly nights: number;
  /** Bundles in a row, after which a whole one is made: a restore takes them one after the other. */
  readonly longestChain?: number;
  /** Between the steps, for tests. */
  readonly step?: (number: number) => Promise<void>;
}

const dayMs = 86_400_000;

const isSame = (a: Fetched, b: Fetched) => JSON.stringify([a.tips, a.head]) === JSON.stringify([b.tips, b.head]);

export async function backUp(options: BackUpOptions, { name, url, ...access }: Repository): Promise<Night> {
  const { git, shelf, sites, folder, clock, nights, longestChain = 30, step = async () => undefined } = options;
  const at = clock.now();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const scratch = join(folder, `${name}.${randomUUID()}.tmp`);
  await mkdir(scratch, { mode: 0o700 });
  const working = join(folder, `${name}.git`);

  /** Of all sites, the newest first. */
  async function knownLists(): Promise<readonly NightList[]> {
    const all = await Promise.all(sites.map((site) => shelf.lists(site, name).catch(() => [])));
    return all.flat().toSorted((a, b) => b.at.localeCompare(a.at));
  }

  /** Brings the bundles of before to every site. @returns the sites with all of them. */
  async function healed(bundles: readonly Bundle[]): Promise<readonly Site[]> {
    let whole = sites;
    for (const bundle of bundles) {
      const holds = await Promise.all(sites.map((site) => shelf.holds(site, bundle).catch(() => false)));
      const source = sites.find((_, i) => holds[i]);
      for (const [i, site] of sites.entries()) {
        if (holds[i]) continue;
        const isHealed =
          source !== undefined &&
          (await shelf.heal(source, site, bundle).then(
            () => shelf.holds(site, bundle),
            () => false,
          ));
        if (!isHealed) whole = whole.filter((one) => one !== site);
      }
    }
    return whole;
  }

  /** @returns the bundles of this night, and the sites that have all of them. */
  async function store(copy: WorkingCopy, fetched: Fetched, lists: readonly NightList[], stamp: string) {
    const [before] = lists;
    const holding = before === undefined ? [] : await healed(before.bundles);
    await step(2);
    const chain = before !== undefined && holding.length > 0 ? before.bundles : [];
    if (before !== undefined && chain.length > 0 && isSame(before, fetched)) return { bundles: chain, whole: holding };
    const goesOn = chain.length > 0 && chain.length < longestChain;
    const stored = new Set(chain.map(({ object }) => object));
    // What any night of this chain had is in it, also what a later one had no more.
    const known = goesOn
      ? lists.filter(({ bundles }) => bundles.every(({ object }) => stored.has(object))).flatMap(({ tips }) => tips)
      : [];
    const [base, candidates] = goesOn ? [chain, holding] : [[], sites];
    const path = join(scratch, 'new.bundle');
    if (!(await copy.bundle(path, stamp, known))) return { bundles: base, whole: candidates };
    const bundle = await shelf.put(name, path);
    await rm(path);
    if (bundle === undefined) throw new NowhereStored('no site took the bundle');
    const took = await Promise.all(candidates.map((site) => shelf.holds(site, bundle).catch(() => false)));
    return { bundles: [...base, bundle], whole: candidates.filter((_, i) => took[i]) };
  }

  try {
    const stamp = at.toISOString().replaceAll(/[-:.]/g, '').toLowerCase();
    const copy = await openWorkingCopy(git, working);
    const fetched = await copy.fetch(url, stamp, access);
    await step(1);
    const lists = await knownLists();
    const { bundles, whole } = await store(copy, fetched, lists, stamp);
    await step(3);
    const list: NightList = { v: 1, repository: name, at: at.toISOString(), ...fetched, bundles };
    const proven = await proves(whole, list);
    await step(4);
    const stored = await written(proven, list);
    await step(5);
    if (stored.length === 0) throw new NowhereStored('no site took the list');
    const [before] = lists;
    if (before !== undefined && isSame(before, fetched)) await copy.forget(stamp);
    const oldest = new Date(at.getTime() - nights * dayMs).toISOString();
    for (const site of stored)
      await shelf
        .prune(site, name, (one, i) => i === 0 || one.at >= oldest, new Date(at.getTime() - dayMs))
        .catch(() => 0);
    await step(6);
    return {
      refs: fetched.tips.length,
      bundles: bundles.length,
      bytes: bundles.reduce((sum, { bytes }) => sum + bytes, 0),
      sites: stored.map((site) => site.name),
      missed: sites.filter((site) => !stored.includes(site)).map((site) => site.name),
    };
  } catch (error) {
    // A working copy that rotted would fail every night: the next attempt makes it anew. What is stored does not need it.
    if (error instanceof GitError && !(await isSound(git, working)))
      await rm(working, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }

  /** Restored from each, until it succeeded once: the bytes of the others were compared. */
  async function proves(whole: readonly Site[], list: NightList): Promise<readonly Site[]> {
    let last: unknown = new NowhereStored('no site has all of it');
    for (const [i, site] of whole.entries())
      try {
        await rebuild({ git, shelf }, site, list, join(scratch, `proof-${i}.git`), scratch);
        return whole.slice(i);
      } catch (error) {
        last = error;
      }
    throw last;
  }

  async function written(whole: readonly Site[], list: NightList): Promise<readonly Site[]> {
    const object = shelf.nameOf(name, at);
    const taken = await Promise.all(
      whole.map((site) =>
        shelf.list(site, list, object).then(
          () => [site],
          () => [],
        ),
      ),
    );
    return taken.flat();
  }
}
