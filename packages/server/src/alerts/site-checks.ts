/** Whether sites are there, and whether those that should hold the same objects do. */
import { randomInt } from 'node:crypto';
import type { Clock } from '../platform/clock/clock.ts';
import { digestAt } from '../platform/sites/digest.ts';
import type { Site } from '../platform/sites/site.ts';
import type { Finding } from './alarm.ts';
import type { Check } from './checks.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** What is so young may be on its way to the other sites. */
const settledMs = 3_600_000;
/** So many objects are read whole at every site and compared byte for byte, others each day. */
const sampled = 50;
const compareTimeoutMs = 30 * minuteMs;

/** Small folders first: a listing of all objects would be no quick question. */
const askedFirst = ['heads', 'ledger', 'safe', 'objects'] as const;

/** Others each time, so that none can be changed for long. */
function some(names: readonly string[]): readonly string[] {
  if (names.length <= sampled) return names;
  const drawn = new Set<string>();
  while (drawn.size < sampled) drawn.add(names[randomInt(names.length)] ?? '');
  return [...drawn];
}

export function siteChecks(sites: readonly Site[], clock: Clock): readonly Check[] {
  async function unreachable(site: Site): Promise<readonly Finding[]> {
    const purpose = askedFirst.find((one) => site.purposes.includes(one));
    if (purpose === undefined) return [];
    return site.list(purpose).then(
      () => [],
      () => [{ code: 'site_unreachable', subject: site.name } as const],
    );
  }

  const digest = (site: Site, name: string) => digestAt(site, 'objects', name);

  /** An object that one of them does not have, or has otherwise, looked at once more: it may have gone meanwhile. */
  async function compare(first: Site, other: Site): Promise<readonly Finding[]> {
    const [here, there] = (await Promise.all([first.list('objects'), other.list('objects')])).map(
      (names) => new Set(names),
    ) as [Set<string>, Set<string>];
    const missing = async (from: Site, at: Site, name: string) => {
      const made = await from.modifiedAt('objects', name);
      if (made === undefined || clock.now().getTime() - made.getTime() < settledMs) return false;
      return (await at.size('objects', name)) === undefined;
    };
    const count = async (names: Iterable<string>, isSo: (name: string) => Promise<boolean>) => {
      let found = 0;
      for (const name of names) if (await isSo(name)) found += 1;
      return found;
    };
    const missingThere = await count(here.difference(there), (name) => missing(first, other, name));
    const missingHere = await count(there.difference(here), (name) => missing(other, first, name));
    const different = await count(some([...here.intersection(there)]), async (name) => {
      const [mine, theirs] = await Promise.all([digest(first, name), digest(other, name)]);
      return mine !== undefined && theirs !== undefined && mine !== theirs;
    });
    return [
      ...(missingThere > 0
        ? [{ code: 'site_differs', subject: other.name, refs: { missing: missingThere } } as const]
        : []),
      ...(missingHere > 0
        ? [{ code: 'site_differs', subject: first.name, refs: { missing: missingHere } } as const]
        : []),
      ...(different > 0 ? [{ code: 'site_lying', subject: other.name, refs: { different } } as const] : []),
    ];
  }

  return [
    {
      name: 'sites',
      everyMs: minuteMs / 2,
      codes: ['site_unreachable'],
      // One server may reach a site that another does not.
      perServer: true,
      run: async () => (await Promise.all(sites.map(unreachable))).flat(),
    },
    {
      name: 'objects',
      everyMs: dayMs,
      codes: ['site_differs', 'site_lying'],
      timeoutMs: compareTimeoutMs,
      async run() {
        const [first, ...others] = sites.filter(({ purposes }) => purposes.includes('objects'));
        if (first === undefined) return [];
        const found: Finding[] = [];
        for (const other of others) found.push(...(await compare(first, other)));
        return merged(found);
      },
    },
  ];
}

/** One finding of each code and site: the first of several comparisons says enough. */
function merged(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((one) => [`${one.code} ${one.subject}`, one] as const).reverse()).values()];
}
