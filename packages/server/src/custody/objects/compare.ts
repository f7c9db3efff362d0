/**
 * Each day: what lies at each site against what the rows say. A part of all objects is read whole, others each day, so that
 * each is read within a month. What is missing or wrong is noted in its row and brought from another site; nothing is ever
 * removed here, and a listing is not believed: what it does not name is asked for by its name.
 */
import { createHash } from 'node:crypto';
import type { Finding } from '../../alerts/alarm.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { isUuid } from '../../platform/ids/ids.ts';
import type { Site } from '../../platform/sites/site.ts';
import { type Healed, type Healer, liesAt } from './heal.ts';
import type { Marks } from './marks.ts';
import type { ObjectRow, ObjectStore } from './object-store.ts';

export interface ComparisonOptions {
  readonly store: ObjectStore;
  readonly marks: Marks;
  readonly healer: Healer;
  /** Those for objects, as they are. */
  readonly sites: readonly Site[];
  readonly clock: Clock;
}

const dayMs = 86_400_000;
/** All objects are divided into so many parts by their names, which are random. */
const parts = 30;
const readAgainMs = 29 * dayMs;
/** After days on which nothing could be read. */
const mostParts = 3;
/** A comparison that is repeated on the same day reads no other part. */
const pauseMs = 20 * 3_600_000;
const strangersAtOnce = 500;
/** So young it may be on its way. */
const settledMs = 3_600_000;

export const partOf = (object: string): number => createHash('sha256').update(object).digest().readUInt16BE(0) % parts;

interface SiteResult {
  readonly site: Site;
  readonly expected: number;
  readonly objects: number;
  readonly missing: number;
  readonly wrong: number;
  /** There, and not in the list. */
  readonly unlisted: number;
}

export function createComparison(options: ComparisonOptions): () => Promise<readonly Finding[]> {
  const { store, marks, healer, sites, clock } = options;

  /** The parts whose turn it is: those that were never read, or longest ago. */
  async function dueParts(site: Site): Promise<ReadonlySet<number>> {
    const read = new Map((await store.partsRead(site.name)).map(({ part, at }) => [part, at.getTime()]));
    const now = clock.now().getTime();
    const newest = Math.max(0, ...read.values());
    if (now - newest < pauseMs) return new Set();
    const due = Array.from({ length: parts }, (_, part) => part)
      .filter((part) => now - (read.get(part) ?? 0) >= readAgainMs)
      .sort((one, other) => (read.get(one) ?? 0) - (read.get(other) ?? 0));
    const missedDays = newest === 0 ? 0 : Math.floor((now - newest) / dayMs);
    return new Set(due.slice(0, Math.max(1, Math.min(mostParts, missedDays))));
  }

  /** Whether it reads as it was written, or as at the other sites. `undefined`: nobody can say. */
  async function isRight(site: Site, row: ObjectRow): Promise<boolean | 'differs' | undefined> {
    const digest = await healer.digestOf(row);
    if (digest === undefined || digest === 'differs') return digest;
    return liesAt(site, row.object, digest);
  }

  /** One that cannot be read at a site that can is told of like one that is wrong. @throws where the site is away. */
  async function ifReadable<Result>(site: Site, work: Promise<Result>): Promise<Result | 'unreadable'> {
    return work.catch(async () => {
      await site.reach('objects');
      return 'unreadable' as const;
    });
  }

  async function compareSite(site: Site): Promise<SiteResult> {
    const list = await ifReadable(site, site.sizes('objects'));
    const listed = new Map(list === 'unreadable' ? [] : [...list].filter(([name]) => isUuid(name)));
    const reading = await dueParts(site);
    const read = new Map([...reading].map((part) => [part, { objects: 0, wrong: 0 }]));
    const counts = { expected: 0, objects: 0, missing: 0, wrong: 0, unlisted: 0 };

    /** Noted only where it may lie elsewhere: a copy that is wrong is better than none. */
    const lacks = async (row: ObjectRow) =>
      row.sites.some((name) => name !== site.name) ? store.lacks(row, site.name) : true;

    async function compareRow(row: ObjectRow): Promise<void> {
      const size = listed.get(row.object);
      listed.delete(row.object);
      if (!row.sites.includes(site.name)) {
        // Never brought there: the site is new, or was away.
        if (row.missing.includes(site.name) || (await store.lacks(row, site.name))) counts.missing += 1;
        return;
      }
      counts.expected += 1;
      // The list is older than the row, or it is not whole.
      const found = size ?? (await ifReadable(site, site.size('objects', row.object)));
      if (found === undefined) {
        // The row may have gone since it was read.
        if (await lacks(row)) counts.missing += 1;
        return;
      }
      counts.objects += 1;
      if (size === undefined && list !== 'unreadable' && (await isSettled(site, row.object))) counts.unlisted += 1;
      const ofPart = read.get(partOf(row.object));
      if (ofPart !== undefined) ofPart.objects += 1;
      const hasOtherLength = found === 'unreadable' || (row.bytes !== undefined && row.bytes !== found);
      const whole = ofPart === undefined || hasOtherLength ? undefined : await isRight(site, row);
      // Of one that differs nobody knows where it is right: it is told of, and stays.
      const isWrong = hasOtherLength || whole === false ? await lacks(row) : whole === 'differs';
      if (!isWrong) return;
      counts.wrong += 1;
      if (ofPart !== undefined) ofPart.wrong += 1;
    }

    for await (const rows of store.pages()) for (const row of rows) await compareRow(row);
    const strangers = await strangersAmong(site, [...listed.keys()]);
    await store.compared(site.name, clock.now(), { ...counts, strangers });
    for (const [part, seen] of read) await store.partRead(site.name, part, clock.now(), seen);
    return { site, ...counts };
  }

  async function isSettled(site: Site, object: string): Promise<boolean> {
    const at = await ifReadable(site, site.modifiedAt('objects', object));
    return at !== undefined && at !== 'unreadable' && clock.now().getTime() - at.getTime() > settledMs;
  }

  /** Objects of no row that are not on their way. The hourly sweep removes them. */
  async function strangersAmong(site: Site, names: readonly string[]): Promise<number> {
    let count = 0;
    for (let from = 0; from < names.length; from += strangersAtOnce) {
      const some = names.slice(from, from + strangersAtOnce);
      const known = await store.known(some);
      for (const name of some) if (!known.has(name) && (await isSettled(site, name))) count += 1;
    }
    return count;
  }

  /** What was seen of a site last, for the days on which it is away: that nobody could look is no all-clear. */
  const before = new Map<string, readonly Finding[]>();

  async function lookAt(site: Site): Promise<SiteResult | readonly Finding[] | undefined> {
    // One that is away is told of by another check.
    const state = await marks.look(site).catch(() => undefined);
    if (state === undefined) return before.get(site.name);
    if (state !== 'ours')
      return [{ code: 'site_unmarked', subject: site.name, refs: { expected: await store.expected(site.name) } }];
    return compareSite(site);
  }

  return async () => {
    const seen = new Map<string, Awaited<ReturnType<typeof lookAt>>>();
    // One after the other: the database and the network are there for those who work.
    // One that went away meanwhile stops neither the others nor the healing.
    for (const site of sites) seen.set(site.name, await lookAt(site).catch(() => before.get(site.name)));
    const healed = await healer.run();
    for (const [name, one] of seen) if (one !== undefined) before.set(name, 'site' in one ? told(one, healed) : one);
    const findings = [...seen.keys()].flatMap((name) => before.get(name) ?? []);
    if (findings.length === 0 && [...seen.values()].includes(undefined))
      throw new Error('a site could not be compared');
    return findings;
  };
}

/** @param healed of all sites together. */
function told({ site, missing, wrong, unlisted }: SiteResult, { healed, waiting, lost }: Healed): readonly Finding[] {
  const findings: Finding[] = [];
  if (missing > 0)
    findings.push({ code: 'site_differs', subject: site.name, refs: { missing, healed, waiting, lost } });
  if (wrong + unlisted > 0)
    findings.push({ code: 'site_lying', subject: site.name, refs: { different: wrong + unlisted } });
  return findings;
}
